#include "shell/filters.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

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
    made = escapes || hidden ? unescaped(made) : made;
    return newline ? made + "\n" : made;
}

void add_code(std::string& into, std::uint32_t bits, int bytes) {
    for (int i = bytes - 1; i >= 0; --i) {
        into += static_cast<char>((bits >> (8 * i)) & 0xffU);
    }
}

constexpr std::string_view k_base64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

std::string decode_bits(std::string_view text, std::string_view alphabet, int width) {
    std::string made;
    std::uint32_t bits = 0;
    int count = 0;
    for (const char c : text) {
        const auto value = alphabet.find(c);
        if (value == std::string_view::npos) {
            continue;  // newlines, padding
        }
        bits = (bits << width) | static_cast<std::uint32_t>(value);
        count += width;
        if (count >= 8) {
            count -= 8;
            add_code(made, bits >> count, 1);
            bits &= (1U << count) - 1;
        }
    }
    return made;
}

std::string decode_hex(std::string_view text) {
    std::string digits;
    for (const char c : text) {
        if (std::isxdigit(static_cast<unsigned char>(c)) != 0) {
            digits += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
        }
    }
    std::string made;
    for (std::size_t i = 0; i + 1 < digits.size(); i += 2) {
        constexpr std::string_view k_digits = "0123456789abcdef";
        made += static_cast<char>(k_digits.find(digits[i]) * 16 + k_digits.find(digits[i + 1]));
    }
    return made;
}

// a-z and \n of tr, written out.
std::string spread(const std::string& given) {
    const std::string set = unescaped(given);
    std::string made;
    for (std::size_t i = 0; i < set.size(); ++i) {
        if (i + 2 < set.size() && set[i + 1] == '-' && set[i] <= set[i + 2]) {
            for (int c = static_cast<unsigned char>(set[i]); c <= static_cast<unsigned char>(set[i + 2]); ++c) {
                made += static_cast<char>(c);
            }
            i += 2;
        } else {
            made += set[i];
        }
    }
    return made;
}

std::string range(char first, char last) { return spread(std::string{first, '-', last}); }

std::string translation_set(const std::string& set) {
    return set == "[:upper:]" ? range('A', 'Z') : set == "[:lower:]" ? range('a', 'z')
           : set == "[:digit:]" ? range('0', '9') : set == "[:space:]" ? " \t\n" : set == "[:alpha:]" ? range('a', 'z') + range('A', 'Z')
           : set == "[:alnum:]" ? range('a', 'z') + range('A', 'Z') + range('0', '9') : set == "[:punct:]" ? "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~" : spread(set);
}

Text translate(const Words& words, const std::string& input) {
    std::size_t first = 1;
    std::string flags;
    while (first < words.size() && is_option(words[first])) {
        const std::string& text = words[first++].text;
        flags += text.substr(0, 2) != "--" ? text.substr(1) : text == "--delete" ? "d" : text == "--complement" ? "c" : "s";
    }
    const bool deletes = flags.find('d') != std::string::npos;
    const bool squeezes = flags.find('s') != std::string::npos;
    const bool others = flags.find_first_of("cC") != std::string::npos;
    if (first >= words.size() || (!deletes && !squeezes && first + 1 >= words.size())) {
        return std::nullopt;
    }
    const std::string from = translation_set(words[first].text);
    const std::string to = first + 1 < words.size() ? translation_set(words[first + 1].text) : "";
    std::string made;
    for (const char c : input) {
        const auto found = from.find(c);
        if ((found != std::string::npos) == others) {
            made += c;
        } else if (!deletes) {
            const auto at = others ? to.size() : found;
            const char now = to.empty() ? c : to[std::min(at, to.size() - 1)];
            if (!squeezes || made.empty() || made.back() != now) {
                made += now;
            }
        }
    }
    return made;
}

std::string reversed_lines(const std::string& input) {
    std::string made;
    for (const auto line : split(input, '\n')) {
        made.append(line.rbegin(), line.rend());
        made += '\n';
    }
    if (!made.empty()) {
        made.pop_back();
    }
    return made;
}

// cut -c 1-3, cut -d X -f 2
Text cut(const Words& words, const std::string& input) {
    char mark = '\t';
    std::string list;
    bool fields = false;
    for (std::size_t i = 1; i < words.size(); ++i) {
        const std::string& text = words[i].text;
        if (text.size() < 2 || text[0] != '-' || std::string_view("cbfd").find(text[1]) == std::string_view::npos) {
            return std::nullopt;
        }
        const std::string value = text.size() > 2 ? text.substr(2) : i + 1 < words.size() ? words[++i].text : "";
        if (text[1] == 'd') {
            mark = value.empty() ? mark : value[0];
        } else {
            fields = text[1] == 'f';
            list = value;
        }
    }
    std::string made;
    for (const auto line : split(input, '\n')) {
        std::vector<std::string> pieces;
        if (fields) {
            for (const auto piece : split(line, mark)) {
                pieces.emplace_back(piece);
            }
        } else {
            for (const char c : line) {
                pieces.emplace_back(1, c);
            }
        }
        bool first = true;
        for (const auto range : split(list, ',')) {
            const auto dash = range.find('-');
            const std::size_t from = std::strtoul(std::string(range).c_str(), nullptr, 10);
            const std::string rest(dash == std::string_view::npos ? range : range.substr(dash + 1));
            const std::size_t to = rest.empty() ? pieces.size() : std::strtoul(rest.c_str(), nullptr, 10);
            for (std::size_t i = std::max<std::size_t>(from, 1); i <= std::min(to, pieces.size()); ++i) {
                made += (fields && !first ? std::string(1, mark) : "") + pieces[i - 1];
                first = false;
            }
        }
        made += '\n';
    }
    made.pop_back();
    return made;
}

Text numbers(const Words& given) {
    Words words = given;
    std::string format = "%g";
    if (words.size() > 3 && (words[1].text == "-f" || words[1].text == "--format")) {
        format = words[2].text;
        words.erase(words.begin() + 1, words.begin() + 3);
    }
    const auto place = format.find('%');
    const auto end = format.find_first_of("gf", place);
    if (place == std::string::npos || end == std::string::npos || words.size() < 2 || words.size() > 3) {
        return std::nullopt;
    }
    const long first = words.size() == 3 ? std::strtol(words[1].text.c_str(), nullptr, 10) : 1;
    const long last = std::strtol(words.back().text.c_str(), nullptr, 10);
    if (last < first || last - first > 200) {
        return std::nullopt;
    }
    std::string made;
    for (long i = first; i <= last; ++i) {
        made += format.substr(0, place) + std::to_string(i) + format.substr(end + 1) + "\n";
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

bool has(const Words& words, std::string_view option) {
    return std::any_of(words.begin() + 1, words.end(), [option](const Word& word) { return word.text == option; });
}

// What is decoded but is no text is compressed, or something else that is not known here.
Text readable(std::string text) {
    const bool plain = std::all_of(text.begin(), text.end(), [](char c) {
        const auto byte = static_cast<unsigned char>(c);
        return byte >= 32 || byte == '\n' || byte == '\t' || byte == '\r';
    });
    return plain && !text.empty() ? Text(std::move(text)) : std::nullopt;
}

Text decoded(const std::string& name, const Words& words, const std::string& input) {
    const bool decodes = has(words, "-d") || has(words, "-D") || has(words, "--decode") || has(words, "-di") ||
                         has(words, "-id") || has(words, "--decod");
    const bool openssl = name == "openssl" && (has(words, "base64") || has(words, "-base64") || has(words, "-a"));
    if ((name == "base64" || openssl) && decodes) {
        return readable(decode_bits(input, k_base64, 6));
    }
    if (name == "base32" && decodes) {
        return readable(decode_bits(input, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", 5));
    }
    const bool plain_hex = has(words, "-rp") || has(words, "-pr") || (has(words, "-r") && (has(words, "-p") || has(words, "-ps")));
    if (name == "xxd" && plain_hex) {
        return readable(decode_hex(input));
    }
    return std::nullopt;
}

Text filtered(const std::string& name, const Words& words, const std::string& input) {
    const bool operands = std::any_of(words.begin() + 1, words.end(),
                                      [](const Word& word) { return !is_option(word) && word.text != "-"; });
    if (name == "tr") {
        return translate(words, input);
    }
    if (name == "cut") {
        return cut(words, input);
    }
    if (name == "sed") {
        return edited_lines(words, input);
    }
    if (Text text = tool_output(name, words, input)) {
        return text;
    }
    if (name == "tee") {
        return input;
    }
    if (operands && name != "openssl") {
        return std::nullopt;
    }
    if (name == "cat") {
        return input;
    }
    if (name == "rev") {
        return reversed_lines(input);
    }
    if (name == "tac") {
        auto lines = split(trim(input), '\n');
        std::reverse(lines.begin(), lines.end());
        std::string made;
        for (const auto line : lines) {
            made += std::string(line) + "\n";
        }
        return made;
    }
    return decoded(name, words, input);
}

}  // namespace

std::string decoded_base64(std::string_view text) { return decode_bits(text, k_base64, 6); }

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

std::optional<std::string> output_of(const std::vector<Word>& words, const std::optional<std::string>& input) {
    if (words.empty() || !std::all_of(words.begin(), words.end(), [](const Word& word) { return word.known(); })) {
        return std::nullopt;
    }
    const std::string name = words[0].text.substr(words[0].text.rfind('/') + 1);
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
    if (name == "seq") {
        return numbers(words);
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
        const bool program = name != "type" && last.find('/') == std::string::npos;
        return (program ? "/usr/bin/" : "") + last + "\n";
    }
    const bool needs_none = name == "jq" && words.size() > 1 && words[1].text.find('n') != std::string::npos && is_option(words[1]);
    return input ? filtered(name, words, *input) : needs_none ? tool_output(name, words, "") : std::nullopt;
}

}  // namespace caro::shell
