#include "cli/completions_internal.hpp"
#include "config/settings.hpp"
#include "util/strings.hpp"

#include <fmt/core.h>

namespace caro::cli {

namespace {

// Values of the option before the cursor.
std::string value_cases() {
    std::string text;
    for (const auto& row : options()) {
        if (row.argument.empty()) {
            continue;
        }
        const std::string pattern =
            option_names("|", [&](const OptionRow& other) { return &other == &row; });
        const std::string words = spaced(words_of(row));
        const std::string source = words.empty() ? "-f" : fmt::format("-W '{}'", words);
        text += fmt::format(
            "        {})\n            COMPREPLY=($(compgen {} -- \"$cur\"))\n            return\n"
            "            ;;\n",
            pattern, source);
    }
    return text;
}

std::string option_cases() {
    std::string text;
    for (const auto& command : commands()) {
        if (command.id == Command::ask) {
            continue;
        }
        text += fmt::format("            {}) list='{}' ;;\n", command.name,
                            option_names(" ", [&](const OptionRow& row) {
                                return (row.commands & bit(command.id)) != 0;
                            }));
    }
    return text +
           fmt::format("            *) list='{}' ;;\n", option_names(" ", [](const OptionRow& row) {
                           return (row.commands & bit(Command::ask)) != 0;
                       }));
}

std::string setting_cases() {
    std::string text;
    for (const auto& row : config::k_settings) {
        if (const std::string words = setting_words(row.key); !words.empty()) {
            text += fmt::format("                {}) list='{}' ;;\n", row.key, words);
        }
    }
    return text;
}

constexpr std::string_view k_script = R"(# bash completion for caro; made by: caro completions bash
_caro() {
    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} list='' i
    local -a operands=()
    COMPREPLY=()
    # bash cuts --option=value at the equals sign.
    if [[ $prev == '=' ]]; then
        prev=${COMP_WORDS[COMP_CWORD-2]}
    elif [[ $cur == '=' ]]; then
        cur=''
    fi
    case $prev in
@VALUES@    esac
    for ((i = 1; i < COMP_CWORD; i++)); do
        case ${COMP_WORDS[i]} in
            --) return ;;
            @WITH_VALUE@) ((i++)) ;;
            -*|'=') ;;
            *) operands+=("${COMP_WORDS[i]}") ;;
        esac
    done
    if [[ $cur == -* ]]; then
        case ${operands[0]} in
@OPTIONS@        esac
        COMPREPLY=($(compgen -W "$list" -- "$cur"))
        return
    fi
    case ${#operands[@]},${operands[0]},${operands[1]} in
        0,*) list='@COMMANDS@' ;;
        1,config,) list='@ACTIONS@' ;;
        2,config,get|2,config,set|2,config,unset) list='@KEYS@' ;;
        3,config,set)
            case ${operands[2]} in
@SETTINGS@            esac
            ;;
        1,models,) list='@MODELS_ACTIONS@' ;;
@MODEL_CASES@        1,completions,) list='@SHELLS@' ;;
        1,help,) list='@COMMANDS@' ;;
    esac
    if [[ -n $list ]]; then
        COMPREPLY=($(compgen -W "$list" -- "$cur"))
    fi
}
complete -o bashdefault -o default -F _caro caro
)";

}  // namespace

std::string bash_completions() {
    std::string text(k_script);
    text = replace_all(text, "@VALUES@", value_cases());
    text =
        replace_all(text, "@WITH_VALUE@",
                    option_names("|", [](const OptionRow& row) { return !row.argument.empty(); }));
    text = replace_all(text, "@OPTIONS@", option_cases());
    text = replace_all(text, "@COMMANDS@", command_names());
    text = replace_all(text, "@ACTIONS@", spaced(config_actions()));
    text = replace_all(text, "@MODELS_ACTIONS@", models_action_names());
    text = replace_all(text, "@MODEL_CASES@",
                       fmt::format("        2,models,{}) list='{}' ;;\n",
                                   models_action_names_with_model("|2,models,"), model_names()));
    text = replace_all(text, "@KEYS@", setting_keys());
    text = replace_all(text, "@SETTINGS@", setting_cases());
    return replace_all(text, "@SHELLS@", k_completion_shells);
}

}  // namespace caro::cli
