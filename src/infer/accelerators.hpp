// What the embedded engine of this build can use of this machine, and what it lacks.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace caro::infer {

struct Accelerator {
    std::string name;          // as its driver calls it
    std::uint64_t memory = 0;  // bytes
    std::uint64_t free = 0;    // bytes
};

// Empty for a build without engine or without GPU support. Wakes the driver, which can take a second.
std::vector<Accelerator> accelerators();

// Whether this build's engine can use GPUs at all (Metal, CUDA or Vulkan); asks no driver.
bool has_gpu_support();

// The instruction sets that the engine was compiled for and this processor has not, as "AVX2, FMA"; "" if none.
std::string missing_instructions();

}  // namespace caro::infer
