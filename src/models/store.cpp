#include "models/store.hpp"

#include <fmt/core.h>

#include <optional>

#include "models/cache.hpp"
#include "models/reference.hpp"
#include "util/env.hpp"
#include "util/program.hpp"
#include "util/strings.hpp"

namespace caro::models {

namespace {

namespace fs = std::filesystem;

tl::unexpected<Error> not_here(const std::string& name) {
    return fail(ErrorCode::not_found, fmt::format("the model {} is not on this machine", name),
                fmt::format("Fetch it: caro models pull {}", name));
}

// The hub cache as the hub's own tools lay it out: HF_HUB_CACHE, else HF_HOME/hub, else ~/.cache/huggingface/hub.
std::optional<fs::path> hub_cache() {
    for (const char* name : {"HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE"}) {
        if (const auto value = get_env_nonempty(name)) {
            return fs::path(*value);
        }
    }
    if (const auto value = get_env_nonempty("HF_HOME")) {
        return fs::path(*value) / "hub";
    }
    if (const auto caro_cache = cache_dir()) {
        return caro_cache->parent_path() / "huggingface" / "hub";
    }
    return std::nullopt;
}

std::optional<fs::path> find_in_hub_cache(const CatalogueEntry& entry) {
    const auto hub = hub_cache();
    if (!hub) {
        return std::nullopt;
    }
    const fs::path snapshots = *hub / ("models--" + replace_all(entry.repo, "/", "--")) / "snapshots";
    std::error_code error;
    for (const auto& snapshot : fs::directory_iterator(snapshots, error)) {
        const fs::path file = snapshot.path() / entry.file;
        if (fs::is_regular_file(file, error)) {
            return file;
        }
    }
    return std::nullopt;
}

std::optional<fs::path> find_file(const std::string& file) {
    std::error_code error;
    for (const auto& dir : search_path()) {
        if (fs::is_regular_file(dir / file, error)) {
            return dir / file;
        }
    }
    return std::nullopt;
}

Result<fs::path> find_path(const fs::path& path) {
    // A bare name may be that of a file beside the program or in the cache.
    if (!path.has_parent_path()) {
        if (auto found = find_file(path.string())) {
            return *found;
        }
    }
    std::error_code error;
    if (!fs::exists(path, error)) {
        return fail(ErrorCode::not_found, fmt::format("the model file {} does not exist", path.string()),
                    "Check the path, or leave the model out to use the default one");
    }
    return fs::absolute(path, error);
}

// A file of the hub that was downloaded, or that lies in the hub's own cache.
Result<fs::path> find_downloaded(const Reference& wanted) {
    const std::string name = wanted.file.substr(wanted.file.rfind('/') + 1);
    if (const auto dir = cache_dir()) {
        for (const auto& model : Cache(*dir).list()) {
            const bool fits = name.empty() ? wanted.quant.empty() || quant_of(wanted.quant) == quant_of(model.entry.file)
                                           : model.entry.file == name;
            const bool at_revision = wanted.revision.empty() || model.entry.revision == wanted.revision;
            if (model.entry.repo == wanted.repo && fits && at_revision) {
                return model.path;
            }
        }
    }
    CatalogueEntry place;
    place.repo = wanted.repo;
    place.file = wanted.file;
    if (const auto found = name.empty() ? std::nullopt : find_in_hub_cache(place)) {
        return *found;
    }
    return not_here(wanted.text());
}

Result<fs::path> find_entry(const CatalogueEntry& entry) {
    auto path = find_file(entry.file);
    if (!path) {
        path = find_in_hub_cache(entry);
    }
    if (!path) {
        return not_here(entry.name);
    }
    std::error_code error;
    const auto size = fs::file_size(*path, error);
    if (!error && entry.size != 0 && size != entry.size) {
        return fail(ErrorCode::bad_model,
                    fmt::format("{} has {} bytes but should have {}", path->string(), size, entry.size),
                    fmt::format("It was cut short or is damaged: remove it, then: caro models pull {}", entry.name));
    }
    return *path;
}

}  // namespace

std::vector<fs::path> search_path() {
    std::vector<fs::path> dirs;
    if (const auto program = program_path()) {
        dirs.push_back(program->parent_path());
    }
    if (const auto cache = cache_dir()) {
        dirs.push_back(*cache / "models");
    }
    return dirs;
}

Result<fs::path> find(std::string_view reference) {
    TRY_ASSIGN(const Reference wanted, parse_reference(reference));
    switch (wanted.kind) {
        case Reference::Kind::catalogue: return find_entry(*wanted.entry);
        case Reference::Kind::path: return find_path(wanted.path);
        case Reference::Kind::hub: break;
    }
    return find_downloaded(wanted);
}

}  // namespace caro::models
