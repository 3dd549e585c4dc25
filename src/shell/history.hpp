// History expansion: !!, !$, ^old^new.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace caro::shell {

// The lines as an interactive shell would read them, each with the one before it as history; nothing if that is the
// same as what is written.
std::optional<std::string> with_history(std::string_view source);

}  // namespace caro::shell
