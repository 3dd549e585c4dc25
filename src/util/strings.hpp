// Small text helpers that the standard library lacks. Pure functions; all work on bytes unless said otherwise.
#pragma once

#include <algorithm>
#include <cstdint>
#include <initializer_list>
#include <iterator>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace caro {

// `text` without leading and trailing ASCII white space.
std::string_view trim(std::string_view text) noexcept;

// Parts of `text` between `separator`; n separators give n + 1 parts, empty ones included.
std::vector<std::string_view> split(std::string_view text, char separator);

// `text` with every `from` replaced by `to`; `from` must not be empty.
std::string replace_all(std::string_view text, std::string_view from, std::string_view to);

// ASCII letters in lower case; other bytes as they are.
std::string to_lower(std::string_view text);

// %41 of an address as A; what is no such code stays. A + stays too.
std::string percent_decoded(std::string_view text);

// `text` holds `part`, begins or ends with it.
inline bool contains(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }
inline bool starts_with(std::string_view text, std::string_view beginning) { return text.substr(0, beginning.size()) == beginning; }
inline bool ends_with(std::string_view text, std::string_view end) {
    return text.size() >= end.size() && text.substr(text.size() - end.size()) == end;
}

// `text` is one of the list.
inline bool any_of(std::string_view text, std::initializer_list<std::string_view> list) {
    for (const std::string_view one : list) {
        if (text == one) {
            return true;
        }
    }
    return false;
}

// The same for an array or another container.
template <class List>
bool in(const List& list, std::string_view text) {
    return std::find(std::begin(list), std::end(list), text) != std::end(list);
}

// What follows the last `/` of a path.
inline std::string_view base_name(std::string_view path) { return path.substr(path.rfind('/') + 1); }

// Parts joined with `separator` between them.
std::string join(std::span<const std::string> parts, std::string_view separator);

// Bytes that a text such as "20GB", "1.5 GiB", "800MB" or "4096" means; nullopt if it means none. k, M, G and T are
// powers of 1000, with an i of 1024; the B may be left out and letters may be small.
std::optional<std::uint64_t> parse_size(std::string_view text);

// "1.1 GB", "98 MB", "512 bytes": for people, in powers of 1000.
std::string size_text(std::uint64_t bytes);

// Number of insertions, deletions, substitutions and swaps of neighbours (optimal string alignment).
std::size_t edit_distance(std::string_view a, std::string_view b);

// The candidate nearest to `word`, or "" if none is near enough to be a likely typing mistake
// (at most a third of the word's length, and at least one edit allowed).
std::string nearest(std::string_view word, std::span<const std::string_view> candidates);

}  // namespace caro
