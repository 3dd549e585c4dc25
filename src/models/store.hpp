// Which model file is meant, and where it is. Never touches the network.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "util/result.hpp"

namespace caro::models {

// One model of the built-in catalogue (data/models.toml).
struct CatalogueEntry {
    std::string name;     // "qwen2.5-coder-1.5b"
    std::string repo;     // on the Hugging Face hub
    std::string file;     // file name in that repository
    std::uint64_t size = 0;  // bytes
    std::string sha256;
    std::string licence;
    bool is_default = false;
};

// The catalogue; ErrorCode::internal if the built-in data is malformed.
Result<std::vector<CatalogueEntry>> catalogue();

// The GGUF file for `reference`: "" (the default model), a catalogue name, a file name, or a path (with a
// slash, "~/" or ".gguf"). Looks beside the program, in caro's cache and in an existing Hugging Face cache,
// which is read in place. ErrorCode::not_found with a remedy if there is none; ErrorCode::usage for a name that
// is neither in the catalogue nor a file; ErrorCode::bad_model if a catalogue file has the wrong size.
Result<std::filesystem::path> find(std::string_view reference);

// Folders find() looks in, in order; for `doctor` and error messages.
std::vector<std::filesystem::path> search_path();

}  // namespace caro::models
