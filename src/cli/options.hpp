// The one table of options and the one table of commands. Parser, help, completions, manual page
// and docs/cli.md are made from them.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace caro::cli {

enum class Command : std::uint8_t {
    ask,
    config,
    backends,
    bench,
    check,
    hook,
    doctor,
    models,
    completions,
    manual,
    help
};

constexpr unsigned bit(Command command) {
    return 1U << static_cast<unsigned>(command);
}
inline constexpr unsigned k_every_command = ~0U;

enum class Group : std::uint8_t { answer, run, output, check, models, bench, general };

// All of them, in the order of help.
inline constexpr std::array k_groups = {Group::answer, Group::run,   Group::output, Group::check,
                                        Group::models, Group::bench, Group::general};

struct OptionRow {
    std::string_view name;           // long name without dashes
    char short_name = '\0';          // '\0': none
    std::string_view argument = {};  // "SHELL"; "" for a flag
    std::string_view help = {};      // one sentence without full stop
    Group group = Group::general;
    unsigned commands = k_every_command;
    std::string_view setting = {};  // the setting it gives a value to; its allowed words hold
    std::string_view implied = {};  // what a flag gives to that setting
    std::array<std::string_view, 4> suggestions =
        {};                   // for completion, where a setting allows any text
    bool takes_file = false;  // for completion
};

struct CommandRow {
    Command id;
    std::string_view name;
    std::string_view usage;    // operands: "SHELL"
    std::string_view summary;  // one sentence without full stop
    std::string_view details;  // some sentences for its own help and the manual
    // True if these operands make a whole line of the command; else the line is a request.
    bool (*fits)(std::span<const std::string> operands);
};

// What a command with actions (`caro models pull`) can be told to do.
struct ActionRow {
    std::string_view name;
    std::string_view usage;    // operands: "[MODEL]"
    std::string_view summary;  // one sentence without full stop
    std::size_t least = 0;     // operands behind the action's name
    std::size_t most = 0;
    bool takes_model = false;  // the operands name models; for completion
};

struct Example {
    std::string_view line;
    std::string_view meaning;
};

std::span<const OptionRow> options();
std::span<const CommandRow> commands();
std::span<const Example> examples();

const CommandRow& command_row(Command command);
const CommandRow* find_command(std::string_view name);  // nullptr if there is none
const OptionRow* find_option(std::string_view name);    // by long name; nullptr if there is none

std::string_view title(Group group) noexcept;

// Words that an option's value may be (from its setting), else its suggestions; empty: anything.
std::vector<std::string_view> words_of(const OptionRow& row);

// First operands of `caro config`.
std::span<const std::string_view> config_actions();

// First operands of `caro models`; without one it lists.
std::span<const ActionRow> models_actions();
const ActionRow* find_models_action(std::string_view name);  // nullptr if there is none

// True if these operands make a whole line of `caro models`: a known action with as many operands as it takes.
bool fits_models(std::span<const std::string> operands);

}  // namespace caro::cli
