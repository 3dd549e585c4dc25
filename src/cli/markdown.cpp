// docs/cli.md, docs/config.md and docs/exit-codes.md, made from the tables.
#include "cli/exit_code.hpp"
#include "cli/render.hpp"
#include "cli/request.hpp"
#include "cli/text_wrap.hpp"
#include "config/config.hpp"
#include "prompt/piped.hpp"
#include "util/strings.hpp"

#include <fmt/core.h>

#include <array>

namespace caro::cli {

namespace {

constexpr std::string_view k_made =
    "<!-- Made from the tables in src/cli and src/config; do not edit. See "
    "tests/unit/cli/golden_test.cpp. -->\n\n";

// Text inside a table cell.
std::string cell(std::string_view text) {
    return replace_all(text, "|", "\\|");
}

std::string option_row(const OptionRow& row) {
    std::string names;
    if (row.short_name != '\0') {
        names = fmt::format("`-{}`, ", row.short_name);
    }
    names += fmt::format("`--{}{}{}`", row.name, row.argument.empty() ? "" : " ", row.argument);
    std::string setting;
    if (!row.setting.empty()) {
        setting = fmt::format("`{}`", row.setting);
    }
    return fmt::format("| {} | {} | {} |\n", names, cell(option_help(row)), setting);
}

constexpr std::string_view k_requests = R"(## Request or command

The words of a request are joined by spaces. Options may stand anywhere before `--`, also after the request.

1. `--` before the first word, or the first word `ask`, makes the line a request.
2. If the first word names a command and the words after it make a whole line of that command, it is that command.
3. Anything else is a request.

Only the number of the words counts (for `config` and `models` also the action), never what is installed here, so a
line means the same everywhere: `caro check disk space` is a request, because `check` takes one operand; `caro check disk` judges the
command `disk`, and `caro check "$cmd"` in a script always judges. `caro -- check disk` asks. Behind the first word
`--` only ends the options: `caro check -- "$cmd"`.

An option that caro does not know is an error, never a part of the request, so that a mistyped `--dry-run` cannot run
anything: write `caro -- explain ls -la`, or quote it. Numbers such as `-5` are words. An option that the command does
not take is an error too.

)";

constexpr std::string_view k_input = R"(## Standard input

| Standard input is | With words | Without words, or with a single `-` |
| --- | --- | --- |
| a terminal | is left alone | an error; with `-`, read until Ctrl-D |
| a pipe or a file with text | context: its first and its last @CONTEXT@ kB | the request, at most @REQUEST@ bytes |
| empty, closed or `/dev/null` | no context | an error: there is no request |
| a pipe that stays open and silent | left out after 3 s, or 60 s where messages go to a terminal, with a warning | an error after that time; with `-`, waited for |
| a file that has been read from already | left alone | an error: there is no request |
| not text (it holds zero bytes, or a third of it shows as nothing) | left out, with a warning | an error |

The row before the last is what a shell's `while read` loop over a file looks like; caro leaves the loop its input, and it reads
a file without moving its position. In a loop over a *pipe* nobody can tell; there use `--no-input` or `</dev/null`. `ssh HOST caro …`
and many programs that start others give caro an open and silent pipe: `--no-input` saves the wait.

The model sees less of it: what @TOKENS@ tokens hold, or fewer where the request is long. Of a longer text that is the
beginning and, twice as much, the end, where errors stand; `-v` and `warnings` of `-o json` tell when something was left out. Piped
text never makes a request too long. Of a pipe that does not end, what came within a minute or a gigabyte is used.

)";

constexpr std::string_view k_menu = R"(## On a terminal

Where input, output and messages go to a terminal, caro shows the command while it is made, then its risk, what it does and
a menu. Where text is piped in, the menu is left out unless `-i` asks for it. `-q` leaves all but the command out; `-i` shows
the menu also where the output is caught.

| Key | |
| --- | --- |
| Enter | runs a command that only reads; says no to any other |
| `r` or `y` | runs it; one of high risk only after its risk was typed |
| `e` | edits it: in `$VISUAL` or `$EDITOR`, else in place with the keys of a shell; then it is judged again |
| `a` | shows up to three other commands to choose from |
| `c` | copies it: with wl-copy, xclip, xsel, pbcopy or tmux, else through the terminal (OSC 52), which works over ssh |
| `q`, `n`, Escape, Ctrl-D | says no |

What was typed before the menu stands there answers nothing.

)";

constexpr std::string_view k_errors = R"(## Errors

An error is one line on standard error that names the cause, and one with the remedy:

```
caro: error: /home/u/.config/caro/config.toml:3: there is no setting 'bakend'
  fix: Did you mean 'backend'?
```

With `-o json` (or `yaml`) it is a document on standard output instead, and standard error stays silent:

```json
{
  "error": {
    "code": "config",
    "message": "/home/u/.config/caro/config.toml:3: there is no setting 'bakend'",
    "hint": "Did you mean 'backend'?"
  },
  "exit_code": 18
}
```

`code` is one of the fixed words `usage`, `config`, `not_found`, `io`, `network`, `timeout`, `unauthorized`, `forbidden`,
`rate_limited`, `unavailable`, `bad_model`, `bad_output`, `unclear`, `checksum`, `blocked`, `declined`, `cancelled`,
`internal`. The exit statuses are in [exit-codes.md](exit-codes.md).

The first Ctrl-C (or SIGTERM) ends caro with status 130 (143) within a tenth of a second, whatever is going on; nothing is left
half-written. While caro runs a command, Ctrl-C goes to the command alone, and SIGTERM is passed on to it.
)";

}  // namespace

std::string cli_markdown() {
    std::string text = "# Command line\n\n" + std::string(k_made);
    text +=
        "```\ncaro [OPTION]... REQUEST...\ncaro COMMAND [OPTION]...\n```\n\n## Examples\n\n```sh\n";
    for (const auto& example : examples()) {
        text += fmt::format("{:<50} # {}\n", example.line, example.meaning);
    }
    text += "```\n\n" + std::string(k_requests) + "## Commands\n\n| Command | |\n| --- | --- |\n";
    for (const auto& row : commands()) {
        text += fmt::format("| `caro {}{}{}` | {}. {} |\n", row.name, row.usage.empty() ? "" : " ",
                            cell(row.usage), row.summary, cell(row.details));
    }
    text += "\n### Actions of caro models\n\nSee [models.md](models.md).\n\n| Action | |\n| --- | --- |\n";
    for (const auto& row : models_actions()) {
        text += fmt::format("| `{}{}{}` | {} |\n", row.name, row.usage.empty() ? "" : " ", row.usage, row.summary);
    }
    text +=
        "\n## Options\n\nThe third column names the setting an option overrides; see "
        "[config.md](config.md).\n";
    for (const auto group : k_groups) {
        text +=
            fmt::format("\n### {}\n\n| Option | | Setting |\n| --- | --- | --- |\n", title(group));
        for (const auto& row : options()) {
            text += row.group == group ? option_row(row) : "";
        }
    }
    text +=
        "\nOf several options for one setting the last one counts. `--dry-run` beats `--execute` "
        "in any order.\n\n";
    std::string input = replace_all(k_input, "@CONTEXT@", std::to_string(k_context_limit / 1024));
    input = replace_all(input, "@TOKENS@", std::to_string(prompt::k_piped_tokens));
    return text + replace_all(input, "@REQUEST@", std::to_string(k_request_limit)) + std::string(k_menu) +
           std::string(k_errors);
}

std::string config_markdown() {
    std::string text = "# Configuration\n\n" + std::string(k_made);
    text += R"(Later ones win:

1. built-in values
2. system files: `/etc/caro/config.toml`, then `caro/config.toml` in the folders of `$XDG_CONFIG_DIRS` (`/etc/xdg`), most
   important folder last
3. your file: `$XDG_CONFIG_HOME/caro/config.toml`, else `~/.config/caro/config.toml`; `-c FILE` names another one instead
4. environment variables
5. options

A file in the working directory is never read. Without a home folder caro works with what else there is.

`caro config show` lists every setting with its value and where that comes from; `caro config set KEY VALUE` and
`caro config unset KEY` change your file, all else in it stays as it is. A wrong line stops caro with status 18 and names
file, line and the nearest right key; `caro config` and `caro doctor` work all the same, so that it can be mended.
An empty environment variable counts as unset. Keys and passwords are never stored: `vllm.key_env` names the variable that
holds one.

```toml
# ~/.config/caro/config.toml
shell = "zsh"

[engine]
threads = 4
```

| Key | Variable | Values | Default | |
| --- | --- | --- | --- | --- |
)";
    for (const auto& row : config::k_settings) {
        std::string values;
        if (row.type == config::Type::boolean) {
            values = "true, false";
        } else if (row.type == config::Type::integer) {
            values = fmt::format("{} to {}", row.min, row.max);
        } else if (row.type == config::Type::list) {
            values = "list of texts";
        } else {
            for (const auto word : row.allowed) {
                values += (word.empty() || values.empty() ? "" : ", ") + std::string(word);
            }
            values = !values.empty() ? values : row.form == config::Form::size ? "size" : "text";
        }
        const std::string variable = row.user_file_only
                                         ? "(your file only)"
                                         : fmt::format("`{}`", config::variable_name(row.key));
        text += fmt::format("| `{}` | {} | {} | {} | {} |\n", row.key, variable, values,
                            row.fallback.empty() ? "" : fmt::format("`{}`", row.fallback),
                            cell(row.doc));
    }
    return text;
}

std::string exit_codes_markdown() {
    std::string text = "# Exit statuses\n\n" + std::string(k_made);
    text +=
        "When caro runs the command, it ends with that command's status. Otherwise:\n\n| Status | "
        "Name | Meaning |\n"
        "| ---: | --- | --- |\n";
    for (const auto& row : exit_codes()) {
        text += fmt::format("| {} | `{}` | {} |\n", to_int(row.code), row.name, cell(row.meaning));
    }
    return text;
}

}  // namespace caro::cli
