#include "safety/inline_code.hpp"

#include "safety/inline_calls.hpp"
#include "safety/inline_program.hpp"
#include "util/strings.hpp"

namespace caro::safety {

namespace {

using Kind = CodeToken::Kind;

}  // namespace

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
    } else if (known && (arguments[0].text.substr(0, 7) == "http://" || arguments[0].text.substr(0, 8) == "https://")) {
        add(ProgramAct::code_fetched, unknown());  // eval(parse("http://…"))
    } else if (known) {
        add(ProgramAct::code, arguments[0]);
    } else {
        const bool decoded = mentions("b64decode") || mentions("base64_decode") || mentions("fromhex") || mentions("atob") ||
                             mentions("decode64") || mentions("unhexlify") || mentions("gzinflate") || mentions("decode_base64");
        add(fetches() ? ProgramAct::code_fetched : decoded ? ProgramAct::code_decoded : ProgramAct::code_unknown, unknown());
    }
}

// The arguments as words of a shell.
std::string Program::as_words(const std::vector<shell::Word>& arguments, std::size_t from) {
    std::string all;
    for (std::size_t k = from; k < arguments.size(); ++k) {
        const bool plain = !arguments[k].known() || arguments[k].tilde || arguments[k].text.substr(0, 1) == "'";
        all += (k > from ? " " : "") + (plain ? arguments[k].text : quoted(arguments[k].text));
    }
    return all;
}

// execlp("rm", "rm", "-rf", x), spawnvp(P_WAIT, "rm", ["rm", …]), posix_spawn("/bin/rm", [...], env)
bool Program::process_call(std::string_view last, const std::vector<shell::Word>& arguments) {
    const bool spawns = last.substr(0, 5) == "spawn" && m_language == "python";
    const bool posix = last.substr(0, 11) == "posix_spawn";
    const bool executes = last.substr(0, 4) == "exec" && last.size() > 4 && (last[4] == 'l' || last[4] == 'v');
    const std::size_t program = spawns ? 1 : 0;
    if ((!spawns && !posix && !executes) || arguments.size() < program + 2) {
        return false;
    }
    shell::Word word;
    const bool separate = last.find('l') != std::string_view::npos && last.find('v') == std::string_view::npos && !posix;
    word.text = separate ? as_words(arguments, program + 1) : arguments[program + 1].text;
    add(ProgramAct::shell, word);
    return true;
}

// CDLL(None).reboot(…), syscall(169, …)
bool Program::machine_call(std::string_view last, const std::vector<shell::Word>& arguments) {
    const bool native = mentions("ctypes") || mentions("CDLL") || mentions("Fiddle") || mentions("FFI") || mentions("ffi") || mentions("cdll") || m_language == "perl" ||
                        m_language == "ruby";
    const std::string first = arguments.empty() ? "" : arguments[0].text;
    const bool number = last == "syscall" && (first == "169" || first == "0xa9" || first == "88" || first.find("SYS_reboot") != std::string::npos);
    if (native && (last == "reboot" || number)) {
        shell::Word word;
        word.text = "reboot -f";
        add(ProgramAct::shell, word);
        return true;
    }
    return false;
}

void Program::special_call(std::size_t i, std::string_view last, const std::vector<shell::Word>& arguments) {
    if (language_call(i, last, arguments)) {
        return;
    }
    if (last == "open" || last == "fopen") {
        open_call(arguments);
    } else if (last == "Function" && m_language == "node" && !arguments.empty()) {
        code_call(i, {arguments.back()});
    } else if (runs_code(last)) {
        code_call(i, arguments);
    } else if ((last == "execute" || last == "executescript" || last == "executemany" || last == "query") && !arguments.empty()) {
        add(ProgramAct::sql, arguments[0]);
    } else if (last == "loads" && (mentions("pickle") || mentions("marshal") || mentions("dill")) && fetches()) {
        add(ProgramAct::code_fetched, unknown());
    } else if (last == "import" && m_language == "node" && !arguments.empty() && arguments[0].text.substr(0, 4) == "http") {
        add(ProgramAct::code_fetched, unknown());
    } else if (last == "pcntl_exec" && arguments.size() > 1) {
        shell::Word word = arguments[0];
        word.text += " " + arguments[1].text;
        add(ProgramAct::shell, word);
    } else if (process_call(last, arguments) || machine_call(last, arguments)) {
        return;
    } else if (prints(last) && !arguments.empty() && arguments[0].known()) {
        add(ProgramAct::print, arguments[0], arguments.size() > 1 ? "and more" : "");
    } else if (last == "chmod" || last == "chmodSync" || last == "lchmod") {
        const bool mode_first = m_language == "perl" || m_language == "ruby";
        if (arguments.size() > 1) {
            std::string mode = arguments[mode_first ? 0 : 1].text;
            mode = mode.substr(std::min(mode.find_first_not_of("0o"), mode.size()));
            add(ProgramAct::permissions, arguments[mode_first ? 1 : 0], mode);
        }
    } else if (last == "kill" && !arguments.empty() && token(i).text != ".kill") {
        const std::size_t pid = m_language == "perl" || m_language == "ruby" ? 1 : 0;
        const bool minus = token(i + 2).is('-') || token(i + 4).is('-') || token(i + 3).is('-') || (token(i + 2).is(':') && token(i + 5).is('-'));
        if (pid < arguments.size() && minus && arguments[pid].text.find('1') != std::string::npos) {
            add(ProgramAct::kill_all, unknown());
        } else {
            add(ProgramAct::append, arguments[0]);
        }
    } else if ((last == "array_map" || last == "array_walk" || last == "call_user_func") && arguments.size() > 1) {
        for (const auto& row : k_calls) {
            if (row.name == arguments[0].text) {
                shell::Word word = arguments[1];  // a list: each of its elements
                if (row.act == ProgramAct::shell && word.text.size() > 1 && word.text.front() == '\'' && word.text.back() == '\'') {
                    word.text = replace_all(word.text.substr(1, word.text.size() - 2), "' '", "\n");
                }
                add(row.act, std::move(word));
            }
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
    } else if (const auto value = m_values.find(name); value != m_values.end() && m_language == "php" && value->second.known()) {
        name = value->second.text;  // $f("…")
    }
    if (name.empty()) {
        return;
    }
    const CodeToken named{Kind::name, name, false, {}};
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
    const bool bare = (m_language == "ruby" && method) || (m_language == "perl" && (last == "unlink" || last == "rmdir"));
    const bool asked = (m_language == "groovy" || m_language == "jvm") && method;
    const bool called = token(i + 1).is('(') || !arguments.empty() || (asked && found != nullptr) || (bare && found != nullptr && !token(i + 1).is('='));
    if (!called) {
        return;
    }
    if (found == nullptr) {
        special_call(i, last, arguments);
        return;
    }
    if (only_tells_at(i)) {
        return;
    }
    shell::Word word = found->argument < arguments.size() ? arguments[found->argument] : unknown();
    if (found->argument == 9 || (method && arguments.empty())) {
        word = receiver(i);
    }
    word.guessed = word.guessed || std::any_of(arguments.begin(), arguments.end(), [](const shell::Word& argument) { return argument.guessed; });
    ProgramAct act = found->act;
    if (act == ProgramAct::shell && arguments.size() > 1 && (m_language != "python") && found->argument == 0 && last != "popen") {
        for (std::size_t k = 1; k < arguments.size() && arguments[k].known(); ++k) {  // spawn("rm", ["-rf", "/"])
            const bool list = arguments[k].text.substr(0, 1) == "'";
            word.text += " " + (list || arguments[k].tilde ? arguments[k].text : quoted(arguments[k].text));
        }
    }
    if (act == ProgramAct::remove && mentions("recursive")) {
        act = ProgramAct::remove_tree;
    }
    if (act == ProgramAct::remove && arguments.empty() && !method && !bare) {
        return;
    }
    const std::string target = act == ProgramAct::move && arguments.size() > 1 ? arguments[1].text : "";
    add(act, word, target);
}

// FileUtils.rm_rf("x", noop: true) only tells what it would do.
bool Program::only_tells_at(std::size_t i) const {
    constexpr std::size_t k_farthest = 40;
    for (std::size_t k = i; k < i + k_farthest && k + 2 < m_tokens.size() && !token(k).is(';'); ++k) {
        if (token(k).text == "noop" && token(k + 1).is(':') && token(k + 2).text == "true") {
            return true;
        }
    }
    return false;
}

// What several calls together are: a shell on a connection, processes without end.
void Program::signs() {
    const bool connects = mentions("connect") || mentions("create_connection") || mentions("TCPSocket") || mentions("fsockopen") ||
                          mentions("IO::Socket::INET") || mentions("createConnection") || mentions("INET") || mentions("Socket") ||
                          std::any_of(m_tokens.begin(), m_tokens.end(), [](const CodeToken& t) {
                              return t.kind == Kind::name && t.text.find("IO::Socket") != std::string::npos;
                          });
    const bool shell = std::any_of(m_tokens.begin(), m_tokens.end(), [](const CodeToken& t) {
        return (t.kind == Kind::text || t.kind == Kind::shell_text) &&
               (t.text.find("/bin/sh") != std::string::npos || t.text.find("/bin/bash") != std::string::npos || t.text == "sh" ||
                t.text == "bash" || t.text.find("cmd.exe") != std::string::npos || t.text.substr(0, 3) == "sh ");
    });
    const bool obeys = std::any_of(m_effects.begin(), m_effects.end(), [](const ProgramEffect& effect) {
        return (effect.act == ProgramAct::shell || effect.act == ProgramAct::code_unknown) && !effect.word.known();
    });
    if (connects && (shell || obeys || mentions("dup2"))) {
        add(ProgramAct::remote_control, unknown());
    }
    const bool fetches_text = std::any_of(m_tokens.begin(), m_tokens.end(), [](const CodeToken& t) {
        return t.kind == Kind::shell_text && (t.text.substr(0, 5) == "curl " || t.text.substr(0, 5) == "wget ");
    });
    const bool bare_shell = std::any_of(m_tokens.begin(), m_tokens.end(), [](const CodeToken& t) { return t.kind == Kind::shell_text && (t.text == "sh" || t.text == "bash"); });
    if (fetches_text && bare_shell) {  // pipeline(`curl …`, `sh`)
        add(ProgramAct::code_fetched, unknown());
    }
    const bool itself = std::any_of(m_tokens.begin(), m_tokens.end(), [](const CodeToken& t) {
        return t.kind == Kind::name && (t.text == "process.argv" || t.text == "process.execPath" || t.text == "sys.executable" || t.text == "__filename" || t.text == "__FILE__" || t.text == "$0");
    });
    const bool endless = mentions("while") || mentions("loop") || (mentions("for") && std::any_of(m_tokens.begin(), m_tokens.end(), [](const CodeToken& t) { return t.is(';'); }));
    if (itself && endless && (mentions("spawn") || mentions("Popen") || mentions("fork") || mentions("execFile"))) {
        add(ProgramAct::fork_bomb, unknown());
    }
    const bool loops = mentions("while") || mentions("loop") || mentions("for");
    const bool forks = mentions("fork") || mentions("pcntl_fork");
    if (forks && loops && !mentions("wait") && !mentions("waitpid")) {
        add(ProgramAct::fork_bomb, unknown());
    }
}

// include "http://…" of PHP
void Program::includes(std::size_t i) {
    const std::string_view name = token(i).text;
    const bool loads = name == "include" || name == "require" || name == "include_once" || name == "require_once";
    if (m_language != "php" || !loads) {
        return;
    }
    const CodeToken& path = token(i + 1).is('(') ? token(i + 2) : token(i + 1);
    if (path.kind == Kind::text && (path.text.find("://") != std::string::npos || path.text.substr(0, 5) == "data:")) {
        const bool fetched = path.text.substr(0, 4) == "http" || path.text.substr(0, 3) == "ftp";
        add(fetched ? ProgramAct::code_fetched : ProgramAct::code_unknown, unknown());
    }
}

std::vector<ProgramEffect> Program::judge() && {
    imports();
    calls();
    std::size_t rounds = 0;
    for (const auto& [name, items] : m_lists) {
        for (std::size_t i = 1; i < items.size() && rounds < k_most_rounds; ++i, ++rounds) {
            m_values[name].text = items[i];
            m_values[name].tilde = items[i].substr(0, 1) == "~";
            calls();
        }
    }
    if (m_reassigned) {
        in_order();
    }
    signs();
    if (m_budget == 0) {
        add(ProgramAct::code_unknown, unknown());
    }
    return std::move(m_effects);
}

void Program::calls() {
    for (std::size_t i = 0; i < m_tokens.size(); ++i) {
        calls_at(i);
    }
}

void Program::calls_at(std::size_t i) {
    const bool tagged = m_language == "node" && token(i).kind == Kind::text && i > 0 && token(i - 1).kind == Kind::name && token(i - 1).last() == "$";  // Bun.$`…`
    if (token(i).kind == Kind::shell_text || tagged) {
        shell::Word word;
        word.text = filled(token(i));
        add(ProgramAct::shell, word);
    } else if (token(i).kind == Kind::name) {
        const bool given = (token(i).last() == "eval" || token(i).last() == "Function") && i > 0 && token(i - 1).is('(') && token(i + 1).is(')');
        if (given && m_language == "node" && (mentions("then") || fetches())) {  // .then(eval)
            add(fetches() ? ProgramAct::code_fetched : ProgramAct::code_unknown, unknown());
        }
        call(i);
        passed(i);
        includes(i);
    }
}

// A variable that gets several values: each call with what it holds there. What the calls do with the last one, which
// functions that are called later see, is known already.
void Program::in_order() {
    m_in_order = true;
    m_values.clear();
    for (std::size_t i = 0; i < m_tokens.size(); ++i) {
        note_value(i);
        calls_at(i);
    }
    std::set<std::string> seen;
    m_effects.erase(std::remove_if(m_effects.begin(), m_effects.end(), [&seen](const ProgramEffect& effect) {
        return !seen.insert(std::to_string(static_cast<int>(effect.act)) + '\0' + effect.word.text + '\0' + effect.detail).second;
    }), m_effects.end());
}

std::vector<ProgramEffect> judge_program(std::string_view code, std::string_view language) {
    return reads_language(language) ? Program(code, language).judge() : std::vector<ProgramEffect>();
}

bool reads_language(std::string_view language) {
    constexpr std::array<std::string_view, 12> k_languages = {"python", "perl", "ruby", "node", "php", "lua", "julia", "r", "groovy", "elixir", "jvm", "swift"};
    return in(k_languages, language);
}

bool only_prints_known(std::string_view code, std::string_view language) { return reads_language(language) && Program(code, language).only_prints_known(); }

bool program_only_reads(std::string_view code, std::string_view language) { return reads_language(language) && Program(code, language).only_reads(); }

}  // namespace caro::safety
