#include "util/result.hpp"

namespace caro {

std::string_view to_string(ErrorCode code) noexcept {
    switch (code) {
        case ErrorCode::usage: return "usage";
        case ErrorCode::config: return "config";
        case ErrorCode::not_found: return "not_found";
        case ErrorCode::io: return "io";
        case ErrorCode::network: return "network";
        case ErrorCode::timeout: return "timeout";
        case ErrorCode::unauthorized: return "unauthorized";
        case ErrorCode::forbidden: return "forbidden";
        case ErrorCode::rate_limited: return "rate_limited";
        case ErrorCode::unavailable: return "unavailable";
        case ErrorCode::bad_model: return "bad_model";
        case ErrorCode::bad_output: return "bad_output";
        case ErrorCode::unclear: return "unclear";
        case ErrorCode::checksum: return "checksum";
        case ErrorCode::blocked: return "blocked";
        case ErrorCode::declined: return "declined";
        case ErrorCode::cancelled: return "cancelled";
        case ErrorCode::internal: return "internal";
    }
    return "internal";
}

}  // namespace caro
