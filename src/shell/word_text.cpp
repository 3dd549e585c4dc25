#include "shell/word_text.hpp"

#include <algorithm>
#include <array>
#include <iterator>

namespace caro::shell {

namespace {

int digit_value(char c) {
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : 99;
}

// Reads up to `most` digits of the given base at `at`, which is moved past them.
unsigned read_number(std::string_view text, std::size_t& at, int base, int most) {
    unsigned value = 0;
    for (; most > 0 && at < text.size() && digit_value(text[at]) < base; --most, ++at) {
        value = value * static_cast<unsigned>(base) + static_cast<unsigned>(digit_value(text[at]));
    }
    return value;
}

void append_code_point(unsigned c, std::string& out) {
    if (c < 0x80) {
        out += static_cast<char>(c);
    } else if (c < 0x800) {
        out += static_cast<char>(0xC0 | c >> 6);
        out += static_cast<char>(0x80 | (c & 0x3F));
    } else {
        out += static_cast<char>(0xE0 | c >> 12);
        out += static_cast<char>(0x80 | (c >> 6 & 0x3F));
        out += static_cast<char>(0x80 | (c & 0x3F));
    }
}

}  // namespace

bool is_name_start(char c) noexcept {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

bool is_name_character(char c) noexcept {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

bool runs_its_words(std::string_view command) noexcept {
    constexpr std::array<std::string_view, 10> k_names = {"eval", "source", ".",    "sh",  "bash",
                                                          "zsh",  "dash",   "ksh", "exec", "command"};
    const std::string_view base = command.substr(command.rfind('/') + 1);
    for (const auto name : k_names) {
        if (name == base) {
            return true;
        }
    }
    return false;
}

void append_double_quoted(std::string_view source, std::string& into) {
    for (std::size_t i = 0; i < source.size(); ++i) {
        if (source[i] == '\\' && i + 1 < source.size() &&
            std::string_view("$`\"\\\n").find(source[i + 1]) != std::string_view::npos) {
            ++i;
            if (source[i] != '\n') {
                into += source[i];
            }
            continue;
        }
        into += source[i];
    }
}

std::string without_quotes(std::string_view text) {
    std::string plain;
    std::copy_if(text.begin(), text.end(), std::back_inserter(plain), [](char c) { return c != '"' && c != '\''; });
    return plain;
}

void append_ansi_c(std::string_view source, std::string& into) {
    if (source.size() < 3) {
        return;
    }
    const std::string_view body = source.substr(2, source.size() - 3);
    for (std::size_t i = 0; i < body.size();) {
        if (body[i] != '\\' || i + 1 >= body.size()) {
            into += body[i++];
            continue;
        }
        const char kind = body[i + 1];
        i += 2;
        constexpr std::string_view k_letters = "abefnrtv\\'\"?E";
        constexpr std::string_view k_values = "\a\b\x1b\f\n\r\t\v\\'\"?\x1b";
        const auto simple = k_letters.find(kind);
        if (kind == 'x') {
            into += static_cast<char>(read_number(body, i, 16, 2));
        } else if (kind == 'u' || kind == 'U') {
            append_code_point(read_number(body, i, 16, kind == 'u' ? 4 : 8), into);
        } else if (kind >= '0' && kind <= '7') {
            --i;
            into += static_cast<char>(read_number(body, i, 8, 3));
        } else if (simple != std::string_view::npos) {
            into += k_values[simple];
        } else {
            into += '\\';
            into += kind;
        }
    }
}

}  // namespace caro::shell
