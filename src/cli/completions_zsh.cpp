#include "cli/completions_internal.hpp"
#include "config/settings.hpp"
#include "util/strings.hpp"

#include <fmt/core.h>

namespace caro::cli {

namespace {

// Text inside the brackets of an option's specification.
std::string description(std::string_view text) {
    std::string out;
    for (const char c : text) {
        if (c == '[' || c == ']' || c == ':' || c == '\\') {
            out += '\\';
        }
        out += c;
    }
    return out;
}

// '(-s --shell)'{-s,--shell}'[help]:SHELL:(bash zsh)'
std::string specification(const OptionRow& row) {
    std::string tail = fmt::format("[{}]", description(row.help));
    if (!row.argument.empty()) {
        const std::string words = spaced(words_of(row));
        tail += fmt::format(":{}:{}", row.argument,
                            words.empty() ? "_files" : fmt::format("({})", words));
    }
    if (row.short_name == '\0') {
        return single_quoted(fmt::format("--{}{}", row.name, tail));
    }
    return fmt::format("'(-{0} --{1})'{{-{0},--{1}}}{2}", row.short_name, row.name,
                       single_quoted(tail));
}

std::string specifications() {
    std::string text;
    for (const auto& row : options()) {
        text += fmt::format("        {} \\\n", specification(row));
    }
    return text;
}

std::string described_commands() {
    std::string text;
    for (const auto& row : commands()) {
        text +=
            fmt::format("        {}\n", single_quoted(fmt::format("{}:{}", row.name, row.summary)));
    }
    return text;
}

std::string setting_cases() {
    std::string text;
    for (const auto& row : config::k_settings) {
        if (const std::string words = setting_words(row.key); !words.empty()) {
            text += fmt::format("        {}) compadd -- {} ;;\n", row.key, words);
        }
    }
    return text;
}

constexpr std::string_view k_script = R"(#compdef caro
# zsh completion for caro; made by: caro completions zsh
_caro() {
    local curcontext="$curcontext" state line
    local -A opt_args
    local -a commands
    commands=(
@COMMANDS@    )
    _arguments -s -S \
@OPTIONS@        '1: :->first' \
        '*: :->rest' && return
    case $state in
        first) _describe -t commands 'command of caro' commands || _files ;;
        rest)
            case $#line,$line[1],$line[2] in
                2,config,*) compadd -- @ACTIONS@ ;;
                3,config,(get|set|unset)) compadd -- @KEYS@ ;;
                4,config,set) _caro_setting $line[3] ;;
                2,models,*) compadd -- @MODELS_ACTIONS@ ;;
                3,models,(@WITH_MODEL@)) compadd -- @MODELS@; _files -g '*.gguf' ;;
                2,completions,*) compadd -- @SHELLS@ ;;
                2,help,*) _describe -t commands 'command of caro' commands ;;
                *) _files ;;
            esac
            ;;
    esac
}
_caro_setting() {
    case $1 in
@SETTINGS@        *) _files ;;
    esac
}
# Both as a file on $fpath and by: source <(caro completions zsh)
if [[ $funcstack[1] == _caro ]]; then
    _caro "$@"
else
    compdef _caro caro
fi
)";

}  // namespace

std::string zsh_completions() {
    std::string text(k_script);
    text = replace_all(text, "@COMMANDS@", described_commands());
    text = replace_all(text, "@OPTIONS@", specifications());
    text = replace_all(text, "@ACTIONS@", spaced(config_actions()));
    text = replace_all(text, "@MODELS_ACTIONS@", models_action_names());
    text = replace_all(text, "@WITH_MODEL@", models_action_names_with_model("|"));
    text = replace_all(text, "@MODELS@", model_names());
    text = replace_all(text, "@KEYS@", setting_keys());
    text = replace_all(text, "@SETTINGS@", setting_cases());
    return replace_all(text, "@SHELLS@", k_completion_shells);
}

}  // namespace caro::cli
