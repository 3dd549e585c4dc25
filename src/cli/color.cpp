#include "cli/color.hpp"

namespace caro::cli {

bool decide_color(std::string_view when, bool terminal,
                  const std::function<std::optional<std::string>(const char*)>& environment) {
    if (when != "auto") {
        return when == "always";
    }
    const auto set = [&](const char* name) {
        const auto value = environment(name);
        return value && !value->empty();
    };
    const auto forced = [&](const char* name) { return set(name) && *environment(name) != "0"; };
    if (set("NO_COLOR")) {
        return false;
    }
    if (forced("FORCE_COLOR") || forced("CLICOLOR_FORCE")) {
        return true;
    }
    return terminal && environment("TERM").value_or("") != "dumb";
}

}  // namespace caro::cli
