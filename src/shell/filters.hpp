// What harmless text tools print, for those whose output depends on nothing but their words and input.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "shell/script.hpp"

namespace caro::shell {

// Output of a command (name first, all words known), or nothing if it is not known. `input` is what it reads.
std::optional<std::string> output_of(const std::vector<Word>& words, const std::optional<std::string>& input);

// Text with the backslash escapes of echo -e and printf replaced.
std::string unescaped(std::string_view text);

// The bytes that base64 digits stand for.
std::string decoded_base64(std::string_view text);

// True if the name matches the shell pattern: *, ?, [set].
bool matches(std::string_view pattern, std::string_view text);

}  // namespace caro::shell
