// Encodings: base64, base32, hexadecimal, uuencode, percent signs, entities, character sets, and dumps of bytes.
#include <algorithm>
#include <array>
#include <cctype>
#include <cstdint>

#include "shell/filters.hpp"
#include "shell/text_call.hpp"
#include "shell/text_tools.hpp"
#include "util/strings.hpp"

namespace caro::shell {

namespace {

using Text = std::optional<std::string>;

constexpr std::string_view k_base64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view k_base64_url = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr std::string_view k_base32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
constexpr std::string_view k_base32_hex = "0123456789ABCDEFGHIJKLMNOPQRSTUV";
constexpr std::string_view k_hex = "0123456789ABCDEF";

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
            made += static_cast<char>((bits >> count) & 0xffU);
            bits &= (1U << count) - 1;
        }
    }
    return made;
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
    const std::size_t group = width == 6 ? 4 : width == 5 ? 8 : 1;
    while (made.size() % group != 0) {
        made += '=';
    }
    return made;
}

std::string wrapped(const std::string& text, std::size_t width) {
    if (width == 0) {
        return text;
    }
    std::string made;
    for (std::size_t i = 0; i < text.size(); i += width) {
        made += text.substr(i, width) + "\n";
    }
    return made;
}

std::size_t size_of(const std::string& text, std::size_t fallback) {
    const bool number = !text.empty() && text.size() < 7 && text.find_first_not_of("0123456789") == std::string::npos;
    return number ? std::stoul(text) : fallback;
}

std::string upper(std::string text) {
    std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
    return text;
}

}  // namespace

std::string decoded_base64(std::string_view text) { return decode_bits(text, k_base64, 6); }

std::string encoded_base64(const std::string& text) { return encode_bits(text, k_base64, 6); }

// base64, base32, base16, basenc, openssl base64
Text coded(const ToolCall& call) {
    const std::map<std::string, char> longs = {{"decode", 'd'}, {"ignore-garbage", 'i'}, {"wrap", 'w'}, {"base64", '6'}, {"base64url", 'u'}, {"base32", '3'}, {"base32hex", 'h'}, {"base16", 'x'}};
    const ToolOptions given = read_options(call, "dDi63uhx", call.name == "base64" ? "wbo" : "w", longs);
    std::vector<std::string> operands = given.operands;
    const Text input = contents_of(call, operands);
    if (given.unknown || !input) {
        return std::nullopt;
    }
    const bool hex = call.name == "base16" || given.has('x');
    const bool thirty_two = call.name == "base32" || given.has('3') || given.has('h');
    const std::string_view alphabet = hex ? k_hex : given.has('h') ? k_base32_hex : thirty_two ? k_base32 : given.has('u') ? k_base64_url : k_base64;
    const int width = hex ? 4 : thirty_two ? 5 : 6;
    if (given.has('d') || given.has('D')) {
        return decode_bits(hex ? upper(*input) : *input, alphabet, width);
    }
    return wrapped(encode_bits(*input, alphabet, static_cast<unsigned>(width)), size_of(given.value('w'), 76));
}

// openssl base64 -d, openssl enc -base64 -d -A, openssl zlib -d
Text openssl_coded(const ToolCall& call) {
    bool decodes = false;
    bool codes = false;
    bool one_line = false;
    std::vector<std::string> files;
    for (std::size_t i = 1; i < call.words.size(); ++i) {
        const std::string& text = call.words[i].text;
        decodes = decodes || text == "-d";
        codes = codes || any_of(text, {"base64", "-base64", "-a"});
        one_line = one_line || text == "-A";
        if (text == "-in" && i + 1 < call.words.size()) {
            files.push_back(call.words[++i].text);
        } else if (!any_of(text, {"-d", "-e", "-A", "-a", "enc", "base64", "-base64", "-none"})) {
            return std::nullopt;
        }
    }
    const Text input = contents_of(call, files);
    if (!codes || !input) {
        return std::nullopt;
    }
    return decodes ? decode_bits(*input, k_base64, 6) : one_line ? encode_bits(*input, k_base64, 6) : wrapped(encode_bits(*input, k_base64, 6), 64);
}

// Lines of uuencode, old and with base64.
Text uudecoded(const ToolCall& call) {
    const ToolOptions given = read_options(call, "cips", "o");
    const Text input = contents_of(call, given.operands);
    if (!input || given.unknown) {
        return std::nullopt;
    }
    std::string made;
    std::string name;
    bool inside = false;
    bool base64 = false;
    for (const auto& line : text_lines(*input)) {
        if (starts_with(line, "begin")) {
            inside = true;
            base64 = starts_with(line, "begin-base64");
            name = line.substr(std::min(line.rfind(' ') + 1, line.size()));
        } else if (line == "end" || line == "====") {
            inside = false;
        } else if (inside && base64) {
            made += decoded_base64(line);
        } else if (inside && !line.empty()) {
            const std::size_t size = (static_cast<unsigned char>(line[0]) - 32U) & 63U;
            std::string bytes;
            for (std::size_t i = 1; i + 3 < line.size() + 3; i += 4) {
                std::uint32_t bits = 0;
                for (std::size_t k = 0; k < 4; ++k) {
                    const auto c = i + k < line.size() ? static_cast<unsigned char>(line[i + k]) : 32U;
                    bits = (bits << 6U) | ((c - 32U) & 63U);
                }
                for (int k = 2; k >= 0; --k) {
                    bytes += static_cast<char>((bits >> (8 * k)) & 0xffU);
                }
            }
            made += bytes.substr(0, size);
        }
    }
    const std::string into = given.value('o', name);
    if (into == "-" || into == "/dev/stdout" || given.has('p') || given.has('c')) {
        return made;
    }
    if (call.around.write && !into.empty()) {
        call.around.write(into, made);
    }
    return "";
}

// Hexadecimal digits to bytes; with `dump` only those between the offset and the text of xxd.
std::string unhexed(std::string_view text, bool dump) {
    std::string digits;
    for (auto line : split(text, '\n')) {
        if (dump) {
            const auto colon = line.find(':');
            line = colon == std::string_view::npos ? line : line.substr(colon + 1);
            line = line.substr(0, line.find("  "));
        }
        for (const char c : line) {
            digits += std::isxdigit(static_cast<unsigned char>(c)) != 0 ? std::string(1, static_cast<char>(std::toupper(static_cast<unsigned char>(c)))) : "";
        }
    }
    return decode_bits(digits, k_hex, 4);
}

std::string decoded_hex(std::string_view text) { return unhexed(text, false); }

Text xxd_output(const ToolCall& call) {
    std::string all = " ";
    std::vector<std::string> files;
    std::size_t columns = 0;
    std::size_t most = k_longest_text;
    for (std::size_t i = 1; i < call.words.size(); ++i) {
        const std::string& text = call.words[i].text;
        const bool valued = any_of(text, {"-c", "-g", "-l", "-s", "-cols", "-len"});
        if (valued && i + 1 < call.words.size()) {
            columns = starts_with(text, "-c") ? size_of(call.words[i + 1].text, 0) : columns;
            most = starts_with(text, "-l") ? size_of(call.words[i + 1].text, most) : most;
            ++i;
        } else if (starts_with(text, "-c") && text.size() > 2) {
            columns = size_of(text.substr(2), 0);
        } else if (text.size() > 1 && text[0] == '-') {
            all += text + " ";
        } else {
            files.push_back(text);
        }
    }
    if (files.size() > 1) {
        return std::nullopt;
    }
    const Text input = contents_of(call, files);
    if (!input) {
        return std::nullopt;
    }
    const bool plain = contains(all, "p");
    if (contains(all, "-r")) {
        return unhexed(*input, !plain);
    }
    if (!plain) {
        return std::nullopt;
    }
    std::string made = encode_bits(input->substr(0, most), contains(all, "-u") ? k_hex : "0123456789abcdef", 4);
    return wrapped(made, columns == 0 ? 60 : columns * 2);
}

namespace {

std::string in_base(unsigned byte, unsigned base, std::size_t width) {
    std::string made;
    for (; made.size() < width || byte > 0; byte /= base) {
        made.insert(made.begin(), "0123456789abcdef"[byte % base]);
    }
    return made;
}

std::string named_byte(unsigned char byte) {
    constexpr std::string_view k_names = "0abtnvfr";  // \0, \a … \r
    const auto at = byte == 0 ? 0 : byte >= 7 && byte <= 13 ? static_cast<std::size_t>(byte - 6) : std::string_view::npos;
    if (at != std::string_view::npos) {
        return std::string("\\") + k_names[at];
    }
    return byte >= 32 && byte < 127 ? std::string(1, static_cast<char>(byte)) : in_base(byte, 8, 3);
}

}  // namespace

// od -An -tx1 -v, od -c, od -b: without addresses they are known to the blank.
Text od_output(const ToolCall& call) {
    const ToolOptions given = read_options(call, "bcvdox", "AtNjw", {{"address-radix", 'A'}, {"format", 't'}, {"read-bytes", 'N'}, {"output-duplicates", 'v'}, {"skip-bytes", 'j'}, {"width", 'w'}});
    const Text input = contents_of(call, given.operands);
    const std::string type = given.has('c') ? "c" : given.has('b') ? "o1" : given.value('t');
    const bool known = any_of(type, {"c", "x1", "o1", "u1", "d1", "a", "xC", "oC", "uC", "x1z"});
    if (!input || given.unknown || !known || given.value('A') != "n") {
        return std::nullopt;
    }
    const std::size_t skipped = std::min(size_of(given.value('j'), 0), input->size());
    const std::string bytes = input->substr(skipped, size_of(given.value('N'), k_longest_text));
    const std::size_t row = std::max<std::size_t>(size_of(given.value('w'), 16), 1);
    const unsigned base = type[0] == 'x' ? 16 : type[0] == 'o' ? 8 : 10;
    const std::size_t width = type[0] == 'x' ? 3 : 4;
    std::string made;
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        const auto byte = static_cast<unsigned char>(bytes[i]);
        std::string one = type[0] == 'c' || type[0] == 'a' ? named_byte(byte) : in_base(byte, base, base == 16 ? 2 : base == 8 ? 3 : 1);
        one.insert(0, one.size() < width ? width - one.size() : 0, ' ');
        made += one + ((i + 1) % row == 0 || i + 1 == bytes.size() ? "\n" : "");
    }
    return made.size() <= k_longest_text ? Text(made) : std::nullopt;
}

// hexdump -v -e '/1 "%02x"', with one format for each byte
Text hexdump_output(const ToolCall& call) {
    const ToolOptions given = read_options(call, "vC", "esn");
    const Text input = contents_of(call, given.operands);
    const std::string format = given.value('e');
    const auto slash = format.find('/');
    const auto open = format.find('"');
    const auto close = format.find('"', open + 1);
    const bool bytes = slash != std::string::npos && slash < open && format.substr(slash + 1, 1) == "1" && format.find('"', close + 1) == std::string::npos;
    if (!input || given.unknown || !bytes || close == std::string::npos) {
        return std::nullopt;
    }
    const std::string inner = unescaped(format.substr(open + 1, close - open - 1));
    std::string made;
    for (const char c : input->substr(0, 8000)) {
        FormatArguments arguments;
        arguments.count = 1;
        arguments.text = [c](std::size_t) { return std::string(1, c); };
        arguments.number = [c](std::size_t) { return static_cast<double>(static_cast<unsigned char>(c)); };
        arguments.is_number = [](std::size_t) { return true; };
        const bool names = contains(inner, "%_c") || contains(inner, "%_p");
        const std::string name = named_byte(static_cast<unsigned char>(c));
        made += names ? replace_all(replace_all(inner, "%_c", name), "%_p", name.size() > 1 ? "." : name) : formatted(inner, arguments);
    }
    return made;
}

namespace {

// Code points of a text in a character set; nothing if the set is not known here.
std::optional<std::vector<unsigned long>> code_points(const std::string& text, const std::string& set) {
    std::vector<unsigned long> made;
    const auto byte = [&](std::size_t i) { return static_cast<unsigned long>(static_cast<unsigned char>(text[i])); };
    const bool big = contains(set, "BE") || contains(set, "be");
    const bool wide = contains(set, "32") || starts_with(set, "UCS4") || starts_with(set, "UCS-4");
    if (contains(set, "16") || wide || starts_with(set, "UCS")) {
        const std::size_t size = wide ? 4 : 2;
        bool reversed = big || starts_with(set, "UCS-4");
        for (std::size_t i = 0; i + size <= text.size(); i += size) {
            unsigned long code = 0;
            for (std::size_t k = 0; k < size; ++k) {
                code = (code << 8U) | byte(reversed ? i + k : i + size - 1 - k);
            }
            if (i == 0 && (code == 0xfeff || code == 0xfffe || code == 0xfffe0000)) {
                reversed = code == 0xfeff ? reversed : !reversed;
                continue;
            }
            made.push_back(code);
        }
        return made;
    }
    const bool single = any_of(set, {"ASCII", "US-ASCII", "LATIN1", "ISO-8859-1", "ISO8859-1", "L1", "CP1252", "WINDOWS-1252", "ISO-8859-15"});
    if (!single && !any_of(set, {"UTF-8", "UTF8", ""})) {
        return std::nullopt;
    }
    for (std::size_t i = 0; i < text.size(); ++i) {
        const unsigned long first = byte(i);
        const int more = single || first < 0xc0 ? 0 : first < 0xe0 ? 1 : first < 0xf0 ? 2 : 3;
        unsigned long code = more == 0 ? first : first & (0x3fUL >> static_cast<unsigned>(more));
        for (int k = 0; k < more && i + 1 < text.size(); ++k) {
            code = (code << 6U) | (byte(++i) & 0x3fU);
        }
        made.push_back(code);
    }
    return made;
}

}  // namespace

// iconv -f UTF-16LE -t UTF-8
Text iconv_output(const ToolCall& call) {
    const ToolOptions given = read_options(call, "cs", "fto", {{"from-code", 'f'}, {"to-code", 't'}});
    const Text input = contents_of(call, given.operands);
    const auto name = [&](char letter) {
        const std::string whole = upper(given.value(letter));
        return whole.substr(0, whole.find("//"));
    };
    const std::string into = name('t');
    if (!input || given.unknown || given.has('o')) {
        return std::nullopt;
    }
    const auto codes = code_points(*input, name('f'));
    if (!codes) {
        return std::nullopt;
    }
    const bool wide = contains(into, "32");
    std::string made = into == "UTF-16" ? "\xff\xfe" : into == "UTF-32" ? std::string("\xff\xfe\0\0", 4) : "";
    for (const unsigned long code : *codes) {
        if (contains(into, "16") || wide) {
            const int size = wide ? 4 : 2;
            for (int k = 0; k < size; ++k) {
                made += static_cast<char>((code >> (8 * (contains(into, "BE") ? size - 1 - k : k))) & 0xffU);
            }
        } else if (any_of(into, {"UTF-8", "UTF8", ""}) || code < 128) {
            append_utf8(made, code);
        } else {
            return std::nullopt;
        }
    }
    return made;
}

// &lt; and &#65; of HTML
std::string without_entities(std::string_view text) {
    constexpr std::array<std::pair<std::string_view, std::string_view>, 10> k_names = {{{"amp", "&"}, {"lt", "<"}, {"gt", ">"}, {"quot", "\""}, {"apos", "'"},
                                                                                       {"nbsp", " "}, {"sol", "/"}, {"hyphen", "-"}, {"tilde", "~"}, {"semi", ";"}}};
    std::string made;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto end = text[i] == '&' ? text.find(';', i) : std::string_view::npos;
        const std::string name(end == std::string_view::npos || end - i > 10 ? "" : text.substr(i + 1, end - i - 1));
        const auto known = std::find_if(k_names.begin(), k_names.end(), [&](const auto& one) { return one.first == name; });
        if (name.size() > 1 && name[0] == '#') {
            const bool hex = name[1] == 'x' || name[1] == 'X';
            append_utf8(made, std::min(std::strtoul(name.c_str() + (hex ? 2 : 1), nullptr, hex ? 16 : 10), 0x10ffffUL));
            i = end;
        } else if (known != k_names.end()) {
            made += known->second;
            i = end;
        } else {
            made += text[i];
        }
    }
    return made;
}

// qprint -d, quoted-printable
std::string without_equals(std::string_view text) {
    std::string made;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '=' && i + 1 < text.size() && text[i + 1] == '\n') {
            ++i;
        } else if (text[i] == '=' && i + 2 < text.size() && std::isxdigit(static_cast<unsigned char>(text[i + 1])) != 0) {
            made += unhexed(text.substr(i + 1, 2), false);
            i += 2;
        } else {
            made += text[i];
        }
    }
    return made;
}

// Letters turned by a number of places: rot13, caesar 13
std::string turned(std::string_view text, unsigned by, bool all_printable) {
    std::string made(text);
    for (auto& c : made) {
        const auto byte = static_cast<unsigned char>(c);
        if (all_printable && byte > 32 && byte < 127) {
            c = static_cast<char>(33 + (byte - 33 + 47) % 94);
        } else if (!all_printable && std::isalpha(byte) != 0) {
            const unsigned first = std::islower(byte) != 0 ? 'a' : 'A';
            c = static_cast<char>(first + (byte - first + by) % 26);
        }
    }
    return made;
}

// Programs that undo one encoding of their input.
Text undone(const ToolCall& call) {
    const ToolOptions given = read_options(call, "dDeuqx", "", {{"decode", 'd'}});
    const bool caesar = call.name == "caesar" || call.name == "rot";
    const bool no_file = caesar || call.name == "recode";  // whose operand is no file
    const Text input = contents_of(call, no_file ? std::vector<std::string>() : given.operands);
    if (!input) {
        return std::nullopt;
    }
    if (call.name == "rot13" || caesar) {
        return turned(*input, static_cast<unsigned>(size_of(given.operands.empty() ? "" : given.operands[0], 13) % 26), false);
    }
    if (call.name == "rot47") {
        return turned(*input, 0, true);
    }
    if (call.name == "qprint") {
        return given.has('d') ? Text(without_equals(*input)) : std::nullopt;
    }
    if (any_of(call.name, {"recode", "html2text", "w3m", "lynx"})) {
        return contains(*input, "<") ? std::nullopt : Text(without_entities(*input));
    }
    return given.has('d') || call.name == "urldecode" ? Text(percent_decoded(*input)) : std::nullopt;
}

}  // namespace caro::shell
