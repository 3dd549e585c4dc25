// Turns the TOML text of one [[command]] block into a Spec.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "safety/knowledge_spec.hpp"

namespace caro::safety {

// Reads one block. What is wrong is told in `problems`, one line each, and left out of the result; nullptr if
// nothing can be used.
std::unique_ptr<Spec> read_block(std::string_view text, std::vector<std::string>& problems);

// One option in the notation of the data files: "-o --output = : write @gnu". False if it is wrong.
bool read_option(std::string_view text, Option& option, std::string& problem);

// One operand role: "read*", "host?", "code.sh", "command...". False if there is no such role.
bool read_role(std::string_view text, RoleUse& use);

}  // namespace caro::safety
