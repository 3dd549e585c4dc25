// Commands that run other code: shells, interpreters that read it, eval, crontab, at.
#include <algorithm>
#include <array>
#include <cctype>

#include "safety/dialects.hpp"
#include "safety/effects.hpp"
#include "safety/guards.hpp"
#include "safety/handed.hpp"
#include "safety/judge.hpp"
#include "safety/rules.hpp"
#include "util/strings.hpp"

namespace caro::safety {

namespace {

// How a shell is called.
struct ShellCall {
    bool code = false;        // -c
    bool only_reads = false;  // -n
    bool input = false;       // -s
    std::size_t operand = 0;  // index of the first operand among the words
};

ShellCall read_call(const Action& action) {
    ShellCall call;
    std::size_t i = 0;
    for (; i < action.args.size(); ++i) {
        const std::string& text = action.args[i].text;
        if (text == "--" || text.size() < 2 || (text[0] != '-' && text[0] != '+')) {
            i += text == "--" ? 1 : 0;
            break;
        }
        if (text.substr(0, 2) == "--") {
            i += any_of(text, {"--rcfile", "--init-file"}) ? 1 : 0;
            call.code = call.code || text == "--command";
            continue;
        }
        call.code = call.code || text.find('c') != std::string::npos;
        call.only_reads = call.only_reads || (text[0] == '-' && text.find('n') != std::string::npos);
        call.input = call.input || text.find('s') != std::string::npos;
        i += text.back() == 'o' || text.back() == 'O' ? 1 : 0;
    }
    call.operand = i;
    return call;
}

std::string joined(const std::vector<shell::Word>& words, std::size_t from) {
    std::string all;
    for (std::size_t i = from; i < words.size(); ++i) {
        all += (all.empty() ? "" : " ") + words[i].text;
    }
    return all;
}

// bash -c '$0 & $0': the code starts itself more than once.
bool starts_itself(std::string_view code) {
    const auto first = code.find("$0");
    return first != std::string_view::npos && code.find("$0", first + 2) != std::string_view::npos &&
           code.find_first_of("&|") != std::string_view::npos;
}

// The option that takes the code an interpreter would else read from its input.
std::string_view code_option(std::string_view name) {
    if (name.substr(0, 6) == "python" || any_of(name, {"psql", "ipython", "pypy", "pypy3"})) {
        return "-c";
    }
    if (any_of(name, {"perl", "ruby", "node", "nodejs", "lua", "mysql", "mariadb", "osascript", "Rscript"})) {
        return "-e";
    }
    if (any_of(name, {"sqlite3", "sqlite"})) {
        return "-cmd";
    }
    return name == "php" ? "-r" : any_of(name, {"mongosh", "mongo"}) ? "--eval" : "";
}

// Programs that run what a file says that they are given.
bool reads_program(std::string_view name) {
    return any_of(name, {"make", "gmake", "expect", "tclsh", "wish", "gdb", "lldb", "ansible-playbook", "rake", "awk", "gawk", "m4",
                         "osascript", "R", "Rscript", "julia", "pwsh", "go", "deno", "bun", "ninja", "just", "crontab", "at", "batch"});
}

// Tcl's own commands for files as those of a shell.
std::string tcl_as_shell(std::string code) {
    code = replace_all(code, "file delete -force --", "rm -rf");
    code = replace_all(code, "file delete -force", "rm -rf");
    code = replace_all(code, "file delete", "rm -f");
    code = replace_all(code, "file rename", "mv");
    code = replace_all(code, "$env(HOME)", "$HOME");
    for (auto at = code.find("[exec "); at != std::string::npos; at = code.find("[exec ", at)) {  // [exec CMD] → $(CMD)
        const auto end = code.find(']', at);
        code.replace(at, 6, "$(");
        if (end != std::string::npos) {
            code[end - 4] = ')';
        }
    }
    return code;
}

std::string_view program_name(std::string_view path) { return path.substr(path.rfind('/') + 1); }

std::string file_key(std::string_view path) {
    return std::string(path.substr(0, 2) == "./" ? path.substr(2) : path);
}

}  // namespace

// A value that is not known stands where a command begins, not only among the words of one.
bool decides(std::string_view code) {
    constexpr std::string_view k_begins = ";|&\n({`";
    for (auto at = code.find(shell::Word::k_unknown); at != std::string_view::npos; at = code.find(shell::Word::k_unknown, at + 1)) {
        const auto before = at == 0 ? std::string_view::npos : code.find_last_not_of(" \t\"'", at - 1);
        if (before == std::string_view::npos || k_begins.find(code[before]) != std::string_view::npos) {
            return true;
        }
        const auto start = code.find_last_of(" \t;|&\n(", before);
        const std::string_view word = code.substr(start == std::string_view::npos ? 0 : start + 1, before - (start == std::string_view::npos ? 0 : start + 1) + 1);
        if (any_of(word, {"eval", "exec", "sudo", "-c", "then", "do", "else", "source", ".", "time", "env", "nohup", "-e", "<<<"})) {
            return true;
        }
    }
    return false;
}

// A script that is run by its name.
void Judge::check_script(const shell::Word& script, const Action& action) {
    const auto known = m_script.files.find(file_key(script.text));
    const auto exact = m_script.files.find(script.text);
    if (known != m_script.files.end() || exact != m_script.files.end()) {
        std::vector<shell::Word> arguments;
        const auto at = std::find_if(action.args.begin(), action.args.end(), [&](const shell::Word& word) { return &word == &script; });
        if (at != action.args.end()) {
            arguments.assign(at, action.args.end());
        }
        nested((exact != m_script.files.end() ? exact : known)->second, action, std::move(arguments));
        return;
    }
    const bool fetched = arrived(script.text, Arrival::shell) || nested_fetch(script) ||
                         (!script.known() && nested_fetch(action.span));
    const bool open_file = script.text.rfind("/dev/fd/", 0) == 0 || script.text.rfind("/proc/self/fd/", 0) == 0 ||
                           script.text == "/dev/stdin" || script.text == "-";
    for (const auto* redirect : action.redirects) {  // . /dev/fd/3 3< <(curl …)
        if (open_file && (nested_fetch(redirect->target) || nested_fetch(redirect->span))) {
            find("execute.download", shown(script), action.span);
        }
    }
    find(fetched ? "execute.download" : script.known() && !open_file ? "command.unknown" : "execute.unknown", shown(script), action.span);
}

// bash --rcfile FILE -ic CODE: what it reads first, if that was written here.
std::string Judge::start_up_text(const Action& action) const {
    for (std::size_t i = 0; i + 1 < action.args.size(); ++i) {
        const auto file = any_of(action.args[i].text, {"--rcfile", "--init-file"}) ? m_script.files.find(action.args[i + 1].text) : m_script.files.end();
        if (file != m_script.files.end()) {
            return file->second + "\n";
        }
    }
    return "";
}

void Judge::check_shell(const Action& action) {
    const ShellCall call = read_call(action);
    if (call.only_reads) {
        return;
    }
    if (call.code && call.operand < action.args.size()) {
        const shell::Word& code = action.args[call.operand];
        if (decides(code.text) && (nested_fetch(code) || (!code.known() && nested_fetch(action.span)))) {
            find("execute.download", "", action.span);
        }
        if (starts_itself(code.text) && call.operand + 1 == action.args.size()) {
            find("process.fork-bomb", "", action.span);
        }
        std::vector<shell::Word> arguments(action.args.begin() + static_cast<std::ptrdiff_t>(call.operand) + 1,
                                           action.args.end());
        if (action.args_from_input && !arguments.empty()) {  // xargs sh -c 'rm "$@"' _: they come from a pipe
            shell::Word piped;
            piped.text = std::string(1, shell::Word::k_unknown);
            piped.span = action.span;
            arguments.push_back(std::move(piped));
        }
        nested(start_up_text(action) + as_posix(code.text, action.name), action, std::move(arguments));
        return;
    }
    for (std::size_t i = 0; i + 1 < action.args.size(); ++i) {  // what an interactive shell reads first
        if (any_of(action.args[i].text, {"--rcfile", "--init-file"})) {
            check_script(action.args[i + 1], action);
        }
    }
    const bool stdin_script = call.operand >= action.args.size() || call.input ||
                              any_of(action.args[call.operand].text, {"-", "/dev/stdin", "/dev/fd/0", "/proc/self/fd/0"});
    if (!stdin_script) {
        check_script(action.args[call.operand], action);
        return;
    }
    std::vector<shell::Word> arguments;
    if (call.input && call.operand < action.args.size()) {  // bash -s ARGUMENT…
        arguments.emplace_back();
        arguments.back().text = action.name;
        arguments.insert(arguments.end(), action.args.begin() + static_cast<std::ptrdiff_t>(call.operand), action.args.end());
    }
    if (action.input) {
        nested(*action.input, action, std::move(arguments));
        return;
    }
    check_shell_input(action);
}

// What a shell reads its commands from.
void Judge::check_shell_input(const Action& action) {
    for (const auto* redirect : action.redirects) {
        const bool here = redirect->op == "<<" || redirect->op == "<<<";
        if (here) {
            nested(redirect->target.text, action);
        }
        const auto written = redirect->op == "<" ? m_script.files.find(file_key(redirect->target.text)) : m_script.files.end();
        if (written != m_script.files.end()) {  // a pipe with a name, which is written to later
            nested(written->second, action);
            continue;
        }
        if (here || redirect->op == "<" || (redirect->op == "<&" && redirect->target.text != "0")) {
            const bool fetched = nested_fetch(redirect->span) || nested_fetch(redirect->target) ||
                                 arrived(redirect->target.text, Arrival::shell);
            find(fetched ? "execute.download" : "execute.unknown", "", action.span);
        }
    }
}

// min hour day month weekday COMMAND, or @daily COMMAND
// `with_user`: a word for the user stands before the command, as in /etc/crontab.
void Judge::check_crontab(std::string_view table, const Action& action, bool with_user) {
    for (const auto line : split(table, '\n')) {
        std::string_view rest = trim(line);
        if (rest.empty() || rest[0] == '#') {
            continue;
        }
        for (int fields = (rest[0] == '@' ? 1 : 5) + (with_user ? 1 : 0); fields > 0 && !rest.empty(); --fields) {
            const auto space = rest.find_first_of(" \t");
            rest = space == std::string_view::npos ? std::string_view() : trim(rest.substr(space));
        }
        nested(rest, action);
    }
}

// $(NAME) of make as ${NAME} of the shell; $(shell …) is run at once.
std::string Judge::make_text(std::string_view text, const Action& action) {
    std::string made;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool opens = text[i] == '$' && i + 1 < text.size() && text[i + 1] == '(';
        const auto end = opens ? text.find(')', i) : std::string_view::npos;
        if (end == std::string_view::npos) {
            made += text[i];
            continue;
        }
        const std::string_view inside = text.substr(i + 2, end - i - 2);
        if (inside.substr(0, 6) == "shell ") {
            nested(inside.substr(6), action);
        }
        made += "${" + std::string(inside.find(' ') == std::string_view::npos ? inside : "CARO_MADE") + "}";
        i = end;
    }
    return replace_all(made, "$$", "$");
}

// The recipes of a makefile: lines that begin with a tab, and what follows a ; behind a rule.
void Judge::check_makefile(std::string_view text, const Action& action) {
    const std::string folder = m_cwd;
    const bool only_tells = std::any_of(action.args.begin(), action.args.end(), [](const shell::Word& word) {
        return any_of(word.text, {"-n", "--dry-run", "--just-print", "--recon", "-q", "--question", "-t", "--touch"});
    });
    for (std::size_t i = 0; i + 1 < action.args.size(); ++i) {
        if (any_of(action.args[i].text, {"-C", "--directory"})) {
            m_cwd = normalized(action.args[i + 1].text, m_cwd);
        }
    }
    for (const auto line : split(text, '\n')) {
        const auto colon = line.find(':');
        const auto inline_recipe = colon == std::string_view::npos || line[0] == '\t' ? std::string_view::npos : line.find(';', colon);
        const std::string plain = make_text(line, action);
        if (line.size() > 1 && (line[0] == '\t' || inline_recipe != std::string_view::npos)) {
            std::string_view recipe = plain;
            recipe = trim(line[0] == '\t' ? recipe : recipe.substr(recipe.find(';', recipe.find(':')) + 1));
            const bool always = recipe.find('+') < recipe.find_first_not_of("@-+");
            recipe.remove_prefix(std::min(recipe.find_first_not_of("@-+"), recipe.size()));
            if (always || !only_tells) {
                nested(recipe, action);
            }
        }
    }
    m_cwd = folder;
}

// Programs that take code from their input, which is known here.
void Judge::check_input_code(const Action& action, const shell::Pipeline& line) {
    const std::string& name = action.name;
    const auto operands = action.operands();
    const bool dash = operands.size() == 1 && operands.front()->text == "-";
    if (name == "crontab" && (dash || operands.empty())) {
        check_crontab(*action.input, action);
    } else if (any_of(name, {"make", "gmake"}) && (action.has("-f") || action.has("--file"))) {
        check_makefile(*action.input, action);
    } else if (any_of(name, {"tclsh", "wish", "expect"})) {
        nested(tcl_as_shell(*action.input), action);
    } else if (any_of(name, {"at", "batch", "sudo", "su", "doas"}) || (name == "ssh" && operands.size() == 1) ||
               (name == "ssh" && operands.size() > 1 && is_shell(operands[1]->text))) {
        nested(*action.input, action);
    } else if (!code_option(name).empty() && (operands.empty() || dash || !is_interpreter(name)) &&
               !action.has(code_option(name)) && (name.substr(0, 6) != "python" || !action.has("-m"))) {
        Action guess = action;
        shell::Word option;
        option.text = code_option(name);
        shell::Word code;
        code.text = *action.input;
        if (dash) {
            guess.args.clear();  // python3 - <<< CODE
        }
        guess.args.push_back(option);
        guess.args.push_back(code);
        guess.input.reset();
        check_effects(guess, line);
    }
}

// eval "$(ssh-agent -s)", eval "$(brew shellenv)": programs whose output is made for that.
bool Judge::prints_settings(const Action& action) const {
    constexpr std::array<std::string_view, 24> k_printers = {
        "ssh-agent", "dircolors", "brew",   "direnv", "starship", "zoxide",  "fnm",      "pyenv",          "rbenv",   "nodenv",  "keychain", "opam",
        "mise",      "rtx",       "conda",  "thefuck", "luarocks", "lesspipe", "minikube", "docker-machine", "fzf",     "gpg-agent", "atuin",  "resize"};
    std::size_t known = 0;
    const auto other = [&](const shell::Pipeline& line) {
        const bool alone = line.stages.size() == 1 && !line.stages[0].words.empty();
        const std::string_view name = alone ? program_name(line.stages[0].words[0].text) : std::string_view();
        const bool completes = alone && !is_interpreter(name) && std::any_of(line.stages[0].words.begin() + 1, line.stages[0].words.end(), [](const shell::Word& part) {
            return any_of(part.text, {"completion", "completions", "--completion", "shell-completion", "generate-shell-completion", "docker-env", "shellenv"});
        });
        known += line.stages.empty() ? 0 : 1;
        return !line.stages.empty() && !completes && std::find(k_printers.begin(), k_printers.end(), name) == k_printers.end();
    };
    if (std::any_of(action.args.begin(), action.args.end(), [&](const shell::Word& word) { return any_substituted(word, other); })) {
        return false;
    }
    return known == 1 && action.args.size() == 1 && (action.args[0].text == std::string(1, shell::Word::k_unknown) || action.args[0].text.substr(0, 8) == "/dev/fd/");
}

// make -f FILE, make --eval TEXT
void Judge::check_make(const Action& action) {
    if (action.name != "make" && action.name != "gmake") {
        return;
    }
    for (std::size_t i = 0; i + 1 < action.args.size(); ++i) {
        const bool file = any_of(action.args[i].text, {"-f", "--file", "--makefile"});
        const auto written = file ? m_script.files.find(file_key(action.args[i + 1].text)) : m_script.files.end();
        if (written != m_script.files.end()) {
            check_makefile(written->second, action);
        }
    }
    for (std::size_t i = 0; i < action.args.size(); ++i) {
        const std::string& text = action.args[i].text;
        const bool next = text == "--eval" && i + 1 < action.args.size();
        if (next || text.substr(0, 7) == "--eval=") {  // also with -n
            check_makefile(next ? action.args[i + 1].text : text.substr(7), action);
        }
    }
}

// Code that a builtin keeps for later: trap, complete, alias.
// trap CODE EXIT; …; trap - EXIT, and nothing between that could end the shell. Of other signals nobody knows when they come.
bool Judge::is_taken_back(const shell::Word& signal, const Action& action) const {
    if (signal.text != "EXIT" && signal.text != "0") {
        return false;
    }
    for (const auto& line : m_script.pipelines) {
        if (line.span.start <= action.span.start || line.dead || line.stages.size() != 1 || !line.functions.empty() || line.substituted) {
            continue;
        }
        const auto& words = line.stages[0].words;
        if (words.size() == 3 && words[0].text == "trap" && words[1].text == "-" && words[2].text == signal.text) {
            const std::string_view between = m_source.substr(action.span.end, line.span.start - action.span.end);
            return between.find_first_of("{}()\n|&$`") == std::string_view::npos && !contains(between, "exit") && !contains(between, "kill") &&
                   !contains(between, "exec") && !contains(between, "set ");
        }
    }
    return false;
}

void Judge::check_kept_code(const Action& action) {
    const std::string& name = action.name;
    if (name == "trap") {
        const auto operands = action.operands();
        if (operands.size() >= 2 && operands.front()->text != "" && operands.front()->text != "-") {
            const std::size_t before = m_findings.size();
            nested(operands.front()->text, action);
            if (is_taken_back(*operands[1], action)) {
                lower_idle(before, "the trap is taken back");
            }
        }
    } else if (name == "compgen" || name == "complete") {
        for (std::size_t i = 0; i + 1 < action.args.size(); ++i) {
            const std::string& option = action.args[i].text;
            if (option == "-C" || option == "-W") {  // a command, words that are expanded
                nested((option == "-W" ? ": " : "") + action.args[i + 1].text, action);
            }
        }
    } else if (name == "alias") {
        for (const auto& word : action.args) {
            const auto equal = word.text.find('=');
            if (equal != std::string::npos) {
                const std::size_t before = m_findings.size();
                nested(word.text.substr(equal + 1), action);
                if (lies_idle(word.text.substr(0, equal))) {
                    lower_idle(before, "only when " + word.text.substr(0, equal) + " is called");
                }
            }
        }
    }
}

void Judge::check_code(const Action& action, const shell::Pipeline& line) {
    const std::string& name = action.name;
    if (action.expanded) {
        return;
    }
    check_make(action);
    if (is_shell(name)) {
        check_shell(action);
    } else if (name == "eval" && prints_settings(action)) {
        find("state.change", "this shell", action.span);
    } else if (name == "eval") {
        const bool fetched = std::any_of(action.args.begin(), action.args.end(),
                                         [this](const shell::Word& word) { return nested_fetch(word); });
        if (fetched || nested_fetch(action.span)) {
            find("execute.download", "", action.span);
        }
        const auto first = std::find_if(action.args.begin(), action.args.end(), [](const shell::Word& word) { return word.text != "eval"; });
        nested(joined(action.args, static_cast<std::size_t>(first - action.args.begin())), action);
    } else if (any_of(name, {"source", "."}) && prints_settings(action)) {
        find("state.change", "this shell", action.span);  // source <(kubectl completion bash)
    } else if (any_of(name, {"source", "."}) && !action.args.empty()) {
        check_script(action.args.front(), action);
    } else if (any_of(name, {"source", "."}) && action.input) {
        nested(m_scene.dialect == Scene::Dialect::fish ? as_posix(*action.input, "fish") : *action.input, action);
    } else if (any_of(name, {"trap", "compgen", "complete", "alias"})) {
        check_kept_code(action);
    } else if (action.path.find('/') != std::string::npos && m_script.files.count(file_key(action.path)) != 0) {
        const std::string& text = m_script.files.find(file_key(action.path))->second;
        const auto command = by_first_line(text, file_key(action.path), action.args, 0);
        shell::Word script;
        script.text = action.path;
        std::vector<shell::Word> arguments = action.args;
        arguments.insert(arguments.begin(), script);
        nested(command ? *command : text, action, command ? std::vector<shell::Word>() : std::move(arguments));
    } else if (any_of(name, {"make", "gmake"}) && !action.input && m_script.files.count("Makefile") != 0) {
        check_makefile(m_script.files.find("Makefile")->second, action);
    } else if (action.input) {
        check_input_code(action, line);
    } else {
        // python3 -c "$(curl …)"
        for (const auto& word : action.args) {
            if ((is_interpreter(name) || reads_program(name)) && nested_fetch(word)) {
                find("execute.download", "", action.span);
            }
        }
    }
}

}  // namespace caro::safety
