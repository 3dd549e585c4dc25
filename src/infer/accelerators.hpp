// The GPUs that the embedded engine of this build can use.
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

}  // namespace caro::infer
