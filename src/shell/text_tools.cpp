#include "shell/text_tools.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdlib>

#include "util/strings.hpp"

namespace caro::shell {

namespace {

using Words = std::vector<Word>;
using Text = std::optional<std::string>;

constexpr std::size_t k_longest = 64 * 1024;

// Options of a tool: letters without an argument in `letters`, the arguments of others by letter.
struct Options {
    std::string letters;
    std::string values[128];
    std::vector<std::string> operands;
    bool unknown = false;
};

Options read_options(const Words& words, std::string_view valued) {
    Options made;
    for (std::size_t i = 1; i < words.size(); ++i) {
        const std::string& text = words[i].text;
        if (text.size() < 2 || text[0] != '-') {
            made.operands.push_back(text);
            continue;
        }
        made.unknown = made.unknown || text[1] == '-';
        for (std::size_t k = 1; k < text.size(); ++k) {
            const auto c = static_cast<unsigned char>(text[k]);
            if (c < 128 && valued.find(text[k]) != std::string_view::npos) {
                made.values[c] = k + 1 < text.size() ? text.substr(k + 1) : i + 1 < words.size() ? words[++i].text : "";
                break;
            }
            made.letters += text[k];
        }
    }
    return made;
}

std::vector<std::string> lines_of(const std::string& input) {
    std::vector<std::string> made;
    for (const auto line : split(input, '\n')) {
        made.emplace_back(line);
    }
    if (!made.empty() && made.back().empty()) {
        made.pop_back();
    }
    return made;
}

std::string joined(const std::vector<std::string>& lines) {
    std::string made;
    for (const auto& line : lines) {
        made += line + "\n";
    }
    return made;
}

std::size_t count_of(const std::string& text, std::size_t fallback) {
    return text.empty() || text.size() > 6 || text.find_first_not_of("0123456789") != std::string::npos ? fallback : std::stoul(text);
}

// head -n 2, head -2, head -c 3, tail -n +2
Text part_of(bool head, const Words& words, const std::string& input) {
    Options given = read_options(words, "nc");
    if (given.unknown || !given.operands.empty()) {
        return std::nullopt;
    }
    const bool bytes = !given.values['c'].empty();
    std::string count = bytes ? given.values['c'] : given.values['n'].empty() ? given.letters : given.values['n'];
    const bool from = !head && count.substr(0, 1) == "+";
    const bool but = head && count.substr(0, 1) == "-";
    count.erase(0, from || but ? 1 : 0);
    const std::size_t wanted = count_of(count, 10);
    const auto range = [&](std::size_t size) -> std::pair<std::size_t, std::size_t> {
        const std::size_t some = std::min(wanted, size);
        if (head) {
            return {0, but ? size - some : some};
        }
        return {from ? std::min(wanted == 0 ? 0 : wanted - 1, size) : size - some, size};
    };
    if (bytes) {
        const auto [first, last] = range(input.size());
        return input.substr(first, last - first);
    }
    const auto lines = lines_of(input);
    const auto [first, last] = range(lines.size());
    return joined({lines.begin() + static_cast<std::ptrdiff_t>(first), lines.begin() + static_cast<std::ptrdiff_t>(last)});
}

Text sorted(const Words& words, const std::string& input) {
    const Options given = read_options(words, "kto");
    if (given.unknown || !given.operands.empty() || !given.values['o'].empty() || given.letters.find_first_not_of("nruVfds") != std::string::npos) {
        return std::nullopt;
    }
    const std::size_t field = count_of(given.values['k'].substr(0, given.values['k'].find_first_not_of("0123456789")), 0);
    if (given.values['k'].find('.') != std::string::npos) {
        return std::nullopt;  // a key that begins inside a field
    }
    const bool numeric = given.letters.find('n') != std::string::npos || given.values['k'].find('n') != std::string::npos;
    const char mark = given.values['t'].empty() ? ' ' : given.values['t'][0];
    const auto key = [&](const std::string& line) {
        const auto pieces = split(line, mark);
        return field == 0 ? line : field <= pieces.size() ? std::string(pieces[field - 1]) : std::string();
    };
    auto lines = lines_of(input);
    std::stable_sort(lines.begin(), lines.end(), [&](const std::string& a, const std::string& b) {
        return numeric ? std::strtol(key(a).c_str(), nullptr, 10) < std::strtol(key(b).c_str(), nullptr, 10) : key(a) < key(b);
    });
    if (given.letters.find('r') != std::string::npos) {
        std::reverse(lines.begin(), lines.end());
    }
    if (given.letters.find('u') != std::string::npos) {
        lines.erase(std::unique(lines.begin(), lines.end()), lines.end());
    }
    return joined(lines);
}

Text folded(const Words& words, const std::string& input) {
    const std::size_t width = count_of(read_options(words, "w").values['w'], 80);
    std::string made;
    for (const auto& line : lines_of(input)) {
        for (std::size_t i = 0; i < line.size() && width > 0; i += width) {
            made += line.substr(i, width) + "\n";
        }
    }
    return made;
}

// paste -sd ''
Text pasted(const Words& words, const std::string& input) {
    const Options given = read_options(words, "d");
    if (given.letters.find('s') == std::string::npos) {
        return std::nullopt;
    }
    const bool set = std::any_of(words.begin() + 1, words.end(), [](const Word& word) { return word.text.find('d') != std::string::npos; });
    const std::string mark = set ? given.values['d'] : "\t";
    std::string made;
    for (const auto& line : lines_of(input)) {
        made += (made.empty() || mark == "\\0" ? "" : mark.substr(0, 1)) + line;
    }
    return made + "\n";
}

std::string in_base(unsigned char byte, unsigned base, std::size_t width) {
    std::string made;
    for (unsigned rest = byte; made.size() < width; rest /= base) {
        made.insert(made.begin(), "0123456789abcdef"[rest % base]);
    }
    return made;
}

// od -An -c, od -An -tx1, xxd -p, hexdump -ve '1/1 "%02x"'
Text dumped(const std::string& name, const Words& words, const std::string& input) {
    std::string all;
    for (const auto& word : words) {
        all += word.text + " ";
    }
    const bool plain = name == "xxd" && all.find("-p") != std::string::npos && all.find("-r") == std::string::npos;
    const bool octets = name == "hexdump" && all.find("\"%02x\"") != std::string::npos;
    const bool characters = name == "od" && all.find("-An") != std::string::npos && (all.find("c ") != std::string::npos);
    const bool hex = name == "od" && all.find("x1") != std::string::npos;
    const bool octal = name == "od" && (all.find("o1") != std::string::npos || all.find("-b") != std::string::npos);
    std::size_t most = input.size();
    const auto count = all.find("-N");
    if (count != std::string::npos) {
        const auto digit = all.find_first_of("0123456789", count);
        most = digit == std::string::npos ? most : std::min<std::size_t>(most, std::strtoul(all.c_str() + digit, nullptr, 10));
    }
    if (!plain && !octets && !characters && !hex && !octal) {
        return std::nullopt;
    }
    std::string made;
    for (std::size_t i = 0; i < std::min(most, k_longest / 4); ++i) {
        const auto byte = static_cast<unsigned char>(input[i]);
        if (characters) {
            made += byte == '\n' ? "  \\n" : std::string("   ") + input[i];
        } else {
            made += (plain || octets ? "" : " ") + (octal ? in_base(byte, 8, 3) : in_base(byte, 16, 2));
        }
    }
    return made + (octets ? "" : "\n");
}

std::string encode_bits(const std::string& input, std::string_view alphabet, unsigned width) {
    std::string made;
    unsigned bits = 0;
    unsigned count = 0;
    for (const char c : input) {
        bits = (bits << 8U) | static_cast<unsigned char>(c);
        for (count += 8; count >= width; count -= width) {
            made += alphabet[(bits >> (count - width)) & ((1U << width) - 1)];
        }
        bits &= (1U << count) - 1;
    }
    if (count > 0) {
        made += alphabet[(bits << (width - count)) & ((1U << width) - 1)];
    }
    const std::size_t group = width == 6 ? 4 : 8;
    while (made.size() % group != 0) {
        made += '=';
    }
    return made + "\n";
}

Text encoded(const std::string& name, const Words& words, const std::string& input) {
    const Options given = read_options(words, "wb");
    if (given.letters.find_first_of("dDi") != std::string::npos || given.unknown || !given.operands.empty()) {
        return std::nullopt;
    }
    return name == "base64" ? encode_bits(input, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/", 6)
                            : encode_bits(input, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", 5);
}

// awk '{print $2 $1}', awk -F: '{ print $1, "x" }'
Text awk_print(const Words& words, const std::string& input) {
    const Options given = read_options(words, "F");
    if (given.operands.size() != 1 || !given.letters.empty()) {
        return std::nullopt;
    }
    std::string_view code = trim(given.operands[0]);
    if (code.size() < 8 || code.front() != '{' || code.back() != '}') {
        return std::nullopt;
    }
    code = trim(code.substr(1, code.size() - 2));
    code = code.substr(0, code.size() - (code.back() == ';' ? 1 : 0));
    bool quoted = false;
    const bool plain = std::all_of(code.begin(), code.end(), [&](char c) {
        quoted = c == '"' ? !quoted : quoted;
        return quoted || std::string_view("()[]<>|;+*/=~?{}").find(c) == std::string_view::npos;
    });
    if (code.substr(0, 5) != "print" || !plain) {
        return std::nullopt;
    }
    code.remove_prefix(5);
    const char mark = given.values['F'].empty() ? ' ' : given.values['F'][0];
    std::string made;
    for (const auto& line : lines_of(input)) {
        std::vector<std::string> pieces;
        for (const auto piece : split(line, mark)) {
            if (mark != ' ' || !piece.empty()) {
                pieces.emplace_back(piece);
            }
        }
        for (std::size_t i = 0; i < code.size(); ++i) {
            const char c = code[i];
            if (c == '$') {
                std::size_t number = 0;
                const bool last = code.substr(i + 1, 2) == "NF";
                while (i + 1 < code.size() && std::isdigit(static_cast<unsigned char>(code[i + 1])) != 0 && number < 1000) {
                    number = number * 10 + static_cast<std::size_t>(code[++i] - '0');
                }
                i += last ? 2 : 0;
                number = last ? pieces.size() : number;
                made += number == 0 ? (last ? "" : line) : number <= pieces.size() ? pieces[number - 1] : "";
            } else if (c == '"') {
                const auto end = std::min(code.find('"', i + 1), code.size());
                made += code.substr(i + 1, end - i - 1);
                i = end;
            } else if (c == ',') {
                made += ' ';
            } else if (c != ' ') {
                return std::nullopt;
            }
        }
        made += trim(code).empty() ? line + "\n" : "\n";
    }
    return made;
}

// xargs, xargs echo, xargs -n1: the words of the input, so many on a line
Text spread_words(const Words& words, const std::string& input) {
    const Options given = read_options(words, "nLIdP");
    const bool echoes = given.operands.empty() || given.operands[0] == "echo";
    if (!echoes || !given.values['I'].empty() || given.letters.find_first_not_of("r0") != std::string::npos) {
        return std::nullopt;
    }
    const std::size_t most = count_of(given.values['n'], 5000);
    std::string prefix;
    for (std::size_t i = 1; i < given.operands.size(); ++i) {
        prefix += given.operands[i] + " ";
    }
    std::string made;
    std::size_t count = 0;
    std::string word;
    for (const char c : input + " ") {
        if (c != ' ' && c != '\n' && c != '\t' && c != '\0') {
            word += c == '\'' || c == '"' ? std::string() : std::string(1, c);
        } else if (!word.empty()) {
            made += (count == 0 ? prefix : count % std::max<std::size_t>(most, 1) == 0 ? "\n" + prefix : " ") + word;
            ++count;
            word.clear();
        }
    }
    return made + "\n";
}

// grep -o .: each character on a line of its own; grep TEXT: the lines that hold it
Text selected(const Words& words, const std::string& input) {
    const Options given = read_options(words, "emABC");
    const std::string pattern = given.operands.empty() ? given.values['e'] : given.operands[0];
    if (given.unknown || given.operands.size() > 1 || pattern.empty()) {
        return std::nullopt;
    }
    std::string made;
    if (given.letters == "o" && pattern == ".") {
        for (const char c : input) {
            made += c == '\n' ? std::string() : std::string(1, c) + "\n";
        }
        return made;
    }
    const bool plain = pattern.find_first_of(".*[]^$\\+?()|{}") == std::string::npos;
    if (!plain || given.letters.find_first_not_of("vFE") != std::string::npos) {
        return std::nullopt;
    }
    const bool others = given.letters.find('v') != std::string::npos;
    for (const auto& line : lines_of(input)) {
        made += (line.find(pattern) != std::string::npos) != others ? line + "\n" : "";
    }
    return made;
}

// jq -rn '"text"', echo '[text]P' | dc
Text written_out(const std::string& name, const Words& words, const std::string& input) {
    if (name == "dc") {
        const auto open = input.find('[');
        const auto close = input.rfind(']');
        const bool prints = open != std::string::npos && close != std::string::npos && close > open && close + 1 < input.size();
        return prints && (input[close + 1] == 'P' || input[close + 1] == 'p') ? Text(input.substr(open + 1, close - open - 1)) : std::nullopt;
    }
    const Options given = read_options(words, "");
    const bool literal = given.operands.size() == 1 && given.operands[0].size() > 1 && given.operands[0].front() == '"' &&
                         given.operands[0].find('"', 1) + 1 == given.operands[0].size();
    const bool raw = given.letters.find_first_of("rj") != std::string::npos;
    return literal && raw ? Text(given.operands[0].substr(1, given.operands[0].size() - 2) + "\n") : std::nullopt;
}

}  // namespace

Text tool_output(const std::string& name, const Words& words, const std::string& input) {
    if ((name == "jq" || name == "dc") && input.size() <= k_longest) {
        return written_out(name, words, input);
    }
    constexpr std::array<std::string_view, 13> k_names = {"head", "tail",    "sort",   "fold",   "paste", "od",  "xxd",
                                                          "base64", "base32", "hexdump", "awk", "xargs", "grep"};
    if (input.size() > k_longest || std::find(k_names.begin(), k_names.end(), name) == k_names.end()) {
        return name == "gawk" || name == "mawk" ? awk_print(words, input) : name == "uniq" && words.size() == 1 ? Text(input) : std::nullopt;
    }
    if (name == "head" || name == "tail") {
        return part_of(name == "head", words, input);
    }
    if (name == "sort") {
        return sorted(words, input);
    }
    if (name == "fold") {
        return folded(words, input);
    }
    if (name == "paste") {
        return pasted(words, input);
    }
    if (name == "awk") {
        return awk_print(words, input);
    }
    if (name == "xargs") {
        return spread_words(words, input);
    }
    if (name == "grep") {
        return selected(words, input);
    }
    return name == "base64" || name == "base32" ? encoded(name, words, input) : dumped(name, words, input);
}

}  // namespace caro::shell
