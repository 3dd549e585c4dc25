#include "ui/progress.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "ui/style.hpp"
#include "util/strings.hpp"
#include "util/utf8.hpp"

namespace caro::ui {

namespace {

constexpr double k_window_s = 5;
constexpr double k_redraw_s = 0.1;
constexpr std::size_t k_bar_most = 30;
constexpr std::size_t k_bar_least = 8;

std::string percent_of(std::uint64_t done, std::uint64_t total) {
    return fmt::format("{}%", total == 0 ? 0 : std::min<std::uint64_t>(done, total) * 100 / total);
}

std::string left_text(std::uint64_t done, std::uint64_t total, double rate) {
    return rate > 0 && total > done ? duration_text(static_cast<double>(total - done) / rate) : "";
}

std::string rate_text(double rate) { return size_text(static_cast<std::uint64_t>(rate)) + "/s"; }

std::string bar_of(double fraction, std::size_t width) {
    const auto full = static_cast<std::size_t>(std::clamp(fraction, 0.0, 1.0) * static_cast<double>(width));
    std::string bar;
    for (std::size_t i = 0; i < width; ++i) {
        bar += i < full ? "█" : "░";
    }
    return bar;
}

}  // namespace

void Rate::add(double seconds, std::uint64_t done) {
    // A download that begins anew goes back.
    if (!m_samples.empty() && done < m_samples.back().done) {
        m_samples.clear();
    }
    m_samples.push_back({seconds, done});
    while (m_samples.size() > 2 && m_samples[1].seconds < seconds - k_window_s) {
        m_samples.pop_front();
    }
}

double Rate::bytes_per_second() const {
    if (m_samples.size() < 2) {
        return 0;
    }
    const double seconds = m_samples.back().seconds - m_samples.front().seconds;
    const auto bytes = static_cast<double>(m_samples.back().done - m_samples.front().done);
    return seconds < 0.05 ? 0 : bytes / seconds;
}

std::string duration_text(double seconds) {
    const auto whole = static_cast<std::int64_t>(std::ceil(seconds));
    if (whole <= 0 || whole > 86400) {
        return "";
    }
    if (whole < 60) {
        return fmt::format("{} s", whole);
    }
    return whole < 3600 ? fmt::format("{}:{:02} min", whole / 60, whole % 60)
                        : fmt::format("{}:{:02} h", whole / 3600, whole % 3600 / 60);
}

std::string progress_line(std::string_view name, std::uint64_t done, std::uint64_t total, double rate,
                          std::size_t width) {
    std::string tail;
    if (total == 0) {
        tail = size_text(done);
    } else {
        tail = fmt::format("{:>4}  {} of {}", percent_of(done, total), size_text(done), size_text(total));
    }
    const std::string left = left_text(done, total, rate);
    // What is said last is left out first where there is little room.
    for (const std::string& more : {rate > 0 ? rate_text(rate) : std::string(), left.empty() ? left : left + " left"}) {
        if (!more.empty() && tail.size() + 2 + more.size() < width) {
            tail += "  " + more;
        }
    }
    std::string line(clip_to_width(name, width > tail.size() + 3 ? width - tail.size() - 3 : 0));
    line += line.empty() ? "" : "  ";
    const std::size_t used = display_width(line) + tail.size() + 1;
    if (total != 0 && used + k_bar_least < width) {
        line += bar_of(static_cast<double>(done) / static_cast<double>(total), std::min(k_bar_most, width - used - 1));
        line += " ";
    }
    // One column stays free, so that the cursor never wraps.
    return std::string(clip_to_width(line + tail, width - 1));
}

std::string progress_log(std::string_view name, std::uint64_t done, std::uint64_t total, double rate) {
    std::string text = total == 0 ? fmt::format("{}: {}", name, size_text(done))
                                  : fmt::format("{}: {} ({} of {}", name, percent_of(done, total), size_text(done),
                                                size_text(total));
    if (total == 0) {
        return text;
    }
    const std::string left = left_text(done, total, rate);
    text += rate > 0 ? ", " + rate_text(rate) : "";
    text += left.empty() ? "" : ", " + left + " left";
    return text + ")";
}

Progress::Progress(Form form, bool color, std::size_t width, std::string name)
    : m_form(form), m_color(color), m_width(width), m_name(std::move(name)) {}

void Progress::update(std::uint64_t done, std::uint64_t total) {
    const double now = m_clock.milliseconds() / 1000;
    m_rate.add(now, done);
    if (m_form == Form::lines) {
        const std::uint64_t tenths = total == 0 ? 0 : std::min(done, total) * 10 / total;
        if (tenths > m_tenths || !m_begun) {
            std::fprintf(stderr, "caro: %s\n", progress_log(m_name, done, total, m_rate.bytes_per_second()).c_str());
        }
        m_tenths = tenths;
    } else if (m_form == Form::bar && (m_drawn_at < 0 || now - m_drawn_at >= k_redraw_s || done == total)) {
        const std::string line = progress_line(m_name, done, total, m_rate.bytes_per_second(), m_width);
        // One write each, so that the line never flickers.
        std::fprintf(stderr, "\r%s\x1b[K", paint(line, Color::dim, m_color).c_str());
        std::fflush(stderr);
        m_drawn_at = now;
        m_drawn = true;
    }
    m_begun = true;
}

void Progress::clear() {
    if (m_drawn) {
        std::fputs("\r\x1b[K", stderr);
        std::fflush(stderr);
        m_drawn = false;
        m_drawn_at = -1;
    }
}

}  // namespace caro::ui
