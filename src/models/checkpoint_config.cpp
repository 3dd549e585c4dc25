// config.json of a checkpoint.
#include <fmt/core.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "models/checkpoint.hpp"
#include "util/utf8.hpp"

namespace caro::models {

namespace {

using nlohmann::json;

constexpr std::uint32_t k_most_layers = 1000;
constexpr std::uint32_t k_widest = 1U << 20U;
constexpr std::uint32_t k_largest_vocabulary = 1U << 22U;
constexpr std::uint32_t k_longest_context = 1U << 27U;

tl::unexpected<Error> bad(std::string message) {
    return fail(ErrorCode::bad_model, fmt::format("config.json: {}", message),
                "caro reads checkpoints of the Qwen2 and Llama families; look for a GGUF file of this model");
}

// A key that is missing or null.
bool lacks(const json& object, const char* key) { return !object.contains(key) || object[key].is_null(); }

// Reads numbers and keeps the first thing that was wrong.
class Reader {
  public:
    explicit Reader(const json& object) : m_object(object) {}

    std::uint32_t number(const char* key, std::uint32_t most, std::optional<std::uint32_t> otherwise = {}) {
        if (lacks(m_object, key) && otherwise) {
            return *otherwise;
        }
        const bool there = m_object.contains(key) && m_object[key].is_number_unsigned();
        const auto value = there ? m_object[key].get<std::uint64_t>() : 0;
        if (value == 0 || value > most) {
            wrong(fmt::format("{} is {}", key, there ? "out of range" : "missing or no number"));
            return 1;
        }
        return static_cast<std::uint32_t>(value);
    }

    double real(const char* key, double otherwise) {
        if (lacks(m_object, key)) {
            return otherwise;
        }
        const double value = m_object[key].is_number() ? m_object[key].get<double>() : 0;
        if (!(value > 0) || !std::isfinite(value)) {
            wrong(fmt::format("{} is no positive number", key));
        }
        return value;
    }

    bool flag(const char* key, bool otherwise) {
        if (lacks(m_object, key)) {
            return otherwise;
        }
        if (!m_object[key].is_boolean()) {
            wrong(fmt::format("{} is neither true nor false", key));
            return otherwise;
        }
        return m_object[key].get<bool>();
    }

    std::string text(const char* key) {
        return !lacks(m_object, key) && m_object[key].is_string() ? m_object[key].get<std::string>() : "";
    }

    void wrong(std::string what) {
        if (m_problem.empty()) {
            m_problem = std::move(what);
        }
    }
    const std::string& problem() const { return m_problem; }

  private:
    const json& m_object;
    std::string m_problem;
};

// Newer files keep all of it under rope_parameters, older ones under rope_scaling with rope_theta beside it.
void read_rope(const json& object, Reader& reader, CheckpointConfig& config) {
    config.rope_base = reader.real("rope_theta", config.rope_base);
    const char* key = lacks(object, "rope_parameters") ? "rope_scaling" : "rope_parameters";
    if (lacks(object, key)) {
        return;
    }
    if (!object[key].is_object()) {
        return reader.wrong(fmt::format("{} is no object", key));
    }
    Reader rope(object[key]);
    config.rope_base = rope.real("rope_theta", config.rope_base);
    const std::string kind = rope.text("rope_type").empty() ? rope.text("type") : rope.text("rope_type");
    if (kind == "linear") {
        config.rope.kind = RopeScaling::Kind::linear;
        config.rope.factor = rope.real("factor", 1);
    } else if (kind == "llama3") {
        config.rope.kind = RopeScaling::Kind::llama3;
        config.rope.factor = rope.real("factor", 8);
        config.rope.low_frequency_factor = rope.real("low_freq_factor", 1);
        config.rope.high_frequency_factor = rope.real("high_freq_factor", 4);
        config.rope.original_context = rope.number("original_max_position_embeddings", k_longest_context);
        if (config.rope.high_frequency_factor <= config.rope.low_frequency_factor) {
            rope.wrong("high_freq_factor is not above low_freq_factor");
        }
    } else if (!kind.empty() && kind != "default") {
        rope.wrong(fmt::format("positions are scaled in a way caro does not know: {}", escape_deceptive(to_valid_utf8(kind))));
    }
    if (!rope.problem().empty()) {
        reader.wrong(rope.problem());
    }
}

void read_family(const json& object, Reader& reader, CheckpointConfig& config) {
    const std::string type = reader.text("model_type");
    if (type == "qwen2") {
        config.family = CheckpointConfig::Family::qwen2;
    } else if (type == "llama") {
        config.family = CheckpointConfig::Family::llama;
        config.attention_biases = reader.flag("attention_bias", false);
        if (reader.flag("mlp_bias", false)) {
            reader.wrong("biases in the feed-forward part (mlp_bias) are not supported");
        }
    } else {
        reader.wrong(type.empty() ? "model_type is missing"
                                  : fmt::format("the family {} is not supported", escape_deceptive(to_valid_utf8(type))));
    }
    const std::string activation = reader.text("hidden_act");
    if (!activation.empty() && activation != "silu") {
        reader.wrong(fmt::format("the activation {} is not supported", escape_deceptive(to_valid_utf8(activation))));
    }
    if (!lacks(object, "quantization_config")) {
        reader.wrong("its weights are quantised already (quantization_config); take the original");
    }
}

void check_fit(Reader& reader, const CheckpointConfig& config) {
    if (config.heads % config.kv_heads != 0) {
        reader.wrong("num_attention_heads is no multiple of num_key_value_heads");
    }
    if (config.head_size % 2 != 0) {
        reader.wrong("the size of a head is odd");
    }
    if (config.family == CheckpointConfig::Family::qwen2 && config.head_size != config.hidden / config.heads) {
        reader.wrong("head_dim is not hidden_size / num_attention_heads");
    }
}

}  // namespace

Result<CheckpointConfig> parse_checkpoint_config(std::string_view text) {
    const json object = json::parse(text, nullptr, false);
    if (!object.is_object()) {
        return bad("it is no JSON object");
    }
    CheckpointConfig config;
    Reader reader(object);
    read_family(object, reader, config);
    config.layers = reader.number("num_hidden_layers", k_most_layers);
    config.hidden = reader.number("hidden_size", k_widest);
    config.feed_forward = reader.number("intermediate_size", k_widest);
    config.heads = reader.number("num_attention_heads", k_widest);
    config.kv_heads = reader.number("num_key_value_heads", k_widest, config.heads);
    if (lacks(object, "head_dim") && config.hidden % config.heads != 0) {
        reader.wrong("hidden_size is no multiple of num_attention_heads");
    }
    config.head_size = reader.number("head_dim", k_widest, std::max(1U, config.hidden / config.heads));
    config.context = reader.number("max_position_embeddings", k_longest_context, 2048);
    config.vocabulary = reader.number("vocab_size", k_largest_vocabulary);
    config.norm_epsilon = reader.real("rms_norm_eps", config.norm_epsilon);
    if (!lacks(object, "tie_word_embeddings")) {
        config.tied = reader.flag("tie_word_embeddings", false);
    }
    read_rope(object, reader, config);
    check_fit(reader, config);
    if (!reader.problem().empty()) {
        return bad(reader.problem());
    }
    return config;
}

}  // namespace caro::models
