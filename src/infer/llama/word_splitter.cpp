#include "infer/llama/word_splitter.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

#include "util/utf8.hpp"

namespace caro::infer::llama {

namespace {

enum class Kind : std::uint8_t { end, letter, digit, space, newline, symbol, unknown };

struct Range {
    char32_t first;
    char32_t last;
};

// Characters that are letters (general category L) throughout the range, in every version of Unicode since 5.2.
constexpr std::array<Range, 22> k_letters = {{{0xAA, 0xAA},     {0xB5, 0xB5},     {0xBA, 0xBA},     {0xC0, 0xD6},
                                              {0xD8, 0xF6},     {0xF8, 0x2C1},    {0x388, 0x38A},   {0x38C, 0x38C},
                                              {0x38E, 0x3A1},   {0x3A3, 0x3F5},   {0x400, 0x481},   {0x48A, 0x523},
                                              {0x5D0, 0x5EA},   {0x621, 0x64A},   {0x1E00, 0x1EFF}, {0x3041, 0x3096},
                                              {0x30A1, 0x30FA}, {0x30FC, 0x30FE}, {0x3400, 0x4DB5}, {0x4E00, 0x9FCB},
                                              {0xAC00, 0xD7A3}, {0xFF21, 0xFF3A}}};

// Neither letters, numbers nor white space.
constexpr std::array<Range, 15> k_symbols = {{{0xA1, 0xA9},     {0xAB, 0xB1},     {0xB4, 0xB4},     {0xB6, 0xB8},
                                              {0xBB, 0xBB},     {0xBF, 0xBF},     {0xD7, 0xD7},     {0xF7, 0xF7},
                                              {0x2010, 0x2027}, {0x2030, 0x205E}, {0x2190, 0x21FF}, {0x3001, 0x3003},
                                              {0x3008, 0x3011}, {0xFF01, 0xFF0F}, {0xFF1A, 0xFF20}}};

template <std::size_t N>
bool within(const std::array<Range, N>& ranges, char32_t c) noexcept {
    return std::any_of(ranges.begin(), ranges.end(), [c](Range r) { return c >= r.first && c <= r.last; });
}

Kind kind_of(char32_t c) noexcept {
    if (c < 0x80) {
        const char32_t lower = c | 0x20U;
        if (lower >= 'a' && lower <= 'z') {
            return Kind::letter;
        }
        if (c >= '0' && c <= '9') {
            return Kind::digit;
        }
        if (c == '\n' || c == '\r') {
            return Kind::newline;
        }
        return c == ' ' || (c >= '\t' && c <= '\r') ? Kind::space : Kind::symbol;
    }
    return within(k_letters, c) ? Kind::letter : within(k_symbols, c) ? Kind::symbol : Kind::unknown;
}

// What stands at byte `at`, and how long it is.
Kind look(std::string_view text, std::size_t at, std::size_t& length) noexcept {
    length = 0;
    if (at >= text.size()) {
        return Kind::end;
    }
    const char32_t c = decode_utf8(text.substr(at), length);
    return c == 0xFFFD ? Kind::unknown : kind_of(c);
}

// Where the run of `kind` from `at` on ends; `unknown` is set if it ends at a character of unknown class.
std::size_t run_of(std::string_view text, std::size_t at, Kind kind, bool& unknown) noexcept {
    std::size_t length = 0;
    Kind found = look(text, at, length);
    while (found == kind) {
        at += length;
        found = look(text, at, length);
    }
    unknown = unknown || found == Kind::unknown;
    return at;
}

// Length of an English contraction ('s, 't, 're, 've, 'm, 'll, 'd; any case) at the front of `text`, else 0.
std::size_t contraction(std::string_view text) noexcept {
    if (text.size() < 2 || text[0] != '\'') {
        return 0;
    }
    const auto lower = [&](std::size_t i) {
        const char c = i < text.size() ? text[i] : '\0';
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
    };
    const char a = lower(1);
    const char b = lower(2);
    if (a == 's' || a == 't' || a == 'm' || a == 'd') {
        return 2;
    }
    return (a == 'r' && b == 'e') || (a == 'v' && b == 'e') || (a == 'l' && b == 'l') ? 3 : 0;
}

// White space of any kind from the front on.
std::size_t white_space(std::string_view text, bool& unknown) noexcept {
    std::size_t end = 0;
    std::size_t after_newline = 0;
    std::size_t length = 0;
    Kind kind = look(text, 0, length);
    while (kind == Kind::space || kind == Kind::newline) {
        end += length;
        if (kind == Kind::newline) {
            after_newline = end;
        }
        kind = look(text, end, length);
    }
    unknown = unknown || kind == Kind::unknown;
    if (after_newline > 0) {
        return after_newline;
    }
    // A space belongs to the word after it, so a run before a word leaves its last character.
    return kind == Kind::end || end == 1 ? end : end - 1;
}

std::size_t word(std::string_view text, bool& unknown) noexcept {
    if (const std::size_t n = contraction(text)) {
        return n;
    }
    std::size_t length = 0;
    std::size_t second = 0;
    const Kind kind = look(text, 0, length);
    const Kind next = look(text, length, second);
    if (kind == Kind::unknown || next == Kind::unknown) {
        unknown = true;
        return 0;
    }
    if (kind == Kind::letter) {
        return run_of(text, 0, Kind::letter, unknown);
    }
    if (kind == Kind::digit) {
        return length;
    }
    if (kind != Kind::newline && next == Kind::letter) {
        return run_of(text, length, Kind::letter, unknown);
    }
    const bool spaced = text[0] == ' ' && next == Kind::symbol;
    if (kind == Kind::symbol || spaced) {
        const std::size_t symbols = run_of(text, spaced ? length : 0, Kind::symbol, unknown);
        return run_of(text, symbols, Kind::newline, unknown);
    }
    return white_space(text, unknown);
}

}  // namespace

std::size_t next_word(std::string_view text) noexcept {
    bool unknown = false;
    const std::size_t length = word(text, unknown);
    return unknown ? 0 : length;
}

}  // namespace caro::infer::llama
