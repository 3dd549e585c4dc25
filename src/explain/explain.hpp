// What a command does, in one line of plain English, from its syntax and from data/explain. No model is asked, so nothing
// is made up: what is not known for certain is left general ("Runs sort").
#pragma once

#include <string>
#include <string_view>

#include "shell/script.hpp"

namespace caro::explain {

// One line without a full stop at its end, or "" if the text could not be read. Total and thread-safe.
std::string one_line(std::string_view command, const shell::Environment& environment);

}  // namespace caro::explain
