// Which model file is meant, and where it is. Never touches the network.
#pragma once

#include <filesystem>
#include <string_view>
#include <vector>

#include "models/catalogue.hpp"
#include "models/reference.hpp"
#include "util/result.hpp"

namespace caro::models {

// The GGUF file for a reference (see reference.hpp; "" is the default model). Looks beside the program, in caro's cache, in an
// existing Hugging Face cache, which is read in place, and for a model whose hash is known in the stores of Ollama.
// ErrorCode::not_found with a remedy if there is none; ErrorCode::usage for a name that is neither in the catalogue nor a file;
// ErrorCode::bad_model if a catalogue file has the wrong size. Each step is told in the log.
Result<std::filesystem::path> find(std::string_view reference);
Result<std::filesystem::path> find(const Reference& reference);

// Folders find() looks in, in order; for `doctor` and error messages.
std::vector<std::filesystem::path> search_path();

}  // namespace caro::models
