// How far a long transfer is: one line that is redrawn on a terminal, a line now and then elsewhere.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>

#include "util/clock.hpp"

namespace caro::ui {

// Bytes a second over the last few seconds. Times are in seconds from any start.
class Rate {
  public:
    void add(double seconds, std::uint64_t done);

    // 0 until it can be told.
    double bytes_per_second() const;

  private:
    struct Sample {
        double seconds;
        std::uint64_t done;
    };
    std::deque<Sample> m_samples;
};

// "26 s", "4:05 min", "2:10 h"; "" for 0 and what nobody wants to hear (over a day).
std::string duration_text(double seconds);

// The line for a terminal of `width` columns: name, bar, percent, amounts, rate and time left, as much as fits.
// `total` 0: not known, then there is no bar. `rate` 0: not known.
std::string progress_line(std::string_view name, std::uint64_t done, std::uint64_t total, double rate,
                          std::size_t width);

// The line for a log: "NAME: 30 % (335 MB of 1.1 GB, 21 MB/s, 37 s left)".
std::string progress_log(std::string_view name, std::uint64_t done, std::uint64_t total, double rate);

// Shows a transfer on standard error.
class Progress {
  public:
    enum class Form : unsigned char { bar, lines, none };

    // `form` lines: one line for every tenth. Nothing is drawn before the first update().
    Progress(Form form, bool color, std::size_t width, std::string name);
    ~Progress() { clear(); }
    Progress(const Progress&) = delete;
    Progress& operator=(const Progress&) = delete;

    // May be called as often as one likes; draws ten times a second at most.
    void update(std::uint64_t done, std::uint64_t total);

    // Takes the bar away, so that other text can be printed.
    void clear();

  private:
    Form m_form;
    bool m_color;
    std::size_t m_width;
    std::string m_name;
    Stopwatch m_clock;
    Rate m_rate;
    double m_drawn_at = -1;  // seconds; < 0: never
    std::uint64_t m_tenths = 0;
    bool m_begun = false;
    bool m_drawn = false;
};

}  // namespace caro::ui
