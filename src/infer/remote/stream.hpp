// One streamed answer, the same for every server: framing, broken streams, timings, counting.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "infer/generator.hpp"
#include "infer/remote/server.hpp"

namespace caro::infer::remote {

// What one record of a stream says.
struct Piece {
    std::string text;                // the next bit of the answer; may be ""
    bool done = false;               // the answer is complete
    bool last = false;               // nothing of interest follows
    std::optional<StopReason> stop;  // why, as far as the server tells
    std::optional<Usage> usage;
    double load_ms = 0;  // the server had to load its model
    std::string error;   // the server failed in the middle of the answer; "" = no
};

enum class Framing : std::uint8_t { ndjson, sse };

// Reads one record: a JSON text, or what else the protocol has ("[DONE]"). nullopt = no such thing.
using PieceParser = std::function<std::optional<Piece>(std::string_view record)>;

struct StreamCall {
    net::HttpRequest request;
    Framing framing = Framing::ndjson;
    PieceParser parse;
};

// Sends the request and collects the answer as the prompt wants it stopped. Errors, besides those of exchange():
// bad_output (no JSON, no UTF-8, nothing in it, a record without end), network (the stream ends in the middle),
// unavailable (the server says that it failed).
Result<Completion> stream_answer(const Server& server, const StreamCall& call, const GenerateRequest& request,
                                 const TokenSink& sink, const CancelToken& cancel);

}  // namespace caro::infer::remote
