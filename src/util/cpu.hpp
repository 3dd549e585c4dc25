// How many threads are worth starting for arithmetic.
#pragma once

#include <filesystem>

namespace caro {

// Physical cores this process may use: counts hardware threads of one core once, and respects the CPU
// affinity mask and the cgroup (v1 and v2) CPU quota. At least 1. `root` is where /proc and /sys are
// looked for (tests pass another).
int usable_physical_cores(const std::filesystem::path& root = "/");

// Processors of the machine that nothing runs on at this moment; a large number where the system does not tell.
// The calling thread does not count as running.
int idle_processors(const std::filesystem::path& root = "/");

}  // namespace caro
