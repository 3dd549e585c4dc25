#include "engine/missing_tool.hpp"

#include <algorithm>
#include <set>

#include "shell/script.hpp"
#include "util/strings.hpp"

namespace caro::engine {

namespace {

bool is_builtin(std::string_view name) {
    static const std::set<std::string_view> k_builtins = {
        ".",     ":",      "[",      "[[",      "alias",   "bg",     "bind",    "break",   "builtin", "caller",  "cd",      "command", "compgen",
        "complete", "continue", "declare", "dirs", "disown", "echo", "enable",  "eval",    "exec",    "exit",    "export",  "false",   "fc",
        "fg",    "getopts", "hash",  "help",    "history", "jobs",   "kill",    "let",     "local",   "logout",  "mapfile", "popd",    "printf",
        "pushd", "pwd",    "read",   "readarray", "readonly", "return", "set",  "shift",   "shopt",   "source",  "suspend", "test",    "time",
        "times", "trap",   "true",   "type",    "typeset", "ulimit", "umask",   "unalias", "unset",   "wait",    "print",   "setopt",  "autoload",
        "whence", "where", "which",  "zmv",     "bindkey", "emulate", "noglob", "zstyle",  "rehash",  "chdir"};
    return k_builtins.count(name) != 0;
}

// Names of programs that are usual verbs too: who says them need not mean the program.
bool is_verb(std::string_view name) {
    static const std::set<std::string_view> k_verbs = {"locate", "rename", "split", "watch", "open", "convert", "compare", "display", "identify", "import", "mail", "prune"};
    return k_verbs.count(name) != 0;
}

// True if the text has the name as a word of its own.
bool says(std::string_view text, std::string_view name) {
    for (std::size_t at = text.find(name); at != std::string_view::npos; at = text.find(name, at + 1)) {
        const auto inner = [&](std::size_t i) { return i < text.size() && (std::isalnum(static_cast<unsigned char>(text[i])) != 0 || text[i] == '_'); };
        if ((at == 0 || !inner(at - 1)) && !inner(at + name.size())) {
            return true;
        }
    }
    return false;
}

}  // namespace

MissingTool missing_tool(std::string_view command, std::string_view request, const context::Context& context) {
    if (context.shell == context::Shell::powershell || context.shell == context::Shell::fish) {
        return {};
    }
    const shell::Script script = shell::parse(command, {context.home ? context.home->string() : std::string()});
    const std::string asked = to_lower(request);
    for (const auto& pipeline : script.pipelines) {
        for (const auto& stage : pipeline.stages) {
            if (stage.words.empty() || !stage.words.front().known() || stage.expanded || stage.only_flow) {
                continue;
            }
            const std::string& name = stage.words.front().text;
            const bool plain = !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
                return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '_' || c == '.' || c == '+';
            });
            if (plain && !is_builtin(name) && std::find(script.functions.begin(), script.functions.end(), name) == script.functions.end() &&
                !context::has_tool(name)) {
                return {name, !is_verb(name) && says(asked, name)};
            }
        }
    }
    return {};
}

}  // namespace caro::engine
