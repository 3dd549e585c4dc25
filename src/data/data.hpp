// Files of data/ as they were when caro was built. They live in the executable; no file is read.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

namespace caro::data {

// Content of one file by its path below data/, for example "rules/disk.toml"; nullopt if there is none.
std::optional<std::string_view> get(std::string_view name);

struct File {
    std::string_view name;
    std::string_view content;
};

// All files whose name begins with `prefix`, for example "rules/", in order of their names.
std::vector<File> list(std::string_view prefix);

}  // namespace caro::data
