// What a person sees while an answer is made: a small progress line, then the command as it grows.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "infer/generator.hpp"
#include "util/clock.hpp"

namespace caro::ui {

// Draws on standard error, which must be a terminal. Every drawing can be taken back by clear().
class LiveView {
  public:
    LiveView(bool color, std::size_t width) : m_color(color), m_width(width) {}
    ~LiveView() { clear(); }
    LiveView(const LiveView&) = delete;
    LiveView& operator=(const LiveView&) = delete;

    // Progress before the first token; a phase shorter than 150 ms is never shown, one-time work at once.
    void progress(infer::Phase phase, double fraction);

    // More of the raw answer. Shown harmlessly whatever it holds.
    void append(std::string_view piece);

    // Removes what was drawn.
    void clear();

  private:
    void redraw(const std::string& line);

    bool m_color;
    std::size_t m_width;
    std::string m_text;
    bool m_drawn = false;
    std::size_t m_rows = 0;
    Stopwatch m_since_start;
};

}  // namespace caro::ui
