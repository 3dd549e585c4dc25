// Variables that make a program run code: PERL5OPT, NODE_OPTIONS, PYTHONSTARTUP, BASH_ENV, LUA_INIT, MAKEFLAGS …
#include <algorithm>
#include <array>

#include "safety/guards.hpp"
#include "safety/handed.hpp"
#include "safety/judge.hpp"
#include "util/strings.hpp"

namespace caro::safety {

namespace {

std::string_view program_name(std::string_view path) { return path.substr(path.rfind('/') + 1); }

}  // namespace

// Judges code in another language as its interpreter would run it; only what is bad is told.
void Judge::run_by(std::string_view interpreter, std::string_view option, std::string_view code, const Action& by) {
    Action run;
    run.span = by.span;
    run.name = run.path = interpreter;
    for (const auto text : {option, code}) {
        shell::Word word;
        word.text = text;
        word.span = by.span;
        run.args.push_back(std::move(word));
    }
    const std::size_t before = m_findings.size();
    action(run, {});
    m_findings.erase(std::remove_if(m_findings.begin() + static_cast<std::ptrdiff_t>(before), m_findings.end(),
                                    [](const Finding& finding) { return finding.risk < Risk::high; }),
                     m_findings.end());
}

// The contents of a file that was written here, or nothing.
std::string Judge::written_text(std::string_view file) const {
    const std::string_view plain = file.substr(0, 2) == "./" ? file.substr(2) : file;
    for (const std::string_view name : {file, plain}) {
        const auto it = m_script.files.find(std::string(name));
        if (it != m_script.files.end()) {
            return it->second;
        }
    }
    return "";
}

// NODE_OPTIONS='--require FILE', '--import data:…'
void Judge::check_node_options(const std::string& value, const Action& by) {
    const std::string spaced = replace_all(value, "=", " ");
    const auto words = split(spaced, ' ');
    for (std::size_t i = 0; i + 1 < words.size(); ++i) {
        if (!any_of(words[i], {"-r", "--require", "--import", "--loader", "--experimental-loader"})) {
            continue;
        }
        const auto data = value.find("data:");
        if (data != std::string::npos) {
            const auto comma = value.find(',', data);
            run_by("node", "-e", comma == std::string::npos ? "" : percent_decoded(replace_all(std::string_view(value).substr(comma + 1), "+", " ")), by);
            return;
        }
        run_by("node", "-e", written_text(words[i + 1]), by);
    }
}

// Files of a folder on PYTHONPATH that python loads by itself, or that the program may ask for.
void Judge::check_module_folder(const std::string& value, const Action& by) {
    for (const auto folder : split(value, ':')) {
        for (const auto& [file, text] : m_script.files) {
            const auto slash = file.rfind('/');
            const std::string_view parent = slash == std::string::npos ? std::string_view(".") : std::string_view(file).substr(0, slash);
            if (ends_with(file, ".py") && (parent == folder || (folder.empty() && parent == "."))) {
                const std::string code = text;
                run_by("python3", "-c", code, by);
                return;
            }
        }
    }
}

void Judge::check_code_variable(const std::string& name, const shell::Word& word, const shell::Command& command) {
    const std::string& value = word.text;
    if (value.empty() || value.size() > 8000) {
        return;
    }
    Action by;
    by.span = command.span;
    if (name == "PERL5OPT" || name == "PERL5DB") {  // -Mre;system+q(…): a + stands for a blank
        const std::size_t skipped = starts_with(value, "-M") || starts_with(value, "-m") ? 2 : 0;
        run_by("perl", "-e", replace_all(value.substr(skipped), "+", " "), by);
    } else if (name == "RUBYOPT" && starts_with(value, "-r")) {
        const std::string file(trim(std::string_view(value).substr(2)));
        const std::string text = written_text(file);
        run_by("ruby", "-e", text.empty() ? written_text(file + ".rb") : text, by);
    } else if (name == "NODE_OPTIONS") {
        check_node_options(value, by);
    } else if (name == "PYTHONSTARTUP") {
        run_by("python3", "-c", written_text(value), by);
    } else if (name == "PYTHONPATH") {
        check_module_folder(value, by);
    } else if (starts_with(name, "LUA_INIT")) {
        run_by("lua", "-e", value[0] == '@' ? written_text(std::string_view(value).substr(1)) : value, by);
    } else if (name == "BASH_ENV" || name == "ENV") {
        if (value.find('$') != std::string::npos || value.find('`') != std::string::npos) {
            later(": " + value, by);  // it is expanded before it is opened
        }
    } else if (name == "EXINIT" || name == "VIMINIT" || name == "NVIM_INIT") {
        run_by("vim", "-c", value, by);
    } else if (name == "MAKEFLAGS" || name == "GNUMAKEFLAGS" || name == "MFLAGS") {
        const auto eval = value.find("--eval=");
        if (eval != std::string::npos) {
            check_makefile(std::string_view(value).substr(eval + 7), by);
        }
    } else if (name == "TAR_OPTIONS") {
        const auto exec = value.find("exec=");
        if (exec != std::string::npos) {
            later(replace_all(value.substr(exec + 5), "\\", ""), by);
        }
    } else if (name == "PSQLRC") {
        run_by("psql", "-c", written_text(value), by);
    } else if (name == "R_PROFILE" || name == "R_PROFILE_USER") {
        run_by("Rscript", "-e", written_text(value), by);
    } else if (holds_command(name) && value.find(' ') != std::string::npos) {
        later(value, by);
    }
}

// env 'BASH_FUNC_ls%%=() { CODE; }' bash
void Judge::check_exported_functions(const shell::Command& command) {
    Action by;
    by.span = command.span;
    for (const auto& word : command.words) {
        const auto body = starts_with(word.text, "BASH_FUNC_") ? word.text.find("=()") : std::string::npos;
        if (body != std::string::npos) {
            later(word.text.substr(body + 3), by);
        }
    }
}

// Variables whose value is code, or that hide what was done.
void Judge::check_assignments(const shell::Command& command) {
    check_exported_functions(command);
    for (const auto& [name, word] : command.assignments) {
        Action by;
        check_code_variable(name, word, command);
        by.span = command.span;
        m_search = name == "CDPATH" && word.known() ? word.text : m_search;
        m_home = name == "HOME" && word.known() && command.words.empty() ? normalized(word.text, m_cwd) : m_home;
        const bool code = any_of(name, {"PROMPT_COMMAND", "GIT_SSH_COMMAND", "GIT_EXTERNAL_DIFF", "GIT_PAGER", "GIT_EDITOR",
                                        "PAGER", "MANPAGER"});
        const bool editor = any_of(name, {"EDITOR", "VISUAL", "FCEDIT", "GIT_SEQUENCE_EDITOR", "SUDO_EDITOR", "SYSTEMD_EDITOR",
                                          "KUBE_EDITOR", "BROWSER", "GIT_ASKPASS", "SSH_ASKPASS", "GIT_PROXY_COMMAND"});
        if (word.text.substr(0, 4) == "() {") {  // a function that bash takes over: BASH_FUNC_ls%%='() { …; }'
            nested("caro_given" + word.text + "\ncaro_given", by);
        } else if (name == "LESSOPEN") {
            later(std::string_view(word.text).substr(std::min(word.text.find_first_not_of("|-"), word.text.size())), by);
        } else if (code && word.text.find(' ') != std::string::npos) {
            nested(word.text, by);
        } else if (editor && word.text.find(' ') != std::string::npos) {
            later(word.text, by);
        } else if (any_of(name, {"BASH_ENV", "ENV"}) && !word.text.empty() && !command.words.empty() &&
                   is_shell(program_name(command.words.front().text))) {
            check_script(word, by);
        } else if (weakens(name, word.text)) {
            find("network.trusts-anybody", "", command.span);
        } else if ((name == "HISTFILE" && (word.text == "/dev/null" || word.text.empty())) ||
                   ((name == "HISTSIZE" || name == "HISTFILESIZE" || name == "SAVEHIST") && word.text == "0")) {
            find("file.traces", "the history of this shell", command.span);
        }
    }
    const bool sets = !command.words.empty() && any_of(program_name(command.words.front().text),
                                                       {"export", "declare", "typeset", "readonly", "env", "setenv", "docker", "podman", "sudo"});
    for (const auto& word : command.words) {
        const auto equal = word.text.find('=');
        if (sets && equal != std::string::npos && weakens(word.text.substr(0, equal), word.text.substr(equal + 1))) {
            find("network.trusts-anybody", "", command.span);
        }
    }
    check_loaded_settings(command);
    const auto preload = command.assignments.find("LD_PRELOAD");
    if (preload != command.assignments.end() && !preload->second.text.empty()) {
        const std::string& library = preload->second.text;
        const bool of_system = library.rfind("/usr/", 0) == 0 || library.rfind("/lib", 0) == 0 || library.find('/') == std::string::npos;
        find(of_system ? "state.change" : "execute.unknown", library, command.span);
    }
    const bool forgets = command.words.size() > 1 && command.words[0].text == "unset" &&
                         any_of(command.words[1].text, {"HISTFILE", "HISTSIZE"});
    const bool stops = command.words.size() == 3 && command.words[0].text == "set" && command.words[1].text == "+o" &&
                       command.words[2].text == "history";
    if (forgets || stops) {
        find("file.traces", "the history of this shell", command.span);
    }
}

}  // namespace caro::safety
