// What conversion needs of the operating system.
#pragma once

#include <cstdio>
#include <filesystem>
#include <functional>

#include "infer/convert/convert.hpp"

namespace caro::infer {

// Hands the file's bytes to the disk; false with errno if that failed.
bool make_durable(std::FILE* file) noexcept;

// Quantises `input` into `output` in a process of its own, so that it can be stopped at any time and a failure of the
// quantiser, which may abort, is an error of ours. Call while this process has one thread. Errors as convert().
Result<> quantise(const std::filesystem::path& input, const std::filesystem::path& output, WeightType type, int threads,
                  std::size_t tensors, const std::function<void(double)>& progress, const CancelToken& cancel);

}  // namespace caro::infer
