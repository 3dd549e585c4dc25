#include "shell/filters.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdlib>

#include "shell/text_tools.hpp"
#include "shell/word_text.hpp"
#include "util/strings.hpp"

namespace caro::shell {

namespace {

using Words = std::vector<Word>;
using Text = std::optional<std::string>;

bool is_option(const Word& word) { return word.text.size() > 1 && word.text[0] == '-'; }

std::string echo(const Words& words) {
    std::size_t first = 1;
    bool newline = true;
    bool escapes = false;
    while (first < words.size() && is_option(words[first]) &&
           words[first].text.find_first_not_of("neE", 1) == std::string::npos) {
        newline = newline && words[first].text.find('n') == std::string::npos;
        escapes = escapes || words[first].text.find('e') != std::string::npos;
        ++first;
    }
    std::string made;
    for (std::size_t i = first; i < words.size(); ++i) {
        made += (i > first ? " " : "") + words[i].text;
    }
    // sh's echo replaces escapes without -e; a text that has some is more telling when they are replaced.
    const bool hidden = made.find("\\x") != std::string::npos || made.find("\\0") != std::string::npos;
    auto stop = escapes ? made.find('\\') : std::string::npos;  // at \c, after which nothing is printed
    while (stop != std::string::npos && made[stop + 1] != 'c') {
        stop = made.find('\\', std::min(stop + 2, made.size()));
    }
    made = escapes || hidden ? unescaped(made.substr(0, stop)) : made;
    return newline && stop == std::string::npos ? made + "\n" : made;
}

// The characters of a class of tr and of patterns: upper, digit …
std::string class_of(std::string_view name) {
    const auto all = [](int (*is)(int)) {
        std::string made;
        for (int c = 0; c < 128; ++c) {
            made += is(c) != 0 ? std::string(1, static_cast<char>(c)) : "";
        }
        return made;
    };
    return name == "upper" ? all(std::isupper) : name == "lower" ? all(std::islower) : name == "digit" ? all(std::isdigit) : name == "space" ? all(std::isspace)
           : name == "alpha" ? all(std::isalpha) : name == "alnum" ? all(std::isalnum) : name == "punct" ? all(std::ispunct) : name == "blank" ? all(std::isblank)
           : name == "cntrl" ? all(std::iscntrl) : name == "print" ? all(std::isprint) : name == "graph" ? all(std::isgraph) : name == "xdigit" ? all(std::isxdigit) : "";
}

// a-z, [:upper:], [x*3] and \n, written out. `fills`: [x*] is as long as the other set needs it.
std::string spread(const std::string& set, std::size_t fills = 0) {
    std::vector<std::pair<char, bool>> signs;  // and whether a backslash stood before it
    for (std::size_t i = 0; i < set.size(); ++i) {
        if (set[i] != '\\' || i + 1 >= set.size()) {
            signs.emplace_back(set[i], false);
            continue;
        }
        std::size_t end = i + 2;
        while (set[i + 1] >= '0' && set[i + 1] <= '7' && end < set.size() && end < i + 4 && set[end] >= '0' && set[end] <= '7') {
            ++end;
        }
        const std::string one = set.substr(i, end - i);
        const bool octal = set[i + 1] >= '0' && set[i + 1] <= '7';
        const bool letter = std::string_view("abfnrtv\\").find(set[i + 1]) != std::string_view::npos;
        const std::string made = octal ? std::string(1, static_cast<char>(std::strtol(one.c_str() + 1, nullptr, 8))) : letter ? unescaped(one) : one.substr(1);
        signs.emplace_back(made.empty() ? '\\' : made[0], true);
        i = end - 1;
    }
    std::string made;
    for (std::size_t i = 0; i < signs.size(); ++i) {
        const auto [c, escaped] = signs[i];
        std::string rest;
        for (std::size_t k = i; k < std::min(signs.size(), i + 12); ++k) {
            rest += signs[k].first;
        }
        const auto end = rest.find(rest.size() > 1 && rest[1] == ':' ? ":]" : "]", 2);
        if (c == '[' && !escaped && rest.size() > 3 && (rest[1] == ':' || rest[1] == '=') && end != std::string::npos) {
            made += rest[1] == ':' ? class_of(rest.substr(2, end - 2)) : rest.substr(2, 1);
            i += end + (rest[1] == ':' ? 1 : 0);
        } else if (c == '[' && !escaped && rest.size() > 3 && rest[2] == '*' && end != std::string::npos) {
            const std::string count = rest.substr(3, end - 3);
            const auto wanted = std::strtoul(count.c_str(), nullptr, count.substr(0, 1) == "0" ? 8 : 10);
            made += std::string(wanted > 0 ? std::min<std::size_t>(wanted, 256) : fills > made.size() ? fills - made.size() : 0, rest[1]);
            i += end;
        } else if (i + 2 < signs.size() && signs[i + 1] == std::pair('-', false)) {
            for (int k = static_cast<unsigned char>(c); k <= static_cast<unsigned char>(signs[i + 2].first); ++k) {
                made += static_cast<char>(k);
            }
            i += 2;
        } else {
            made += c;
        }
    }
    return made;
}

Text translate(const Words& words, const std::string& input) {
    std::size_t first = 1;
    std::string flags;
    while (first < words.size() && is_option(words[first])) {
        const std::string& text = words[first++].text;
        if (text == "--") {
            break;
        }
        flags += text.substr(0, 2) != "--" ? text.substr(1) : text == "--delete" ? "d" : text == "--complement" ? "c" : text == "--truncate-set1" ? "t" : "s";
    }
    const bool deletes = flags.find('d') != std::string::npos;
    const bool squeezes = flags.find('s') != std::string::npos;
    const bool others = flags.find_first_of("cC") != std::string::npos;
    if (first >= words.size() || (!deletes && !squeezes && first + 1 >= words.size())) {
        return std::nullopt;
    }
    std::string from = spread(words[first].text);
    const std::string to = first + 1 < words.size() ? spread(words[first + 1].text, from.size()) : "";
    from = flags.find('t') != std::string::npos ? from.substr(0, to.size()) : from;
    const std::string& squeezed = to.empty() ? from : to;
    std::string made;
    for (const char c : input) {
        const auto found = from.find(c);
        const bool named = (found != std::string::npos) != others;
        if (named && deletes) {
            continue;
        }
        const auto at = others ? to.size() : found;
        const char now = !named || to.empty() || deletes ? c : to[std::min(at, to.size() - 1)];
        const bool in_set = to.empty() ? named : squeezed.find(now) != std::string::npos;
        if (!squeezes || !in_set || made.empty() || made.back() != now) {
            made += now;
        }
    }
    return made;
}

// kill -l 9: the name of a signal of Linux.
Text signal_name(const std::string& number) {
    constexpr std::array<std::string_view, 16> k_names = {"",    "HUP", "INT",  "QUIT", "ILL",  "TRAP", "ABRT", "BUS",
                                                          "FPE", "KILL", "USR1", "SEGV", "USR2", "PIPE", "ALRM", "TERM"};
    const std::size_t value = number.size() < 3 && number.find_first_not_of("0123456789") == std::string::npos && !number.empty() ? std::stoul(number) : 0;
    return value > 0 && value < k_names.size() ? Text(std::string(k_names[value]) + "\n") : std::nullopt;
}

// What programs tell that depend on little more than their words.
Text told(const std::string& name, const Words& words) {
    const std::string& last = words.back().text;
    const bool talks = std::any_of(words.begin() + 1, words.end(), [](const Word& word) { return word.text.size() > 1 && word.text[0] == '-' && word.text.find('v') != std::string::npos; });
    if (!talks && any_of(name, {"cp", "mv", "mkdir", "touch", "chmod", "chown", "ln", "install", "rm", "rmdir", "split", "sync", "umask", "sponge"})) {
        return "";
    }
    if (name == "kill" && words.size() == 3 && words[1].text == "-l") {
        return signal_name(last);
    }
    if (name == "date" && words.size() == 2 && last[0] == '+' && last.find('%') == std::string::npos) {
        return last.substr(1) + "\n";
    }
    if (name == "pwd") {
        return ".\n";
    }
    if (name == "mktemp") {
        return "/tmp/tmp.caro\n";
    }
    if (words.size() == 2 && name == "basename" && !last.empty()) {
        return last.substr(last.rfind('/') + 1) + "\n";
    }
    if (words.size() == 2 && name == "dirname" && last.find('/') != std::string::npos) {
        return std::max<std::string>(last.substr(0, last.rfind('/')), last[0] == '/' ? "/" : "") + "\n";
    }
    const bool looks_up = name == "which" || (name == "command" && words.size() > 2 && words[1].text == "-v") || name == "type";
    if (words.size() >= 2 && looks_up && !is_option(words.back())) {
        const bool path_asked = name == "type" && (words[1].text == "-P" || words[1].text == "-p");
        const bool program = (name != "type" || path_asked) && last.find('/') == std::string::npos;
        return (program ? "/usr/bin/" : "") + last + "\n";
    }
    return std::nullopt;
}

}  // namespace

std::string unescaped(std::string_view text) {
    // \0ooo of echo is \ooo of $'…'.
    std::string plain;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '\\' && i + 1 < text.size()) {
            const bool octal = text[i + 1] == '0' && i + 2 < text.size() && text[i + 2] >= '0' && text[i + 2] <= '7';
            plain += text[i++];
            i += octal ? 1 : 0;
        }
        plain += text[i] == '\'' ? std::string("\\'") : std::string(1, text[i]);
    }
    std::string made;
    append_ansi_c("$'" + plain + "'", made);
    return made;
}

bool matches(std::string_view pattern, std::string_view text) {
    std::size_t p = 0;
    std::size_t t = 0;
    std::size_t star = std::string_view::npos;
    std::size_t mark = 0;
    while (t < text.size()) {
        bool fits = false;
        std::size_t next = p + 1;
        if (p < pattern.size() && pattern[p] == '[') {
            const auto end = pattern.find(']', p + 2);
            if (end != std::string_view::npos) {
                const bool negated = pattern[p + 1] == '!' || pattern[p + 1] == '^';
                const auto from = p + (negated ? 2 : 1);
                const std::string set = spread(std::string(pattern.substr(from, end - from)));
                fits = (set.find(text[t]) != std::string::npos) != negated;
                next = end + 1;
            }
        } else if (p < pattern.size() && pattern[p] == '*') {
            star = p++;
            mark = t;
            continue;
        } else {
            fits = p < pattern.size() && (pattern[p] == '?' || pattern[p] == text[t]);
        }
        if (fits) {
            p = next;
            ++t;
        } else if (star != std::string_view::npos) {
            p = star + 1;
            t = ++mark;
        } else {
            return false;
        }
    }
    return pattern.substr(std::min(p, pattern.size())).find_first_not_of('*') == std::string_view::npos;
}

std::optional<std::string> output_of(const std::vector<Word>& words, const std::optional<std::string>& input, const Surroundings& around) {
    if (words.empty() || !std::all_of(words.begin(), words.end(), [](const Word& word) { return word.known(); })) {
        return std::nullopt;
    }
    const std::string name(base_name(words[0].text));
    if (name == "busybox" || name == "toybox" || (name == "command" && words.size() > 1 && words[1].text != "-v" && words[1].text != "-V") || name == "builtin") {
        return output_of({words.begin() + 1, words.end()}, input, around);
    }
    const std::string last = words.back().text;
    if (name == "echo" || name == "print") {
        return echo(words);
    }
    if (name == "printf") {
        return printed_format(words);
    }
    if (name == "true" || name == ":" || name == "false" || name == "sleep" || name == "cd") {
        return "";
    }
    if (name == "tr") {
        return input && input->size() <= k_longest_text ? translate(words, *input) : std::nullopt;
    }
    if (const TextTool tool = text_tool(name)) {
        return tool({name, words, input, around});
    }
    return told(name, words);
}

}  // namespace caro::shell
