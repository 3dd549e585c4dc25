// Programs for awk and sed that run commands or write files.
#include <algorithm>
#include <cctype>
#include <map>
#include <string>

#include "safety/effects.hpp"
#include "safety/inline_awk.hpp"
#include "util/strings.hpp"

namespace caro::safety {

namespace {

// The value of the text in double quotes that begins at `at`; `at` is moved behind it.
std::string awk_text(std::string_view code, std::size_t& at) {
    std::string text;
    for (++at; at < code.size() && code[at] != '"'; ++at) {
        if (code[at] == '\\' && at + 1 < code.size()) {
            ++at;
        }
        text += code[at];
    }
    ++at;
    return text;
}

char next_mark(std::string_view code, std::size_t at) {
    const auto next = code.find_first_not_of(" \t\n", at);
    return next == std::string_view::npos ? '\0' : code[next];
}

// s/.*//, s/^.*$//g: every line becomes empty.
bool starts_with_all(std::string_view rest) {
    if (rest.size() < 5 || rest[0] != 's') {
        return false;
    }
    const std::string mark(1, rest[1]);
    for (const std::string_view pattern : {".*", "^.*$", "^.*", ".*$"}) {
        const std::string whole = "s" + mark + std::string(pattern) + mark + mark;
        if (rest == whole || rest == whole + "g") {
            return true;
        }
    }
    return false;
}

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n'; }

// The name of the setting that an address or a pattern is about: /^#*PermitRootLogin/ → PermitRootLogin.
std::string_view setting_in(std::string_view text) {
    for (std::size_t i = 0; i < text.size();) {
        std::size_t end = i;
        while (end < text.size() && (std::isalnum(static_cast<unsigned char>(text[end])) != 0 || text[end] == '_' || text[end] == '-')) {
            ++end;
        }
        if (end - i >= 4) {
            return text.substr(i, end - i);
        }
        i = end + 1;
    }
    return {};
}

// What a command of sed puts into the file: s/…/TEXT/, a TEXT, i TEXT, c TEXT; "" for others.
std::string replacement(std::string_view command) {
    if (command.size() > 3 && command[0] == 's') {
        const auto middle = command.find(command[1], 2);
        const std::string_view rest = middle == std::string_view::npos ? std::string_view() : command.substr(middle + 1);
        return std::string(rest.substr(0, rest.find(command[1])));
    }
    const bool adds = command.size() > 1 && std::string_view("aic").find(command[0]) != std::string_view::npos;
    return adds ? std::string(trim(command.substr(command[1] == '\\' ? 2 : 1))) : "";
}

}  // namespace

// What the program puts together before it runs, prints or writes to it.
void Effects::awk_results(std::string_view code) {
    for (const auto& run : awk_runs(code)) {
        if (run.written) {
            shell::Word file;
            file.text = run.code;
            m_judge.write_target(file, m_action, Writing::overwrite);
        } else if (run.printed) {
            shell::Word text;
            text.text = run.code;
            print(text);
        } else if (run.fetched) {
            m_judge.find("execute.download", "", m_action.span);
        } else if (run.composed || run.code.find(shell::Word::k_unknown) != std::string::npos) {
            m_judge.nested(run.code, m_action);
        }
    }
}

// system("cmd"), "cmd" | getline, print | "cmd", print > "file"
void Effects::awk_code(std::string_view code) {
    const auto both = code.find("|&");
    if (contains(code, "/inet/tcp/") && both != std::string_view::npos && contains(code.substr(both + 2), "|&")) {
        m_judge.find("execute.remote-control", "", m_action.span);
    }
    if (awk_exact(code)) {
        return;
    }
    awk_results(code);
    char before = '\0';      // the last mark that is no space
    std::string_view name;   // the last name
    std::string_view called; // the name before the last bracket
    std::map<std::string, std::string> texts;  // of variables
    for (std::size_t i = 0; i < code.size();) {
        if (code[i] == '#') {
            i = std::min(code.find('\n', i), code.size());
        } else if (code[i] == '/' && (before == '\0' || std::string_view("({,;!~&|").find(before) != std::string_view::npos)) {
            for (++i; i < code.size() && code[i] != '/'; ++i) {  // a pattern
                i += code[i] == '\\' ? 1 : 0;
            }
            before = '/';
            ++i;
        } else if (code[i] == '"') {
            const bool call = before == '(' && called == "system";
            const std::string text = awk_text(code, i);
            if (before == '=') {
                texts[std::string(name)] = text;
            }
            const bool part = before == 'a' || before == '"';  // of a text that awk_runs puts together
            if (!part && (call || before == '|' || next_mark(code, i) == '|')) {
                if (is_shell(text.substr(text.rfind('/') + 1))) {  // print | "sh"
                    m_action.input ? m_judge.nested(*m_action.input, m_action) : m_judge.find("execute.unknown", "", m_action.span);
                }
                m_judge.nested(text, m_action);
            } else if (before == '>') {
                shell::Word target;
                target.text = text;
                m_judge.write_target(target, m_action, Writing::overwrite);
            }
            before = '"';
        } else if (std::isalpha(static_cast<unsigned char>(code[i])) != 0) {
            const std::size_t start = i;
            while (i < code.size() && (std::isalnum(static_cast<unsigned char>(code[i])) != 0 || code[i] == '_')) {
                ++i;
            }
            const bool call = before == '(' && called == "system";
            name = code.substr(start, i - start);
            const auto known = texts.find(std::string(name));
            if ((call || next_mark(code, i) == '|') && known != texts.end()) {  // cmd = "…"; system(cmd)
                m_judge.nested(known->second, m_action);
            }
            before = 'a';
        } else {
            called = code[i] == '(' ? name : called;
            before = is_space(code[i]) ? before : code[i];
            ++i;
        }
    }
}

// The commands e (run) and w (write), and the flags e and w of s.
void Effects::sed_code(std::string_view code) {
    std::string written;
    const std::string lines = replace_all(code, ";", "\n");
    for (const auto line : split(lines, '\n')) {
        const std::string_view text = trim(line);
        // The address: numbers, $, /pattern/, and what joins them.
        std::size_t at = 0;
        while (at < text.size() && std::string_view("0123456789$,!~+ {").find(text[at]) != std::string_view::npos) {
            ++at;
        }
        if (at < text.size() && text[at] == '/') {
            const auto end = text.find('/', at + 1);
            at = end == std::string_view::npos ? text.size() : text.find_first_not_of(" !{", end + 1);
        }
        if (at >= text.size()) {
            continue;
        }
        const std::string_view rest = text.substr(at);
        const std::string_view address = trim(text.substr(0, at));
        const bool every = address.empty() || address == "1,$" || address == "0,$" || address == "/./" || address == "/.*/" ||
                           address == "/^/" || address == "/$/" || address == "1,$ {";
        const std::string put = replacement(rest);
        const auto name = std::string(setting_in(text));
        written += replace_all(put, "\\1", name) + "\n";
        if (!put.empty() && put.find_first_of(" =:\n") == std::string::npos) {
            written += name + " " + put + "\n";  // only the value changes
        }
        m_empties = m_empties || (every && (rest == "d" || starts_with_all(rest)));
        if (rest[0] == 'e' && (rest.size() == 1 || is_space(rest[1]))) {
            if (rest.size() == 1) {
                m_judge.find("execute.unknown", "the sed program", m_action.span);
            }
            m_judge.nested(trim(rest.substr(1)), m_action);
        } else if ((rest[0] == 'w' || rest[0] == 'W') && rest.size() > 1 && is_space(rest[1])) {
            shell::Word target;
            target.text = trim(rest.substr(1));
            m_judge.write_target(target, m_action, Writing::overwrite);
        } else if (rest[0] == 's' && rest.size() > 3) {
            sed_flags(rest);
        }
    }
    for (std::size_t i = m_reading.has("no-pattern") ? 0 : 1; m_reading.has("in-place") && i < m_reading.operands.size(); ++i) {
        m_judge.check_written(m_reading.operands[i].word->text, written, m_action);
    }
}

// s/…/CMD/e; & and \1 are parts of a line that nobody knows here.
void Effects::run_replacement(std::string_view command) {
    std::string line;
    for (std::size_t i = 0; i < command.size(); ++i) {
        const bool reference = command[i] == '\\' && i + 1 < command.size() && std::isdigit(static_cast<unsigned char>(command[i + 1])) != 0;
        line += reference || command[i] == '&' ? shell::Word::k_unknown : command[i];
        i += reference ? 1 : 0;
    }
    m_judge.nested(line, m_action);
}

void Effects::sed_flags(std::string_view substitution) {
    const char mark = substitution[1];
    std::size_t ends = 0;
    std::size_t at = 2;
    std::size_t middle = 0;
    for (; at < substitution.size() && ends < 2; ++at) {
        if (substitution[at] == '\\') {
            ++at;
        } else if (substitution[at] == mark && ++ends == 1) {
            middle = at + 1;
        }
    }
    const std::string_view flags = ends == 2 ? substitution.substr(at) : std::string_view();
    const auto space = flags.find(' ');
    if (flags.substr(0, space).find('e') != std::string_view::npos) {
        run_replacement(substitution.substr(middle, at - middle - 1));
    } else if (flags.substr(0, space).find('w') != std::string_view::npos && space != std::string_view::npos) {
        shell::Word target;
        target.text = trim(flags.substr(space));
        m_judge.write_target(target, m_action, Writing::overwrite);
    }
}

}  // namespace caro::safety
