#include "data/data.hpp"

#include <algorithm>

#include "data/embedded.hpp"

namespace caro::data {

std::optional<std::string_view> get(std::string_view name) {
    const auto* end = detail::k_files + detail::k_file_count;
    const auto* it = std::lower_bound(
        detail::k_files, end, name,
        [](const detail::EmbeddedFile& file, std::string_view wanted) { return file.name < wanted; });
    if (it == end || it->name != name) {
        return std::nullopt;
    }
    return it->content;
}

std::vector<File> list(std::string_view prefix) {
    std::vector<File> found;
    for (std::size_t i = 0; i < detail::k_file_count; ++i) {
        const auto& file = detail::k_files[i];
        if (file.name.substr(0, prefix.size()) == prefix) {
            found.push_back({file.name, file.content});
        }
    }
    return found;
}

}  // namespace caro::data
