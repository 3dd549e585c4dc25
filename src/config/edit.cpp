#include "config/edit.hpp"

#include "config/toml_document.hpp"
#include "util/file.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>

namespace caro::config {

namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t k_file_limit = 1U << 20U;

struct Edit {
    std::size_t begin = 0;
    std::size_t end = 0;
    std::string replacement;
};

std::size_t line_begin(std::string_view text, std::size_t at) {
    const auto newline = at == 0 ? std::string_view::npos : text.rfind('\n', at - 1);
    return newline == std::string_view::npos ? 0 : newline + 1;
}

// Offset after the newline that ends the line of `at`.
std::size_t line_end(std::string_view text, std::size_t at) {
    const auto newline = text.find('\n', at);
    return newline == std::string_view::npos ? text.size() : newline + 1;
}

std::string_view newline_of(std::string_view text) {
    return text.find("\r\n") == std::string_view::npos ? "\n" : "\r\n";
}

std::string table_of(std::string_view key) {
    const auto dot = key.rfind('.');
    return std::string(dot == std::string_view::npos ? "" : key.substr(0, dot));
}

std::string name_of(std::string_view key) {
    const auto dot = key.rfind('.');
    return std::string(dot == std::string_view::npos ? key : key.substr(dot + 1));
}

const TomlLeaf* find_leaf(const TomlDocument& document, std::string_view key) {
    const auto found = std::find_if(document.leaves.begin(), document.leaves.end(),
                                    [&](const auto& leaf) { return leaf.key == key; });
    return found == document.leaves.end() ? nullptr : &*found;
}

tl::unexpected<Error> by_hand(std::string_view label, int line, std::string_view key) {
    return fail(
        ErrorCode::config,
        fmt::format("{}:{}: {} is written in a form that caro does not edit", label, line, key),
        "Edit that line by hand");
}

// A line inserted at `at`, with a newline before it if the text does not end with one there.
Edit insertion(std::string_view text, std::size_t at, const std::string& lines) {
    const bool open_line = at > 0 && text[at - 1] != '\n';
    return {at, at, (open_line ? std::string(newline_of(text)) : "") + lines};
}

// Where a top-level line goes: after the last one there is, else before the first table and its
// comment.
std::size_t top_level_place(std::string_view text, const TomlDocument& document) {
    std::size_t place = 0;
    bool found = false;
    for (const auto& leaf : document.leaves) {
        if (leaf.key.find('.') == std::string::npos) {
            place = line_end(text, leaf.value_end);
            found = true;
        }
    }
    if (found) {
        return place;
    }
    place = text.size();
    for (const auto& table : document.tables) {
        place = std::min(place, line_begin(text, table.begin));
    }
    while (place > 0 && place < text.size()) {
        const std::size_t above = line_begin(text, place - 1);
        if (text[above] != '#') {
            break;
        }
        place = above;
    }
    return place;
}

Result<Edit> insert_new(std::string_view text, std::string_view label, const TomlDocument& document,
                        std::string_view key, const std::string& value) {
    const std::string newline(newline_of(text));
    const std::string table = table_of(key);
    const std::string line = fmt::format("{} = {}{}", name_of(key), value, newline);
    if (table.empty()) {
        const std::size_t place = top_level_place(text, document);
        const bool table_follows =
            place < text.size() && (text[place] == '[' || text[place] == '#');
        return insertion(text, place, table_follows ? line + newline : line);
    }
    const auto holder = std::find_if(document.tables.begin(), document.tables.end(),
                                     [&](const auto& entry) { return entry.key == table; });
    if (holder == document.tables.end()) {
        const std::string gap = text.empty() ? "" : newline;
        return insertion(text, text.size(), fmt::format("{}[{}]{}{}", gap, table, newline, line));
    }
    if (holder->style == TomlTable::Style::braces) {
        return by_hand(label, holder->line, table);
    }
    std::size_t last = holder->begin;
    for (const auto& leaf : document.leaves) {
        if (table_of(leaf.key) == table) {
            last = std::max(last, leaf.value_end);
        }
    }
    const std::string dotted = fmt::format("{} = {}{}", key, value, newline);
    return insertion(text, line_end(text, last),
                     holder->style == TomlTable::Style::dotted ? dotted : line);
}

std::string applied(std::string_view text, const Edit& edit) {
    return std::string(text.substr(0, edit.begin)) + edit.replacement +
           std::string(text.substr(edit.end));
}

// The last guard: the new text must differ from the old in this one setting and in nothing else.
Result<> verify(const TomlDocument& before, std::string_view after_text, std::string_view label,
                std::string_view key, const Value* expected) {
    TRY_ASSIGN(const TomlDocument after, read_toml(after_text, label));
    const auto same_value = [](const TomlLeaf& a, const TomlLeaf& b) {
        return a.key == b.key && a.value == b.value && a.kind == b.kind;
    };
    const auto others = [&](const TomlDocument& document) {
        std::vector<TomlLeaf> list;
        std::copy_if(document.leaves.begin(), document.leaves.end(), std::back_inserter(list),
                     [&](const auto& leaf) { return leaf.key != key; });
        return list;
    };
    const auto old_others = others(before);
    const auto new_others = others(after);
    const TomlLeaf* leaf = find_leaf(after, key);
    const bool right =
        expected == nullptr ? leaf == nullptr : leaf != nullptr && leaf->value == *expected;
    if (!right || !std::equal(old_others.begin(), old_others.end(), new_others.begin(),
                              new_others.end(), same_value)) {
        return fail(ErrorCode::config,
                    fmt::format("{}: cannot change {} without touching more", label, key),
                    "Edit the file by hand");
    }
    return {};
}

Result<std::string> read_or_empty(const fs::path& path) {
    auto text = read_file(path, k_file_limit);
    if (!text && text.error().code == ErrorCode::not_found) {
        return std::string();
    }
    return text;
}

// Replacing a link would cut it off from the file that somebody keeps elsewhere.
fs::path behind_links(const fs::path& path) {
    std::error_code error;
    if (fs::is_symlink(path, error)) {
        const fs::path target = fs::weakly_canonical(path, error);
        return error ? path : target;
    }
    return path;
}

Result<> write_back(const fs::path& path, const std::string& text) {
    std::error_code error;
    const fs::path target = behind_links(path);
    const auto status = fs::status(target, error);
    const unsigned mode =
        !error && fs::exists(status) ? static_cast<unsigned>(status.permissions()) & 0777U : 0600U;
    const std::array<std::string_view, 1> parts = {text};
    return write_file_atomic(target, parts, mode);
}

}  // namespace

Result<std::string> set_in_text(std::string_view text, std::string_view label, std::size_t row,
                                const Value& value) {
    const std::string_view key = k_settings[row].key;
    TRY_ASSIGN(const TomlDocument document, read_toml(text, label));
    std::string result;
    if (const TomlLeaf* leaf = find_leaf(document, key)) {
        result = applied(text, {leaf->value_begin, leaf->value_end, to_toml(value)});
    } else {
        TRY_ASSIGN(const Edit edit, insert_new(text, label, document, key, to_toml(value)));
        result = applied(text, edit);
    }
    TRY(verify(document, result, label, key, &value));
    return result;
}

Result<std::string> unset_in_text(std::string_view text, std::string_view label,
                                  std::string_view key) {
    TRY_ASSIGN(const TomlDocument document, read_toml(text, label));
    const TomlLeaf* leaf = find_leaf(document, key);
    if (leaf == nullptr) {
        return std::string(text);
    }
    const std::size_t begin = line_begin(text, leaf->key_begin);
    const std::size_t end = line_end(text, leaf->value_end);
    const auto blank = [](std::string_view part) {
        return part.find_first_not_of(" \t\r\n") == std::string_view::npos;
    };
    const std::string_view rest = text.substr(leaf->value_end, end - leaf->value_end);
    const auto comment = rest.find('#');
    if (!blank(text.substr(begin, leaf->key_begin - begin)) || !blank(rest.substr(0, comment))) {
        return by_hand(label, leaf->line, key);
    }
    std::string result = applied(text, {begin, end, ""});
    TRY(verify(document, result, label, key, nullptr));
    return result;
}

Result<> set_in_file(const fs::path& path, std::size_t row, const Value& value) {
    TRY_ASSIGN(const std::string text, read_or_empty(path));
    TRY_ASSIGN(const std::string changed, set_in_text(text, path.string(), row, value));
    return changed == text ? Result<>{} : write_back(path, changed);
}

Result<bool> unset_in_file(const fs::path& path, std::string_view key) {
    TRY_ASSIGN(const std::string text, read_or_empty(path));
    TRY_ASSIGN(const std::string changed, unset_in_text(text, path.string(), key));
    if (changed == text) {
        return false;
    }
    TRY(write_back(path, changed));
    return true;
}

}  // namespace caro::config
