// Programs with a language of their own that runs commands: editors, make, m4, debuggers, git's aliases.
#include <algorithm>
#include <array>
#include <string>

#include "safety/effects.hpp"
#include "safety/handed.hpp"
#include "util/strings.hpp"

namespace caro::safety {

namespace {

// The text in quotes that begins at or behind `at`; `at` is moved behind it. "" if there is none.
std::string next_text(std::string_view code, std::size_t& at) {
    at = code.find_first_of("\"'", at);
    if (at == std::string_view::npos) {
        return "";
    }
    const char quote = code[at];
    std::string text;
    for (++at; at < code.size() && code[at] != quote; ++at) {
        at += code[at] == '\\' && at + 1 < code.size() ? 1 : 0;
        text += code[at];
    }
    ++at;
    return text;
}

bool names_home(std::string_view code) {
    return contains(code, "env.HOME") || contains(code, "$HOME") || contains(code, "\"HOME\"") || contains(code, "'HOME'");
}

// Ex command behind which an editor hands the rest to a shell: !, r !, %!, w !, 1,$!
std::string_view escaped_command(std::string_view line) {
    auto mark = line.find('!');
    if (mark == std::string_view::npos) {
        return {};
    }
    if (starts_with(line, "au") || starts_with(line, "norm") || starts_with(line, "exe")) {  // autocmd EVENT * !CMD, normal :!CMD, exe "!CMD"
        const bool quoted = mark > 0 && (line[mark - 1] == '"' || line[mark - 1] == '\'');
        const auto end = quoted ? line.find(line[mark - 1], mark) : std::string_view::npos;
        return line.substr(mark + 1, end == std::string_view::npos ? end : end - mark - 1);
    }
    mark += mark + 1 < line.size() && line[mark + 1] == '!' ? 1 : 0;  // sil!!CMD
    if (starts_with(line, "sil") && line.find("! ") == mark && line.find('!', mark + 1) != std::string_view::npos) {
        mark = line.find('!', mark + 1);  // silent! !CMD
    }
    std::string_view before = trim(line.substr(0, mark));
    before.remove_suffix(!before.empty() && before.back() == '!' ? 1 : 0);
    for (const std::string_view word : {"read", "write", "silent", "sil", "exe", "execute", "r", "w"}) {
        if (before.size() >= word.size() && before.substr(before.size() - word.size()) == word) {
            before.remove_suffix(word.size());
            before = trim(before);
        }
    }
    return before.find_first_not_of(":%.,$0123456789 \"'!") == std::string_view::npos ? line.substr(mark + 1) : std::string_view();
}

// -c COMMAND, -cCOMMAND, -sc COMMAND of vi and ex
bool gives_command(std::string_view option) {
    return option.size() > 1 && option[0] == '-' && option[1] != '-' &&
           (option[1] == 'c' || (option.back() == 'c' && option.find_first_not_of("eEsncRvymMdnNZ", 1) == std::string_view::npos));
}

}  // namespace

// One command line of vi, or a line of a script of ex.
void Effects::editor_line(std::string_view line) {
    while (!line.empty() && (line[0] == ':' || line[0] == ' ' || line[0] == '+')) {
        line.remove_prefix(1);
    }
    const std::string_view command = escaped_command(line);
    if (!command.empty()) {
        m_judge.nested(command, m_action);
        return;
    }
    for (const auto& [word, language] : {std::pair<std::string_view, std::string_view>{"lua ", "lua"}, {"py3 ", "python"}, {"python3 ", "python"},
                                         {"py ", "python"}, {"python ", "python"}, {"pyx ", "python"}, {"perl ", "perl"}, {"ruby ", "ruby"}}) {
        if (starts_with(line, word)) {
            program(line.substr(word.size()), std::string(language), 0);
        }
    }
    for (const std::string_view call : {"system(", "systemlist(", "jobstart(", "termopen(", "job_start("}) {
        for (auto at = line.find(call); at != std::string_view::npos; at = line.find(call, at + 1)) {
            std::size_t text = at;
            m_judge.nested(next_text(line, text), m_action);
        }
    }
    const auto removes = line.find("delete(");
    if (removes != std::string_view::npos) {
        std::size_t at = removes;
        shell::Word path;
        path.text = next_text(line, at);
        path.tilde = starts_with(path.text, "~");
        if (names_home(line.substr(removes)) || path.text == "rf") {
            path.text = names_home(line.substr(removes)) ? "~" : std::string(1, shell::Word::k_unknown);
            path.tilde = path.text == "~";
        }
        m_judge.delete_target(path, m_action, contains(line.substr(removes), "rf"));
    }
    if (starts_with(line, "w! ") || starts_with(line, "w ") || starts_with(line, "write ")) {
        shell::Word target;
        target.text = trim(line.substr(line.find(' ')));
        m_judge.write_target(target, m_action, Writing::overwrite);
    }
}

// Code in options of programs that are no shells, and in what they read.
void Effects::embedded() {
    const std::string& name = m_action.name;
    const auto& args = m_action.args;
    const bool emacs = starts_with(name, "emacs") || name == "guile" || name == "sbcl" || name == "clisp" || name == "ecl" || name == "racket";
    const bool vi = m_spec.id == "vi";
    const auto rest = [&args](std::size_t from) {
        std::string line;
        for (std::size_t k = from; k < args.size(); ++k) {
            line += " '" + replace_all(args[k].text, "'", "'\\''") + "'";
        }
        return line;
    };
    for (std::size_t i = 0; i < args.size(); ++i) {
        const std::string& text = args[i].text;
        if ((m_spec.id == "gdb" && text == "--args") || (name == "coreutils" && starts_with(text, "--coreutils-prog="))) {
            m_judge.nested((name == "coreutils" ? text.substr(17) : "") + rest(i + 1), m_action);
            break;
        }
        const auto written = name == "nmap" || name == "logrotate" ? m_judge.m_script.files.find(text.substr(text.find('=') + 1)) : m_judge.m_script.files.end();
        if (written != m_judge.m_script.files.end() && name == "nmap") {
            program(written->second, "lua", 0);
        } else if (written != m_judge.m_script.files.end()) {
            m_judge.nested(rotation_code(written->second), m_action);
        }
        const std::string& value = i + 1 < args.size() ? args[i + 1].text : text;
        const auto equal = text.find('=');
        const std::string option = text.substr(0, equal);
        if (emacs && (option == "--eval" || option == "-eval" || option == "--execute" || text == "-c" || text == "-e" || text == "-x")) {
            lisp_code(equal == std::string::npos ? std::string_view(value) : std::string_view(text).substr(equal + 1));
        } else if (name == "erl" && (text == "-eval" || text == "-run")) {
            texts_of(value, "other", false);
        } else if (vi && (text == "--cmd" || (text[0] == '+' && text.size() > 1) || gives_command(text))) {
            const bool glued = text[0] == '-' && text[1] == 'c' && text.size() > 2;  // -cq, -c!ls
            editor_line(text[0] == '+' ? std::string_view(text) : glued ? std::string_view(text).substr(2) : std::string_view(value));
        } else if (starts_with(text, "ext::")) {  // git clone 'ext::sh -c …'
            std::string words;  // separated by blanks; "% " is a blank in a word
            const std::string marked = replace_all(text.substr(5), "% ", "\x01");
            for (const auto word : split(marked, ' ')) {
                words += in_quotes(replace_all(replace_all(std::string(word), "\x01", " "), "%%", "%")) + " ";
            }
            m_judge.nested(words, m_action);
        } else if (m_spec.id == "gdb" && contains(option, "ex") && text[0] == '-') {
            const bool python = starts_with(value, "python ") || starts_with(value, "py ") || starts_with(value, "script ");
            if (python) {
                program(std::string_view(value).substr(value.find(' ') + 1), "python", 0);
            } else if (starts_with(value, "call ") || starts_with(value, "print ") || starts_with(value, "p ")) {
                program(std::string_view(value).substr(value.find(' ') + 1), "php", 0);  // system("…")
            }
        }
    }
    embedded_input();
    redis_words();
    git_alias();
}

// … and what they read from standard input, or from an address.
void Effects::embedded_input() {
    const std::string& name = m_action.name;
    const auto& args = m_action.args;
    const bool vi = m_spec.id == "vi";
    std::string input = m_action.input ? *m_action.input : "";
    for (const auto* redirect : m_action.redirects) {
        input = input.empty() && (redirect->op == "<<" || redirect->op == "<<<") && redirect->target.known() ? redirect->target.text : input;
    }
    constexpr std::array<std::string_view, 14> k_readers = {"jshell", "scala", "groovysh", "ghci", "irb", "pry", "iex", "erl", "clojure", "bb", "ocaml",
                                                            "swift",  "kotlin", "fsharpi"};
    if (!input.empty() && std::find(k_readers.begin(), k_readers.end(), name) != k_readers.end()) {
        program(replace_all(input, "System.out.print", "print"), "other", 0);
    }
    const bool runs_addresses = (name == "deno" || name == "bun" || name == "npx" || name == "bunx" || name == "pnpx" || name == "uvx") && !args.empty();
    const bool address = std::any_of(args.begin(), args.end(), [](const shell::Word& word) {
        return starts_with(word.text, "http://") || starts_with(word.text, "https://");
    });
    if (runs_addresses && address && args[0].text != "add" && args[0].text != "install" && args[0].text != "info" && args[0].text != "eval") {
        m_judge.find("execute.download", "", m_action.span);
    }
    if (vi && !input.empty()) {
        for (const auto line : split(input, '\n')) {
            editor_line(line);
        }
    }
    int left = 32;
    for (auto at = name == "m4" ? input.find("syscmd(") : std::string::npos; at != std::string::npos && left-- > 0; at = input.find("syscmd(", at + 1)) {
        const auto end = input.find(')', at);
        std::string command = end == std::string::npos ? "" : input.substr(at + 7, end - at - 7);
        command.erase(std::remove_if(command.begin(), command.end(), [](char c) { return c == '`' || c == '\''; }), command.end());
        m_judge.nested(command, m_action);
    }
}

void Effects::redis_words() {
    if (m_action.name == "redis-cli" || m_action.name == "valkey-cli" || m_action.name == "keydb-cli") {  // CONFIG SET dir …, EVAL, as words
        std::string line;
        for (const auto& word : m_action.args) {
            line += (line.empty() ? "" : " ") + word.text;
        }
        if (const std::string_view file = planted_by_redis(line); !file.empty()) {
            m_judge.find("database.plants-file", file, m_action.span);
        }
        if (const std::string command = run_by_redis(line); !command.empty()) {
            m_judge.nested(command, m_action);
        }
    }
}

// git -c alias.x='push --force' x
void Effects::git_alias() {
    if (m_spec.id != "git") {
        return;
    }
    const auto& args = m_action.args;
    for (std::size_t i = 0; i + 2 < args.size(); ++i) {
        const std::string& text = args[i + 1].text;
        const auto equal = text.find('=');
        if (args[i].text != "-c" || !starts_with(text, "alias.") || equal == std::string::npos) {
            continue;
        }
        const std::string alias = text.substr(6, equal - 6);
        const auto used = std::find_if(args.begin() + static_cast<std::ptrdiff_t>(i) + 2, args.end(),
                                       [&](const shell::Word& word) { return word.text == alias; });
        if (used == args.end()) {
            continue;
        }
        std::string line = text.substr(equal + 1);
        line = line.substr(0, 1) == "!" ? line.substr(1) : "git " + line;
        for (auto more = used + 1; more != args.end(); ++more) {
            line += " '" + more->text + "'";
        }
        m_judge.nested(line, m_action);
        m_code_seen = true;
    }
}

// find / | while read x; do rm -rf "$x"; done
bool Effects::remove_read(const shell::Word& word) {
    bool found = false;
    if (word.known() || word.text.find_first_not_of(shell::Word::k_unknown) != std::string::npos) {
        return false;
    }
    for (const auto& stage : m_line.stages) {
        if (!stage.only_flow || stage.words.empty() || (stage.words[0].text != "find" && stage.words[0].text != "fd")) {
            continue;
        }
        const FindPlan plan = read_find(stage.words[0].text, {stage.words.begin() + 1, stage.words.end()});
        for (const auto& start : plan.starts) {
            m_judge.delete_found(start, m_action, plan.narrowed, plan.work);
            found = true;
        }
    }
    return found;
}

}  // namespace caro::safety
