// Undoes what hides names and texts in code of other languages: "sys"+"tem", getattr(os, "system"), chr(114)+chr(109),
// "metsys"[::-1], base64 in code, x["exec"](…), X.send(:m, …). Internal to safety.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "safety/inline_tokens.hpp"

namespace caro::safety {

// The text that the tokens from `from` to `to` (exclusive) stand for, if it is constant. `variable`: value of a name.
// `guessed`: it was made of the names and texts there by rules of thumb, as not all that is done with them is known.
std::optional<std::string> folded_text(const std::vector<CodeToken>& tokens, std::size_t from, std::size_t to, std::string_view language,
                                       const std::function<std::optional<std::string>(const std::string&)>& variable, bool* guessed = nullptr);

// Replaces what stands for a name by that name.
void fold_names(std::vector<CodeToken>& tokens, std::string_view language);

}  // namespace caro::safety
