// Filling lines of generated text.
#pragma once

#include "cli/options.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace caro::cli {

// `text` broken at spaces so that no line has more than `width` bytes (a longer word stands alone);
// every line but the first begins with `indent`, which is not counted. No newline at the end.
std::string wrapped(std::string_view text, std::size_t width, std::string_view indent);

// An option's help with its allowed words and default.
std::string option_help(const OptionRow& row);

}  // namespace caro::cli
