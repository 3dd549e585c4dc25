// How positions turn the heads, where checkpoint and engine differ. Internal to convert.
#pragma once

#include <cstdint>
#include <vector>

#include "models/checkpoint.hpp"

namespace caro::infer {

// Where row `row` of the engine's order lies in the checkpoint, for a matrix of `rows` rows in `heads` heads: the
// engine rotates neighbouring rows of a head together, Llama checkpoints the first half with the second.
std::uint64_t rotated_row(std::uint64_t row, std::uint64_t rows, std::uint32_t heads);

// How much slower position i of half a head turns in Llama 3's scaling of positions; formula: "llama3" in transformers'
// modeling_rope_utils.py.
std::vector<float> llama3_factors(const models::CheckpointConfig& config);

}  // namespace caro::infer
