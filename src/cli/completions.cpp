#include "cli/completions_internal.hpp"
#include "cli/render.hpp"
#include "config/settings.hpp"
#include "models/catalogue.hpp"
#include "util/strings.hpp"

#include <fmt/core.h>

namespace caro::cli {

std::string option_names(std::string_view separator,
                         const std::function<bool(const OptionRow&)>& condition) {
    std::string names;
    const auto add = [&](const std::string& name) {
        names += (names.empty() ? "" : std::string(separator)) + name;
    };
    for (const auto& row : options()) {
        if (!condition(row)) {
            continue;
        }
        if (row.short_name != '\0') {
            add(fmt::format("-{}", row.short_name));
        }
        add(fmt::format("--{}", row.name));
    }
    return names;
}

std::string setting_keys() {
    std::vector<std::string_view> keys;
    for (const auto& row : config::k_settings) {
        keys.push_back(row.key);
    }
    return spaced(keys);
}

std::string setting_words(std::string_view key) {
    const auto& row = config::k_settings[config::find_row(key)];
    return row.type == config::Type::boolean ? "true false" : spaced(row.allowed);
}

std::string single_quoted(std::string_view text) {
    return "'" + replace_all(text, "'", "'\\''") + "'";
}

std::string command_names() {
    std::vector<std::string_view> names;
    for (const auto& row : commands()) {
        names.push_back(row.name);
    }
    return spaced(names);
}

std::string models_action_names() {
    std::vector<std::string_view> names;
    for (const auto& row : models_actions()) {
        names.push_back(row.name);
    }
    return spaced(names);
}

std::string models_action_names_with_model(std::string_view separator) {
    std::vector<std::string> names;
    for (const auto& row : models_actions()) {
        if (row.takes_model) {
            names.emplace_back(row.name);
        }
    }
    return join(names, separator);
}

std::string model_names() {
    std::vector<std::string> names;
    for (const auto& entry : models::catalogue().value_or(std::vector<models::CatalogueEntry>{})) {
        names.push_back(entry.name);
    }
    return join(names, " ");
}

Result<std::string> completions(std::string_view shell) {
    if (shell == "bash") {
        return bash_completions();
    }
    if (shell == "zsh") {
        return zsh_completions();
    }
    if (shell == "fish") {
        return fish_completions();
    }
    const auto shells = split(k_completion_shells, ' ');
    const std::string near = nearest(shell, shells);
    return fail(
        ErrorCode::usage,
        fmt::format("there are no completions for '{}', only for bash, zsh and fish", shell),
        near.empty()
            ? fmt::format("If this is a request, put -- before it: caro -- completions {}", shell)
            : fmt::format("Did you mean '{}'?", near));
}

}  // namespace caro::cli
