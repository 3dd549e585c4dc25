// Tools that put lines of several files or columns beside each other.
#include <algorithm>
#include <string>
#include <vector>

#include "shell/text_call.hpp"
#include "shell/text_tools.hpp"
#include "util/strings.hpp"

namespace caro::shell {

namespace {

using Text = std::optional<std::string>;
using Lines = std::vector<std::string>;

}  // namespace

std::optional<std::size_t> size_of(const std::string& text) {
    const bool number = !text.empty() && text.size() < 7 && text.find_first_not_of("0123456789") == std::string::npos;
    return number ? std::optional<std::size_t>(std::stoul(text)) : std::nullopt;
}

std::string padded(const std::string& text, std::size_t width, bool right) {
    std::string made = text;
    made.insert(right ? 0 : made.size(), made.size() < width ? width - made.size() : 0, ' ');
    return made;
}

std::vector<std::string> blank_words(const std::string& line) {
    std::vector<std::string> made;
    for (auto at = line.find_first_not_of(" \t"); at != std::string::npos;) {
        const auto end = std::min(line.find_first_of(" \t", at), line.size());
        made.push_back(line.substr(at, end - at));
        at = line.find_first_not_of(" \t", end);
    }
    return made;
}

// paste -s -d LIST FILE…, paste - -
Text paste_output(const ToolCall& call) {
    const ToolOptions given = read_options(call, "sz", "d", {{"delimiters", 'd'}, {"serial", 's'}});
    if (given.unknown) {
        return std::nullopt;
    }
    std::vector<std::string> marks;
    const std::string list = given.value('d', "\t");
    for (std::size_t i = 0; i < list.size(); ++i) {
        const bool escaped = list[i] == '\\' && i + 1 < list.size();
        i += escaped ? 1 : 0;
        marks.push_back(!escaped ? std::string(1, list[i]) : list[i] == '0' ? "" : list[i] == 'n' ? "\n" : list[i] == 't' ? "\t" : std::string(1, list[i]));
    }
    marks.resize(std::max<std::size_t>(marks.size(), 1));
    std::vector<std::string> operands = given.operands;
    operands.resize(std::max<std::size_t>(operands.size(), 1), "-");
    std::vector<Lines> columns;
    const auto from_input = static_cast<std::size_t>(std::count(operands.begin(), operands.end(), "-"));
    std::size_t turn = 0;
    for (const auto& name : operands) {
        const Text text = call.file(name);
        if (!text || text->size() > k_longest_text) {
            return std::nullopt;
        }
        Lines lines = text_lines(*text);
        if (name == "-" && from_input > 1 && !given.has('s')) {  // they take turns
            Lines some;
            for (std::size_t i = turn; i < lines.size(); i += from_input) {
                some.push_back(lines[i]);
            }
            lines = std::move(some);
            ++turn;
        }
        columns.push_back(std::move(lines));
    }
    std::string made;
    if (given.has('s')) {
        for (const auto& lines : columns) {
            for (std::size_t i = 0; i < lines.size(); ++i) {
                made += (i > 0 ? marks[(i - 1) % marks.size()] : "") + lines[i];
            }
            made += "\n";
        }
        return made;
    }
    std::size_t rows = 0;
    for (const auto& lines : columns) {
        rows = std::max(rows, lines.size());
    }
    for (std::size_t row = 0; row < rows && made.size() < k_longest_text; ++row) {
        for (std::size_t i = 0; i < columns.size(); ++i) {
            made += (i > 0 ? marks[(i - 1) % marks.size()] : "") + (row < columns[i].size() ? columns[i][row] : "");
        }
        made += "\n";
    }
    return made;
}

namespace {

std::vector<std::string> fields_of(const std::string& line, const std::string& mark) {
    if (mark.empty()) {
        return blank_words(line);
    }
    std::vector<std::string> made;
    for (const auto piece : split(line, mark[0])) {
        made.emplace_back(piece);
    }
    return made;
}

std::string at(const std::vector<std::string>& fields, std::size_t number) { return number >= 1 && number <= fields.size() ? fields[number - 1] : ""; }

}  // namespace

Text join_output(const ToolCall& call) {
    const ToolOptions given = read_options(call, "i", "12jtoae", {});
    const std::size_t key1 = size_of(given.value('1', given.value('j', "1"))).value_or(1);
    const std::size_t key2 = size_of(given.value('2', given.value('j', "1"))).value_or(1);
    if (given.unknown || given.operands.size() != 2 || given.has('a') || given.has('e')) {
        return std::nullopt;
    }
    const Text first = call.file(given.operands[0]);
    const Text second = call.file(given.operands[1]);
    const std::string mark = given.value('t');
    const std::string between = mark.empty() ? " " : mark.substr(0, 1);
    if (!first || !second || first->size() + second->size() > 8000) {
        return std::nullopt;
    }
    std::string made;
    std::string list = given.value('o');
    std::replace(list.begin(), list.end(), ',', ' ');
    for (const auto& a : text_lines(*first)) {
        const auto left = fields_of(a, mark);
        for (const auto& b : text_lines(*second)) {
            const auto right = fields_of(b, mark);
            if (at(left, key1) != at(right, key2)) {
                continue;
            }
            std::vector<std::string> row;
            for (const auto& one : blank_words(list)) {
                row.push_back(one == "0" ? at(left, key1) : at(one[0] == '1' ? left : right, one.size() > 2 ? size_of(one.substr(2)).value_or(0) : 0));
            }
            if (list.empty()) {
                row.push_back(at(left, key1));
                for (const auto* side : {&left, &right}) {
                    for (std::size_t i = 1; i <= side->size(); ++i) {
                        if (i != (side == &left ? key1 : key2)) {
                            row.push_back(at(*side, i));
                        }
                    }
                }
            }
            made += join(row, between) + "\n";
        }
    }
    return made.size() <= k_longest_text ? Text(made) : std::nullopt;
}

Text comm_output(const ToolCall& call) {
    const ToolOptions given = read_options(call, "123", "");
    const Text first = given.operands.size() == 2 ? call.file(given.operands[0]) : std::nullopt;
    const Text second = given.operands.size() == 2 ? call.file(given.operands[1]) : std::nullopt;
    if (given.unknown || !first || !second) {
        return std::nullopt;
    }
    const Lines left = text_lines(*first);
    const Lines right = text_lines(*second);
    std::string made;
    const auto print = [&](char column, const std::string& line) {
        if (!given.has(column)) {
            made += (column > '1' && !given.has('1') ? "\t" : "") + std::string(column > '2' && !given.has('2') ? "\t" : "") + line + "\n";
        }
    };
    std::size_t i = 0;
    std::size_t k = 0;
    while (i < left.size() || k < right.size()) {
        if (k >= right.size() || (i < left.size() && left[i] < right[k])) {
            print('1', left[i++]);
        } else if (i >= left.size() || right[k] < left[i]) {
            print('2', right[k++]);
        } else {
            print('3', left[i++]);
            ++k;
        }
    }
    return made;
}

// column -t, column -t -s: -o ' '
Text column_output(const ToolCall& call) {
    const ToolOptions given = read_options(call, "tLne", "sco", {{"table", 't'}, {"separator", 's'}, {"output-separator", 'o'}});
    const Text input = contents_of(call, given.operands);
    if (!input || given.unknown || !given.has('t')) {
        return std::nullopt;
    }
    const std::string marks = given.value('s', " \t");
    const std::string between = given.value('o', "  ");
    std::vector<std::vector<std::string>> rows;
    std::vector<std::size_t> widths;
    for (const auto& line : text_lines(*input)) {
        std::vector<std::string> row;
        for (auto from = line.find_first_not_of(marks); from != std::string::npos;) {
            const auto end = std::min(line.find_first_of(marks, from), line.size());
            row.push_back(line.substr(from, end - from));
            from = line.find_first_not_of(marks, end);
        }
        for (std::size_t i = 0; i < row.size(); ++i) {
            widths.resize(std::max(widths.size(), i + 1));
            widths[i] = std::max(widths[i], row[i].size());
        }
        if (!row.empty()) {
            rows.push_back(std::move(row));
        }
    }
    std::string made;
    for (const auto& row : rows) {
        for (std::size_t i = 0; i < row.size(); ++i) {
            made += i + 1 < row.size() ? padded(row[i], widths[i], false) + between : row[i];
        }
        made += "\n";
    }
    return made.size() <= k_longest_text ? Text(made) : std::nullopt;
}

}  // namespace caro::shell
