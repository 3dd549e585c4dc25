#include "safety/inline_code.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <utility>

#include "safety/inline_calls.hpp"
#include "safety/inline_tokens.hpp"

namespace caro::safety {

namespace {

constexpr int k_deepest = 60;
constexpr std::size_t k_budget = 400'000;

using Kind = CodeToken::Kind;

template <class List>
bool in(const List& list, std::string_view text) {
    return std::find(list.begin(), list.end(), text) != list.end();
}

std::string quoted(std::string_view word) {
    std::string out = "'";
    for (const char c : word) {
        out += c == '\'' ? std::string("'\\''") : std::string(1, c);
    }
    return out + "'";
}

class Program {
  public:
    Program(std::string_view code, std::string_view language)
        : m_language(language), m_bare_calls(language == "perl" || language == "ruby" || language == "php" || language == "lua"),
          m_tokens(code_tokens(code, language)) {
        for (const auto& t : m_tokens) {
            if (t.text == "child_process" || t.text == "node:child_process") {
                m_mentioned.insert("child_process");
            }
            if (t.kind == Kind::name) {
                m_mentioned.insert({t.text, t.last(), std::string_view(t.text).substr(0, t.text.find('.'))});
            }
        }
    }

    std::vector<ProgramEffect> judge() &&;

  private:
    const CodeToken& token(std::size_t i) const {
        static const CodeToken s_end{Kind::mark, ";"};
        return i < m_tokens.size() ? m_tokens[i] : s_end;
    }
    void imports();
    void call(std::size_t i);
    void special_call(std::size_t i, std::string_view last, const std::vector<shell::Word>& arguments);
    void open_call(const std::vector<shell::Word>& arguments);
    void code_call(std::size_t i, const std::vector<shell::Word>& arguments);
    void signs();
    std::vector<shell::Word> arguments_of(std::size_t i);
    shell::Word expression(std::size_t& i, int depth);
    shell::Word term(std::size_t& i, int depth);
    shell::Word named_term(std::size_t& i, int depth);
    shell::Word list(std::size_t& i, int depth);
    shell::Word receiver(std::size_t i);
    void skip_brackets(std::size_t& i) const;
    bool mentions(std::string_view name) const { return m_mentioned.count(name) != 0; }
    bool fetches() const {
        return mentions("urlopen") || mentions("requests") || mentions("urllib") || mentions("file_get_contents") ||
               mentions("LWP") || mentions("URI") || mentions("fetch") || mentions("https") || mentions("http") ||
               mentions("curl_exec") || mentions("Net");
    }
    void add(ProgramAct act, shell::Word word, std::string detail = "") {
        m_effects.push_back({act, std::move(word), std::move(detail)});
    }
    static shell::Word unknown() {
        shell::Word word;
        word.text = std::string(1, shell::Word::k_unknown);
        return word;
    }

    bool spent() const {
        m_budget -= m_budget > 0 ? 1 : 0;
        return m_budget == 0;
    }

    std::string_view m_language;
    bool m_bare_calls;
    std::vector<CodeToken> m_tokens;
    std::map<std::string, std::string, std::less<>> m_names;  // other names of calls: from os import system as s
    std::map<std::string, shell::Word, std::less<>> m_values; // constants
    std::vector<ProgramEffect> m_effects;
    std::set<std::string_view> m_mentioned;   // names, their last parts and their first parts
    mutable std::size_t m_budget = k_budget;  // of steps, so that brackets in brackets take no quadratic time
};

void Program::skip_brackets(std::size_t& i) const {
    int depth = 0;
    for (; i < m_tokens.size(); ++i) {
        if (spent()) {
            i = m_tokens.size();
            return;
        }
        const bool opens = token(i).is('(') || token(i).is('[') || token(i).is('{');
        const bool closes = token(i).is(')') || token(i).is(']') || token(i).is('}');
        depth += opens ? 1 : closes ? -1 : 0;
        if (depth <= 0) {
            ++i;
            return;
        }
    }
}

// ["rm", "-rf", x]: as one line for a shell.
shell::Word Program::list(std::size_t& i, int depth) {
    shell::Word all;
    ++i;
    while (i < m_tokens.size() && !token(i).is(']')) {
        const std::size_t before = i;
        const shell::Word element = expression(i, depth + 1);
        all.text += (all.text.empty() ? "" : " ") + (element.known() ? quoted(element.text) : element.text);
        i += token(i).is(',') ? 1 : 0;
        if (i == before) {
            break;
        }
    }
    i += token(i).is(']') ? 1 : 0;
    return all;
}

shell::Word Program::named_term(std::size_t& i, int depth) {
    constexpr std::array<std::string_view, 18> k_transparent = {
        "expanduser", "Path",  "PurePath", "str",   "realpath", "abspath", "normpath", "resolve", "String",
        "expand_path", "encode", "File",   "fsencode", "glob",  "iglob",   "bytes",    "new",     "readdirSync"};
    const std::string name = token(i).text;
    const std::string_view last = token(i).last();
    ++i;
    shell::Word word = unknown();
    const bool home = last == "homedir" || last == "home";
    const bool environment = last == "environ" || last == "env" || last == "ENV" || last == "getenv" || name == "$ENV" || last == "HOME";
    if (home || (environment && (last == "HOME" || token(i + 1).text == "HOME"))) {
        word.text = "~";
        word.tilde = true;
    } else if (const auto known = m_values.find(name); known != m_values.end()) {
        word = known->second;
    } else if (last == "sep") {
        word.text = "/";
    } else if (in(k_transparent, last) && (token(i).is('(') || (m_bare_calls && token(i).kind == Kind::text))) {
        std::size_t inside = i + (token(i).is('(') ? 1 : 0);
        word = expression(inside, depth + 1);
        word.glob = word.glob || last == "glob" || last == "iglob";
        i = token(i).is('(') ? i : inside;
    } else if (last == "join" && token(i).is('(')) {
        std::size_t inside = i + 1;
        word = expression(inside, depth + 1);
        while (token(inside).is(',')) {
            ++inside;
            const shell::Word next = expression(inside, depth + 1);
            word.text = next.text.substr(0, 1) == "/" ? next.text : word.text + "/" + next.text;
        }
    }
    if (token(i).is('(') || token(i).is('[') || token(i).is('{')) {
        skip_brackets(i);
    }
    return word;
}

shell::Word Program::term(std::size_t& i, int depth) {
    shell::Word word;
    if (depth > k_deepest || spent()) {
        i = m_tokens.size();
        return unknown();
    }
    const CodeToken& first = token(i);
    if (first.kind == Kind::text) {
        word.text = first.text;
        word.tilde = first.text.substr(0, 1) == "~";
        word.glob = first.text.find_first_of("*?") != std::string::npos;
        ++i;
    } else if (first.is('[')) {
        word = list(i, depth);
    } else if (first.is('(')) {
        ++i;
        word = expression(i, depth + 1);
        i += token(i).is(')') ? 1 : 0;
    } else if (first.is('<')) {  // <*> of Perl
        word.text = "*";
        word.glob = true;
        while (i < m_tokens.size() && !token(i).is('>') && !token(i).is(';')) {
            ++i;
        }
        ++i;
    } else if (first.kind == Kind::name) {
        word = named_term(i, depth);
    } else {
        word = unknown();
        ++i;
    }
    // Methods of the value: .format(…), .decode() …
    while (token(i).kind == Kind::name && token(i).text[0] == '.') {
        const std::string_view method = token(i).last();
        const bool keeps = method == "strip" || method == "encode" || method == "decode" || method == "split" || method == "toString" ||
                           method == "expanduser" || method == "resolve" || method == "absolute";
        ++i;
        if (token(i).is('(')) {
            skip_brackets(i);
        }
        if (!keeps) {
            word.text += shell::Word::k_unknown;
        }
    }
    return word;
}

// Texts that are joined (+, ., .., or nothing between them); ends before a comma or a closing bracket.
shell::Word Program::expression(std::size_t& i, int depth) {
    shell::Word word = term(i, depth);
    while (i < m_tokens.size()) {
        const CodeToken& next = token(i);
        if (next.is(',') || next.is(')') || next.is(']') || next.is('}') || next.is(';')) {
            break;
        }
        const bool joins = next.is('+') || next.is('.');
        const bool path = next.is('/');
        if (!joins && !path && next.kind != Kind::text) {  // something else is computed
            while (i < m_tokens.size() && !token(i).is(',') && !token(i).is(')') && !token(i).is(']') && !token(i).is(';') &&
                   !token(i).is('}')) {
                if (token(i).is('(') || token(i).is('[') || token(i).is('{')) {
                    skip_brackets(i);
                } else {
                    i = spent() ? m_tokens.size() : i + 1;
                }
            }
            word.text += shell::Word::k_unknown;
            break;
        }
        i += joins || path ? 1 : 0;
        i += token(i).is('.') ? 1 : 0;  // .. of Lua
        const shell::Word more = term(i, depth + 1);
        word.text += (path ? "/" : "") + more.text;
        word.glob = word.glob || more.glob;
    }
    return word;
}

std::vector<shell::Word> Program::arguments_of(std::size_t i) {
    std::vector<shell::Word> arguments;
    std::size_t at = i + 1;
    const bool brackets = token(at).is('(');
    at += brackets ? 1 : 0;
    if (!brackets && !(m_bare_calls && (token(at).kind != Kind::mark || token(at).is('<') || token(at).is('[')))) {
        return arguments;
    }
    while (at < m_tokens.size() && !token(at).is(')') && !token(at).is(';') && !token(at).is('}') && arguments.size() < 12) {
        const std::size_t before = at;
        arguments.push_back(expression(at, 0));
        at += token(at).is(',') ? 1 : 0;
        if (at == before) {
            break;
        }
    }
    return arguments;
}

// What a method is called of: Path("x").unlink()
shell::Word Program::receiver(std::size_t i) {
    if (i > 0 && token(i - 1).kind == Kind::text) {
        std::size_t at = i - 1;
        return term(at, 0);
    }
    int depth = 0;
    for (std::size_t at = i; at > 0 && !spent(); --at) {
        depth += token(at - 1).is(')') ? 1 : token(at - 1).is('(') ? -1 : 0;
        if (depth == 0) {
            std::size_t inside = at;
            return token(at - 1).is('(') ? expression(inside, 0) : unknown();
        }
    }
    return unknown();
}

// from os import system as s; x = "constant"
void Program::imports() {
    for (std::size_t i = 0; i + 2 < m_tokens.size(); ++i) {
        if (token(i).kind == Kind::name && token(i + 1).text == "as" && token(i + 2).kind == Kind::name) {
            m_names[token(i + 2).text] = token(i).text;
        }
        const bool assigned = token(i).kind == Kind::name && token(i + 1).is('=') && token(i + 2).kind != Kind::mark;
        if (assigned) {
            std::size_t at = i + 2;
            shell::Word value = expression(at, 0);
            if (value.known()) {
                m_values[token(i).text] = std::move(value);
            }
        }
    }
}

// open("x", "w"), open(F, ">", "x"), open(F, ">x"), open("| cmd")
void Program::open_call(const std::vector<shell::Word>& arguments) {
    const auto text = [&](std::size_t n) { return n < arguments.size() ? std::string_view(arguments[n].text) : std::string_view(); };
    if (m_language == "perl") {
        shell::Word path = arguments.empty() ? unknown() : arguments.back();
        const std::string_view how = text(1);
        if (how.substr(0, 1) == "|" || (!how.empty() && (how.back() == '|' || how.substr(0, 2) == "-|"))) {
            path.text = how == "|-" || how == "-|" ? path.text : path.text.substr(path.text.front() == '|' ? 1 : 0);
            if (!path.text.empty() && path.text.back() == '|') {
                path.text.pop_back();
            }
            add(ProgramAct::shell, path);
        } else if (how.substr(0, 1) == ">" || how.substr(0, 2) == "+<") {
            path.text = path.text.substr(std::min(path.text.find_first_not_of("+<> "), path.text.size()));
            add(how.substr(0, 2) == ">>" ? ProgramAct::append : ProgramAct::write, path);
        } else {
            add(ProgramAct::read, path);
        }
        return;
    }
    const std::string_view mode = text(1);
    if (text(0).substr(0, 1) == "|") {
        shell::Word command = arguments[0];
        command.text.erase(0, 1);
        add(ProgramAct::shell, command);
    } else if (mode.find_first_of("wx+") != std::string_view::npos && mode.size() <= 4) {
        add(ProgramAct::write, arguments[0]);
    } else if (mode.find('a') != std::string_view::npos && mode.size() <= 3) {
        add(ProgramAct::append, arguments[0]);
    } else if (!arguments.empty()) {
        add(ProgramAct::read, arguments[0]);
    }
}

// exec("code") of Python, eval("code"); exec of Ruby, Perl, PHP and JavaScript runs a program.
void Program::code_call(std::size_t i, const std::vector<shell::Word>& arguments) {
    const bool program = token(i).last() == "exec" && m_language != "python";
    if (program && m_language == "node" && !mentions("child_process")) {
        return;  // of a regular expression
    }
    if (arguments.empty()) {
        return;
    }
    const bool known = arguments[0].known();
    if (program) {
        shell::Word line = arguments[0];
        for (std::size_t k = 1; k < arguments.size() && m_language != "node"; ++k) {
            line.text += " " + (arguments[k].known() ? quoted(arguments[k].text) : arguments[k].text);
        }
        add(ProgramAct::shell, line);
    } else if (known) {
        add(ProgramAct::code, arguments[0]);
    } else {
        const bool decoded = mentions("b64decode") || mentions("base64_decode") || mentions("fromhex") || mentions("atob") ||
                             mentions("decode64") || mentions("unhexlify") || mentions("gzinflate") || mentions("decode_base64");
        add(fetches() ? ProgramAct::code_fetched : decoded ? ProgramAct::code_decoded : ProgramAct::code_unknown, unknown());
    }
}

void Program::special_call(std::size_t i, std::string_view last, const std::vector<shell::Word>& arguments) {
    if (last == "open" || last == "fopen") {
        open_call(arguments);
    } else if ((last == "exec" || last == "eval" || last == "instance_eval" || last == "loadstring" || last == "execfile" || last == "assert") &&
               (last != "assert" || m_language == "php")) {
        code_call(i, arguments);
    } else if (last == "chmod" || last == "chmodSync" || last == "lchmod") {
        const bool mode_first = m_language == "perl" || m_language == "ruby";
        if (arguments.size() > 1) {
            std::string mode = arguments[mode_first ? 0 : 1].text;
            mode = mode.substr(std::min(mode.find_first_not_of("0o"), mode.size()));
            add(ProgramAct::permissions, arguments[mode_first ? 1 : 0], mode);
        }
    } else if (last == "kill" && !arguments.empty() && token(i).text != ".kill") {
        const std::size_t pid = m_language == "perl" || m_language == "ruby" ? 1 : 0;
        const bool minus = token(i + 2).is('-') || token(i + 4).is('-') || token(i + 3).is('-');
        if (pid < arguments.size() && minus && arguments[pid].text.find('1') != std::string::npos) {
            add(ProgramAct::kill_all, unknown());
        } else {
            add(ProgramAct::append, arguments[0]);
        }
    } else if (last == "post" || last == "put" || last == "request" || last == "sendall" || last == "sendto" || last == "urlopen") {
        add(ProgramAct::send, unknown());
    } else if (last == "read_text" || last == "read_bytes" || last == "readFileSync" || last == "readFile" || last == "file_get_contents") {
        add(ProgramAct::read, last.substr(0, 5) == "read_" ? receiver(i) : arguments.empty() ? unknown() : arguments[0]);
    }
}

void Program::call(std::size_t i) {
    std::string name = token(i).text;
    if (const auto other = m_names.find(name); other != m_names.end()) {
        name = other->second;
    } else if (const auto module = m_names.find(name.substr(0, name.find('.'))); module != m_names.end()) {
        name = module->second + name.substr(std::min(name.find('.'), name.size()));
    }
    CodeToken named{Kind::name, name};
    const std::string_view last = named.last();
    const Call* found = nullptr;
    for (const auto& row : k_full_calls) {
        const bool ends = name.size() >= row.name.size() && name.compare(name.size() - row.name.size(), row.name.size(), row.name) == 0;
        found = ends ? &row : found;
    }
    for (const auto& row : k_calls) {
        found = found == nullptr && row.name == last ? &row : found;
    }
    // require("child_process").exec(…), Path("x").unlink()
    const bool method = !name.empty() && name[0] == '.';
    const std::vector<shell::Word> arguments = arguments_of(i);
    const bool called = token(i + 1).is('(') || !arguments.empty();
    if (!called) {
        return;
    }
    if (found == nullptr) {
        special_call(i, last, arguments);
        return;
    }
    shell::Word word = found->argument < arguments.size() ? arguments[found->argument] : unknown();
    if (found->argument == 9 || (method && arguments.empty())) {
        word = receiver(i);
    }
    ProgramAct act = found->act;
    if (act == ProgramAct::shell && arguments.size() > 1 && (m_language != "python") && found->argument == 0 && last != "popen") {
        for (std::size_t k = 1; k < arguments.size() && arguments[k].known(); ++k) {  // spawn("rm", ["-rf", "/"])
            const bool list = arguments[k].text.substr(0, 1) == "'";
            word.text += " " + (list ? arguments[k].text : quoted(arguments[k].text));
        }
    }
    if (act == ProgramAct::remove && mentions("recursive")) {
        act = ProgramAct::remove_tree;
    }
    if (act == ProgramAct::remove && arguments.empty() && !method) {
        return;
    }
    const std::string target = act == ProgramAct::move && arguments.size() > 1 ? arguments[1].text : "";
    add(act, word, target);
}

// What several calls together are: a shell on a connection, processes without end.
void Program::signs() {
    const bool connects = mentions("connect") || mentions("create_connection") || mentions("TCPSocket") || mentions("fsockopen") ||
                          mentions("IO::Socket::INET") || mentions("createConnection") || mentions("INET") || mentions("Socket");
    const bool shell = std::any_of(m_tokens.begin(), m_tokens.end(), [](const CodeToken& t) {
        return (t.kind == Kind::text || t.kind == Kind::shell_text) &&
               (t.text.find("/bin/sh") != std::string::npos || t.text.find("/bin/bash") != std::string::npos || t.text == "sh" ||
                t.text == "bash" || t.text.find("cmd.exe") != std::string::npos || t.text.substr(0, 3) == "sh ");
    });
    if (connects && (shell || mentions("dup2"))) {
        add(ProgramAct::remote_control, unknown());
    }
    const bool loops = mentions("while") || mentions("loop") || mentions("for");
    if (mentions("fork") && loops && !mentions("wait") && !mentions("waitpid")) {
        add(ProgramAct::fork_bomb, unknown());
    }
}

std::vector<ProgramEffect> Program::judge() && {
    imports();
    for (std::size_t i = 0; i < m_tokens.size(); ++i) {
        if (token(i).kind == Kind::shell_text) {
            shell::Word word;
            word.text = token(i).text;
            add(ProgramAct::shell, word);
        } else if (token(i).kind == Kind::name) {
            call(i);
        }
    }
    signs();
    if (m_budget == 0) {
        add(ProgramAct::code_unknown, unknown());
    }
    return std::move(m_effects);
}

}  // namespace

std::vector<ProgramEffect> judge_program(std::string_view code, std::string_view language) {
    constexpr std::array<std::string_view, 6> k_languages = {"python", "perl", "ruby", "node", "php", "lua"};
    if (!in(k_languages, language)) {
        return {};
    }
    return Program(code, language).judge();
}

}  // namespace caro::safety
