// A TOML text as a flat list of dotted keys with their places, so that it can be read and edited in
// place.
#pragma once

#include "config/config.hpp"
#include "util/result.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace caro::config {

struct TomlLeaf {
    std::string key;             // "engine.threads"
    std::optional<Value> value;  // nullopt: a kind of value that no setting has
    std::string kind;            // "a string", "an integer", … for messages
    int line = 0;                // of the key, from 1
    std::size_t key_begin = 0;   // byte offsets into the text; end exclusive
    std::size_t value_begin = 0;
    std::size_t value_end = 0;
};

struct TomlTable {
    enum class Style : std::uint8_t { header, dotted, braces };
    std::string key;  // "engine"
    Style style = Style::header;
    int line = 0;
    std::size_t begin = 0;  // of "[engine]", of the first dotted key, or of "{"
};

struct TomlDocument {
    std::vector<TomlLeaf> leaves;   // in order of the text
    std::vector<TomlTable> tables;  // in order of the text, without the root
};

// ErrorCode::config with "label:line: cause" if it is not TOML.
Result<TomlDocument> read_toml(std::string_view text, std::string_view label);

}  // namespace caro::config
