// One function per shell; the scripts are self-contained and start nothing.
#pragma once

#include "cli/options.hpp"

#include <functional>
#include <string>
#include <string_view>

namespace caro::cli {

std::string bash_completions();
std::string zsh_completions();
std::string fish_completions();

// Names of the options, short and long with dashes, that satisfy the condition, separated by
// `separator`.
std::string option_names(std::string_view separator,
                         const std::function<bool(const OptionRow&)>& condition);

// Keys of the settings, separated by spaces.
std::string setting_keys();

// Words that the value of a setting may be, separated by spaces; "" if it may be anything.
std::string setting_words(std::string_view key);

// Words of any string_view container, separated by spaces.
template <class Words>
std::string spaced(const Words& words) {
    std::string text;
    for (const std::string_view word : words) {
        if (!word.empty()) {
            text += (text.empty() ? "" : " ") + std::string(word);
        }
    }
    return text;
}

// `text` inside a single-quoted word of a POSIX-like shell.
std::string single_quoted(std::string_view text);

std::string command_names();

// Actions of `caro models`, and those that take a model, separated by `separator`.
std::string models_action_names();
std::string models_action_names_with_model(std::string_view separator);

// Names of the catalogue.
std::string model_names();

inline constexpr std::string_view k_completion_shells = "bash zsh fish";

}  // namespace caro::cli
