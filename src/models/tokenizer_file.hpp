// The tokenizer of a checkpoint folder (tokenizer.json and its companions), in the terms of a GGUF file.
// Format: https://huggingface.co/docs/tokenizers; the GGUF side: ggml's specification, section "Tokenizer".
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "util/result.hpp"

namespace caro::models {

// What a token is, by the numbers GGUF gives the kinds.
enum class TokenKind : std::int32_t { normal = 1, unknown = 2, control = 3, user_defined = 4, unused = 5, byte = 6 };

struct TokenizerData {
    std::string model;  // "gpt2" (byte-level BPE) or "llama" (BPE over characters, as SentencePiece makes it)
    std::string split;  // name of the rule that splits text into words: "qwen2", "llama-bpe", …; "default" for "llama"
    std::vector<std::string> tokens;  // by number
    std::vector<TokenKind> kinds;
    std::vector<std::string> merges;  // "a b", best first; empty for "llama"
    std::vector<float> scores;        // for "llama": the higher, the earlier a pair is joined
    std::optional<std::uint32_t> begin, end, unknown, padding;
    bool adds_begin = false;
    bool adds_end = false;
    bool adds_space = false;    // "llama": text is taken with a space before it
    std::string chat_template;  // Jinja; "" if the folder has none
};

// The rule of word splitting for the pre-tokenizer of a tokenizer.json (its JSON), as the engine names it; "" if it is none
// the engine knows.
std::string split_rule(std::string_view pre_tokenizer);

// Reads the folder's tokenizer, or the texts of its tokenizer.json and tokenizer_config.json ("" if there is none); numbers that no token has are filled up to `vocabulary`. ErrorCode::bad_model for a tokenizer
// of another kind, or one that does not fit the vocabulary; io, not_found.
Result<TokenizerData> parse_tokenizer(std::string_view tokenizer, std::string_view config, std::uint32_t vocabulary);
Result<TokenizerData> read_tokenizer(const std::filesystem::path& folder, std::uint32_t vocabulary);

}  // namespace caro::models
