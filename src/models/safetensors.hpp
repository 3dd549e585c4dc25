// The header of a SafeTensors file, read and checked before any byte of a tensor is used. Format:
// https://github.com/huggingface/safetensors#format: 8 bytes length (little-endian), JSON of that length, tensors.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "util/result.hpp"

namespace caro::models {

// Kinds of weights caro can read; a file may hold others, which is no error until one of them is needed.
enum class WeightKind : std::uint8_t { f32, f16, bf16, other };

// Bytes of one weight; 0 for other.
std::uint64_t bytes_of(WeightKind kind) noexcept;

struct SafeTensor {
    std::string name;
    WeightKind kind = WeightKind::other;
    std::string kind_name;             // as the file writes it: "BF16", "I64", …
    std::vector<std::uint64_t> shape;  // rows first
    std::uint64_t offset = 0;          // of its first byte in the file
    std::uint64_t size = 0;            // bytes

    // Number of weights.
    std::uint64_t count() const noexcept;
};

struct SafeTensorsHeader {
    std::uint64_t data_offset = 0;    // where the tensors begin in the file
    std::vector<SafeTensor> tensors;  // as they lie in the file
};

// Reads the header. What it says is held to the format: no key twice, tensors that neither overlap nor leave holes nor end
// outside the file, shapes that fit their sizes. ErrorCode::bad_model naming what is wrong, io, not_found.
Result<SafeTensorsHeader> read_safetensors_header(const std::filesystem::path& file);

// The same for bytes in memory; `size` is that of the whole file, of which `bytes` is the beginning.
Result<SafeTensorsHeader> parse_safetensors_header(std::string_view bytes, std::uint64_t size);

}  // namespace caro::models
