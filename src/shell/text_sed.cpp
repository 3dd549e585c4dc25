// sed, as far as its patterns are texts, sets and repetitions of one character: enough to see through code that was
// written backwards with it.
#include <algorithm>

#include "shell/filters.hpp"
#include "shell/text_tools.hpp"
#include "util/strings.hpp"

namespace caro::shell {

namespace {

using Text = std::optional<std::string>;

constexpr std::size_t k_longest_line = 4000;

struct Item {
    std::string set;        // for matches(): one character
    bool repeated = false;  // *
    bool optional = true;   // of a repeated one: may be missing
};

struct Pattern {
    std::vector<Item> items;
    bool at_start = false;
    bool at_end = false;
};

// The pattern, or nothing if it has groups and the like.
std::optional<Pattern> read_pattern(std::string_view text, bool extended) {
    Pattern made;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (c == '^' && i == 0) {
            made.at_start = true;
        } else if (c == '$' && i + 1 == text.size()) {
            made.at_end = true;
        } else if (c == '*' && !made.items.empty()) {
            made.items.back().repeated = true;
        } else if (extended && c == '+' && !made.items.empty()) {
            made.items.back().repeated = true;
            made.items.back().optional = false;
        } else if (c == '.') {
            made.items.push_back({"?"});
        } else if (c == '[') {
            const auto end = text.find(']', i + 2);
            if (end == std::string_view::npos || text.substr(i + 1, 1) == ":") {
                return std::nullopt;
            }
            made.items.push_back({std::string(text.substr(i, end - i + 1))});
            i = end;
        } else if (c == '\\' && i + 1 < text.size() && std::string_view(".*[]^$/\\+?|(){}#,@!").find(text[i + 1]) != std::string_view::npos &&
                   (extended || std::string_view("+?|(){}").find(text[i + 1]) == std::string_view::npos)) {
            made.items.push_back({std::string("[") + text[++i] + "]"});
        } else if (c == '\\' || (extended && std::string_view("?|(){}").find(c) != std::string_view::npos)) {
            return std::nullopt;
        } else {
            made.items.push_back({std::string("[") + c + "]"});
        }
    }
    return made;
}

// Length of what the pattern matches at `at`, greedy without going back; npos if it does not match.
std::size_t match_at(const Pattern& pattern, std::string_view line, std::size_t at, std::size_t& steps) {
    std::size_t now = at;
    for (const auto& item : pattern.items) {
        const auto fits = [&] {
            steps -= steps > 0 ? 1 : 0;
            return steps > 0 && now < line.size() && matches(item.set, line.substr(now, 1));
        };
        if (!item.repeated) {
            if (!fits()) {
                return std::string_view::npos;
            }
            ++now;
            continue;
        }
        const std::size_t before = now;
        while (fits()) {
            ++now;
        }
        if (now == before && !item.optional) {
            return std::string_view::npos;
        }
    }
    return pattern.at_end && now != line.size() ? std::string_view::npos : now - at;
}

std::string replaced(const Pattern& pattern, std::string_view with, bool all, std::string_view line, std::size_t& steps) {
    std::string made;
    bool done = false;
    std::size_t i = 0;
    while (i < line.size()) {
        const bool here = (!done || all) && (!pattern.at_start || i == 0);
        const std::size_t length = here ? match_at(pattern, line, i, steps) : std::string_view::npos;
        if (length == std::string_view::npos || (length == 0 && done)) {
            made += line[i++];
            continue;
        }
        for (std::size_t k = 0; k < with.size(); ++k) {
            if (with[k] == '&') {
                made += line.substr(i, length);
            } else {
                k += with[k] == '\\' && k + 1 < with.size() ? 1 : 0;
                made += with[k];
            }
        }
        done = true;
        i += length;
        if (length == 0) {
            made += i < line.size() ? line.substr(i++, 1) : std::string_view();
        }
    }
    return made;
}

// s/…/…/flags or y/…/…/ applied to every line; false if it is another command.
bool apply(std::string_view command, bool extended, std::vector<std::string>& lines, std::size_t& steps) {
    if (command.size() < 4 || (command[0] != 's' && command[0] != 'y')) {
        return false;
    }
    const char mark = command[1];
    std::vector<std::string> parts(1);
    for (std::size_t i = 2; i < command.size(); ++i) {
        if (command[i] == '\\' && i + 1 < command.size()) {
            parts.back() += command[i + 1] == mark ? std::string() : std::string(1, '\\');
            parts.back() += command[++i];
        } else if (command[i] == mark && parts.size() < 3) {
            parts.emplace_back();
        } else {
            parts.back() += command[i];
        }
    }
    if (parts.size() != 3 || parts[2].find_first_not_of("gI") != std::string::npos || parts[0].empty()) {
        return false;
    }
    if (command[0] == 'y') {
        for (auto& line : lines) {
            for (auto& c : line) {
                const auto at = parts[0].find(c);
                c = at < parts[1].size() ? parts[1][at] : c;
            }
        }
        return parts[0].size() == parts[1].size();
    }
    const auto pattern = read_pattern(parts[0], extended);
    if (!pattern || parts[1].find("\\1") != std::string::npos) {
        return false;
    }
    for (auto& line : lines) {
        line = replaced(*pattern, parts[1], parts[2].find('g') != std::string::npos, line, steps);
    }
    return steps > 0;
}

}  // namespace

Text edited_lines(const std::vector<Word>& words, const std::string& input) {
    std::vector<std::string> commands;
    bool extended = false;
    for (std::size_t i = 1; i < words.size(); ++i) {
        const std::string& text = words[i].text;
        if (text == "-E" || text == "-r") {
            extended = true;
        } else if (text == "-e" && i + 1 < words.size()) {
            commands.push_back(words[++i].text);
        } else if (text.substr(0, 1) == "-" || !commands.empty()) {
            return std::nullopt;
        } else {
            commands.push_back(text);
        }
    }
    std::size_t steps = 20000;  // of matching, so that no pattern takes long
    std::vector<std::string> lines;
    for (const auto line : split(input, '\n')) {
        if (line.size() > k_longest_line || lines.size() > 100) {
            return std::nullopt;
        }
        lines.emplace_back(line);
    }
    for (const auto& all : commands) {
        const bool several = all.size() > 1 && all[0] == 's' && std::count(all.begin(), all.end(), all[1]) > 3;
        for (const auto command : several ? split(all, ';') : std::vector<std::string_view>{all}) {
            if (!apply(trim(command), extended, lines, steps)) {
                return std::nullopt;
            }
        }
    }
    std::string made;
    for (std::size_t i = 0; i < lines.size(); ++i) {
        made += (i > 0 ? "\n" : "") + lines[i];
    }
    return commands.empty() ? std::nullopt : Text(made);
}

}  // namespace caro::shell
