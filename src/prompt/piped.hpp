// Text of other programs in a prompt: made harmless, and shortened to what a model has room for.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

#include "prompt/prompt.hpp"

namespace caro::prompt {

// How many tokens of piped text a prompt holds at most, where the back end counts them. The context of a small model is
// mostly taken by the examples, and each token costs time that nothing on disk saves.
inline constexpr std::size_t k_piped_tokens = 192;

// Valid UTF-8 without control characters, colours and cursor movements; of a line that overwrites itself only what is
// seen in the end. Lines stay lines.
std::string harmless(std::string_view text);

struct Excerpt {
    std::string text;
    bool cut = false;  // something was left out; "…" stands where
};

// What of `text` costs at most `budget`: all of it, or its beginning and its end, the end being the longer one because
// that is where errors stand. Whole lines where possible. `cost` counts tokens; it is asked for short texts only, however
// long `text` is.
Excerpt excerpt(std::string_view text, std::size_t budget, const std::function<std::size_t(std::string_view)>& cost);

// No fewer tokens than a usual tokenizer makes of `text`.
std::size_t most_tokens(std::string_view text);

// A turn as one text. Without `piped`, that is the turn's own.
std::string joined(std::string_view piped, std::string_view text);

// The same for a back end that cannot count tokens: piped text is shortened after the estimate of most_tokens().
std::string turn_text(const Turn& turn);

// Whether turn_text() leaves something out of one of the turns.
bool shortens(const Prompt& prompt);

}  // namespace caro::prompt
