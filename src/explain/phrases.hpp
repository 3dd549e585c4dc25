// Phrases for single commands, in the third person and lower case: "sorts the lines by number".
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "shell/script.hpp"

namespace caro::explain {

// A word as people write it: quoted where it holds spaces, unknown parts as "…".
std::string shown(const shell::Word& word);

// "a", "a and b", "a, b and c"; more than four become "a, b and 3 more".
std::string list(const std::vector<std::string>& items, std::string_view last = "and");

// Phrase for one command from the table of data/explain/commands.toml; nullopt if it or one of its options is not
// there.
std::optional<std::string> from_table(const shell::Command& command);

// Phrase for find; an outline of expressions that are too involved to be told in one line.
std::string for_find(const shell::Command& command);

// Phrases for sed, awk, xargs, sudo and other commands whose words are a language or another command. `piped`: it reads
// what another command prints.
std::optional<std::string> for_special(const shell::Command& command, bool piped);

// The phrase of a command by whichever of the above knows it, else "runs NAME".
std::string phrase(const shell::Command& command, bool piped);

}  // namespace caro::explain
