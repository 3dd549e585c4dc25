// Bringing a file over several connections at once: each fetches one piece after another, and the pieces are handed on in order,
// so that what was handed on is always the beginning of the file.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>

#include "models/hub.hpp"
#include "util/cancel.hpp"
#include "util/result.hpp"

namespace caro::models {

// Takes the next bytes of the file. Called on the thread that called fetch_ranges().
using InOrderSink = std::function<Result<>(std::string_view bytes)>;

// Told about ten times a second how many bytes are here that were not handed on yet; false = stop, which is no error.
using AheadSink = std::function<bool(std::uint64_t ahead)>;

struct RangePlan {
    std::uint64_t offset = 0;      // where to begin
    unsigned connections = 4;
    std::uint64_t piece = 0;       // bytes; a stop loses what is on its way, at most one for each connection and one more
};

// Fetches the file from the plan's offset to its end. Ends with the first failure of a piece, the sink's or `go_on`'s word. Errors:
// those of Hub::fetch, checksum (a server that sends another range than was asked for), of the sink.
Result<> fetch_ranges(const Hub& hub, const RemoteFile& file, const RangePlan& plan, const InOrderSink& sink, const AheadSink& go_on,
                      const CancelToken& cancel);

// Where the answer's bytes begin in the file, by its Content-Range; nullopt if it does not say.
std::optional<std::uint64_t> first_byte(const net::HttpResponse& response);

}  // namespace caro::models
