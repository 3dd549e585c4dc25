// Text to tokens and back: through the compact table where possible, else through the engine.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "infer/llama/vocab_table.hpp"
#include "util/result.hpp"

struct llama_model;
struct llama_model_params;
struct llama_vocab;

namespace caro::infer::llama {

// The engine's model from a file, or from the middle of one. null on failure, as the engine's own functions; may throw what they
// throw.
llama_model* load_engine_model(const std::string& path, std::uint64_t offset, const llama_model_params& params);

class Vocabulary {
  public:
    // From a table; the engine's own vocabulary is loaded from `model_path` only when text needs it.
    Vocabulary(VocabTable table, std::string model_path, std::uint64_t model_offset);

    // From a fully loaded model, which must outlive this object.
    explicit Vocabulary(const llama_model* model);

    ~Vocabulary();
    Vocabulary(const Vocabulary&) = delete;
    Vocabulary& operator=(const Vocabulary&) = delete;

    // Tokens of `text`. With `specials`, names of control tokens in it become those tokens; never pass
    // text of the user's that way.
    Result<std::vector<Token>> encode(std::string_view text, bool specials, bool begin = false);

    std::string piece(Token token) const;
    bool ends_answer(Token token) const;
    std::size_t size() const;
    bool adds_begin_token() const;

    // Makes the table for later runs. Does nothing if the model's vocabulary is of another kind, or if the table
    // would cut any of `samples` differently from the engine.
    Result<> save_table(const std::filesystem::path& path, std::string_view key,
                        const std::vector<std::string>& samples) const;

  private:
    struct ModelDeleter {
        void operator()(llama_model* model) const;
    };

    Result<> load_engine_vocabulary();

    std::optional<VocabTable> m_table;
    std::string m_model_path;
    std::uint64_t m_model_offset = 0;
    std::unique_ptr<llama_model, ModelDeleter> m_vocab_only;
    const llama_model* m_model = nullptr;  // has a real vocabulary; null until needed
};

}  // namespace caro::infer::llama
