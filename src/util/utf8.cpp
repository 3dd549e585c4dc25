#include "util/utf8.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cstdint>
#include <iterator>

namespace caro {

namespace {

constexpr char32_t k_replacement = 0xFFFD;

struct Range {
    uint32_t first;
    uint32_t last;
};

// Blocks shown two columns wide (Unicode East Asian Width W and F, by block).
constexpr Range k_wide[] = {{0x1100, 0x115F},   {0x231A, 0x231B},   {0x2329, 0x232A},   {0x23E9, 0x23EC},
                            {0x25FD, 0x25FE},   {0x2614, 0x2615},   {0x2648, 0x2653},   {0x26AA, 0x26AB},
                            {0x2E80, 0x303E},   {0x3041, 0x33FF},   {0x3400, 0x4DBF},   {0x4E00, 0x9FFF},
                            {0xA000, 0xA4CF},   {0xA960, 0xA97F},   {0xAC00, 0xD7A3},   {0xF900, 0xFAFF},
                            {0xFE30, 0xFE6F},   {0xFF00, 0xFF60},   {0xFFE0, 0xFFE6},   {0x1F300, 0x1F64F},
                            {0x1F680, 0x1F6FF}, {0x1F900, 0x1F9FF}, {0x1FA70, 0x1FAFF}, {0x20000, 0x3FFFD}};

// Combining marks and zero-width characters, by block.
constexpr Range k_zero[] = {{0x0300, 0x036F}, {0x0483, 0x0489}, {0x0591, 0x05BD}, {0x0610, 0x061A},
                            {0x064B, 0x065F}, {0x0900, 0x0902}, {0x093C, 0x093C}, {0x0941, 0x0948},
                            {0x0E31, 0x0E31}, {0x0E34, 0x0E3A}, {0x0E47, 0x0E4E}, {0x1AB0, 0x1AFF},
                            {0x1DC0, 0x1DFF}, {0x200B, 0x200F}, {0x202A, 0x202E}, {0x2060, 0x206F},
                            {0x20D0, 0x20FF}, {0xFE00, 0xFE0F}, {0xFE20, 0xFE2F}, {0xFEFF, 0xFEFF},
                            {0xE0000, 0xE0FFF}};

constexpr Range k_deceptive[] = {{0x00, 0x08},     {0x0B, 0x1F},     {0x7F, 0x9F},     {0xAD, 0xAD},
                                 {0x034F, 0x034F}, {0x061C, 0x061C}, {0x115F, 0x1160}, {0x17B4, 0x17B5},
                                 {0x180B, 0x180F}, {0x200B, 0x200F}, {0x2028, 0x202E}, {0x2060, 0x206F},
                                 {0x3164, 0x3164}, {0xFEFF, 0xFEFF}, {0xFFA0, 0xFFA0}, {0xFFF9, 0xFFFB},
                                 {0xE0000, 0xE0FFF}};

template <std::size_t N>
bool in_ranges(char32_t c, const Range (&ranges)[N]) {
    const auto* it = std::upper_bound(std::begin(ranges), std::end(ranges), c,
                                      [](char32_t value, const Range& r) { return value < r.first; });
    return it != std::begin(ranges) && c <= std::prev(it)->last;
}

std::size_t width_of(char32_t c) {
    if (in_ranges(c, k_zero)) {
        return 0;
    }
    return in_ranges(c, k_wide) ? 2 : 1;
}

}  // namespace

char32_t decode_utf8(std::string_view text, std::size_t& length) noexcept {
    length = text.empty() ? 0 : 1;
    if (text.empty()) {
        return k_replacement;
    }
    const auto lead = static_cast<unsigned char>(text[0]);
    if (lead < 0x80) {
        return lead;
    }
    std::size_t need = 0;
    char32_t value = 0;
    char32_t smallest = 0;
    if (lead >= 0xC2 && lead <= 0xDF) {
        need = 1, value = lead & 0x1F, smallest = 0x80;
    } else if (lead >= 0xE0 && lead <= 0xEF) {
        need = 2, value = lead & 0x0F, smallest = 0x800;
    } else if (lead >= 0xF0 && lead <= 0xF4) {
        need = 3, value = lead & 0x07, smallest = 0x10000;
    } else {
        return k_replacement;
    }
    if (text.size() <= need) {
        return k_replacement;
    }
    for (std::size_t i = 1; i <= need; ++i) {
        const auto byte = static_cast<unsigned char>(text[i]);
        if ((byte & 0xC0) != 0x80) {
            return k_replacement;
        }
        value = (value << 6) | (byte & 0x3F);
    }
    if (value < smallest || value > 0x10FFFF || (value >= 0xD800 && value <= 0xDFFF)) {
        return k_replacement;
    }
    length = need + 1;
    return value;
}

bool is_valid_utf8(std::string_view text) noexcept {
    while (!text.empty()) {
        std::size_t length = 0;
        const char32_t c = decode_utf8(text, length);
        // A well-formed U+FFFD takes three bytes; a malformed front is reported as one.
        if (c == k_replacement && length == 1) {
            return false;
        }
        text.remove_prefix(length);
    }
    return true;
}

std::string to_valid_utf8(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    while (!text.empty()) {
        std::size_t length = 0;
        const char32_t c = decode_utf8(text, length);
        if (c == k_replacement && length == 1) {
            out.append("\xEF\xBF\xBD");
        } else {
            out.append(text.substr(0, length));
        }
        text.remove_prefix(length);
    }
    return out;
}

std::size_t display_width(std::string_view text) noexcept {
    std::size_t columns = 0;
    while (!text.empty()) {
        std::size_t length = 0;
        columns += width_of(decode_utf8(text, length));
        text.remove_prefix(length);
    }
    return columns;
}

std::string_view clip_to_width(std::string_view text, std::size_t columns) noexcept {
    std::size_t used = 0;
    std::size_t bytes = 0;
    while (bytes < text.size()) {
        std::size_t length = 0;
        used += width_of(decode_utf8(text.substr(bytes), length));
        if (used > columns) {
            break;
        }
        bytes += length;
    }
    return text.substr(0, bytes);
}

bool is_deceptive(char32_t c) noexcept { return in_ranges(c, k_deceptive); }

std::string escape_deceptive(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    while (!text.empty()) {
        std::size_t length = 0;
        const char32_t c = decode_utf8(text, length);
        if (c == k_replacement && length == 1) {
            out += fmt::format("\\x{:02x}", static_cast<unsigned char>(text[0]));
        } else if (!is_deceptive(c)) {
            out.append(text.substr(0, length));
        } else if (c < 0x80) {
            out += fmt::format("\\x{:02x}", static_cast<uint32_t>(c));
        } else {
            out += fmt::format("\\u{:04x}", static_cast<uint32_t>(c));
        }
        text.remove_prefix(length);
    }
    return out;
}

}  // namespace caro
