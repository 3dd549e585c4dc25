// --help, made from the tables.
#include "cli/render.hpp"
#include "cli/text_wrap.hpp"
#include "config/settings.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>

namespace caro::cli {

namespace {

constexpr std::size_t k_columns = 80;
constexpr std::size_t k_option_column = 26;
constexpr std::size_t k_action_column = 20;

// "  -s, --shell SHELL"
std::string option_head(const OptionRow& row) {
    std::string head = row.short_name == '\0' ? "      " : fmt::format("  -{}, ", row.short_name);
    head += fmt::format("--{}", row.name);
    if (!row.argument.empty()) {
        head += fmt::format(" {}", row.argument);
    }
    return head;
}

std::string entry(std::string_view head, std::string_view text, std::size_t column) {
    std::string lead(head);
    if (lead.size() + 2 > column) {
        lead += "\n" + std::string(column, ' ');
    } else {
        lead.resize(column, ' ');
    }
    return lead + wrapped(text, k_columns - column, std::string(column, ' ')) + "\n";
}

std::string option_lines(const OptionRow& row) {
    return entry(option_head(row), option_help(row), k_option_column);
}

std::string options_of(Group group, unsigned commands) {
    std::string text;
    for (const auto& row : options()) {
        if (row.group == group && (row.commands & commands) != 0) {
            text += option_lines(row);
        }
    }
    return text;
}

std::string command_head(const CommandRow& row) {
    return fmt::format("caro {}{}{}", row.name, row.usage.empty() ? "" : " ", row.usage);
}

}  // namespace

std::string option_help(const OptionRow& row) {
    std::string text(row.help);
    if (row.setting.empty() || row.argument.empty()) {
        return text;
    }
    std::string list;
    for (const auto word : words_of(row)) {
        list += (list.empty() ? "" : "|") + std::string(word);
    }
    const auto& setting = config::k_settings[config::find_row(row.setting)];
    if (!list.empty()) {
        text += ": " + list;
    }
    if (!setting.fallback.empty()) {
        text += fmt::format(" (default {})", setting.fallback);
    }
    return text;
}

std::string help_text() {
    std::string text = "caro turns plain words into a shell command, on your own machine.\n\n";
    text += "Usage: caro [OPTION]... REQUEST...\n       caro COMMAND [OPTION]...\n\nExamples:\n";
    for (const auto& example : examples()) {
        text += fmt::format("  {}\n", example.line) + entry("", example.meaning, 6);
    }
    text += "\nCommands:\n";
    for (const auto& row : commands()) {
        text += entry(fmt::format("  {}", row.name), row.summary, 16);
    }
    for (const auto group : k_groups) {
        text += fmt::format("\n{}:\n", title(group)) + options_of(group, k_every_command);
    }
    text +=
        "\n" +
        wrapped(
            "Options may stand anywhere, also after the request. A line is taken as a command only "
            "if "
            "all of it fits that command; '--' before the words makes them a request. Only the "
            "command goes to standard output. Settings are kept with 'caro config set' or in CARO_ "
            "variables; 'caro manual' has it all, with the exit statuses.",
            k_columns, "") +
        "\n";
    return text;
}

std::string help_text(const CommandRow& command) {
    std::string text = wrapped(fmt::format("{}.", command.summary), k_columns, "") + "\n\n";
    text += fmt::format("Usage: {}\n", command_head(command));
    if (!command.details.empty()) {
        text += "\n" + wrapped(command.details, k_columns, "") + "\n";
    }
    if (command.id == Command::models) {
        text += "\nActions:\n";
        for (const auto& row : models_actions()) {
            text += entry(fmt::format("  {} {}", row.name, row.usage), row.summary, k_action_column);
        }
    }
    text += "\nOptions:\n";
    for (const auto group : k_groups) {
        text += options_of(group, bit(command.id));
    }
    return text;
}

}  // namespace caro::cli
