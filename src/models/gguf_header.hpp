// The header of a GGUF file, read and checked before the engine sees a byte of it. Format: ggml's specification,
// https://github.com/ggml-org/ggml/blob/master/docs/gguf.md, versions 2 and 3.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "util/result.hpp"

namespace caro::models {

struct GgufHeader {
    std::uint32_t version = 0;
    std::uint64_t tensors = 0;                   // number of
    std::uint64_t parameters = 0;                // weights in all tensors together
    std::uint64_t data_offset = 0;               // where the tensors' bytes begin
    std::uint64_t data_size = 0;                 // bytes up to the end of the last tensor
    std::map<std::string, std::string> texts;    // general.architecture, general.name, tokenizer.ggml.model …
    std::map<std::string, std::uint64_t> numbers;  // llama.context_length, general.file_type …
    std::map<std::string, std::uint64_t> arrays;   // lengths of arrays: tokenizer.ggml.tokens …

    std::string_view text(const std::string& key) const;
    std::uint64_t number(const std::string& key) const;

    // Of the architecture: context_length, block_count, embedding_length; 0 if it is not told.
    std::uint64_t of_architecture(std::string_view key) const;
};

// Reads the header of the file, `size` bytes from `offset` on (0 = to its end). Every count and length is held to what the file
// can hold before memory is taken for it. ErrorCode::bad_model naming what is wrong: another kind of file, cut short, tensors
// that overlap or lie outside; io, not_found.
Result<GgufHeader> read_gguf_header(const std::filesystem::path& file, std::uint64_t offset = 0, std::uint64_t size = 0);

// Reads the first bytes only: whether it is a GGUF file of a known version whose counts fit its size. For a file whose header was
// read before. Errors as read_gguf_header().
Result<> peek_gguf_header(const std::filesystem::path& file);

// The same as read_gguf_header() for bytes in memory; `size` is that of the whole file, of which `bytes` is the beginning.
Result<GgufHeader> parse_gguf_header(std::string_view bytes, std::uint64_t size);

}  // namespace caro::models
