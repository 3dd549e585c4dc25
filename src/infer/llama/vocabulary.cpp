#include "infer/llama/vocabulary.hpp"

#include <fmt/core.h>
#include <llama.h>

#include <algorithm>
#include <cstdio>

#include "util/log.hpp"
#include "util/utf8.hpp"

namespace caro::infer::llama {

namespace {

std::vector<Token> engine_encode(const llama_vocab* vocab, std::string_view text, bool specials, bool begin) {
    std::vector<Token> tokens(text.size() + 4);
    const auto size = static_cast<std::int32_t>(text.size());
    for (int attempt = 0; attempt < 2; ++attempt) {
        const int count = llama_tokenize(vocab, text.data(), size, tokens.data(),
                                         static_cast<std::int32_t>(tokens.size()), begin, specials);
        tokens.resize(static_cast<std::size_t>(std::abs(count)));
        if (count >= 0) {
            break;
        }
    }
    return tokens;
}

std::string engine_piece(const llama_vocab* vocab, Token token, bool special) {
    std::string text(64, '\0');
    int size = llama_token_to_piece(vocab, token, text.data(), static_cast<std::int32_t>(text.size()), 0, special);
    if (size < 0) {
        text.resize(static_cast<std::size_t>(-size));
        size = llama_token_to_piece(vocab, token, text.data(), static_cast<std::int32_t>(text.size()), 0, special);
    }
    text.resize(static_cast<std::size_t>(std::max(0, size)));
    return text;
}

std::string meta(const llama_model* model, const char* key) {
    char value[64] = {};
    llama_model_meta_val_str(model, key, value, sizeof value);
    return value;
}

std::vector<VocabEntry> entries_of(const llama_vocab* vocab) {
    std::vector<VocabEntry> entries(static_cast<std::size_t>(llama_vocab_n_tokens(vocab)));
    for (std::size_t id = 0; id < entries.size(); ++id) {
        const auto token = static_cast<Token>(id);
        const int attributes = llama_vocab_get_attr(vocab, token);
        VocabEntry& entry = entries[id];
        entry.control = llama_vocab_is_control(vocab, token);
        entry.text = engine_piece(vocab, token, true);
        entry.special = !entry.text.empty() &&
                        (attributes & (LLAMA_TOKEN_ATTR_CONTROL | LLAMA_TOKEN_ATTR_USER_DEFINED)) != 0;
        entry.ends_answer = llama_vocab_is_eog(vocab, token);
    }
    return entries;
}

}  // namespace

void Vocabulary::ModelDeleter::operator()(llama_model* model) const { llama_model_free(model); }

llama_model* load_engine_model(const std::string& path, std::uint64_t offset, const llama_model_params& params) {
    if (offset == 0) {
        return llama_model_load_from_file(path.c_str(), params);
    }
    // From where the file stands; the engine maps all of it and keeps the mapping, so it may be closed afterwards.
    const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "rb"), std::fclose);
    if (!file || ::fseeko(file.get(), static_cast<off_t>(offset), SEEK_SET) != 0) {
        return nullptr;
    }
    return llama_model_load_from_file_ptr(file.get(), params);
}

Vocabulary::Vocabulary(VocabTable table, std::string model_path, std::uint64_t model_offset)
    : m_table(std::move(table)), m_model_path(std::move(model_path)), m_model_offset(model_offset) {}

Vocabulary::Vocabulary(const llama_model* model) : m_model(model) {}

Vocabulary::~Vocabulary() = default;

Result<> Vocabulary::load_engine_vocabulary() {
    if (m_model != nullptr) {
        return {};
    }
    llama_model_params params = llama_model_default_params();
    params.vocab_only = true;
    m_vocab_only.reset(load_engine_model(m_model_path, m_model_offset, params));
    if (!m_vocab_only) {
        return fail(ErrorCode::bad_model, fmt::format("cannot read the vocabulary of {}", m_model_path),
                    "The model file may be damaged: fetch it again, or name another with --model");
    }
    m_model = m_vocab_only.get();
    return {};
}

Result<std::vector<Token>> Vocabulary::encode(std::string_view text, bool specials, bool begin) {
    if (m_table) {
        if (auto tokens = m_table->encode(text, specials)) {
            return std::move(*tokens);
        }
    }
    TRY(load_engine_vocabulary());
    return engine_encode(llama_model_get_vocab(m_model), text, specials, begin);
}

std::string Vocabulary::piece(Token token) const {
    if (m_table) {
        return std::string(m_table->piece(token));
    }
    return engine_piece(llama_model_get_vocab(m_model), token, false);
}

bool Vocabulary::ends_answer(Token token) const {
    return m_table ? m_table->ends_answer(token) : llama_vocab_is_eog(llama_model_get_vocab(m_model), token);
}

std::size_t Vocabulary::size() const {
    return m_table ? m_table->size()
                   : static_cast<std::size_t>(llama_vocab_n_tokens(llama_model_get_vocab(m_model)));
}

bool Vocabulary::adds_begin_token() const {
    return !m_table && llama_vocab_get_add_bos(llama_model_get_vocab(m_model));
}

Result<> Vocabulary::save_table(const std::filesystem::path& path, std::string_view key,
                                const std::vector<std::string>& samples) const {
    if (m_model == nullptr || adds_begin_token() || meta(m_model, "tokenizer.ggml.model") != "gpt2" ||
        meta(m_model, "tokenizer.ggml.pre") != "qwen2") {
        return {};
    }
    const llama_vocab* vocab = llama_model_get_vocab(m_model);
    TRY(VocabTable::save(path, key, meta(m_model, "general.architecture"), entries_of(vocab)));
    const auto table = VocabTable::open(path, key);
    if (!table) {
        return {};
    }
    for (const auto& sample : samples) {
        const auto tokens = table->encode(sample, true);
        if (tokens && *tokens != engine_encode(vocab, sample, true, false)) {
            LOG("vocabulary table not kept: it splits '{}' differently", escape_deceptive(sample));
            std::error_code ignored;
            std::filesystem::remove(path, ignored);
            return {};
        }
    }
    return {};
}

}  // namespace caro::infer::llama
