// UTF-8: validity, terminal width, and making outside text harmless to show.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace caro {

// True if `text` is well-formed UTF-8 (no overlong forms, surrogates or values over U+10FFFF).
bool is_valid_utf8(std::string_view text) noexcept;

// `text` with every malformed byte replaced by U+FFFD.
std::string to_valid_utf8(std::string_view text);

// Decodes the code point at the front of `text` and sets `length` to its bytes; a malformed or empty
// front gives U+FFFD and length 1 (0 if empty).
char32_t decode_utf8(std::string_view text, std::size_t& length) noexcept;

// Columns a terminal needs to show `text` (wide East Asian characters count 2, combining marks 0).
std::size_t display_width(std::string_view text) noexcept;

// The longest prefix of `text` that is at most `columns` wide.
std::string_view clip_to_width(std::string_view text, std::size_t columns) noexcept;

// True for characters that could make shown text differ from its bytes: C0/C1 controls except newline
// and tab, DEL, bidirectional overrides and isolates, zero-width and other invisible format characters.
bool is_deceptive(char32_t c) noexcept;

// `text` with deceptive characters written visibly (\x1b, \u202e), for showing outside text.
std::string escape_deceptive(std::string_view text);

}  // namespace caro
