#include "util/strings.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <charconv>
#include <cmath>

namespace caro {

namespace {

bool is_space(char c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\v' || c == '\f';
}

}  // namespace

std::string_view trim(std::string_view text) noexcept {
    while (!text.empty() && is_space(text.front())) {
        text.remove_prefix(1);
    }
    while (!text.empty() && is_space(text.back())) {
        text.remove_suffix(1);
    }
    return text;
}

std::vector<std::string_view> split(std::string_view text, char separator) {
    std::vector<std::string_view> parts;
    while (true) {
        const auto at = text.find(separator);
        parts.push_back(text.substr(0, at));
        if (at == std::string_view::npos) {
            return parts;
        }
        text.remove_prefix(at + 1);
    }
}

std::string replace_all(std::string_view text, std::string_view from, std::string_view to) {
    std::string out;
    out.reserve(text.size());
    while (true) {
        const auto at = text.find(from);
        out.append(text.substr(0, at));
        if (at == std::string_view::npos) {
            return out;
        }
        out.append(to);
        text.remove_prefix(at + from.size());
    }
}

std::string to_lower(std::string_view text) {
    std::string out(text);
    for (char& c : out) {
        if (c >= 'A' && c <= 'Z') {
            c = static_cast<char>(c - 'A' + 'a');
        }
    }
    return out;
}

std::string percent_decoded(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        unsigned value = 0;
        if (text[i] == '%' && i + 2 < text.size() &&
            std::from_chars(text.data() + i + 1, text.data() + i + 3, value, 16).ptr == text.data() + i + 3) {
            out += static_cast<char>(value);
            i += 2;
        } else {
            out += text[i];
        }
    }
    return out;
}

std::string join(std::span<const std::string> parts, std::string_view separator) {
    std::string out;
    for (std::size_t i = 0; i < parts.size(); ++i) {
        if (i != 0) {
            out.append(separator);
        }
        out.append(parts[i]);
    }
    return out;
}

std::optional<std::uint64_t> parse_size(std::string_view text) {
    constexpr std::string_view k_units = "kmgt";
    const std::string lower = to_lower(trim(text));
    const auto digits = std::min(lower.find_first_not_of("0123456789."), lower.size());
    const auto point = lower.find('.');
    if (digits == 0 || digits > 15 || lower.front() == '.' || lower.find('.', point + (point < digits ? 1 : 0)) < digits) {
        return std::nullopt;
    }
    double number = 0;
    double place = 1;
    for (std::size_t i = 0; i < digits; ++i) {
        if (i == point) {
            continue;
        }
        number = number * 10 + (lower[i] - '0');
        place *= i > point ? 10 : 1;
    }
    number /= place;
    std::string_view unit = trim(std::string_view(lower).substr(digits));
    if (!unit.empty() && unit.back() == 'b') {
        unit.remove_suffix(1);
    }
    const bool binary = unit.size() == 2 && unit[1] == 'i';
    if (!unit.empty()) {
        const auto power = k_units.find(unit.front());
        if (power == std::string_view::npos || (unit.size() != 1 && !binary)) {
            return std::nullopt;
        }
        number *= std::pow(binary ? 1024.0 : 1000.0, static_cast<double>(power + 1));
    }
    // Beyond this no disk goes, and a whole number is no longer exact.
    return number <= 9e15 ? std::optional(static_cast<std::uint64_t>(std::llround(number))) : std::nullopt;
}

std::string size_text(std::uint64_t bytes) {
    if (bytes < 1000) {
        return fmt::format("{} bytes", bytes);
    }
    static constexpr std::string_view k_units[] = {"kB", "MB", "GB", "TB", "PB"};
    double number = static_cast<double>(bytes) / 1000;
    std::size_t unit = 0;
    while (number >= 999.5 && unit + 1 < std::size(k_units)) {
        number /= 1000;
        ++unit;
    }
    // One decimal where it tells something.
    return number < 9.95 ? fmt::format("{:.1f} {}", number, k_units[unit]) : fmt::format("{:.0f} {}", number, k_units[unit]);
}

std::size_t edit_distance(std::string_view a, std::string_view b) {
    // Three rows of the classic table: the one before last is needed for swaps.
    std::vector<std::size_t> before(b.size() + 1);
    std::vector<std::size_t> previous(b.size() + 1);
    std::vector<std::size_t> current(b.size() + 1);
    for (std::size_t j = 0; j <= b.size(); ++j) {
        previous[j] = j;
    }
    for (std::size_t i = 1; i <= a.size(); ++i) {
        current[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t cost = a[i - 1] == b[j - 1] ? 0 : 1;
            current[j] = std::min({previous[j] + 1, current[j - 1] + 1, previous[j - 1] + cost});
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
                current[j] = std::min(current[j], before[j - 2] + 1);
            }
        }
        std::swap(before, previous);
        std::swap(previous, current);
    }
    return previous[b.size()];
}

std::string nearest(std::string_view word, std::span<const std::string_view> candidates) {
    std::string_view best;
    std::size_t best_distance = std::max<std::size_t>(1, word.size() / 3) + 1;
    for (const auto candidate : candidates) {
        const std::size_t distance = edit_distance(word, candidate);
        if (distance < best_distance) {
            best = candidate;
            best_distance = distance;
        }
    }
    return std::string(best);
}

}  // namespace caro
