// Which model file is meant, and where it is. Never touches the network.
#pragma once

#include <filesystem>
#include <string_view>
#include <vector>

#include "models/catalogue.hpp"
#include "util/result.hpp"

namespace caro::models {

// The GGUF file for `reference` in any form that parse_reference() reads; "" is the default model. Looks beside the
// program, in caro's cache and in an existing Hugging Face cache, which is read in place. ErrorCode::not_found with the
// command that fetches it; ErrorCode::usage for what names no model; ErrorCode::bad_model if a catalogue file has the
// wrong size.
Result<std::filesystem::path> find(std::string_view reference);

// Folders find() looks in, in order; for `doctor` and error messages.
std::vector<std::filesystem::path> search_path();

}  // namespace caro::models
