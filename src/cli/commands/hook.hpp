// The guard's way to fail: closed.
#pragma once

#include "util/result.hpp"

namespace caro::cli {

// Status that agents take as "blocked".
inline constexpr int k_hook_blocks = 2;

// Tells why nothing could be judged, and returns k_hook_blocks.
int block_hook(const Error& error);

}  // namespace caro::cli
