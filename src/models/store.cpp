#include "models/store.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <optional>

#include "util/env.hpp"
#include "util/program.hpp"
#include "util/strings.hpp"

namespace caro::models {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view k_fetch_hint = "Fetch it: scripts/get-model (see docs/install.md), or name one with --model";

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

bool looks_like_path(std::string_view reference) {
    return reference.find('/') != std::string_view::npos || reference.substr(0, 1) == "~" ||
           reference.substr(0, 1) == ".";
}

Result<fs::path> find_path(std::string_view reference) {
    fs::path path(reference);
    if (reference.substr(0, 2) == "~/") {
        if (const auto home = home_dir()) {
            path = *home / std::string(reference.substr(2));
        }
    }
    std::error_code error;
    if (!fs::exists(path, error)) {
        return fail(ErrorCode::not_found, fmt::format("the model file {} does not exist", path.string()),
                    "Check the path, or leave the model out to use the default one");
    }
    return fs::absolute(path, error);
}

Result<fs::path> find_entry(const CatalogueEntry& entry) {
    auto path = find_file(entry.file);
    if (!path) {
        path = find_in_hub_cache(entry);
    }
    if (!path) {
        return fail(ErrorCode::not_found, fmt::format("the model {} is not on this machine", entry.name),
                    std::string(k_fetch_hint));
    }
    std::error_code error;
    const auto size = fs::file_size(*path, error);
    if (!error && entry.size != 0 && size != entry.size) {
        return fail(ErrorCode::bad_model,
                    fmt::format("{} has {} bytes but should have {}", path->string(), size, entry.size),
                    "The download was cut short or the file is damaged: remove it and run scripts/get-model");
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
    if (looks_like_path(reference)) {
        return find_path(reference);
    }
    TRY_ASSIGN(const auto entries, catalogue());
    std::vector<std::string_view> names;
    for (const auto& entry : entries) {
        if (reference.empty() ? entry.is_default : (entry.name == reference || entry.file == reference)) {
            return find_entry(entry);
        }
        names.emplace_back(entry.name);
    }
    if (auto path = find_file(std::string(reference))) {
        return *path;
    }
    if (reference.size() > 5 && reference.substr(reference.size() - 5) == ".gguf") {
        return find_path(reference);
    }
    const std::string near = nearest(reference, names);
    std::string known;
    for (const auto name : names) {
        known += (known.empty() ? "" : ", ") + std::string(name);
    }
    return fail(ErrorCode::usage, fmt::format("there is no model '{}'", reference),
                fmt::format("{}Models: {}; or the path of a GGUF file",
                            near.empty() ? "" : fmt::format("Did you mean '{}'? ", near), known));
}

}  // namespace caro::models
