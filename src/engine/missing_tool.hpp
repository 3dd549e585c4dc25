// A command needs its programs.
#pragma once

#include <string>
#include <string_view>

#include "context/context.hpp"

namespace caro::engine {

// The first program that `command` would start and that is not on PATH; "" if there is none, if the request asks for it by name,
// or if the command is for another kind of shell. Builtins and functions of the shell count as there. Pure but for looking at PATH.
std::string missing_tool(std::string_view command, std::string_view request, const context::Context& context);

}  // namespace caro::engine
