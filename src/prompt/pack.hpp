// The constant part of a prompt: rules and worked examples of one family of shells, read from
// data/.
#pragma once

#include "context/context.hpp"
#include "prompt/prompt.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace caro::prompt {

// Rules and examples for one family of shells.
struct Pack {
    std::string rules;           // the system text
    std::vector<Turn> examples;  // user and assistant by turns
};

// "posix" (bash, zsh, sh, dash), "fish" or "powershell": the stem of the files in data/prompts and
// data/examples.
std::string_view family_of(context::Shell shell) noexcept;

// Makes a pack of the text of a rules file and of an examples file, one JSON object {"ask",
// "command"} per line. ErrorCode::config, naming the line, if an example is not of that form.
Result<Pack> parse_pack(std::string_view rules, std::string_view examples);

// The embedded pack of a family. Read once, then kept; safe to call from any thread. An unknown
// family has an empty pack.
const Pack& pack_of(std::string_view family);

}  // namespace caro::prompt
