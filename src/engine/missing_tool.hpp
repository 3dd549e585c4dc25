// A command needs its programs.
#pragma once

#include <string>
#include <string_view>

#include "context/context.hpp"

namespace caro::engine {

struct MissingTool {
    std::string name;    // "" if all are there
    bool asked = false;  // the request asks for it by name
};

// The first program that `command` would start and that is not on PATH. Builtins and functions of the shell count as there, and
// nothing is missed for PowerShell or fish. Pure but for looking at PATH.
MissingTool missing_tool(std::string_view command, std::string_view request, const context::Context& context);

}  // namespace caro::engine
