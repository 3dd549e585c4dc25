// Whether messages are coloured.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace caro::cli {

// `when` is auto, always or never. auto: not if NO_COLOR is set, yes if FORCE_COLOR or
// CLICOLOR_FORCE is, else on a terminal that is not "dumb". `environment` gives a variable's value,
// nullopt if unset.
bool decide_color(std::string_view when, bool terminal,
                  const std::function<std::optional<std::string>(const char*)>& environment);

}  // namespace caro::cli
