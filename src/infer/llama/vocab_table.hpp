// A compact copy of a model's vocabulary on disk, mapped instead of built. Building the engine's own
// vocabulary takes longer than everything else at start-up together; mapping this takes under a millisecond.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "infer/llama/mapped_file.hpp"
#include "util/result.hpp"

namespace caro::infer::llama {

using Token = std::int32_t;

// What a table is made from: one entry per token id.
struct VocabEntry {
    std::string text;         // the bytes it stands for; for control tokens its name, as in "<|im_end|>"
    bool special = false;     // matched as a whole, before any splitting
    bool control = false;     // shows as nothing
    bool ends_answer = false;
};

// Read-only; safe to use from several threads. Encodes text as byte-level BPE vocabularies with the
// "qwen2" splitting rules do (checked against the engine when the table is made).
class VocabTable {
  public:
    // Writes a table for `key` atomically.
    static Result<> save(const std::filesystem::path& path, std::string_view key, std::string_view architecture,
                         std::span<const VocabEntry> entries);

    // Maps the table if it is whole, undamaged and made for exactly `key`.
    static std::optional<VocabTable> open(const std::filesystem::path& path, std::string_view key);

    // Tokens of `text`. With `specials`, names of special tokens in the text become those tokens. nullopt if the text
    // holds characters of rarer scripts (see word_splitter.hpp) or bytes the vocabulary lacks.
    std::optional<std::vector<Token>> encode(std::string_view text, bool specials) const;

    // Bytes of a token; "" for control tokens and ids out of range.
    std::string_view piece(Token token) const;
    bool ends_answer(Token token) const;

    std::size_t size() const noexcept { return m_count; }
    std::string_view architecture() const noexcept { return m_architecture; }

  private:
    explicit VocabTable(MappedFile file) : m_file(std::move(file)) {}

    bool attach();
    std::string_view text(Token token) const;
    Token find(std::string_view bytes) const;
    bool encode_plain(std::string_view text, std::vector<Token>& out) const;
    bool encode_word(std::string_view word, std::vector<Token>& out) const;

    MappedFile m_file;
    std::size_t m_count = 0;
    std::string_view m_architecture;
    const std::uint32_t* m_offsets = nullptr;
    const std::uint32_t* m_slots = nullptr;
    const std::uint8_t* m_flags = nullptr;
    const char* m_bytes = nullptr;
    std::uint32_t m_slot_mask = 0;
    std::vector<Token> m_specials;
};

}  // namespace caro::infer::llama
