#include "cli/dispatch.hpp"

#include "util/strings.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <span>

namespace caro::cli {

namespace {

using Words = std::span<const std::string>;

std::string joined(Words words) {
    std::string text;
    for (const auto& word : words) {
        text += (text.empty() ? "" : " ") + word;
    }
    return text;
}

// First operands of a command; none if it has no actions.
std::vector<std::string_view> actions_of(Command command) {
    std::vector<std::string_view> names;
    if (command == Command::config) {
        names.assign(config_actions().begin(), config_actions().end());
    } else if (command == Command::models) {
        for (const auto& row : models_actions()) {
            names.push_back(row.name);
        }
    }
    return names;
}

// The command whose name was perhaps meant by `word`; nullptr if none is near. 'ask' is too near to too much.
const CommandRow* near_command(const std::string& word) {
    std::vector<std::string_view> names;
    for (const auto& row : commands()) {
        if (row.id != Command::ask) {
            names.push_back(row.name);
        }
    }
    return word.size() > 3 ? find_command(nearest(word, names)) : nullptr;
}

// For a line whose first word is no command.
std::string thought_on_name(Words words) {
    const CommandRow* near = near_command(words[0]);
    if (near == nullptr || words.size() > 3) {
        return "";
    }
    const Words rest = words.subspan(1);
    if (near->fits(rest)) {
        return fmt::format("taken as a request; did you mean 'caro {}{}'?", near->name,
                           rest.empty() ? "" : " " + joined(rest));
    }
    return rest.empty() ? fmt::format("taken as a request; did you mean 'caro {} {}'?", near->name, near->usage) : "";
}

// A line that is a request by the rules but looks like a mistyped command. Only short lines do.
std::string second_thought(Words words) {
    const CommandRow* row = find_command(words[0]);
    if (row == nullptr) {
        return thought_on_name(words);
    }
    if (words.size() == 1) {
        return fmt::format("taken as a request; did you mean 'caro {} {}'?", row->name, row->usage);
    }
    if (row->id == Command::help && words.size() == 2) {
        const CommandRow* near = near_command(words[1]);
        return near == nullptr ? "" : fmt::format("taken as a request; did you mean 'caro help {}'?", near->name);
    }
    if (words.size() > 4) {
        return "";
    }
    const std::string near = nearest(words[1], actions_of(row->id));
    std::vector<std::string> operands(words.begin() + 1, words.end());
    operands[0] = near;
    if (!near.empty() && row->fits(operands)) {
        return fmt::format("taken as a request; did you mean 'caro {} {}'?", words[0], joined(operands));
    }
    return "";
}

}  // namespace

Choice choose(const ParsedLine& line) {
    Choice choice;
    const Words words = line.words;
    const bool forced = line.mark && *line.mark == 0;
    if (forced || words.empty()) {
        choice.request = joined(words);
        return choice;
    }
    const CommandRow* row = find_command(words.front());
    if (row != nullptr && row->id == Command::ask) {
        choice.request = joined(words.subspan(1));
        return choice;
    }
    if (row != nullptr && row->fits(words.subspan(1))) {
        choice.command = row->id;
        choice.operands.assign(words.begin() + 1, words.end());
        return choice;
    }
    choice.request = joined(words);
    choice.note = second_thought(words);
    return choice;
}

Result<> check_options(const ParsedLine& line, const Choice& choice) {
    for (const auto& use : line.options) {
        if ((use.row->commands & bit(choice.command)) == 0) {
            const CommandRow& row = command_row(choice.command);
            if (choice.command == Command::ask) {
                return fail(ErrorCode::usage, fmt::format("a request takes no {}", use.spelled),
                            "caro --help lists what belongs where");
            }
            return fail(ErrorCode::usage, fmt::format("caro {} takes no {}", row.name, use.spelled),
                        fmt::format("If this is a request, put -- before it: caro {} -- {}",
                                    use.spelled, row.name));
        }
    }
    return {};
}

}  // namespace caro::cli
