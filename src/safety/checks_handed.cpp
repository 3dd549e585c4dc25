// Judges the code that programs are handed by options, variables and files, and programs that the text makes itself.
#include <algorithm>
#include <array>
#include <iterator>
#include <set>

#include "safety/handed.hpp"
#include "util/strings.hpp"

namespace caro::safety {

namespace {

std::string number(std::size_t value) { return std::to_string(value); }

}  // namespace

// What a file holds that was written here; "-" is standard input.
std::optional<std::string> Judge::file_text(std::string_view path, const Action& act) const {
    if (path == "-" || path == "/dev/stdin" || path == "/dev/fd/0") {
        for (const auto* redirect : act.redirects) {
            if (starts_with(redirect->op, "<<")) {
                return redirect->target.text;
            }
        }
        return act.input;
    }
    const std::string plain(starts_with(path, "./") ? path.substr(2) : path);
    const auto file = m_script.files.find(plain);
    return file == m_script.files.end() ? std::nullopt : std::optional<std::string>(file->second);
}

// All that the command is handed, each code once.
void Judge::judge_handed(const Action& act) {
    constexpr std::size_t k_cost = 50;  // counted like copies of variables, so that code in code in code stays bounded
    const FileText text = [&](std::string_view path) { return file_text(path, act); };
    CodeLines codes = handed_by_options(act);
    const auto add = [&codes](CodeLines more) { codes.insert(codes.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end())); };
    add(handed_in_general(act));
    if (const auto input = act.input || !act.redirects.empty() ? file_text("-", act) : std::nullopt) {
        add(handed_to_prompt(act, *input));
    }
    const bool prints = act.name == "ssh" && act.has("-G");
    if (!prints && (!m_script.files.empty() || act.input || !act.redirects.empty())) {
        add(handed_by_files(act, text));
    }
    std::set<std::string> seen;
    for (const auto& code : codes) {
        const auto name = code.find_first_of(" \t\n(\"'");
        const bool call = name != std::string::npos && name > 0 && code[name] == '(' && code.substr(name, 2) != "()";  // print("https://…") of another language
        const auto first = code.find_first_not_of(" \"'(");
        const bool address = first != std::string::npos && (code.compare(first, 7, "http://") == 0 || code.compare(first, 8, "https://") == 0);
        if (!call && !address && seen.insert(code).second) {
            *m_copied += k_cost;
            later(code, act);
        }
    }
    for (const auto& code : handed_perhaps(act)) {
        if (seen.insert(code).second) {
            disaster(code, act);
        }
    }
}

// Files written here that a program reads which is told nothing else about: only what would be a disaster counts.
void Judge::judge_read_files(const Action& act) {
    if (m_script.files.empty() || act.name.empty() || m_files_judged > 200) {
        return;
    }
    std::set<std::string_view> read;  // looked up by name, as there may be as many files as words
    const auto named = [&](std::string_view text) {
        const auto equal = text.find('=');
        text = equal != std::string_view::npos && text.substr(0, 1) == "-" ? text.substr(equal + 1) : text;
        text.remove_prefix(starts_with(text, "./") ? 2 : 0);
        if (const auto file = m_script.files.find(std::string(text)); file != m_script.files.end()) {
            read.insert(file->first);
        }
    };
    if (!runs_no_file(act.name) && !act.has("-n") && !act.has("--dry-run")) {
        for (const auto& word : act.args) {
            named(word.text);
        }
        for (const auto* redirect : act.redirects) {
            if (redirect->op == "<") {
                named(redirect->target.text);
            }
        }
    }
    if (reads_untold(act.name)) {
        for (const auto& [path, text] : m_script.files) {
            if (reads_usually(act.name, path)) {
                read.insert(path);
            }
        }
    }
    for (const auto path : read) {
        ++m_files_judged;
        for (const auto& code : code_in_general(m_script.files.find(std::string(path))->second)) {
            disaster(code, act);
        }
    }
}

// Judges code of which only what is critical is told.
void Judge::disaster(std::string_view code, const Action& by) {
    const std::size_t before = m_findings.size();
    *m_copied += 50;
    later(code, by);
    m_findings.erase(std::remove_if(m_findings.begin() + static_cast<std::ptrdiff_t>(before), m_findings.end(),
                                    [](const Finding& finding) { return finding.risk < Risk::critical; }),
                     m_findings.end());
}

void Judge::check_handed(const Action& act) {
    judge_handed(act);
    judge_read_files(act);
    const FileText text = [&](std::string_view path) { return file_text(path, act); };
    if (const auto made = built(act, text)) {
        if (!made->program.empty()) {
            m_built[normalized(made->program, m_cwd)] = made->source;
        } else {
            run_built(made->source, act);
        }
    }
    const auto program = m_built.empty() ? m_built.end() : m_built.find(normalized(act.name == "java" ? std::string(act.subcommand()) : act.path, m_cwd));
    if (program != m_built.end() && (act.name == "java" || act.path.find('/') != std::string::npos)) {
        run_built(program->second, act);
    }
    if (act.name == "run-parts" && !m_script.files.empty() && !act.has("--test") && !act.has("--list") && !act.args.empty()) {
        const std::string folder = normalized(act.args.back().text, m_cwd) + "/";
        for (const auto& [path, written] : m_script.files) {
            if (starts_with(normalized(path, m_cwd), folder)) {
                const auto command = by_first_line(written, path, {}, 0);
                later(command ? *command : written, act);
            }
        }
    }
    for (const auto& word : act.args) {
        const bool pattern = act.name == "sysctl" && starts_with(word.text, "kernel.core_pattern=|");
        if (pattern && word.text.find("systemd-coredump") == std::string::npos && word.text.find("apport") == std::string::npos) {
            find("kernel.guard", "kernel.core_pattern", act.span);
            later(std::string_view(word.text).substr(21), act);
        }
    }
    handed_variables(act);
    stored_aliases(act);
    if (!m_formats.empty()) {
        run_by_format(act);
    }
}

// echo ':x:E::xx::/bin/rm:' > /proc/sys/fs/binfmt_misc/register; ./a.xx: run by that interpreter
void Judge::note_format(std::string_view text) {
    const auto fields = split(text.substr(std::min<std::size_t>(1, text.size())), ':');
    if (fields.size() > 5 && fields[1] == "E" && !fields[5].empty()) {
        m_formats["." + std::string(fields[3])] = fields[5];
    }
}

void Judge::run_by_format(const Action& act) {
    const auto dot = act.path.rfind('.');
    const auto format = dot == std::string::npos ? m_formats.end() : m_formats.find(act.path.substr(dot));
    if (format == m_formats.end()) {
        return;
    }
    std::string line = format->second + " " + in_quotes(act.path);
    for (const auto& word : act.args) {
        line += " " + in_quotes(word.text);
    }
    nested(line, act);
}

void Judge::run_built(const std::string& source, const Action& act) {
    for (const auto& code : compiled_code(source)) {
        nested(code, act);
    }
}

// RUSTC_WRAPPER=FILE, GIT_SSH=FILE: a script that was written here. MAKEFILES=FILE: rules for every make.
void Judge::judge_named_file(std::string_view name, const std::string& path, const Action& act) {
    const bool rules = name == "MAKEFILES";
    if (!rules && !holds_command(name)) {
        return;
    }
    if (const auto text = file_text(path, act)) {
        if (rules) {
            check_makefile(*text, act);
        } else {
            later(*text, act);
        }
    }
}

// RSYNC_RSH=CMD rsync …, export RSYNC_RSH=CMD
void Judge::handed_variables(const Action& act) {
    for (const auto& [name, word] : act.assignments) {
        for (const auto& code : handed_by_variable(name, word.text, act)) {
            later(code, act);
        }
        judge_named_file(name, word.text, act);
        const bool of_git = name == "GIT_CONFIG_GLOBAL" || name == "GIT_CONFIG_SYSTEM" || name == "GIT_CONFIG" || name == "APT_CONFIG" || name == "HGRCPATH";
        if (const auto text = of_git ? file_text(word.text, act) : std::nullopt) {
            for (const auto& code : name[0] != 'G' ? code_in_general(*text) : code_in_settings("git", *text)) {
                later(code, act);
            }
        }
        if ((name == "WGETRC" || name == "CURLRC") && !word.text.empty()) {
            if (const auto text = file_text(word.text, act)) {
                check_written(name == "WGETRC" ? "/etc/wgetrc" : "/etc/curlrc", *text, act);
            }
        }
    }
    const bool sets = act.name == "export" || act.name == "declare" || act.name == "typeset" || act.name == "setenv";
    for (const auto& word : act.args) {
        const auto equal = word.text.find('=');
        if (sets && equal != std::string::npos) {
            Action later_one;
            later_one.span = act.span;
            const std::string name = word.text.substr(0, equal);
            for (const auto& code : handed_by_variable(name, std::string_view(word.text).substr(equal + 1), later_one)) {
                later(code, act);
            }
            judge_named_file(name, word.text.substr(equal + 1), act);
        } else if (const auto known = sets ? m_script.variables.find(word.text) : m_script.variables.end(); known != m_script.variables.end()) {
            judge_named_file(word.text, known->second.text, act);  // X=FILE; export X
        }
    }
}

// TAR_OPTIONS=… tar, GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=… git: the command with what the variables add. False if they add nothing.
bool Judge::with_variables(const Action& act, Action& into) const {
    const bool known = !act.name.empty() && !act.with_variables && (!act.assignments.empty() || !m_script.variables.empty());
    if (!known) {
        return false;
    }
    const auto value = [&](const std::string& name) -> std::string {
        const auto own = act.assignments.find(name);
        const auto set = m_script.variables.find(name);
        return own != act.assignments.end() ? own->second.text : set != m_script.variables.end() ? set->second.text : std::string();
    };
    std::vector<std::string> before;
    std::vector<std::string> behind;
    for (std::size_t i = 0; act.name == "git" && i < 8 && !value("GIT_CONFIG_KEY_" + number(i)).empty(); ++i) {
        before.emplace_back("-c");
        before.push_back(value("GIT_CONFIG_KEY_" + number(i)) + "=" + value("GIT_CONFIG_VALUE_" + number(i)));
    }
    for (const auto* variables : {&act.assignments, &m_script.variables}) {
        for (const auto& [name, word] : *variables) {
            if (behind.empty() && !name.empty() && name[0] >= 'A' && name[0] <= 'Z' && !word.text.empty()) {
                behind = options_in_variable(name, word.text, act);
            }
        }
    }
    if (before.empty() && behind.empty()) {
        return false;
    }
    into = act;
    into.with_variables = true;
    const auto word_of = [&](const std::string& text) {
        shell::Word word;
        word.text = text;
        word.span = act.span;
        return word;
    };
    for (std::size_t i = 0; i < before.size(); ++i) {
        into.args.insert(into.args.begin() + static_cast<std::ptrdiff_t>(i), word_of(before[i]));
    }
    for (const auto& text : behind) {
        into.args.push_back(word_of(text));
    }
    return true;
}

// git config alias.x '!CMD'; git x: the alias is kept, and judged where it is used.
void Judge::stored_aliases(const Action& act) {
    if (act.name != "git" && act.name != "gh" && act.name != "hg" && act.name != "jj") {
        return;
    }
    for (std::size_t i = 0; i + 1 < act.args.size(); ++i) {
        const std::string& key = act.args[i].text;
        const bool gh = act.name == "gh" && i > 1 && act.args[i - 1].text == "set" && act.args[i - 2].text == "alias";
        const std::string value = starts_with(to_lower(act.args[i + 1].text), "core.hookspath=") ? act.args[i + 1].text.substr(15) : "";
        const bool given = key == "-c" && !value.empty();  // for this one command
        if (given || to_lower(key) == "core.hookspath" || key == "include.path") {
            const std::string folder = normalized(given ? value : act.args[i + 1].text, m_cwd);
            for (const auto& [path, text] : m_script.files) {
                const std::string full = normalized(path, m_cwd);
                if (starts_with(full, folder + "/")) {
                    later(text, act);
                } else if (full == folder) {
                    m_included = folder;
                }
            }
        }
        if ((starts_with(key, "alias.") && key.find('=') == std::string::npos) || gh) {
            m_aliases[act.name + " " + (gh ? key : key.substr(6))] = act.args[i + 1].text;
            return;
        }
    }
    for (const auto& [path, text] : m_script.files) {
        if (!m_included.empty() && normalized(path, m_cwd) == m_included) {
            for (const auto& code : code_in_settings("git", text)) {
                later(code, act);
            }
        }
    }
    const auto alias = m_aliases.find(act.name + " " + std::string(act.subcommand()));
    if (alias == m_aliases.end() || act.args.empty()) {
        return;
    }
    std::string line = starts_with(alias->second, "!") ? alias->second.substr(1) : act.name + " " + alias->second;
    const auto verb = std::find_if(act.args.begin(), act.args.end(), [&](const shell::Word& word) { return word.text == act.subcommand(); });
    for (auto word = verb + 1; word < act.args.end(); ++word) {
        line += " " + in_quotes(word->text);
    }
    nested(line, act);
}

}  // namespace caro::safety
