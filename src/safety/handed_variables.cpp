// Variables of the environment whose values are commands, code or options of a program.
#include <algorithm>
#include <array>

#include "safety/handed.hpp"
#include "util/strings.hpp"

namespace caro::safety {

namespace {

// Their value is a command that some program runs.
constexpr std::array<std::string_view, 49> k_commands = {
    "GIT_SSH",       "JULIA_EDITOR",   "TERMINAL",        "PROMPT",        "npm_config_script_shell",
    "RSYNC_RSH",     "SVN_SSH",        "SVN_EDITOR",      "BORG_RSH",      "BORG_PASSCOMMAND", "RESTIC_PASSWORD_COMMAND", "RCLONE_PASSWORD_COMMAND",
    "CVS_RSH",       "CVSEDITOR",      "HGEDITOR",        "HGMERGE",       "HG_SSH",           "P4EDITOR",                "P4PAGER",
    "LESSCLOSE",     "LESSEDIT",       "SYSTEMD_PAGER",   "PSQL_PAGER",    "PSQL_EDITOR",      "AWS_PAGER",               "BAT_PAGER",
    "DELTA_PAGER",   "GH_PAGER",       "GLAB_PAGER",      "ACK_PAGER",     "PERLDOC_PAGER",    "RI_PAGER",                "MYSQL_PAGER",
    "FZF_DEFAULT_COMMAND", "FZF_CTRL_T_COMMAND", "FZF_ALT_C_COMMAND", "GH_EDITOR", "GH_BROWSER", "DIFFPROG", "KUBECTL_EXTERNAL_DIFF", "ANSIBLE_SSH_EXECUTABLE",
    "ANSIBLE_PAGER", "TEXEDIT",        "RIPGREP_PRE",     "WATCHMAN_CMD",  "NOTMUCH_HOOK",     "SUDO_ASKPASS",            "PASSWORD_STORE_CLIP",
    "DSH_SHELL"};

// Programs that run what these name while they work.
constexpr std::array<std::string_view, 10> k_build_tools = {"CC", "CXX", "LD", "AR", "CPP", "RUSTC_WRAPPER", "RUSTC", "CARGO_BUILD_RUSTC_WRAPPER", "FC", "CMAKE_C_COMPILER_LAUNCHER"};

struct Row {
    std::string_view variable;  // * at the end: any that begins so
    std::string_view program;
};

// Their value is put among the options of the program.
constexpr std::array<Row, 16> k_options = {{
    {"TAR_OPTIONS", "tar"},         {"TF_CLI_ARGS", "terraform"}, {"TF_CLI_ARGS", "tofu"}, {"FZF_DEFAULT_OPTS", "fzf"}, {"LESS", "less"}, {"MAKEFLAGS", "make"},
    {"GNUMAKEFLAGS", "make"},       {"MFLAGS", "make"},           {"ACK_OPTIONS", "ack"},  {"MORE", "more"},            {"MANOPT", "man"}, {"ZIPOPT", "zip"},
    {"UNZIP", "unzip"},             {"RCLONE_SSH", "rclone"},     {"PIP_OPTIONS", "pip"},  {"TG_CLI_ARGS", "terragrunt"},
}};

// Names of functions of Python with their module, as PYTHONBREAKPOINT names them.
std::string as_function(std::string_view value) {
    const auto dot = value.rfind('.');
    return dot == std::string_view::npos ? "" : "import " + std::string(value.substr(0, dot)) + "; ";
}

// breakpoint(…) calls what the variable names.
void python(std::string_view value, const Action& action, CodeLines& into) {
    for (const auto& word : action.args) {
        if (word.text.find("breakpoint(") != std::string::npos && value.find('.') != std::string_view::npos) {
            into.push_back("python3 -c " + in_quotes(as_function(value) + replace_all(word.text, "breakpoint(", std::string(value) + "(")));
        }
    }
}

bool is_editor(std::string_view name) {
    constexpr std::array<std::string_view, 9> k_editors = {"vim", "vi", "ex", "nvim", "view", "gvim", "vimdiff", "rvim", "visudo"};
    return in(k_editors, name);
}

}  // namespace

bool holds_command(std::string_view name) { return in(k_commands, name) || in(k_build_tools, name); }

CodeLines handed_by_variable(std::string_view name, std::string_view value, const Action& action) {
    CodeLines made;
    if (value.empty()) {
        return made;
    }
    const bool words = value.find_first_of(" \t\n") != std::string_view::npos;
    const bool builds = in(k_build_tools, name) && (action.name == "make" || action.name == "cargo" || action.name == "cmake" || action.path.empty());
    if ((in(k_commands, name) || builds || names_command(name)) && words) {
        made.emplace_back(value);
    } else if ((name == "VIMINIT" || name == "EXINIT" || name == "GVIMINIT") && (is_editor(action.name) || action.path.empty())) {
        made.push_back("vim -c " + in_quotes(value));
    } else if (name == "PERL5DB") {
        made.push_back("perl -e " + in_quotes(value));
    } else if (starts_with(name, "LUA_INIT") && value[0] != '@') {
        made.push_back("lua -e " + in_quotes(value));
    } else if (name == "PYTHONBREAKPOINT") {
        python(value, action, made);
    } else if (name == "ERL_FLAGS" || name == "ERL_AFLAGS" || name == "ERL_ZFLAGS") {
        made.push_back("erl " + std::string(value));
    } else if (name == "JAVA_TOOL_OPTIONS" || name == "_JAVA_OPTIONS" || name == "JDK_JAVA_OPTIONS") {
        const auto at = value.find("-XX:On");
        const auto equal = at == std::string_view::npos ? at : value.find('=', at);
        if (equal != std::string_view::npos) {
            std::string code(value.substr(equal + 1));
            code.erase(std::remove(code.begin(), code.end(), '"'), code.end());
            made.push_back(code);
        }
    } else if (name == "GIT_CONFIG_PARAMETERS" && action.name == "git") {
        std::string line = "git";
        for (const auto& word : plain_words(value)) {
            line += " -c " + in_quotes(word);
        }
        for (const auto& word : action.args) {
            line += " " + in_quotes(word.text);
        }
        made.push_back(line);
    }
    return made;
}

std::vector<std::string> options_in_variable(std::string_view name, std::string_view value, const Action& action) {
    const std::string verb(action.subcommand());
    for (const auto& row : k_options) {
        const bool program = row.program == action.name || (row.program == "make" && action.name == "gmake") || (row.program == "tar" && action.name == "gtar");
        const bool terraform = starts_with(row.variable, "TF_CLI") || starts_with(row.variable, "TG_CLI");
        const bool variable = name == row.variable || (terraform && !verb.empty() && name == std::string(row.variable) + "_" + replace_all(verb, "-", "_"));
        if (program && variable) {
            return value[0] == '+' ? std::vector<std::string>{std::string(value)} : plain_words(value);
        }
    }
    return {};
}

}  // namespace caro::safety
