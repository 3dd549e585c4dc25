// From a prompt to tokens, by the model's own chat template.
#pragma once

#include <string>
#include <vector>

#include "infer/llama/vocabulary.hpp"
#include "prompt/prompt.hpp"
#include "util/result.hpp"

struct llama_model;

namespace caro::infer::llama {

// The tokens of a prompt, split where the constant part ends.
struct TokenizedPrompt {
    std::vector<Token> tokens;
    std::size_t constant = 0;   // the first `constant` tokens are the same for every request
    std::string constant_text;  // what they were made from
    bool piped_cut = false;     // piped text was shortened
};

// See Session::tokenize(). `limit` is the number of tokens the context holds.
Result<TokenizedPrompt> tokens_of(const prompt::Prompt& prompt, const llama_model* model, Vocabulary& vocabulary,
                                  std::size_t limit, std::size_t room);

}  // namespace caro::infer::llama
