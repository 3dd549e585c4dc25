// Reads any body as an answer of the hub's API: nothing gets through that could leave its folder or its address.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <string_view>

#include "models/hub_json.hpp"

namespace {

void require(bool holds) {
    if (!holds) {
        std::abort();
    }
}

// Says it in other words than hub_json.cpp does.
bool stays_inside(const std::string& name) {
    const std::filesystem::path path(name);
    return !path.is_absolute() && path.lexically_normal() == path && name.find('\0') == std::string::npos &&
           std::none_of(path.begin(), path.end(), [](const auto& part) { return part == ".." || part == "." || part.empty(); });
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view body(reinterpret_cast<const char*>(data), size);
    if (const auto listing = caro::models::parse_repository(body, "asked/for", "main")) {
        require(stays_inside(listing->repo) && std::count(listing->repo.begin(), listing->repo.end(), '/') == 1);
        require(listing->revision == "main" || (stays_inside(listing->revision) && listing->revision.find('/') == std::string::npos));
        for (const auto& file : listing->files) {
            require(stays_inside(file.file) && file.size <= caro::models::k_largest_remote_file);
        }
    }
    if (const auto hits = caro::models::parse_search(body, 5)) {
        require(hits->size() <= 5);
        for (const auto& hit : *hits) {
            require(stays_inside(hit.repo));
        }
    }
    return 0;
}
