#include "prompt/piped.hpp"

#include <algorithm>
#include <vector>

#include "util/strings.hpp"
#include "util/utf8.hpp"

namespace caro::prompt {

namespace {

constexpr std::string_view k_gap = "…";

// Where nobody counts, the estimate is a cautious one: this is about what k_piped_tokens is of plain English.
constexpr std::size_t k_piped_estimate = 300;

// Few tokens are longer, in bytes; what is further from both ends of a text than this is not looked at.
constexpr std::size_t k_longest_token = 16;

// Bytes of the terminal sequence that begins here with Escape.
std::size_t sequence_length(std::string_view text) {
    if (text.size() < 2) {
        return text.size();
    }
    const auto from = [&](std::size_t at, auto ends) {
        while (at < text.size() && !ends(text[at])) {
            ++at;
        }
        return std::min(at + 1, text.size());
    };
    if (text[1] == '[') {
        return from(2, [](char c) { return (c >= 0x40 && c <= 0x7E) || c == '\n'; });
    }
    if (text[1] == ']') {  // a title or a link, up to BEL or Escape backslash
        return from(2, [](char c) { return c == '\a' || c == '\\' || c == '\n'; });
    }
    return 2;
}

std::string harmless_line(std::string_view line) {
    while (!line.empty() && line.back() == '\r') {
        line.remove_suffix(1);
    }
    if (const std::size_t again = line.rfind('\r'); again != std::string_view::npos) {
        line.remove_prefix(again + 1);
    }
    std::string out;
    for (std::size_t at = 0; at < line.size();) {
        const auto byte = static_cast<unsigned char>(line[at]);
        if (byte == 0x1B) {
            at += sequence_length(line.substr(at));
            continue;
        }
        if (byte == '\t' || (byte >= 0x20 && byte != 0x7F)) {
            out.push_back(line[at]);
        }
        ++at;
    }
    while (!out.empty() && (out.back() == ' ' || out.back() == '\t')) {
        out.pop_back();
    }
    return out;
}

// The longest beginning (or end) of `line` that costs at most `budget`.
std::string_view part_of(std::string_view line, bool end, std::size_t budget,
                         const std::function<std::size_t(std::string_view)>& cost) {
    const auto part = [&](std::size_t size) {
        std::size_t edge = end ? line.size() - size : size;
        while (edge > 0 && edge < line.size() && (static_cast<unsigned char>(line[edge]) & 0xC0U) == 0x80) {
            end ? ++edge : --edge;
        }
        return end ? line.substr(edge) : line.substr(0, edge);
    };
    std::size_t fits = 0;
    std::size_t too_long = std::min(line.size(), budget * k_longest_token) + 1;
    while (fits + 1 < too_long) {
        const std::size_t middle = (fits + too_long) / 2;
        (cost(part(middle)) <= budget ? fits : too_long) = middle;
    }
    return part(fits);
}

// Lines from one end of `text` until `budget` is used up; what of the budget is left is told through it.
std::vector<std::string_view> lines_from(std::string_view text, bool end, std::size_t& budget,
                                         const std::function<std::size_t(std::string_view)>& cost) {
    std::vector<std::string_view> out;
    while (!text.empty()) {
        const std::size_t newline = end ? text.rfind('\n') : text.find('\n');
        const bool last = newline == std::string_view::npos;
        const std::string_view line = last ? text : end ? text.substr(newline + 1) : text.substr(0, newline);
        const std::size_t price = line.size() > budget * k_longest_token ? budget + 1 : cost(line) + 1;
        if (price > budget) {
            break;
        }
        out.push_back(line);
        budget -= price;
        text = last ? std::string_view() : end ? text.substr(0, newline) : text.substr(newline + 1);
    }
    return out;
}

}  // namespace

std::string harmless(std::string_view text) {
    std::string out;
    for (const std::string_view line : split(text, '\n')) {
        out += harmless_line(line) + "\n";
    }
    return std::string(trim(to_valid_utf8(out)));
}

Excerpt excerpt(std::string_view text, std::size_t budget, const std::function<std::size_t(std::string_view)>& cost) {
    if (text.size() <= budget * k_longest_token && cost(text) <= budget) {
        return {std::string(text), false};
    }
    const std::size_t gap = cost(k_gap) + 2;
    if (budget <= gap) {
        return {"", true};
    }
    std::size_t left = (budget - gap) * 2 / 3;
    const std::size_t for_head = budget - gap - left;
    auto tail = lines_from(text, true, left, cost);
    std::size_t tail_bytes = 0;
    for (const auto line : tail) {
        tail_bytes += line.size() + 1;
    }
    if (tail.empty()) {
        tail.push_back(part_of(text.substr(text.rfind('\n') + 1), true, left, cost));
        tail_bytes = tail.back().size();
        left = 0;
    }
    left += for_head;
    const std::string_view rest = text.substr(0, text.size() - std::min(tail_bytes, text.size()));
    auto head = lines_from(rest, false, left, cost);
    if (head.empty()) {
        head.push_back(part_of(rest.substr(0, rest.find('\n')), false, left, cost));
    }
    Excerpt out{"", true};
    for (const auto line : head) {
        out.text += std::string(line) + "\n";
    }
    out.text += k_gap;
    for (auto line = tail.rbegin(); line != tail.rend(); ++line) {
        out.text += "\n" + std::string(*line);
    }
    return out;
}

// Words are cut into pieces of two letters and more, numbers into digits, and rare characters into bytes.
std::size_t most_tokens(std::string_view text) {
    std::size_t halves = 0;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        const bool letter = (byte | 0x20) >= 'a' && (byte | 0x20) <= 'z';
        halves += letter || byte == ' ' ? 1 : 2;
    }
    return (halves + 1) / 2;
}

std::string joined(std::string_view piped, std::string_view text) {
    return piped.empty() ? std::string(text) : std::string(text) + "\nStandard input begins:\n" + std::string(piped);
}

std::string turn_text(const Turn& turn) {
    return joined(turn.piped.empty() ? "" : excerpt(turn.piped, k_piped_estimate, most_tokens).text, turn.text);
}

bool shortens(const Prompt& prompt) {
    return std::any_of(prompt.turns.begin(), prompt.turns.end(), [](const Turn& turn) {
        return !turn.piped.empty() && excerpt(turn.piped, k_piped_estimate, most_tokens).cut;
    });
}

}  // namespace caro::prompt
