// What the words of a command say about it when the knowledge base does not: frobctl pool destroy, make db-drop,
// edrctl disable protection. Internal to safety.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "shell/script.hpp"

namespace caro::safety {

// The id of a rule, or "" if the words tell nothing. `name` is the program; give "" if only the words count.
std::string_view told_by_words(std::string_view name, const std::vector<shell::Word>& args);

// The same for the name of a task, which somebody else wrote: make NAME, npm run NAME.
std::string_view told_by_task(std::string_view task);

}  // namespace caro::safety
