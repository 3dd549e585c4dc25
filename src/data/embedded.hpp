// The generated table of embedded files; use data/data.hpp instead.
#pragma once

#include <cstddef>
#include <string_view>

namespace caro::data::detail {

using namespace std::string_view_literals;

struct EmbeddedFile {
    std::string_view name;
    std::string_view content;
};

extern const EmbeddedFile k_files[];
extern const std::size_t k_file_count;

}  // namespace caro::data::detail
