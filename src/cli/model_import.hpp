// Making a model file of a checkpoint folder for somebody: with progress, into the cache.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "cli/invocation.hpp"
#include "infer/convert/convert.hpp"
#include "models/hub.hpp"
#include "models/reference.hpp"
#include "util/result.hpp"

namespace caro::cli {

struct ImportPlan {
    std::filesystem::path folder;
    infer::WeightType type = infer::WeightType::as_stored;
    std::string name;      // "" = as the folder
    std::string repo;      // "owner/name" it was fetched from; "" if it was not
    std::string licence;   // "" = not known
    bool replace = false;  // a file of that name may be replaced
};

struct Imported {
    std::filesystem::path path;
    bool made = false;  // false: it was there already
};

// The file name in the cache that an import would have. ErrorCode::usage for a name that cannot be one.
Result<std::string> import_file_name(const ImportPlan& plan, const models::Checkpoint& checkpoint);

// A checkpoint on the hub.
struct CheckpointOffer {
    std::string repo;
    std::string revision;  // commit
    std::string licence;
    std::uint64_t size = 0;                    // bytes of all files
    std::vector<models::RepositoryFile> files;  // those an import needs
};

// Asks the hub what there is. ErrorCode::not_found if the repository holds no checkpoint; errors of models::Hub.
Result<CheckpointOffer> checkpoint_offer(const models::Reference& reference, const Invocation& invocation);

// Fetches the files into a folder of the cache; what is there already is not fetched again. Errors of models::download().
Result<std::filesystem::path> fetch_checkpoint(const CheckpointOffer& offer, const Invocation& invocation);

// Converts the folder into caro's cache and notes it there; the same folder with the same type is done once. Errors of
// models::read_checkpoint(), models::read_tokenizer() and infer::convert(); usage if another file has that name.
Result<Imported> import_checkpoint(const ImportPlan& plan, const Invocation& invocation);

}  // namespace caro::cli
