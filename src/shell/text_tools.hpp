// Text tools that turn known input into known output: head, tail, fold, sort, od, sed, simple awk and the like. Internal to shell.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "shell/script.hpp"

namespace caro::shell {

// What a tool makes of its input, or nothing if that is not known. `words`: its name and options, without files.
std::optional<std::string> tool_output(const std::string& name, const std::vector<Word>& words, const std::string& input);

// sed with substitutions (of texts and simple patterns), y, d, p and q.
std::optional<std::string> edited_lines(const std::vector<Word>& words, const std::string& input);

// printf FORMAT ARGUMENTS
std::optional<std::string> printed_format(const std::vector<Word>& words);

}  // namespace caro::shell
