#include "cli/options.hpp"

#include "config/settings.hpp"

#include <algorithm>

namespace caro::cli {

namespace {

constexpr unsigned k_asking = bit(Command::ask);
constexpr unsigned k_judging = bit(Command::ask) | bit(Command::check) | bit(Command::hook);
constexpr unsigned k_engine =
    bit(Command::ask) | bit(Command::backends) | bit(Command::bench) | bit(Command::doctor) | bit(Command::models);
constexpr unsigned k_answering = k_asking | bit(Command::check) | bit(Command::backends) | bit(Command::bench) |
                                 bit(Command::doctor) | bit(Command::config) | bit(Command::models);
constexpr unsigned k_changing = k_asking | bit(Command::models);

constexpr std::array k_options = {
    OptionRow{.name = "shell",
              .short_name = 's',
              .argument = "SHELL",
              .help = "Shell to write the command for",
              .group = Group::answer,
              .commands = k_judging | bit(Command::doctor),
              .setting = "shell"},
    OptionRow{.name = "backend",
              .short_name = 'b',
              .argument = "NAME",
              .help = "Back end that answers; 'caro backends' lists them",
              .group = Group::answer,
              .commands = k_engine,
              .setting = "backend",
              .suggestions = {"auto", "embedded", "ollama", "vllm"}},
    OptionRow{.name = "model",
              .short_name = 'm',
              .argument = "MODEL",
              .help = "Model name or GGUF file",
              .group = Group::answer,
              .commands = k_engine,
              .setting = "model",
              .takes_file = true},
    OptionRow{.name = "safety",
              .argument = "LEVEL",
              .help = "How strictly commands are guarded",
              .group = Group::answer,
              .commands = k_judging,
              .setting = "safety"},
    OptionRow{.name = "alternatives",
              .short_name = 'a',
              .argument = "N",
              .help = "Give up to N other commands as well (1 to 5), one a line",
              .group = Group::answer,
              .commands = k_asking},

    OptionRow{.name = "execute",
              .short_name = 'x',
              .help = "Run the command, after asking; with -y at once, where the safety level lets it",
              .group = Group::run,
              .commands = k_asking},
    OptionRow{.name = "yes",
              .short_name = 'y',
              .help = "Answer yes where the safety level lets you; with models, ask nothing",
              .group = Group::run,
              .commands = k_changing},
    OptionRow{.name = "interactive",
              .short_name = 'i',
              .help = "Offer to run, edit or vary the command",
              .group = Group::run,
              .commands = k_asking},
    OptionRow{.name = "dry-run",
              .short_name = 'n',
              .help = "Never run anything, whatever else is given; with models, change nothing",
              .group = Group::run,
              .commands = k_changing},
    OptionRow{.name = "no-input",
              .help = "Ask no questions and leave standard input alone",
              .group = Group::run,
              .commands = k_changing},

    OptionRow{.name = "output",
              .short_name = 'o',
              .argument = "FORM",
              .help = "Form of the answer",
              .group = Group::output,
              .commands = k_answering,
              .setting = "output"},
    OptionRow{.name = "json",
              .help = "The same as --output json",
              .group = Group::output,
              .commands = k_answering,
              .setting = "output",
              .implied = "json"},
    OptionRow{.name = "verbose",
              .short_name = 'v',
              .help = "Tell more about what happens",
              .group = Group::output},
    OptionRow{.name = "quiet",
              .short_name = 'q',
              .help = "Print the command and errors only",
              .group = Group::output},
    OptionRow{.name = "color",
              .argument = "WHEN",
              .help = "Colour in messages",
              .group = Group::output,
              .setting = "color"},
    OptionRow{.name = "no-color",
              .help = "The same as --color never",
              .group = Group::output,
              .setting = "color",
              .implied = "never"},

    OptionRow{.name = "explain",
              .help = "Underline what each finding is about",
              .group = Group::check,
              .commands = bit(Command::check)},
    OptionRow{.name = "batch",
              .help = "Read JSON lines {\"command\": ...} and write one verdict for each",
              .group = Group::check,
              .commands = bit(Command::check)},

    OptionRow{.name = "updates",
              .help = "With list: ask the hub whether there is something newer; changes nothing",
              .group = Group::models,
              .commands = bit(Command::models)},
    OptionRow{.name = "quantize",
              .argument = "TYPE",
              .help = "With import: make the weights F32, F16, BF16, Q8_0 or Q4_K_M; otherwise they stay as they are",
              .group = Group::models,
              .commands = bit(Command::models)},
    OptionRow{.name = "name",
              .argument = "NAME",
              .help = "With import: what to call the model; otherwise as the folder",
              .group = Group::models,
              .commands = bit(Command::models)},
    OptionRow{.name = "max-size",
              .argument = "SIZE",
              .help = "With prune: keep at most this much, such as 5GB",
              .group = Group::models,
              .commands = bit(Command::models),
              .setting = "models.max_size"},

    OptionRow{.name = "concurrency",
              .argument = "N",
              .help = "Requests that are under way at once (1 to 256)",
              .group = Group::bench,
              .commands = bit(Command::bench)},
    OptionRow{.name = "requests",
              .argument = "N",
              .help = "Requests in all; otherwise four times the concurrency",
              .group = Group::bench,
              .commands = bit(Command::bench)},

    OptionRow{.name = "config",
              .short_name = 'c',
              .argument = "FILE",
              .help = "Read this file instead of your configuration file",
              .takes_file = true},
    OptionRow{.name = "help", .short_name = 'h', .help = "Show help, also of a single command"},
    OptionRow{.name = "version", .short_name = 'V', .help = "Show version and build features"},
};

constexpr std::array<std::string_view, 5> k_config_actions = {"show", "get", "set", "unset",
                                                              "path"};

using Operands = std::span<const std::string>;

bool none(Operands operands) {
    return operands.empty();
}
bool at_most_one(Operands operands) {
    return operands.size() <= 1;
}
bool exactly_one(Operands operands) {
    return operands.size() == 1;
}
bool any(Operands) {
    return true;
}

bool fits_config(Operands operands) {
    if (operands.empty()) {
        return true;
    }
    const std::string& action = operands.front();
    const std::size_t rest = operands.size() - 1;
    return (action == "show" && rest == 0) || (action == "path" && rest == 0) ||
           (action == "get" && rest == 1) || (action == "unset" && rest == 1) ||
           (action == "set" && rest == 2);
}

// For a shell whose name is given; without one, for an agent.
bool fits_hook(Operands operands) {
    return operands.empty() || (operands.size() == 1 && (operands[0] == "bash" || operands[0] == "zsh"));
}

bool fits_help(Operands operands) {
    return operands.empty() || (operands.size() == 1 && find_command(operands.front()) != nullptr);
}

constexpr std::array k_commands = {
    CommandRow{Command::ask, "ask", "REQUEST...",
               "Answer a request; the word 'ask' is only needed in scripts",
               "The words are joined by spaces. Without words, or with a single '-', the request "
               "is read from "
               "standard input. With words, piped input is context for them.",
               any},
    CommandRow{Command::config, "config", "[show | get KEY | set KEY VALUE | unset KEY | path]",
               "Show or change settings",
               "show lists every setting with its value and where that comes from. set and unset "
               "change your own "
               "file and keep its comments and order. path lists the files that are looked for.",
               fits_config},
    CommandRow{Command::backends, "backends", "",
               "List the back ends of this build and whether they work",
               "No model is loaded; servers are asked for a moment at most.", none},
    CommandRow{Command::bench, "bench", "", "Measure how fast a back end answers, also many at once",
               "Asks the back end that -b names, or the one a request would go to, and tells the time to "
               "the first token and to the whole answer. Nothing is run. Exit status 1 if a request failed.",
               none},
    CommandRow{Command::check, "check", "[COMMAND]", "Judge a shell command without running it",
               "The command is one argument, or read from standard input. The exit status tells "
               "the risk: 0 safe, "
               "10 moderate, 11 high, 12 critical.",
               at_most_one},
    CommandRow{Command::hook, "hook", "[bash | zsh]", "Guard an AI agent or an interactive shell",
               "Without an operand: judges the command in an agent's event on standard input (PreToolUse and "
               "similar) and answers allow, ask or deny; what cannot be judged is blocked with status 2. With "
               "the name of a shell: prints code that asks before a dangerous line runs.",
               fits_hook},
    CommandRow{Command::doctor, "doctor", "", "Tell what works here and how to mend what does not",
               "Looks at configuration, model, engine, memory, cache, shell, back ends and "
               "terminal. Exit status 1 "
               "if something that is needed does not work.",
               none},
    CommandRow{Command::models, "models", "[ACTION [MODEL]]", "Get, choose, check and remove models",
               "Without an action: list. A MODEL is a name of the list, owner/name[:Q4_K_M] or "
               "owner/name/file.gguf of the Hugging Face hub, an address there, or a GGUF file; none is the "
               "model in use. Nothing is downloaded or removed without a question, --yes or a setting.",
               fits_models},
    CommandRow{Command::completions, "completions", "SHELL",
               "Print completions for bash, zsh or fish",
               "bash: put the output in ~/.local/share/bash-completion/completions/caro. zsh: in a "
               "file _caro in a "
               "folder of $fpath. fish: in ~/.config/fish/completions/caro.fish.",
               exactly_one},
    CommandRow{Command::manual, "manual", "", "Print the manual page",
               "The page is in man(7) form: caro manual | man -l -", none},
    CommandRow{Command::help, "help", "[COMMAND]", "Show help, also of a single command", "",
               fits_help},
};

constexpr std::array k_examples = {
    Example{"caro find the ten biggest files here",
            "print a command; on a terminal, offer to run it"},
    Example{"caro \"what's using port 80?\"", "quote what the shell would take for itself"},
    Example{"caro -x -y show my disk usage", "run it; without -y caro asks first"},
    Example{"cat err.log | caro \"why, and what do I run\"", "piped input is context"},
    Example{"caro -o json list all pdf files", "an answer for scripts"},
    Example{"caro -- config files in /etc", "-- makes the rest a request, whatever it looks like"},
    Example{"caro check 'rm -rf ~/old'", "judge a command of your own"},
    Example{"caro config set shell zsh", "keep a setting"},
    Example{"caro models pull", "fetch the default model"},
};

}  // namespace

std::span<const OptionRow> options() {
    return k_options;
}
std::span<const CommandRow> commands() {
    return k_commands;
}
std::span<const Example> examples() {
    return k_examples;
}
std::span<const std::string_view> config_actions() {
    return k_config_actions;
}

const CommandRow& command_row(Command command) {
    return *std::find_if(k_commands.begin(), k_commands.end(),
                         [&](const auto& row) { return row.id == command; });
}

const CommandRow* find_command(std::string_view name) {
    const auto* found = std::find_if(k_commands.begin(), k_commands.end(),
                                     [&](const auto& row) { return row.name == name; });
    return found == k_commands.end() ? nullptr : &*found;
}

const OptionRow* find_option(std::string_view name) {
    const auto* found = std::find_if(k_options.begin(), k_options.end(),
                                     [&](const auto& row) { return row.name == name; });
    return found == k_options.end() ? nullptr : &*found;
}

std::string_view title(Group group) noexcept {
    switch (group) {
        case Group::answer:
            return "What to answer";
        case Group::run:
            return "Running it";
        case Group::output:
            return "Output";
        case Group::check:
            return "With caro check";
        case Group::models:
            return "With caro models";
        case Group::bench:
            return "With caro bench";
        case Group::general:
            return "General";
    }
    return "";
}

std::vector<std::string_view> words_of(const OptionRow& row) {
    std::vector<std::string_view> words;
    if (row.argument.empty()) {
        return words;
    }
    const auto add = [&](std::string_view word) {
        if (!word.empty()) {
            words.push_back(word);
        }
    };
    const std::size_t index = config::find_row(row.setting);
    if (index < config::k_settings.size()) {
        std::for_each(config::k_settings[index].allowed.begin(),
                      config::k_settings[index].allowed.end(), add);
    }
    if (words.empty()) {
        std::for_each(row.suggestions.begin(), row.suggestions.end(), add);
    }
    return words;
}

}  // namespace caro::cli
