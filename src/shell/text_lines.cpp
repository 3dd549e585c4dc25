// Tools that choose, order, number, join and reshape lines.
#include <algorithm>
#include <array>
#include <cctype>
#include <cstdlib>
#include <utility>

#include "shell/text_call.hpp"
#include "shell/text_regex.hpp"
#include "shell/text_tools.hpp"
#include "util/strings.hpp"

namespace caro::shell {

namespace {

using Text = std::optional<std::string>;
using Lines = std::vector<std::string>;

// a and p of `nl -b`: which lines get a number.
bool gets_number(const std::string& style, const std::string& line) {
    if (style.substr(0, 1) == "p") {
        const auto pattern = Regex::read(style.substr(1), Regex::Syntax::basic);
        return pattern && pattern->search(line).has_value();
    }
    return style == "a" || (style == "t" && !line.empty());
}

}  // namespace

Text nl_output(const ToolCall& call) {
    const ToolOptions given = read_options(call, "p", "bdfhilnsvw", {{"body-numbering", 'b'}, {"number-format", 'n'}, {"number-separator", 's'}, {"starting-line-number", 'v'}, {"number-width", 'w'}, {"line-increment", 'i'}});
    const Text input = contents_of(call, given.operands);
    if (!input || given.unknown) {
        return std::nullopt;
    }
    const std::string style = given.value('b', "t");
    const std::string mark = given.value('s', "\t");
    const std::string how = given.value('n', "rn");
    const std::size_t width = std::min<std::size_t>(size_of(given.value('w')).value_or(6), 200);
    const std::size_t step = size_of(given.value('i')).value_or(1);
    std::size_t number = size_of(given.value('v')).value_or(1);
    std::string made;
    for (const auto& line : text_lines(*input)) {
        if (!gets_number(style, line)) {
            made += std::string(width + mark.size(), ' ') + line + "\n";
            continue;
        }
        std::string digits = std::to_string(number);
        if (how == "rz") {
            digits.insert(0, digits.size() < width ? width - digits.size() : 0, '0');
        }
        made += padded(digits, width, how != "ln") + mark + line + "\n";
        number += step;
    }
    return made;
}

// cat -n, -A, -s, -E and the like; tac; rev
Text cat_output(const ToolCall& call) {
    const ToolOptions given = read_options(call, "nbsAETvetu", "", {{"number", 'n'}, {"squeeze-blank", 's'}, {"show-ends", 'E'}, {"number-nonblank", 'b'}});
    const Text input = contents_of(call, given.operands);
    if (!input || given.unknown) {
        return std::nullopt;
    }
    const bool ends = given.letters.find_first_of("AEe") != std::string::npos;
    const bool numbers = given.letters.find_first_of("nb") != std::string::npos;
    if (!ends && !numbers && given.letters.find_first_of("sTvt") == std::string::npos) {
        return input;
    }
    std::string made;
    std::size_t number = 0;
    bool empty_before = false;
    for (const auto& line : text_lines(*input)) {
        if (line.empty() && empty_before && given.has('s')) {
            continue;
        }
        empty_before = line.empty();
        made += numbers && !(given.has('b') && line.empty()) ? padded(std::to_string(++number), 6, true) + "\t" : "";
        made += line + (ends ? "$\n" : "\n");
    }
    return made;
}

Text tac_output(const ToolCall& call) {
    const ToolOptions given = read_options(call, "br", "s", {{"separator", 's'}, {"before", 'b'}});
    const Text input = contents_of(call, given.operands);
    if (!input || given.unknown || given.has('r') || given.has('b')) {
        return std::nullopt;
    }
    const std::string mark = given.value('s', "\n");
    if (mark.empty()) {
        return std::nullopt;
    }
    Lines pieces;
    std::size_t at = 0;
    while (at < input->size()) {
        const auto end = input->find(mark, at);
        const auto stop = end == std::string::npos ? input->size() : end + mark.size();
        pieces.push_back(input->substr(at, stop - at));
        at = stop;
    }
    std::string made;
    for (auto piece = pieces.rbegin(); piece != pieces.rend(); ++piece) {
        made += *piece;
    }
    return made;
}

Text rev_output(const ToolCall& call) {
    const ToolOptions given = read_options(call, "", "");
    const Text input = contents_of(call, given.operands);
    if (!input || given.unknown) {
        return std::nullopt;
    }
    std::string made = *input;
    for (std::size_t at = 0; at < made.size();) {
        const auto end = std::min(made.find('\n', at), made.size());
        std::reverse(made.begin() + static_cast<std::ptrdiff_t>(at), made.begin() + static_cast<std::ptrdiff_t>(end));
        at = end + 1;
    }
    return made;
}

namespace {

// 1,3-5,-2,7- of cut: the places it names, of so many.
std::vector<std::size_t> places(const std::string& list, std::size_t size, bool others) {
    std::vector<bool> named(size + 1, false);
    for (const auto one : split(list, ',')) {
        const auto dash = one.find('-');
        const std::string from(one.substr(0, dash));
        const std::string to(dash == std::string_view::npos ? one : one.substr(dash + 1));
        const std::size_t first = std::max<std::size_t>(size_of(from).value_or(1), 1);
        const std::size_t last = std::min(size_of(to).value_or(size), size);
        for (std::size_t i = first; i <= last; ++i) {
            named[i] = true;
        }
    }
    std::vector<std::size_t> made;
    for (std::size_t i = 1; i <= size; ++i) {
        if (named[i] != others) {
            made.push_back(i);
        }
    }
    return made;
}

}  // namespace

Text cut_output(const ToolCall& call) {
    const ToolOptions given = read_options(call, "sznC", "bcdfO", {{"bytes", 'b'}, {"characters", 'c'}, {"delimiter", 'd'}, {"fields", 'f'}, {"complement", 'C'}, {"only-delimited", 's'}, {"output-delimiter", 'O'}});
    const Text input = contents_of(call, given.operands);
    const bool fields = given.has('f');
    const std::string list = given.value(fields ? 'f' : given.has('c') ? 'c' : 'b');
    if (!input || given.unknown || list.empty()) {
        return std::nullopt;
    }
    const std::string mark = given.value('d', "\t");
    std::string made;
    for (const auto& line : text_lines(*input)) {
        if (!fields) {
            for (const auto place : places(list, line.size(), given.has('C'))) {
                made += line[place - 1];
            }
            made += "\n";
            continue;
        }
        const bool marked = !mark.empty() && line.find(mark[0]) != std::string::npos;
        if (!marked) {
            made += given.has('s') ? "" : line + "\n";
            continue;
        }
        const auto pieces = split(line, mark[0]);
        bool first = true;
        for (const auto place : places(list, pieces.size(), given.has('C'))) {
            made += (first ? "" : given.value('O', mark.substr(0, 1))) + std::string(pieces[place - 1]);
            first = false;
        }
        made += "\n";
    }
    return made;
}

Text fold_output(const ToolCall& call) {
    const ToolOptions given = read_options(call, "bs0123456789", "w", {{"width", 'w'}, {"spaces", 's'}, {"bytes", 'b'}});
    const Text input = contents_of(call, given.operands);
    std::string digits;
    std::copy_if(given.letters.begin(), given.letters.end(), std::back_inserter(digits), [](char c) { return c >= '0' && c <= '9'; });
    const std::size_t width = size_of(given.value('w', digits)).value_or(80);
    if (!input || given.unknown || width == 0) {
        return std::nullopt;
    }
    std::string made;
    std::string line;
    for (const char c : *input) {
        if (c == '\n') {
            made += std::exchange(line, "") + "\n";
            continue;
        }
        if (line.size() == width) {
            const auto blank = given.has('s') ? line.rfind(' ') : std::string::npos;
            const std::size_t end = blank == std::string::npos ? line.size() : blank + 1;
            made += line.substr(0, end) + "\n";
            line.erase(0, end);
        }
        line += c;
    }
    return made + line;
}

// fmt -w N, fmt -1: words on lines that are about so long. What is made is words in their order; a shell sees the same.
Text fmt_output(const ToolCall& call) {
    const ToolOptions given = read_options(call, "suct0123456789", "wgp", {{"width", 'w'}, {"split-only", 's'}, {"uniform-spacing", 'u'}});
    const Text input = contents_of(call, given.operands);
    std::string digits;
    std::copy_if(given.letters.begin(), given.letters.end(), std::back_inserter(digits), [](char c) { return c >= '0' && c <= '9'; });
    const std::size_t width = size_of(given.value('w', digits)).value_or(75);
    if (!input || given.unknown || given.has('p')) {
        return std::nullopt;
    }
    const std::size_t goal = std::max<std::size_t>(width * 187 / 200, 1);
    std::string made;
    std::string line;
    const auto finish = [&] {
        made += line.empty() ? "" : std::exchange(line, "") + "\n";
    };
    const bool fits_all = input->size() <= goal;
    for (const auto& one : text_lines(*input)) {
        const auto words = blank_words(one);
        if (words.empty()) {
            finish();
            made += "\n";
        }
        for (const auto& word : words) {
            if (!line.empty() && line.size() + 1 + word.size() > (fits_all ? width : goal)) {
                finish();
            }
            line += (line.empty() ? "" : " ") + word;
        }
        if (given.has('s')) {
            finish();
        }
    }
    finish();
    return made;
}

Text uniq_output(const ToolCall& call) {
    const ToolOptions given = read_options(call, "cduiz", "fsw", {{"count", 'c'}, {"repeated", 'd'}, {"unique", 'u'}, {"ignore-case", 'i'}});
    const Text input = contents_of(call, given.operands.empty() ? given.operands : std::vector<std::string>{given.operands[0]});
    if (!input || given.unknown || given.has('f') || given.has('s') || given.has('w') || given.operands.size() > 1) {
        return std::nullopt;
    }
    std::string made;
    const Lines lines = text_lines(*input);
    for (std::size_t i = 0; i < lines.size();) {
        std::size_t end = i + 1;
        while (end < lines.size() && (given.has('i') ? to_lower(lines[end]) == to_lower(lines[i]) : lines[end] == lines[i])) {
            ++end;
        }
        const bool shown = (!given.has('d') || end - i > 1) && (!given.has('u') || end - i == 1);
        made += shown ? (given.has('c') ? padded(std::to_string(end - i), 7, true) + " " : "") + lines[i] + "\n" : "";
        i = end;
    }
    return made;
}

// expand, unexpand are no more than blanks for a shell; strings, dos2unix
Text plain_output(const ToolCall& call) {
    const ToolOptions given = read_options(call, "aiq", "tn", {{"tabs", 't'}, {"initial", 'i'}, {"bytes", 'n'}});
    const Text input = contents_of(call, given.operands);
    if (!input || given.unknown) {
        return std::nullopt;
    }
    if (call.name == "strings") {
        const std::size_t least = size_of(given.value('n', "4")).value_or(4);
        std::string made;
        std::string now;
        for (const char c : *input + std::string(1, '\0')) {
            if (std::isprint(static_cast<unsigned char>(c)) != 0 || c == '\t') {
                now += c;
            } else {
                made += now.size() >= least ? now + "\n" : "";
                now.clear();
            }
        }
        return made;
    }
    if (call.name == "dos2unix" || call.name == "fromdos" || call.name == "ansi2txt" || call.name == "col") {
        return replace_all(*input, "\r", "");
    }
    const std::size_t stop = std::max<std::size_t>(size_of(given.value('t', "8")).value_or(8), 1);
    std::string made;
    std::size_t column = 0;
    for (const char c : *input) {
        const std::size_t blanks = c == '\t' && call.name == "expand" ? stop - column % stop : 0;
        made += blanks > 0 ? std::string(blanks, ' ') : std::string(1, c);
        column = c == '\n' ? 0 : column + std::max<std::size_t>(blanks, 1);
    }
    return made;
}

// pr -t, pr -T, pr -n -t: without headers and pages
Text pr_output(const ToolCall& call) {
    const ToolOptions given = read_options(call, "tTm1r", "nolwhsS", {});
    const Text input = contents_of(call, given.operands);
    const bool plain = given.has('t') || given.has('T');
    if (!input || given.unknown || !plain || given.has('m') || given.has('n') || given.has('h')) {
        return std::nullopt;
    }
    const std::size_t margin = std::min<std::size_t>(size_of(given.value('o', "0")).value_or(0), 200);
    std::string made;
    for (const auto& line : text_lines(*input)) {
        made += line.empty() ? "\n" : std::string(margin, ' ') + line + "\n";
    }
    return made;
}

}  // namespace caro::shell
