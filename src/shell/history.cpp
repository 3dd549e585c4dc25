#include "shell/history.hpp"

#include <algorithm>
#include <cctype>
#include <vector>

#include "util/strings.hpp"

namespace caro::shell {

namespace {

using Text = std::optional<std::string>;

constexpr std::size_t k_longest = 8192;

std::vector<std::string> words_of(std::string_view line) {
    std::vector<std::string> made;
    for (const auto word : split(line, ' ')) {
        if (!word.empty()) {
            made.emplace_back(word);
        }
    }
    return made;
}

std::string joined(const std::vector<std::string>& words, std::size_t from) {
    std::string all;
    for (std::size_t i = from; i < words.size(); ++i) {
        all += (i > from ? " " : "") + words[i];
    }
    return all;
}

// ^old^new^
Text substituted(std::string_view line, const std::string& before) {
    const auto middle = line.find('^', 1);
    if (middle == std::string_view::npos || middle == 1) {
        return std::nullopt;
    }
    const std::string_view old = line.substr(1, middle - 1);
    const std::string_view rest = line.substr(middle + 1);
    const auto at = before.find(old);
    if (at == std::string::npos) {
        return std::nullopt;
    }
    return before.substr(0, at) + std::string(rest.substr(0, rest.find('^'))) + before.substr(at + old.size());
}

// What stands for the designator behind a !; `at` is moved behind it.
Text event(std::string_view line, std::size_t& at, const std::vector<std::string>& words) {
    const char c = at < line.size() ? line[at] : ' ';
    if (words.empty()) {
        return std::nullopt;
    }
    if (c == '!' || line.substr(at, 2) == "-1") {
        at += c == '!' ? 1 : 2;
        std::size_t more = at + 1;
        const Text piece = at < line.size() && line[at] == ':' ? event(line, more, words) : std::nullopt;
        at = piece ? more : at;
        return piece ? piece : joined(words, 0);
    }
    if (c == '$' || c == '^' || c == '*') {
        ++at;
        return c == '$' ? words.back() : c == '*' ? joined(words, 1) : words.size() > 1 ? words[1] : "";
    }
    if (c == ':' && at + 1 < line.size()) {
        ++at;
        return event(line, at, words);
    }
    if (std::isdigit(static_cast<unsigned char>(c)) != 0 && at + 1 < line.size() && line[at + 1] == '-') {  // 1-$, 1-3, 1-
        const char end = at + 2 < line.size() ? line[at + 2] : ' ';
        const bool number = std::isdigit(static_cast<unsigned char>(end)) != 0;
        const auto first = static_cast<std::size_t>(c - '0');
        const std::size_t last = number ? static_cast<std::size_t>(end - '0') : words.size() - (end == '$' ? 1 : 2);
        at += number || end == '$' ? 3 : 2;
        return joined({words.begin(), words.begin() + static_cast<std::ptrdiff_t>(std::min(last + 1, words.size()))}, first);
    }
    if (std::isdigit(static_cast<unsigned char>(c)) != 0) {
        ++at;
        const auto index = static_cast<std::size_t>(c - '0');
        return index < words.size() ? Text(words[index]) : std::nullopt;
    }
    return std::nullopt;
}

std::string expanded(std::string_view line, const std::string& before) {
    if (!line.empty() && line[0] == '^') {
        return substituted(line, before).value_or(std::string(line));
    }
    const auto words = words_of(before);
    std::string made;
    bool single = false;
    for (std::size_t i = 0; i < line.size(); ++i) {
        single = line[i] == '\'' ? !single : single;
        const bool escaped = i > 0 && std::string_view("\\${[").find(line[i - 1]) != std::string_view::npos;
        std::size_t at = i + 1;
        const Text text = line[i] == '!' && !single && !escaped ? event(line, at, words) : std::nullopt;
        made += text ? *text : std::string(1, line[i]);
        i = text ? at - 1 : i;
    }
    return made;
}

}  // namespace

std::optional<std::string> with_history(std::string_view source) {
    const bool perhaps = source.size() <= k_longest && source.find('\n') != std::string_view::npos &&
                         (source.find("\n^") != std::string_view::npos || source.find('!') != std::string_view::npos);
    if (!perhaps || source.find("<<") != std::string_view::npos) {
        return std::nullopt;
    }
    std::string made;
    std::string before;
    bool changed = false;
    for (const auto line : split(source, '\n')) {
        const std::string now = before.empty() ? std::string(line) : expanded(line, before);
        changed = changed || now != line;
        made += now + "\n";
        before = now;
        if (made.size() > k_longest * 4) {
            return std::nullopt;
        }
    }
    return changed ? Text(made) : std::nullopt;
}

}  // namespace caro::shell
