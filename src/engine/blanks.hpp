// Names with blanks in them, which a model writes without quotes or with an underscore.
#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace caro::engine {

// `command` with quotes around the names with blanks that `request` names: those it puts in quotes itself, and those for which
// `exists` (relative to where the command would run) says that there is such a file. Pure but for `exists`.
std::string quote_blanks(std::string_view request, std::string_view command, const std::function<bool(const std::string& path)>& exists);

}  // namespace caro::engine
