// Writing a GGUF file piece by piece. Internal to convert.
#pragma once

#include <filesystem>
#include <functional>

#include "infer/convert/convert.hpp"

namespace caro::infer {

// The settings and the vocabulary of a model; the tensors' names and shapes; then their bytes from the checkpoint.
// Weights become `type`, which is none of the quantised ones. Errors as convert().
Result<> write_gguf(const ConversionRequest& request, const std::filesystem::path& output, WeightType type,
                    const std::function<void(double)>& progress, const CancelToken& cancel);

}  // namespace caro::infer
