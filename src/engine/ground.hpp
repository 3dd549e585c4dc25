// Holding a model's command to what the user said: small models put a slash before a relative path, drop the folder of a
// file, search all of / unasked, or decorate a list with `-exec ls`. Such slips can be told from the request alone.
#pragma once

#include <string>
#include <string_view>

#include "shell/script.hpp"

namespace caro::engine {

// `command` with paths as `request` has them and without additions that nobody asked for. What cannot be told for
// certain stays as it is; a command that does not parse is returned unchanged. Pure.
std::string ground(std::string_view request, std::string_view command, const shell::Environment& environment);

}  // namespace caro::engine
