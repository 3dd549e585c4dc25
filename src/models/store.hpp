// Which model file is meant, and where it is. Never touches the network.
#pragma once

#include <filesystem>
#include <string_view>
#include <vector>

#include "models/catalogue.hpp"
#include "util/result.hpp"

namespace caro::models {

// The GGUF file for `reference`: "" (the default model), a catalogue name, a file name, or a path (with a
// slash, "~/" or ".gguf"). Looks beside the program, in caro's cache and in an existing Hugging Face cache,
// which is read in place. ErrorCode::not_found with a remedy if there is none; ErrorCode::usage for a name that
// is neither in the catalogue nor a file; ErrorCode::bad_model if a catalogue file has the wrong size.
Result<std::filesystem::path> find(std::string_view reference);

// Folders find() looks in, in order; for `doctor` and error messages.
std::vector<std::filesystem::path> search_path();

}  // namespace caro::models
