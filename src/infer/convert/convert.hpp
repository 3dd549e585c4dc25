// Makes a GGUF file of a checkpoint folder, with the engine's own writer and quantiser.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "models/checkpoint.hpp"
#include "models/tokenizer_file.hpp"
#include "util/cancel.hpp"
#include "util/result.hpp"

namespace caro::infer {

// What the weights become; vectors (norms, biases) are always F32.
enum class WeightType : std::uint8_t { as_stored, f32, f16, bf16, q8_0, q4_k_m };

// "Q4_K_M" of that value; "as stored".
std::string_view name_of(WeightType type);

// The value of a name in any case; nullopt for others.
std::optional<WeightType> weight_type(std::string_view name);

// The names to choose from, for messages: "F32, F16, BF16, Q8_0, Q4_K_M".
std::string weight_type_names();

// True where this build has the engine and convert() can work.
bool can_convert() noexcept;

struct ConversionRequest {
    const models::Checkpoint* checkpoint = nullptr;
    const models::TokenizerData* tokenizer = nullptr;
    std::string name;              // general.name
    std::filesystem::path output;  // overwritten; the caller moves it to its place
    WeightType type = WeightType::as_stored;
    int threads = 0;  // of the quantiser; 0 = physical cores
};

// Writes the file; beside it lies `output` + ".full" while it quantises. On an error or cancellation both are removed. About
// the disk space that is needed see conversion_bytes(). `progress` gets 0 … 1. Errors: bad_model (tensors that do not fit
// the family, weights that are no numbers), io, cancelled, unavailable (no engine).
Result<> convert(const ConversionRequest& request, const std::function<void(double)>& progress, const CancelToken& cancel);

// Upper bound of the bytes that convert() has on disk at the same time.
std::uint64_t conversion_bytes(const models::Checkpoint& checkpoint, WeightType type);

}  // namespace caro::infer
