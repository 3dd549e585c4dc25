// Bringing a checkpoint of the hub to this machine.
#include <fmt/core.h>

#include <algorithm>
#include <array>

#include "cli/model_fetch.hpp"
#include "cli/model_import.hpp"
#include "models/cache.hpp"
#include "models/hub_json.hpp"
#include "util/sha256.hpp"
#include "util/strings.hpp"

namespace caro::cli {

namespace {

constexpr std::array<std::string_view, 6> k_companions = {"config.json",           "tokenizer.json",
                                                          "tokenizer_config.json", "generation_config.json",
                                                          "chat_template.jinja",   "model.safetensors.index.json"};

// Files at the top of the repository only: folders hold other forms of the same model.
bool is_needed(const std::string& file) {
    constexpr std::string_view k_weights = ".safetensors";
    const bool weights = file.size() > k_weights.size() && file.compare(file.size() - k_weights.size(), k_weights.size(), k_weights) == 0;
    return file.find('/') == std::string::npos &&
           (weights || std::find(k_companions.begin(), k_companions.end(), file) != k_companions.end());
}

}  // namespace

Result<CheckpointOffer> checkpoint_offer(const models::Reference& reference, const Invocation& invocation) {
    TRY_ASSIGN(const auto hub, hub_of(invocation));
    TRY_ASSIGN(const auto listing, hub.list(reference.repo, reference.revision.empty() ? "main" : reference.revision, *invocation.cancel));
    CheckpointOffer offer{listing.repo.empty() ? reference.repo : listing.repo, listing.revision, listing.licence, 0, {}};
    bool weights = false;
    bool config = false;
    for (const auto& file : listing.files) {
        if (is_needed(file.file)) {
            offer.files.push_back(file);
            offer.size += file.size;
            config = config || file.file == "config.json";
            weights = weights || file.file.find(".safetensors") != std::string::npos;
        }
    }
    if (!weights || !config) {
        return fail(ErrorCode::not_found, fmt::format("{} holds no checkpoint with SafeTensors weights", reference.repo),
                    fmt::format("See what it holds: caro models info {}", reference.repo));
    }
    return offer;
}

Result<std::filesystem::path> fetch_checkpoint(const CheckpointOffer& offer, const Invocation& invocation) {
    TRY_ASSIGN(const auto hub, hub_of(invocation));
    TRY_ASSIGN(const auto cache, models::Cache::of_user());
    // This folder is thrown away afterwards. A branch is no name for it, and what the hub says was checked by who read it.
    const std::string revision = models::is_commit(offer.revision) ? offer.revision : sha256_hex(offer.revision);
    const std::filesystem::path folder = cache.root() / "checkpoints" / replace_all(offer.repo, "/", "--") / revision.substr(0, 12);
    std::error_code error;
    std::filesystem::create_directories(folder, error);
    if (error) {
        return fail(ErrorCode::io, fmt::format("cannot make the folder {}: {}", folder.string(), error.message()),
                    "Check that you may write there, or put the cache elsewhere with XDG_CACHE_HOME");
    }
    for (const auto& file : offer.files) {
        models::DownloadRequest request;
        TRY_ASSIGN(request.remote, hub.resolve(offer.repo, offer.revision, file.file, *invocation.cancel));
        request.folder = folder;
        TRY(download_shown(hub, cache, request, file.file, invocation));
    }
    return folder;
}

}  // namespace caro::cli
