// What may be a request.
#pragma once

#include "util/result.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace caro::cli {

// Longest request, in bytes. Longer text belongs on standard input, where it is context.
inline constexpr std::size_t k_request_limit = 8192;

// How much of standard input becomes context: so many bytes of its beginning, and as many of its end.
inline constexpr std::size_t k_context_limit = 32768;

// The request without surrounding white space; tabs and line ends inside become spaces.
// ErrorCode::usage if it is blank, too long, not UTF-8, or holds control characters.
Result<std::string> valid_request(std::string_view text);

}  // namespace caro::cli
