// Splits text into the words that byte-pair encoding then works on, as Qwen2's tokenizer does:
//   (?i:'s|'t|'re|'ve|'m|'ll|'d) | [^\r\n\p{L}\p{N}]?\p{L}+ | \p{N} | ?[^\s\p{L}\p{N}]+[\r\n]* | \s*[\r\n]+ | \s+(?!\S) | \s+
#pragma once

#include <cstddef>
#include <string_view>

namespace caro::infer::llama {

// Bytes of the first word of `text`, which is not empty. 0 if it holds, near its front, characters whose class is not
// known here for certain: ASCII and the letters and punctuation of the common scripts are.
std::size_t next_word(std::string_view text) noexcept;

}  // namespace caro::infer::llama
