// A folder with a model as the Hugging Face hub keeps it: config.json, tokenizer.json and weights in SafeTensors files.
// Families: Qwen2 (Qwen2.5 too) and Llama (SmolLM2 too).
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "models/safetensors.hpp"
#include "util/result.hpp"

namespace caro::models {

// How positions are stretched beyond what the model was first trained on.
struct RopeScaling {
    enum class Kind : std::uint8_t { none, linear, llama3 };
    Kind kind = Kind::none;
    double factor = 1;
    double low_frequency_factor = 1;   // llama3
    double high_frequency_factor = 4;  // llama3
    std::uint32_t original_context = 0;  // llama3: tokens
};

// What config.json says, checked: every number is within what the families use and they fit each other.
struct CheckpointConfig {
    enum class Family : std::uint8_t { qwen2, llama };
    Family family = Family::llama;
    std::uint32_t layers = 0;
    std::uint32_t hidden = 0;        // width of the model
    std::uint32_t feed_forward = 0;  // width between
    std::uint32_t heads = 0;
    std::uint32_t kv_heads = 0;
    std::uint32_t head_size = 0;
    std::uint32_t context = 0;     // tokens
    std::uint32_t vocabulary = 0;  // tokens, with unused ones
    double norm_epsilon = 1e-6;
    double rope_base = 10000;
    RopeScaling rope;
    std::optional<bool> tied;       // the output uses the embedding's weights; not told: if it has none of its own
    bool attention_biases = false;  // Llama: biases at query, key, value and output
};

// Reads the text of a config.json. ErrorCode::bad_model naming what is missing, wrong or not supported.
Result<CheckpointConfig> parse_checkpoint_config(std::string_view text);

struct TensorSource {
    std::filesystem::path file;
    SafeTensor tensor;
};

struct Checkpoint {
    std::filesystem::path folder;
    CheckpointConfig config;
    std::map<std::string, TensorSource> tensors;  // by name
    WeightKind kind = WeightKind::f32;            // of most weights
    std::uint64_t bytes = 0;                      // of all weights
};

// True for a folder with a config.json.
bool is_checkpoint(const std::filesystem::path& folder) noexcept;

// Reads config.json and the headers of all weight files, without their weights. Errors: bad_model, io, not_found.
Result<Checkpoint> read_checkpoint(const std::filesystem::path& folder);

// A text that changes with any of the folder's files: from their names, sizes and times. "" if it cannot be read.
std::string checkpoint_stamp(const std::filesystem::path& folder);

// One tensor the engine needs: where it comes from and what it becomes.
struct TensorPlan {
    std::string source;  // name in the checkpoint
    std::string target;  // name in a GGUF file
    std::uint64_t rows = 0;     // of a vector: its length
    std::uint64_t columns = 1;
    bool vector = false;
    std::uint32_t rotated_heads = 0;  // rows are reordered for so many heads (Llama's query and key); 0 = as they are
};

// All tensors of a model of this configuration. The checkpoint must have exactly these, but for ones that every reader
// computes itself: ErrorCode::bad_model naming the first that is missing, of another shape or type, or unknown.
Result<std::vector<TensorPlan>> plan_tensors(const Checkpoint& checkpoint);

}  // namespace caro::models
