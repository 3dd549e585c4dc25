// What a look at the beginning of a table tells: a command that splits it wrongly can be set right.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace caro::engine {

struct Table {
    char separator = '\0';  // ',', ';', tab or '|'; '\0' if that cannot be told
    bool header = false;    // its first row holds names
    bool blanks = false;    // no such sign, but blanks between words
    std::vector<std::string> names = {};  // of the columns, if there is a header
    std::string beginning = {};           // the first lines as they are, whole ones only
};

// Of a text with that beginning. Pure.
Table table_of(std::string_view beginning);

// Of a regular file; nothing is told of anything else, and no more than 4 kB are read.
Table table_at(const std::filesystem::path& path);

}  // namespace caro::engine
