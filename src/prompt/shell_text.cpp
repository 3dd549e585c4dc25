#include "prompt/shell_text.hpp"

#include "util/strings.hpp"

#include <algorithm>
#include <array>
#include <string>

namespace caro::prompt {

namespace {

bool is_upper(char c) noexcept {
    return c >= 'A' && c <= 'Z';
}
bool is_lower(char c) noexcept {
    return c >= 'a' && c <= 'z';
}
bool is_space(char c) noexcept {
    return c == ' ' || c == '\t';
}

std::string_view first_word(std::string_view line) noexcept {
    return line.substr(0, line.find_first_of(" \t"));
}

std::size_t count_words(std::string_view line) noexcept {
    std::size_t words = 0;
    bool inside = false;
    for (const char c : line) {
        words += !is_space(c) && !inside ? 1 : 0;
        inside = !is_space(c);
    }
    return words;
}

// Capital first, then lower case, apostrophes, and perhaps a comma: how a sentence begins ("Sure,",
// "I'm", "To"), and how hardly any command does (Get-ChildItem and FOO=1 are no such words).
bool begins_sentence(std::string_view word) noexcept {
    if (!word.empty() && (word.back() == ',' || word.back() == '!' || word.back() == ':')) {
        word.remove_suffix(1);
    }
    return !word.empty() && is_upper(word[0]) &&
           std::all_of(word.begin() + 1, word.end(),
                       [](char c) { return is_lower(c) || c == '\''; });
}

// A word in a script without ASCII: no command that a model proposes is named so.
bool is_foreign(std::string_view word) noexcept {
    return !word.empty() &&
           std::all_of(word.begin(), word.end(), [](char c) { return (c & 0x80) != 0; });
}

// Bytes and spellings that sentences rarely have.
bool has_shell_signs(std::string_view line) noexcept {
    return line.find_first_of("|<>$*=;\\{}/~") != std::string_view::npos ||
           line.find(" -") != std::string_view::npos;
}

}  // namespace

LineScan scan_line(std::string_view line) noexcept {
    LineScan scan;
    char quote = 0;
    for (std::size_t i = 0; i < line.size(); ++i) {
        const char c = line[i];
        if (quote == '\'') {
            quote = c == '\'' ? '\0' : quote;
        } else if (c == '\\') {
            scan.continues = i + 1 == line.size();
            ++i;
        } else if (quote == '"') {
            quote = c == '"' ? '\0' : quote;
        } else if (c == '\'' || c == '"') {
            quote = c;
        } else if (c == '#' && (i == 0 || is_space(line[i - 1])) && !scan.comment) {
            scan.comment = i;
            return scan;
        }
    }
    scan.open_quote = quote != 0;
    return scan;
}

bool wants_more(std::string_view line) noexcept {
    line = trim(line);
    for (const std::string_view end : {"|", "&&", "(", "{"}) {
        if (line.size() >= end.size() && line.substr(line.size() - end.size()) == end) {
            return true;
        }
    }
    const std::size_t space = line.find_last_of(" \t;");
    const std::string_view last = space == std::string_view::npos ? line : line.substr(space + 1);
    return last == "do" || last == "then" || last == "else";
}

bool is_prose(std::string_view line) noexcept {
    line = trim(line);
    const std::string_view word = first_word(line);
    if (is_foreign(word)) {
        return true;
    }
    if (!begins_sentence(word)) {
        return false;
    }
    const bool stop =
        !line.empty() && (line.back() == '.' || line.back() == ':' || line.back() == '!' ||
                          line.back() == '?' || line.back() == ',');
    return (stop && count_words(line) >= 2) || word.back() == ',' || word.back() == '!' ||
           (count_words(line) >= 4 && !has_shell_signs(line));
}

bool is_apology(std::string_view line) noexcept {
    static constexpr std::array<std::string_view, 22> k_beginnings = {"i'm sorry",
                                                                      "i am sorry",
                                                                      "sorry,",
                                                                      "sorry ",
                                                                      "i cannot",
                                                                      "i can't",
                                                                      "i can not",
                                                                      "i am unable",
                                                                      "i'm unable",
                                                                      "unable to ",
                                                                      "as an ai",
                                                                      "please provide",
                                                                      "please specify",
                                                                      "please clarify",
                                                                      "please describe",
                                                                      "could you please",
                                                                      "it seems ",
                                                                      "it looks like ",
                                                                      "this is not a ",
                                                                      "i need more",
                                                                      "not enough information",
                                                                      "i don't understand"};
    const std::string lower = to_lower(replace_all(trim(line), "\xE2\x80\x99", "'"));
    return std::any_of(k_beginnings.begin(), k_beginnings.end(), [&](std::string_view begin) {
        return lower.compare(0, begin.size(), begin) == 0;
    });
}

}  // namespace caro::prompt
