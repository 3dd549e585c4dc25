#include "ui/style.hpp"

#include <fmt/core.h>

namespace caro::ui {

std::string paint(std::string_view text, Color color, bool on) {
    static constexpr std::string_view k_codes[] = {"", "1", "2", "31", "32", "33", "35", "36"};
    if (!on || color == Color::none) {
        return std::string(text);
    }
    return fmt::format("\x1b[{}m{}\x1b[0m", k_codes[static_cast<unsigned char>(color)], text);
}

std::string risk_label(safety::Risk risk, bool on) {
    switch (risk) {
        case safety::Risk::safe: return paint("✓ safe", Color::green, on);
        case safety::Risk::moderate: return paint("! moderate", Color::yellow, on);
        case safety::Risk::high: return paint("!! high", Color::red, on);
        case safety::Risk::critical: return paint("✗ critical", Color::magenta, on);
    }
    return "critical";
}

}  // namespace caro::ui
