// The embedded engine: llama.cpp through its public C API. The only folder that includes llama.h.
#pragma once

#include <memory>
#include <vector>

#include "infer/accelerators.hpp"
#include "infer/generator.hpp"
#include "util/result.hpp"

namespace caro::infer {
struct BackendOptions;
}

namespace caro::infer::llama {

// Makes the back end without loading anything; the model is loaded by the first generate().
Result<std::unique_ptr<Generator>> make(const BackendOptions& options);

// See infer/accelerators.hpp.
std::vector<Accelerator> accelerators();

}  // namespace caro::infer::llama
