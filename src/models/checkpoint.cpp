#include "models/checkpoint.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "models/file_facts.hpp"
#include "util/file.hpp"
#include "util/log.hpp"
#include "util/sha256.hpp"
#include "util/utf8.hpp"

namespace caro::models {

namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr std::uint64_t k_largest_config = 16U << 20U;
constexpr std::uint64_t k_largest_index = 64U << 20U;
constexpr std::string_view k_index = "model.safetensors.index.json";

tl::unexpected<Error> bad(std::string message, std::string hint = "The folder is incomplete or damaged: get it again") {
    return fail(ErrorCode::bad_model, std::move(message), std::move(hint));
}

std::string shown(std::string_view name) {
    constexpr std::size_t k_shown = 80;
    return escape_deceptive(to_valid_utf8(name.substr(0, k_shown)));
}

bool is_plain_name(const std::string& name) {
    return !name.empty() && name != "." && name != ".." && name.find_first_of("/\\:") == std::string::npos &&
           name.find('\0') == std::string::npos;
}

// The files that the index names, each with the tensors it should have.
Result<std::map<std::string, std::set<std::string>>> files_of_index(const fs::path& folder) {
    TRY_ASSIGN(const std::string text, read_file(folder / k_index, k_largest_index));
    const json index = json::parse(text, nullptr, false);
    if (!index.is_object() || !index.contains("weight_map") || !index["weight_map"].is_object()) {
        return bad(fmt::format("{} lists no weights", k_index));
    }
    std::map<std::string, std::set<std::string>> files;
    for (const auto& [name, file] : index["weight_map"].items()) {
        if (!file.is_string() || !is_plain_name(file.get<std::string>())) {
            return bad(fmt::format("{} names a file outside the folder for {}", k_index, shown(name)));
        }
        files[file.get<std::string>()].insert(name);
    }
    return files;
}

// Without an index there is one file.
Result<std::map<std::string, std::set<std::string>>> weight_files(const fs::path& folder) {
    std::error_code error;
    if (fs::exists(folder / k_index, error)) {
        return files_of_index(folder);
    }
    std::vector<std::string> found;
    bool pickles = false;
    for (const auto& entry : fs::directory_iterator(folder, error)) {
        const fs::path name = entry.path().filename();
        pickles = pickles || name.extension() == ".bin" || name.extension() == ".pt" || name.extension() == ".pth";
        if (name.extension() == ".safetensors") {
            found.push_back(name.string());
        }
    }
    if (std::find(found.begin(), found.end(), "model.safetensors") != found.end()) {
        found = {"model.safetensors"};
    }
    if (found.size() != 1) {
        return bad(fmt::format("{} has {}", folder.string(),
                               found.empty() ? "no .safetensors file" : fmt::format("several .safetensors files but no {}", k_index)),
                   pickles && found.empty() ? "Its weights are pickle files, which can run code: look for a SafeTensors version"
                                            : "The folder is incomplete: get it again");
    }
    return std::map<std::string, std::set<std::string>>{{found.front(), {}}};
}

Result<> add_file(Checkpoint& checkpoint, const std::string& name, const std::set<std::string>& promised) {
    const fs::path path = checkpoint.folder / name;
    TRY_ASSIGN(auto header, read_safetensors_header(path));
    for (auto& tensor : header.tensors) {
        if (!promised.empty() && promised.count(tensor.name) == 0) {
            continue;  // the index takes it from another file
        }
        checkpoint.bytes += tensor.size;
        const std::string key = tensor.name;
        checkpoint.tensors[key] = {path, std::move(tensor)};
    }
    for (const auto& wanted : promised) {
        if (checkpoint.tensors.count(wanted) == 0) {
            return bad(fmt::format("{} lacks the tensor {}", path.string(), shown(wanted)));
        }
    }
    return {};
}

WeightKind usual_kind(const Checkpoint& checkpoint) {
    std::map<WeightKind, std::uint64_t> bytes;
    for (const auto& [name, source] : checkpoint.tensors) {
        bytes[source.tensor.kind] += source.tensor.size;
    }
    const auto most = std::max_element(bytes.begin(), bytes.end(), [](const auto& a, const auto& b) { return a.second < b.second; });
    return most == bytes.end() ? WeightKind::f32 : most->first;
}

// The tensors of one family, in the order they are written.
class Planner {
  public:
    explicit Planner(const CheckpointConfig& config) : m_config(config) {}

    std::vector<TensorPlan> plan(bool tied) {
        const auto& c = m_config;
        matrix("model.embed_tokens.weight", "token_embd.weight", c.vocabulary, c.hidden);
        for (std::uint32_t i = 0; i < c.layers; ++i) {
            layer(fmt::format("model.layers.{}.", i), fmt::format("blk.{}.", i));
        }
        vector("model.norm.weight", "output_norm.weight", c.hidden);
        if (!tied) {
            matrix("lm_head.weight", "output.weight", c.vocabulary, c.hidden);
        }
        return std::move(m_plans);
    }

  private:
    void matrix(std::string source, std::string target, std::uint64_t rows, std::uint64_t columns, std::uint32_t heads = 0) {
        m_plans.push_back({std::move(source), std::move(target), rows, columns, false, heads});
    }
    void vector(std::string source, std::string target, std::uint64_t length, std::uint32_t heads = 0) {
        m_plans.push_back({std::move(source), std::move(target), length, 1, true, heads});
    }

    void layer(const std::string& from, const std::string& to) {
        const auto& c = m_config;
        const std::uint64_t queries = std::uint64_t{c.heads} * c.head_size;
        const std::uint64_t keys = std::uint64_t{c.kv_heads} * c.head_size;
        // The engine turns neighbouring numbers of Llama's heads, where the checkpoint has the halves side by side.
        const bool llama = c.family == CheckpointConfig::Family::llama;
        const bool biases = !llama || c.attention_biases;
        const auto attention = [&](const char* name, const char* target, std::uint64_t rows, std::uint32_t heads) {
            matrix(fmt::format("{}self_attn.{}.weight", from, name), fmt::format("{}{}.weight", to, target), rows, c.hidden, heads);
            if (biases) {
                vector(fmt::format("{}self_attn.{}.bias", from, name), fmt::format("{}{}.bias", to, target), rows, heads);
            }
        };
        vector(from + "input_layernorm.weight", to + "attn_norm.weight", c.hidden);
        attention("q_proj", "attn_q", queries, llama ? c.heads : 0);
        attention("k_proj", "attn_k", keys, llama ? c.kv_heads : 0);
        attention("v_proj", "attn_v", keys, 0);
        matrix(from + "self_attn.o_proj.weight", to + "attn_output.weight", c.hidden, queries);
        if (llama && c.attention_biases) {
            vector(from + "self_attn.o_proj.bias", to + "attn_output.bias", c.hidden);
        }
        vector(from + "post_attention_layernorm.weight", to + "ffn_norm.weight", c.hidden);
        matrix(from + "mlp.gate_proj.weight", to + "ffn_gate.weight", c.feed_forward, c.hidden);
        matrix(from + "mlp.up_proj.weight", to + "ffn_up.weight", c.feed_forward, c.hidden);
        matrix(from + "mlp.down_proj.weight", to + "ffn_down.weight", c.hidden, c.feed_forward);
    }

    const CheckpointConfig& m_config;
    std::vector<TensorPlan> m_plans;
};

// What a reader computes itself, or does not need with tied weights.
bool is_spare(std::string_view name, bool tied) {
    constexpr std::string_view k_computed = ".rotary_emb.inv_freq";
    return (tied && name == "lm_head.weight") ||
           (name.size() > k_computed.size() && name.substr(name.size() - k_computed.size()) == k_computed);
}

Result<> check_tensor(const Checkpoint& checkpoint, const TensorPlan& plan) {
    const auto found = checkpoint.tensors.find(plan.source);
    if (found == checkpoint.tensors.end()) {
        return bad(fmt::format("the checkpoint lacks the tensor {}", plan.source));
    }
    const SafeTensor& tensor = found->second.tensor;
    const std::vector<std::uint64_t> wanted = plan.vector ? std::vector{plan.rows} : std::vector{plan.rows, plan.columns};
    if (tensor.shape != wanted) {
        return bad(fmt::format("the tensor {} has another shape than config.json says", plan.source));
    }
    if (tensor.kind == WeightKind::other) {
        return bad(fmt::format("the tensor {} is of type {}; caro reads F32, F16 and BF16", plan.source, tensor.kind_name),
                   "Take the original weights of this model, not quantised ones");
    }
    return {};
}

}  // namespace

bool is_checkpoint(const fs::path& folder) noexcept {
    std::error_code error;
    return fs::is_regular_file(folder / "config.json", error);
}

Result<Checkpoint> read_checkpoint(const fs::path& folder) {
    std::error_code error;
    if (!fs::is_directory(folder, error)) {
        return fail(ErrorCode::not_found, fmt::format("{} is no folder", folder.string()),
                    "Name the folder that holds config.json and the .safetensors files");
    }
    if (!is_checkpoint(folder)) {
        return bad(fmt::format("{} has no config.json", folder.string()),
                   "Name the folder that holds config.json and the .safetensors files");
    }
    Checkpoint checkpoint;
    checkpoint.folder = folder;
    TRY_ASSIGN(const std::string text, read_file(folder / "config.json", k_largest_config));
    TRY_ASSIGN(checkpoint.config, parse_checkpoint_config(text));
    TRY_ASSIGN(const auto files, weight_files(folder));
    for (const auto& [name, promised] : files) {
        TRY(add_file(checkpoint, name, promised));
    }
    checkpoint.kind = usual_kind(checkpoint);
    LOG("checkpoint: {} tensors in {} files, {} bytes", checkpoint.tensors.size(), files.size(), checkpoint.bytes);
    return checkpoint;
}

std::string checkpoint_stamp(const fs::path& folder) {
    std::error_code error;
    std::set<std::string> lines;
    for (const auto& entry : fs::directory_iterator(folder, error)) {
        const fs::path& path = entry.path();
        const std::string kind = path.extension().string();
        const auto facts = facts_of(path);
        if (facts && (kind == ".json" || kind == ".safetensors" || kind == ".jinja")) {
            lines.insert(fmt::format("{} {} {}\n", path.filename().string(), facts->size, facts->modified_ns));
        }
    }
    if (error || lines.empty()) {
        return "";
    }
    std::string text;
    for (const auto& line : lines) {
        text += line;
    }
    return sha256_hex(text);
}

Result<std::vector<TensorPlan>> plan_tensors(const Checkpoint& checkpoint) {
    const bool tied = checkpoint.config.tied.value_or(checkpoint.tensors.count("lm_head.weight") == 0);
    auto plans = Planner(checkpoint.config).plan(tied);
    std::set<std::string_view> known;
    for (const auto& plan : plans) {
        TRY(check_tensor(checkpoint, plan));
        known.insert(plan.source);
    }
    for (const auto& [name, source] : checkpoint.tensors) {
        if (known.count(name) == 0 && !is_spare(name, tied)) {
            return bad(fmt::format("the checkpoint has a tensor that its family does not have: {}", shown(name)),
                       "This model is of another kind than its config.json says: look for a GGUF file of it");
        }
    }
    return plans;
}

}  // namespace caro::models
