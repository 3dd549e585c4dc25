// Ollama, https://ollama.com: a server for models on this machine or another one.
#pragma once

#include <memory>

#include "infer/generator.hpp"
#include "util/result.hpp"

namespace caro::infer {
struct BackendOptions;
}

namespace caro::infer::ollama {

// Makes the back end; nothing is sent yet. ErrorCode::config if the address cannot be used.
Result<std::unique_ptr<Generator>> make(const BackendOptions& options);

}  // namespace caro::infer::ollama
