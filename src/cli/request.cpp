#include "cli/request.hpp"

#include "util/strings.hpp"
#include "util/utf8.hpp"

#include <fmt/core.h>

namespace caro::cli {

Result<std::string> valid_request(std::string_view text) {
    text = trim(text);
    if (text.empty()) {
        return fail(ErrorCode::usage, "there is no request",
                    "Say what you want, for example: caro find the ten biggest files here");
    }
    if (text.size() > k_request_limit) {
        return fail(
            ErrorCode::usage,
            fmt::format("the request has {} bytes; at most {} are allowed", text.size(),
                        k_request_limit),
            "Ask in a sentence or two, and pipe long text in: caro 'what is wrong here' < FILE");
    }
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        const bool space = c == '\t' || c == '\n' || c == '\r';
        if ((byte < 0x20 && !space) || byte == 0x7F) {
            return fail(ErrorCode::usage,
                        fmt::format("the request holds a control character (byte 0x{:02x})", byte),
                        "Type the request as plain text");
        }
    }
    if (!is_valid_utf8(text)) {
        return fail(ErrorCode::usage, "the request is not valid UTF-8",
                    "Use a UTF-8 terminal, or convert it first, for example with iconv");
    }
    std::string request(text);
    for (char& c : request) {
        if (c == '\t' || c == '\n' || c == '\r') {
            c = ' ';
        }
    }
    return request;
}

}  // namespace caro::cli
