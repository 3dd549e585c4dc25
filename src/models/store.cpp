#include "models/store.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <functional>
#include <optional>

#include "models/bundle.hpp"
#include "models/cache.hpp"
#include "models/checkpoint.hpp"
#include "models/hub.hpp"
#include "util/env.hpp"
#include "util/file.hpp"
#include "util/log.hpp"
#include "util/program.hpp"
#include "util/strings.hpp"

namespace caro::models {

namespace {

namespace fs = std::filesystem;

// The hub cache as the hub's own tools lay it out: HF_HUB_CACHE, else HF_HOME/hub, else ~/.cache/huggingface/hub.
std::optional<fs::path> hub_cache() {
    for (const char* name : {"HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE"}) {
        if (const auto value = get_env_nonempty(name)) {
            return fs::path(*value);
        }
    }
    const auto home = hub_home();
    return home ? std::optional(*home / "hub") : std::nullopt;
}

// A file of a repository in that cache; the commit that its main branch was at comes first.
std::optional<fs::path> find_in_hub_cache(const std::string& repo, const std::string& revision,
                                          const std::function<bool(const fs::path&)>& wanted) {
    const auto hub = hub_cache();
    if (!hub || repo.empty()) {
        return std::nullopt;
    }
    const fs::path folder = *hub / ("models--" + replace_all(repo, "/", "--"));
    const std::string branch = revision.empty() ? "main" : revision;
    const auto commit = read_file(folder / "refs" / branch, 256);
    std::vector<fs::path> snapshots = {folder / "snapshots" / (commit ? std::string(trim(*commit)) : branch)};
    std::error_code error;
    if (revision.empty()) {
        for (const auto& snapshot : fs::directory_iterator(folder / "snapshots", error)) {
            snapshots.push_back(snapshot.path());
        }
    }
    for (const auto& snapshot : snapshots) {
        for (const auto& file : fs::recursive_directory_iterator(snapshot, error)) {
            std::error_code ignored;
            if (wanted(file.path().lexically_relative(snapshot)) && file.is_regular_file(ignored)) {
                return file.path();
            }
        }
    }
    return std::nullopt;
}

// Where Ollama keeps its files, named by their hash.
std::vector<fs::path> ollama_stores() {
    std::vector<fs::path> stores;
    if (const auto dir = get_env_nonempty("OLLAMA_MODELS")) {
        stores.emplace_back(*dir);
    }
    if (const auto home = home_dir()) {
        stores.push_back(*home / ".ollama" / "models");
    }
    stores.emplace_back("/usr/share/ollama/.ollama/models");
    return stores;
}

std::optional<fs::path> find_in_ollama(const CatalogueEntry& entry) {
    std::error_code error;
    for (const auto& store : ollama_stores()) {
        const fs::path blob = store / "blobs" / ("sha256-" + entry.sha256);
        if (!entry.sha256.empty() && fs::is_regular_file(blob, error) && fs::file_size(blob, error) == entry.size) {
            return blob;
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
        LOG("model: no {} in {}", file, dir.string());
    }
    return std::nullopt;
}

// A checkpoint folder answers by the model file that was made of it.
Result<fs::path> find_imported(const fs::path& folder) {
    if (!is_checkpoint(folder)) {
        return fail(ErrorCode::bad_model, fmt::format("{} is a folder, not a model", folder.string()),
                    "Name the .gguf file in it, or a folder with config.json and .safetensors files");
    }
    const std::string stamp = checkpoint_stamp(folder);
    if (const auto cache = Cache::of_user(); cache && !stamp.empty()) {
        for (const auto& model : cache->list()) {
            if (model.entry.source == "import" && model.entry.revision == stamp) {
                return model.path;
            }
        }
    }
    return fail(ErrorCode::not_found, fmt::format("no model file was made of the checkpoint {} yet", folder.string()),
                fmt::format("Make one: caro models import {}", folder.string()));
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
    return fs::is_directory(path, error) ? find_imported(fs::absolute(path, error)) : fs::absolute(path, error);
}

Error not_here(const Reference& reference) {
    const std::string name = reference.kind == Reference::Kind::catalogue ? reference.entry->name : reference.text();
    return {ErrorCode::not_found, fmt::format("the model {} is not on this machine", name),
            fmt::format("Fetch it: caro models pull {}", name), {}};
}

// The file under the name it has where another repository's file took the plain one.
std::optional<fs::path> find_own(const CatalogueEntry& entry) {
    std::error_code error;
    const auto cache = cache_dir();
    const fs::path path = cache ? *cache / "models" / own_name(entry.repo, entry.file) : fs::path();
    return fs::is_regular_file(path, error) ? std::optional(path) : std::nullopt;
}

Result<fs::path> find_entry(const Reference& reference) {
    const CatalogueEntry& entry = *reference.entry;
    if (const auto& bundle = own_bundle(); bundle && bundle->file == entry.file) {
        return bundle->program;
    }
    LOG("model: none of that name inside this program");
    auto path = find_own(entry);
    if (!path) {
        path = find_file(entry.file);
    }
    if (!path) {
        path = find_in_hub_cache(entry.repo, "", [&](const fs::path& file) { return file == entry.file; });
        LOG("model: {} the Hugging Face cache {}", path ? "found in" : "not in", hub_cache().value_or("").string());
    }
    if (!path) {
        path = find_in_ollama(entry);
        LOG("model: {} a store of Ollama", path ? "found in" : "not in");
    }
    if (!path) {
        return fail(not_here(reference));
    }
    std::error_code error;
    const auto size = fs::file_size(*path, error);
    if (!error && entry.size != 0 && size != entry.size) {
        return fail(ErrorCode::bad_model,
                    fmt::format("{} has {} bytes but should have {}", path->string(), size, entry.size),
                    fmt::format("The file is cut short or damaged: caro models rm {} and caro models pull {}", entry.name, entry.name));
    }
    return *path;
}

// A file of the hub that was downloaded before.
Result<fs::path> find_on_hub(const Reference& reference) {
    const auto wanted = [&](std::string_view file) {
        const std::string_view name = file.substr(file.rfind('/') + 1);
        return reference.file.empty() ? name.size() > 5 && name.substr(name.size() - 5) == ".gguf" &&
                                            (reference.quant.empty() || quant_of(name) == quant_of(reference.quant))
                                      : file == reference.file || name == reference.file.substr(reference.file.rfind('/') + 1);
    };
    if (const auto cache = Cache::of_user()) {
        for (const auto& model : cache->list()) {
            if (model.entry.repo == reference.repo && wanted(repository_name(model.entry)) &&
                (reference.revision.empty() || reference.revision == "main" ||
                 model.entry.revision.compare(0, reference.revision.size(), reference.revision) == 0)) {
                return model.path;
            }
        }
        LOG("model: nothing of {} in {}", reference.repo, cache->models_dir().string());
    }
    const auto path = find_in_hub_cache(reference.repo, reference.revision,
                                        [&](const fs::path& file) { return wanted(file.generic_string()); });
    return path ? Result<fs::path>(*path) : Result<fs::path>(fail(not_here(reference)));
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

Result<fs::path> find(std::string_view text) {
    // A program that carries a model means that one where none is named.
    if (const auto& bundle = own_bundle(); bundle && (text.empty() || text == bundle->file)) {
        LOG("model: {} inside {}", bundle->file, bundle->program.string());
        return bundle->program;
    }
    TRY_ASSIGN(const Reference reference, parse_reference(text));
    return find(reference);
}

Result<fs::path> find(const Reference& reference) {
    auto path = reference.kind == Reference::Kind::path  ? find_path(reference.path)
                : reference.kind == Reference::Kind::hub ? find_on_hub(reference)
                                                         : find_entry(reference);
    if (path) {
        LOG("model: {}", path->string());
    }
    return path;
}

}  // namespace caro::models
