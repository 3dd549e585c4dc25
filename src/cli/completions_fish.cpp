#include "cli/completions_internal.hpp"
#include "config/settings.hpp"
#include "util/strings.hpp"

#include <fmt/core.h>

namespace caro::cli {

namespace {

std::string quoted(std::string_view text) {
    return "'" + replace_all(replace_all(text, "\\", "\\\\"), "'", "\\'") + "'";
}

// Commands that take an option, or those that do not.
std::string takers(const OptionRow& row, bool taking) {
    std::vector<std::string_view> names;
    for (const auto& command : commands()) {
        if (command.id != Command::ask && ((row.commands & bit(command.id)) != 0) == taking) {
            names.push_back(command.name);
        }
    }
    return spaced(names);
}

// Offered where the line so far is of a command that takes it.
std::string condition(const OptionRow& row) {
    if ((row.commands & bit(Command::ask)) == 0) {
        return fmt::format(" -n '__fish_seen_subcommand_from {}'", takers(row, true));
    }
    const std::string others = takers(row, false);
    return others.empty() ? "" : fmt::format(" -n 'not __fish_seen_subcommand_from {}'", others);
}

std::string option_line(const OptionRow& row) {
    std::string line = "complete -c caro" + condition(row);
    if (row.short_name != '\0') {
        line += fmt::format(" -s {}", row.short_name);
    }
    line += fmt::format(" -l {}", row.name);
    if (!row.argument.empty()) {
        const std::string words = spaced(words_of(row));
        line += words.empty() ? " -r" : fmt::format(" -x -a '{}'", words);
    }
    return line + fmt::format(" -d {}\n", quoted(row.help));
}

}  // namespace

std::string fish_completions() {
    const std::string config = "__fish_seen_subcommand_from config";
    const std::string actions = spaced(config_actions());
    std::string text = "# fish completion for caro; made by: caro completions fish\n";
    text += "complete -c caro -n __fish_use_subcommand -f\n";
    for (const auto& row : commands()) {
        text += fmt::format("complete -c caro -n __fish_use_subcommand -f -a {} -d {}\n", row.name,
                            quoted(row.summary));
    }
    for (const auto& row : options()) {
        text += option_line(row);
    }
    text +=
        fmt::format("complete -c caro -n '{}; and not __fish_seen_subcommand_from {}' -f -a '{}'\n",
                    config, actions, actions);
    const std::string models = "__fish_seen_subcommand_from models";
    for (const auto& row : models_actions()) {
        text += fmt::format("complete -c caro -n '{}; and not __fish_seen_subcommand_from {}' -f -a {} -d {}\n", models,
                            models_action_names(), row.name, quoted(row.summary));
    }
    text += fmt::format("complete -c caro -n '{}; and __fish_seen_subcommand_from {}' -a '{}'\n", models,
                        models_action_names_with_model(" "), model_names());
    for (const auto& row : config::k_settings) {
        text += fmt::format(
            "complete -c caro -n '{}; and __fish_seen_subcommand_from get set unset' -f -a {} -d "
            "{}\n",
            config, row.key, quoted(row.doc));
        if (const std::string words = setting_words(row.key); !words.empty()) {
            text += fmt::format(
                "complete -c caro -n '{}; and __fish_seen_subcommand_from {}' -f -a '{}'\n", config,
                row.key, words);
        }
    }
    text +=
        fmt::format("complete -c caro -n '__fish_seen_subcommand_from completions' -f -a '{}'\n",
                    k_completion_shells);
    return text + fmt::format("complete -c caro -n '__fish_seen_subcommand_from help' -f -a '{}'\n",
                              command_names());
}

}  // namespace caro::cli
