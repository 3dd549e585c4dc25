// Reads any texts as config.json, tokenizer.json and tokenizer_config.json (with a NUL between them) of a checkpoint.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "models/checkpoint.hpp"
#include "models/tokenizer_file.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    constexpr std::uint32_t k_vocabulary = 400;
    std::string_view rest(reinterpret_cast<const char*>(data), size);
    std::string_view texts[3];
    for (auto& text : texts) {
        const std::size_t end = std::min(rest.find('\0'), rest.size());
        text = rest.substr(0, end);
        rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    if (const auto config = caro::models::parse_checkpoint_config(texts[0])) {
        if (config->heads == 0 || config->kv_heads == 0 || config->heads % config->kv_heads != 0 || config->head_size == 0 || config->vocabulary == 0) {
            std::abort();  // whoever converts divides by these
        }
        caro::models::Checkpoint empty;
        empty.config = *config;
        empty.config.layers = std::min(config->layers, 3U);
        static_cast<void>(caro::models::plan_tensors(empty));
    }
    if (const auto tokens = caro::models::parse_tokenizer(texts[1], texts[2], k_vocabulary)) {
        const auto outside = [](const std::optional<std::uint32_t>& token) { return token && *token >= k_vocabulary; };
        if (tokens->tokens.size() != k_vocabulary || tokens->kinds.size() != k_vocabulary || outside(tokens->begin) || outside(tokens->end) ||
            outside(tokens->unknown) || outside(tokens->padding) || (!tokens->scores.empty() && tokens->scores.size() != k_vocabulary) ||
            tokens->split.empty()) {
            std::abort();
        }
    }
    return 0;
}
