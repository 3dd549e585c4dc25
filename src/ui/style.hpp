// Colours and the words and symbols for risk. Colour is never the only sign.
#pragma once

#include <string>
#include <string_view>

#include "safety/report.hpp"

namespace caro::ui {

enum class Color : unsigned char { none, bold, dim, red, green, yellow, magenta, cyan };

// `text` in a colour if `on`, else as it is.
std::string paint(std::string_view text, Color color, bool on);

// "✓ safe", "! moderate", "!! high", "✗ critical", in colour if `on`.
std::string risk_label(safety::Risk risk, bool on);

}  // namespace caro::ui
