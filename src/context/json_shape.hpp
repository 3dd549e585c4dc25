// How a JSON file is built: a command can be told where a value lies without being shown any value.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace caro::context {

struct JsonShape {
    enum class Root { none, object, list, lines };  // none: no JSON, or a single value; lines: one object per line

    Root root = Root::none;
    std::vector<std::string> paths;  // of all keys, as jq takes them: ".db.host", ".[].name"
};

// Of a whole text; `by_line` if each line is a value of its own. Pure.
JsonShape json_shape_of(std::string_view text, bool by_line);

// Of a regular file of at most 1 MB, else nothing is told. Names ending in .jsonl or .ndjson are read by line.
JsonShape json_shape_at(const std::filesystem::path& path);

}  // namespace caro::context
