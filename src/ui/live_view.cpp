#include "ui/live_view.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cstdio>

#include "ui/style.hpp"
#include "util/utf8.hpp"

namespace caro::ui {

namespace {

constexpr double k_quiet_ms = 150;  // shorter waits need no explaining

}  // namespace

void LiveView::progress(infer::Phase phase, double fraction) {
    if (!m_text.empty()) {
        return;
    }
    switch (phase) {
        case infer::Phase::prepare:
            redraw(fmt::format("preparing the model, only this once … {:3.0f}%", fraction * 100));
            break;
        case infer::Phase::load:
        case infer::Phase::prompt:
            if (m_since_start.milliseconds() >= k_quiet_ms) {
                redraw("thinking …");
            }
            break;
    }
}

void LiveView::append(std::string_view piece) {
    m_text.append(piece);
    std::string line = escape_deceptive(m_text);
    std::replace(line.begin(), line.end(), '\n', ' ');
    std::replace(line.begin(), line.end(), '\t', ' ');
    redraw(line);
}

void LiveView::redraw(const std::string& line) {
    clear();
    // One column is left free so that the cursor never wraps by itself.
    const std::string_view shown = clip_to_width(line, m_width * 3 - 4);
    std::fprintf(stderr, "%s", paint(shown, m_text.empty() ? Color::dim : Color::bold, m_color).c_str());
    std::fflush(stderr);
    m_rows = std::max<std::size_t>(1, (display_width(shown) + m_width - 1) / m_width);
    m_drawn = true;
}

void LiveView::clear() {
    if (!m_drawn) {
        return;
    }
    // Row by row: in the first row of a screen "erase all below" is "clear the screen" to tmux, which then keeps each step
    // as history.
    std::string codes = "\r\x1b[K";
    for (std::size_t row = 1; row < m_rows; ++row) {
        codes += "\x1b[A\x1b[2K";
    }
    std::fprintf(stderr, "%s", codes.c_str());
    std::fflush(stderr);
    m_drawn = false;
}

}  // namespace caro::ui
