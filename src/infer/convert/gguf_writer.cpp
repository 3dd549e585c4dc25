#include "infer/convert/gguf_writer.hpp"

#include <fmt/core.h>
#include <ggml.h>
#include <gguf.h>

#include <cerrno>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <memory>

#include "infer/convert/durable.hpp"
#include "infer/convert/rotation.hpp"

namespace caro::infer {

namespace {

namespace fs = std::filesystem;
using models::CheckpointConfig;
using models::RopeScaling;
using models::TensorPlan;
using models::WeightKind;

constexpr std::size_t k_piece = std::size_t{8} << 20U;  // bytes read at a time
constexpr const char* k_frequencies = "rope_freqs.weight";

struct GgufDeleter {
    void operator()(gguf_context* context) const { gguf_free(context); }
};
struct GgmlDeleter {
    void operator()(ggml_context* context) const { ggml_free(context); }
};
using Gguf = std::unique_ptr<gguf_context, GgufDeleter>;

ggml_type type_of(WeightKind kind) {
    return kind == WeightKind::f32 ? GGML_TYPE_F32 : kind == WeightKind::f16 ? GGML_TYPE_F16 : GGML_TYPE_BF16;
}

ggml_type target_type(WeightType type, WeightKind stored) {
    switch (type) {
        case WeightType::f32: return GGML_TYPE_F32;
        case WeightType::f16: return GGML_TYPE_F16;
        case WeightType::bf16: return GGML_TYPE_BF16;
        default: return type_of(stored);
    }
}

// The number that tells people and tools what most of the file is.
std::uint32_t file_type(ggml_type type) {
    constexpr std::uint32_t k_all_f32 = 0, k_mostly_f16 = 1, k_mostly_bf16 = 32;
    return type == GGML_TYPE_F32 ? k_all_f32 : type == GGML_TYPE_F16 ? k_mostly_f16 : k_mostly_bf16;
}

void set_architecture(gguf_context* file, const CheckpointConfig& config) {
    const std::string family = config.family == CheckpointConfig::Family::qwen2 ? "qwen2" : "llama";
    const auto number = [&](const char* key, std::uint32_t value) { gguf_set_val_u32(file, fmt::format("{}.{}", family, key).c_str(), value); };
    const auto real = [&](const char* key, double value) {
        gguf_set_val_f32(file, fmt::format("{}.{}", family, key).c_str(), static_cast<float>(value));
    };
    gguf_set_val_str(file, "general.architecture", family.c_str());
    number("block_count", config.layers);
    number("context_length", config.context);
    number("embedding_length", config.hidden);
    number("feed_forward_length", config.feed_forward);
    number("attention.head_count", config.heads);
    number("attention.head_count_kv", config.kv_heads);
    number("rope.dimension_count", config.head_size);
    number("attention.key_length", config.head_size);
    number("attention.value_length", config.head_size);
    number("vocab_size", config.vocabulary);
    real("rope.freq_base", config.rope_base);
    real("attention.layer_norm_rms_epsilon", config.norm_epsilon);
    if (config.rope.kind == RopeScaling::Kind::linear) {
        gguf_set_val_str(file, fmt::format("{}.rope.scaling.type", family).c_str(), "linear");
        real("rope.scaling.factor", config.rope.factor);
    }
}

void set_texts(gguf_context* file, const char* key, const std::vector<std::string>& texts) {
    std::vector<const char*> pointers;
    pointers.reserve(texts.size());
    for (const auto& text : texts) {
        pointers.push_back(text.c_str());
    }
    gguf_set_arr_str(file, key, pointers.data(), pointers.size());
}

void set_tokenizer(gguf_context* file, const models::TokenizerData& data) {
    gguf_set_val_str(file, "tokenizer.ggml.model", data.model.c_str());
    gguf_set_val_str(file, "tokenizer.ggml.pre", data.split.c_str());
    set_texts(file, "tokenizer.ggml.tokens", data.tokens);
    gguf_set_arr_data(file, "tokenizer.ggml.token_type", GGUF_TYPE_INT32, data.kinds.data(), data.kinds.size());
    if (data.model == "llama") {
        gguf_set_arr_data(file, "tokenizer.ggml.scores", GGUF_TYPE_FLOAT32, data.scores.data(), data.scores.size());
        gguf_set_val_bool(file, "tokenizer.ggml.add_space_prefix", data.adds_space);
    } else {
        set_texts(file, "tokenizer.ggml.merges", data.merges);
    }
    const auto special = [file](const char* key, const std::optional<std::uint32_t>& token) {
        if (token) {
            gguf_set_val_u32(file, key, *token);
        }
    };
    special("tokenizer.ggml.bos_token_id", data.begin);
    special("tokenizer.ggml.eos_token_id", data.end);
    special("tokenizer.ggml.unknown_token_id", data.unknown);
    special("tokenizer.ggml.padding_token_id", data.padding);
    gguf_set_val_bool(file, "tokenizer.ggml.add_bos_token", data.adds_begin);
    gguf_set_val_bool(file, "tokenizer.ggml.add_eos_token", data.adds_end);
    if (!data.chat_template.empty()) {
        gguf_set_val_str(file, "tokenizer.chat_template", data.chat_template.c_str());
    }
}

// Reads a tensor's rows from its file and gives them on in the engine's order and type.
class TensorStream {
  public:
    TensorStream(const models::TensorSource& source, const TensorPlan& plan, ggml_type target)
        : m_source(source), m_plan(plan), m_target(target), m_in(source.file, std::ios::binary) {}

    Result<> each(const std::function<Result<>(std::string_view)>& sink) {
        const std::uint64_t row = m_plan.columns * models::bytes_of(m_source.tensor.kind);
        const std::uint64_t together = m_plan.rotated_heads != 0 ? 1 : std::max<std::uint64_t>(1, k_piece / row);
        for (std::uint64_t at = 0; at < m_plan.rows; at += together) {
            const std::uint64_t rows = std::min(together, m_plan.rows - at);
            const std::uint64_t from = m_plan.rotated_heads != 0 ? rotated_row(at, m_plan.rows, m_plan.rotated_heads) : at;
            TRY(read(from * row, rows * row));
            TRY(sink(converted(rows * m_plan.columns)));
            if (!m_sound) {
                return fail(ErrorCode::bad_model, fmt::format("the tensor {} has weights that are no numbers", m_plan.source),
                            "The checkpoint is damaged: get it again");
            }
        }
        return {};
    }

  private:
    Result<> read(std::uint64_t offset, std::uint64_t size) {
        m_bytes.resize(static_cast<std::size_t>(size));
        m_in.seekg(static_cast<std::streamoff>(m_source.tensor.offset + offset));
        m_in.read(m_bytes.data(), static_cast<std::streamsize>(size));
        return m_in ? Result<>() : Result<>(fail(ErrorCode::io, fmt::format("cannot read {}", m_source.file.string()),
                                                 "Check the disk, and that the file does not change meanwhile"));
    }

    // Bytes in the target's type; by way of F32, which also shows whether they are numbers.
    std::string_view converted(std::uint64_t count) {
        const auto n = static_cast<std::int64_t>(count);
        m_floats.resize(static_cast<std::size_t>(count));
        switch (m_source.tensor.kind) {
            case WeightKind::f16: ggml_fp16_to_fp32_row(reinterpret_cast<const ggml_fp16_t*>(m_bytes.data()), m_floats.data(), n); break;
            case WeightKind::bf16: ggml_bf16_to_fp32_row(reinterpret_cast<const ggml_bf16_t*>(m_bytes.data()), m_floats.data(), n); break;
            default: std::memcpy(m_floats.data(), m_bytes.data(), m_bytes.size());
        }
        for (const float weight : m_floats) {
            m_sound = m_sound && std::isfinite(weight);
        }
        if (m_target == type_of(m_source.tensor.kind)) {
            return m_bytes;
        }
        m_result.resize(static_cast<std::size_t>(count) * ggml_type_size(m_target));
        switch (m_target) {
            case GGML_TYPE_F16: ggml_fp32_to_fp16_row(m_floats.data(), reinterpret_cast<ggml_fp16_t*>(m_result.data()), n); break;
            case GGML_TYPE_BF16: ggml_fp32_to_bf16_row(m_floats.data(), reinterpret_cast<ggml_bf16_t*>(m_result.data()), n); break;
            default: std::memcpy(m_result.data(), m_floats.data(), m_result.size());
        }
        return m_result;
    }

    const models::TensorSource& m_source;
    const TensorPlan& m_plan;
    ggml_type m_target;
    std::ifstream m_in;
    std::string m_bytes;
    std::string m_result;
    std::vector<float> m_floats;
    bool m_sound = true;
};

class Writer {
  public:
    Writer(const ConversionRequest& request, WeightType type, std::vector<TensorPlan> plans)
        : m_request(request), m_checkpoint(*request.checkpoint), m_type(type), m_plans(std::move(plans)), m_file(gguf_init_empty()) {
        const std::size_t tensors = m_plans.size() + 1;
        m_tensors.reset(ggml_init({tensors * ggml_tensor_overhead(), nullptr, true}));
        if (m_checkpoint.config.rope.kind == RopeScaling::Kind::llama3) {
            m_frequencies = llama3_factors(m_checkpoint.config);
        }
        set_architecture(m_file.get(), m_checkpoint.config);
        gguf_set_val_str(m_file.get(), "general.name", request.name.c_str());
        gguf_set_val_u32(m_file.get(), "general.file_type", file_type(target_type(type, m_checkpoint.kind)));
        gguf_set_val_u32(m_file.get(), "general.quantization_version", 2);
        set_tokenizer(m_file.get(), *request.tokenizer);
        declare_tensors();
    }

    Result<> write(const fs::path& output, const std::function<void(double)>& progress, const CancelToken& cancel) {
        const std::unique_ptr<std::FILE, int (*)(std::FILE*)> out(std::fopen(output.c_str(), "wb"), std::fclose);
        if (!out || !gguf_write_to_file_ptr(m_file.get(), out.get(), true)) {
            return cannot_write(output);
        }
        m_out = out.get();
        if (!m_frequencies.empty()) {
            TRY(put({reinterpret_cast<const char*>(m_frequencies.data()), m_frequencies.size() * sizeof(float)}, output));
            TRY(pad(output));
        }
        std::uint64_t done = 0;
        for (const auto& plan : m_plans) {
            const auto& source = m_checkpoint.tensors.at(plan.source);
            TensorStream stream(source, plan, type_for(plan, source));
            TRY(stream.each([&](std::string_view bytes) -> Result<> {
                if (cancel.should_stop()) {
                    return fail(ErrorCode::cancelled, "interrupted");
                }
                return put(bytes, output);
            }));
            TRY(pad(output));
            done += source.tensor.size;
            progress(static_cast<double>(done) / static_cast<double>(m_checkpoint.bytes));
        }
        return make_durable(m_out) ? Result<>() : cannot_write(output);
    }

  private:
    ggml_type type_for(const TensorPlan& plan, const models::TensorSource& source) const {
        return plan.vector ? GGML_TYPE_F32 : target_type(m_type, source.tensor.kind);
    }

    void declare(const char* name, ggml_type type, std::int64_t columns, std::int64_t rows) {
        ggml_tensor* tensor = rows == 0 ? ggml_new_tensor_1d(m_tensors.get(), type, columns)
                                        : ggml_new_tensor_2d(m_tensors.get(), type, columns, rows);
        ggml_set_name(tensor, name);
        gguf_add_tensor(m_file.get(), tensor);
    }

    void declare_tensors() {
        if (!m_frequencies.empty()) {
            declare(k_frequencies, GGML_TYPE_F32, static_cast<std::int64_t>(m_frequencies.size()), 0);
        }
        for (const auto& plan : m_plans) {
            const auto rows = static_cast<std::int64_t>(plan.rows);
            declare(plan.target.c_str(), type_for(plan, m_checkpoint.tensors.at(plan.source)),
                    plan.vector ? rows : static_cast<std::int64_t>(plan.columns), plan.vector ? 0 : rows);
        }
    }

    Result<> put(std::string_view bytes, const fs::path& output) {
        m_written += bytes.size();
        return std::fwrite(bytes.data(), 1, bytes.size(), m_out) == bytes.size() ? Result<>() : cannot_write(output);
    }

    Result<> pad(const fs::path& output) {
        constexpr std::size_t k_most = 256;
        static constexpr char k_zeros[k_most] = {};
        const std::size_t alignment = std::min(k_most, gguf_get_alignment(m_file.get()));
        return put({k_zeros, (alignment - m_written % alignment) % alignment}, output);
    }

    static Result<> cannot_write(const fs::path& output) {
        const int cause = errno;
        return fail(ErrorCode::io, fmt::format("cannot write {}: {}", output.string(), std::strerror(cause)),
                    cause == ENOSPC ? "Free some space on that disk" : "Check that you may write to that folder");
    }

    const ConversionRequest& m_request;
    const models::Checkpoint& m_checkpoint;
    WeightType m_type;
    std::vector<TensorPlan> m_plans;
    Gguf m_file;
    std::unique_ptr<ggml_context, GgmlDeleter> m_tensors;
    std::vector<float> m_frequencies;
    std::FILE* m_out = nullptr;
    std::uint64_t m_written = 0;  // behind the header
};

}  // namespace

Result<> write_gguf(const ConversionRequest& request, const fs::path& output, WeightType type,
                    const std::function<void(double)>& progress, const CancelToken& cancel) {
    TRY_ASSIGN(auto plans, models::plan_tensors(*request.checkpoint));
    return Writer(request, type, std::move(plans)).write(output, progress, cancel);
}

}  // namespace caro::infer
