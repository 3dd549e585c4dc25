// What programs in other languages do, in one-liners and in script files.
#include <algorithm>
#include <array>

#include "safety/effects.hpp"
#include "safety/guards.hpp"
#include "safety/inline_lisp.hpp"
#include "util/strings.hpp"

namespace caro::safety {

namespace {

constexpr int k_deepest_code = 4;  // exec("exec(…)")

// For a shell: what is not known becomes a variable nobody set.
std::string shell_line(const shell::Word& word) {
    return replace_all(word.text, std::string(1, shell::Word::k_unknown), "$CARO_UNKNOWN");
}

// The code undoes an encoding.
bool hides(std::string_view code) {
    constexpr std::array<std::string_view, 24> k_decoders = {"b64decode", "a85decode", "b85decode", "decode_base64", "base64_decode", "decode64", "fromhex",
                                                             "unhexlify", "hex2bin", "atob(", "'base64'", "\"base64\"", "rot13", "rot_13",
                                                             "pack(", "unpack", "fromCharCode", "[::-1]", "strrev", "reverse(", "reverse ",
                                                             "tr/", "y/", "chr("};
    return std::any_of(k_decoders.begin(), k_decoders.end(), [&](std::string_view word) { return contains(code, word); });
}

// The language of a program that takes code with -e, as judge_program names it; "" for others.
std::string language_of(std::string_view program) {
    constexpr std::array<std::pair<std::string_view, std::string_view>, 11> k_languages = {{{"Rscript", "r"}, {"R", "r"}, {"julia", "julia"}, {"groovy", "groovy"}, {"groovysh", "groovy"},
                                                                                          {"elixir", "elixir"}, {"iex", "elixir"}, {"scala", "jvm"}, {"jshell", "jvm"}, {"kotlin", "jvm"},
                                                                                          {"swift", "swift"}}};
    const auto found = std::find_if(k_languages.begin(), k_languages.end(), [&](const auto& row) { return row.first == program; });
    return found == k_languages.end() ? "" : std::string(found->second);
}

bool is_lisp(std::string_view program) {
    constexpr std::array<std::string_view, 8> k_names = {"guile", "sbcl", "clisp", "ecl", "racket", "clojure", "clj", "bb"};
    return std::find(k_names.begin(), k_names.end(), program) != k_names.end();
}

bool is_unknown(const shell::Word& word) {
    return word.text.empty() || word.text.find_first_not_of(shell::Word::k_unknown) == std::string::npos;
}

// All variables of the environment are taken, not just one of them.
bool takes_environment(std::string_view code) {
    const auto after = [code](std::string_view name, std::string_view not_followed, std::string_view not_before) {
        for (auto at = code.find(name); at != std::string_view::npos; at = code.find(name, at + 1)) {
            const char next = at + name.size() < code.size() ? code[at + name.size()] : ' ';
            const bool before = !not_before.empty() && at >= not_before.size() && code.substr(at - not_before.size(), not_before.size()) == not_before;
            if (not_followed.find(next) == std::string_view::npos && !before) {
                return true;
            }
        }
        return false;
    };
    constexpr std::array<std::string_view, 12> k_all = {"os.environ.items", "os.environ.copy", "ENV.to_h", "ENV.each",   "ENV.map",      "ENV.inspect",
                                                        "ENV.to_a",         "ENV.to_s",        "%ENV",     "getenv()",   "env::vars", "os.Environ()"};
    return after("os.environ", "[.b", "env=") || after("process.env", ".[", "env:") ||
           std::any_of(k_all.begin(), k_all.end(), [&](std::string_view word) { return contains(code, word); });
}

}  // namespace

// The secret file that a program which talks to others names, or "".
std::string Effects::sent_secret(std::string_view code) const {
    constexpr std::array<std::string_view, 8> k_talks = {"http://", "https://", "ftp://", "socket", "Socket", "/inet/", "connect(", "smtp"};
    if (std::none_of(k_talks.begin(), k_talks.end(), [&](std::string_view word) { return contains(code, word); })) {
        return "";
    }
    if (takes_environment(code)) {
        return "the environment";
    }
    constexpr std::string_view k_ends = " \t\n\"'`()<>;,|";
    for (std::size_t i = 0; i < code.size(); ++i) {
        const bool begins = (code[i] == '/' || code[i] == '~') && (i == 0 || k_ends.find(code[i - 1]) != std::string_view::npos);
        if (!begins) {
            continue;
        }
        const std::size_t end = std::min(code.find_first_of(k_ends, i), code.size());
        shell::Word path;
        path.text = code.substr(i, end - i);
        path.tilde = code[i] == '~';
        if (path.text.size() > 4 && class_of(path) == PathClass::secret) {
            return path.text;
        }
        i = end;
    }
    return "";
}

// Texts in the code that are shell commands by themselves, in a program that can run such.
void Effects::texts_of(std::string_view code, const std::string& language, bool unknown) {
    constexpr std::array<std::string_view, 20> k_runs = {"process", "system", "popen",  "exec",   "shell", "spawn",
                                                         "Process", "run",    "System", "unlink", "rm_rf", "remove",
                                                         "Remove", "deleteRecursively", "rm(", "cmd(", "rmtree", "delete", ".!", "run`"};
    constexpr int k_most_texts = 32;
    const bool runs = std::any_of(k_runs.begin(), k_runs.end(), [&](std::string_view word) { return contains(code, word); });
    const bool hidden = (language == "node" && ((contains(code, "child_process") && (contains(code, "exec") || contains(code, "spawn"))) || contains(code, "$`") || contains(code, "Bun."))) ||
                        (language == "python" && contains(code, "getattr") && runs) ||
                        (language == "perl" && (contains(code, "|sh") || contains(code, "|bash") || contains(code, "| sh")));
    const bool other = language == "other" || !language_of(m_action.name).empty();
    if (!(other ? runs : hidden || unknown)) {
        return;
    }
    std::string list;  // "rm", ["-rf", "/"]
    int texts = 0;
    for (std::size_t i = 0; i < code.size() && texts < k_most_texts; ++i) {
        if (code[i] != '"' && code[i] != '\'' && code[i] != '`') {
            continue;
        }
        const auto end = code.find(code[i], i + 1);
        const std::string_view text = end == std::string_view::npos ? std::string_view() : code.substr(i + 1, end - i - 1);
        if (text.find(' ') != std::string_view::npos && text.size() < 2000) {
            m_judge.later(text, m_action);
            ++texts;
        } else if (other && !text.empty()) {
            list += std::string(text) + " ";
        }
        i = end == std::string_view::npos ? code.size() : end;
    }
    const std::string first(base_name(list.substr(0, list.find(' '))));
    const bool command = first.find_first_of(".:") == std::string::npos && knowledge().command(first) != nullptr;
    if (!list.empty() && (command || language == "other")) {
        m_judge.later(list, m_action);
    }
    constexpr std::array<std::string_view, 9> k_removes = {"unlink", "rm_rf", "remove", "RemoveAll", "deleteRecursively", "rmtree", " rm(", "\nrm(", ";rm("};
    const bool removes = code.substr(0, 3) == "rm(" || std::any_of(k_removes.begin(), k_removes.end(), [&](std::string_view word) { return contains(code, word); });
    if (other && removes && (language == "other" || unknown)) {
        m_judge.later("rm -rf " + list, m_action);
    }
}

// Files that a walk over a tree finds are deleted: os.walk("/") … os.remove(name).
void Effects::walked(std::string_view code) {
    constexpr std::array<std::string_view, 15> k_walks = {"eachFile", "eachDir", "listFiles", "DirectoryIterator", "wildcard", "finddepth", "find(", "walk(", "glob", "listdir(", "scandir(", "readdir", "File::Find", "iterdir(",
                                                         "Dir."};
    if (std::none_of(k_walks.begin(), k_walks.end(), [&](std::string_view word) { return contains(code, word); })) {
        return;
    }
    constexpr std::array<std::string_view, 6> k_homes = {"Path.home()", "expanduser(", "homedir()", "Dir.home", "['HOME']", "[\"HOME\"]"};
    if (std::any_of(k_homes.begin(), k_homes.end(), [&](std::string_view word) { return contains(code, word); })) {
        shell::Word home;
        home.text = "~";
        home.tilde = true;
        m_judge.delete_target(home, m_action, true);
    }
    for (std::size_t i = 0; i + 1 < code.size(); ++i) {
        const bool path = (code[i] == '"' || code[i] == '\'') && (code[i + 1] == '/' || code[i + 1] == '~');
        const auto end = path ? code.find(code[i], i + 1) : std::string_view::npos;
        if (end != std::string_view::npos) {
            shell::Word tree;
            tree.text = code.substr(i + 1, end - i - 1);
            tree.tilde = tree.text[0] == '~';
            m_judge.delete_target(tree, m_action, true);
            i = end;
        }
    }
}

void Effects::program(std::string_view code, const std::string& given, int depth) {
    if (given == "other" && is_lisp(m_action.name)) {
        lisp_code(code);
        return;
    }
    const std::string language = given == "other" && !language_of(m_action.name).empty() ? language_of(m_action.name) : given;
    m_code_seen = true;
    m_decodes = m_decodes || hides(code);
    auto effects = judge_program(code, language);
    // What is read comes first: post(data=open(FILE)).
    std::stable_partition(effects.begin(), effects.end(), [](const auto& effect) { return effect.act == ProgramAct::read; });
    const std::string sent = depth == 0 ? sent_secret(code) : "";
    if (!sent.empty()) {
        m_judge.find("secret.leak", sent, m_action.span);
    }
    if (distrusts_nobody(code)) {
        m_judge.find("network.trusts-anybody", "", m_action.span);
    }
    if (depth == 0 && takes_hostage(code, m_judge.m_scene.home)) {
        m_judge.find("file.ransom", "the files it goes through", m_action.span);
    }
    bool runs = false;
    bool unknown = false;  // something is run that is not known: perhaps one of the texts
    bool walks = false;
    for (const auto& effect : effects) {
        program_effect(effect, language, depth);
        const bool known = effect.word.known() && effect.act != ProgramAct::code_unknown && effect.act != ProgramAct::code_decoded;
        runs = runs || (effect.act == ProgramAct::shell && known);
        unknown = unknown || ((effect.act == ProgramAct::shell || effect.act == ProgramAct::code_unknown) && !known);
        if ((effect.act == ProgramAct::remove || effect.act == ProgramAct::remove_tree) && !effect.word.known() && !walks) {
            walks = true;
            walked(code);
        }
    }
    const bool known = given != "other" || reads_language(language);
    const bool quiet = std::all_of(effects.begin(), effects.end(), [](const auto& effect) { return effect.act == ProgramAct::print || effect.act == ProgramAct::read; });
    if (given == "other" && !(known && quiet && program_only_reads(code, language))) {
        m_judge.find("state.change", m_action.name, m_action.span);
    }
    if (!runs && depth == 0) {
        texts_of(code, language, unknown);
    }
}

// What a program deletes; a name that is not known may come from a pipe: find … | perl -ne unlink
void Effects::remove(const shell::Word& word) {
    if (is_unknown(word) && m_line.stages.size() > 1) {
        Action piped = m_action;
        piped.args_from_input = true;
        const Piped found = m_judge.piped_words(piped, m_line);
        for (const auto& path : found.words) {
            m_judge.delete_found(path, m_action, found.narrowed, found.of_work);
        }
    }
    m_judge.delete_target(word, m_action, false);
}

// One path, a list of them, or the patterns of glob("/home/* /etc").
void Effects::removes(const ProgramEffect& effect, const std::string& language) {
    auto paths = listed_texts(effect.word.text);
    if (paths.empty() && language == "perl" && effect.word.glob) {
        for (const auto part : split(effect.word.text, ' ')) {
            paths.emplace_back(part);
        }
    }
    if (paths.empty()) {
        paths.push_back(effect.word.text);
    }
    for (const auto& text : paths) {
        shell::Word path = effect.word;
        path.text = text;
        path.tilde = path.tilde || starts_with(text, "~");
        if (effect.act == ProgramAct::remove) {
            remove(path);
        } else {
            m_judge.delete_target(path, m_action, true);
        }
    }
}

Risk Effects::found_since(std::size_t before) const {
    Risk worst = Risk::safe;
    for (std::size_t i = before; i < m_judge.m_findings.size(); ++i) {
        worst = std::max(worst, m_judge.m_findings[i].risk);
    }
    return worst;
}

// Code in the code; harmless things are not hidden by an encoding.
void Effects::hidden_code(const std::string& code, const std::string& language, int depth) {
    const std::size_t before = m_judge.m_findings.size();
    program(code, language, depth);
    const bool bad = found_since(before) >= Risk::high;
    const bool reads = reads_language(language) && contains(code, "(") && program_only_reads(code, language);  // there are calls, and all are known
    if (m_decodes && !bad && !reads) {
        m_judge.find("execute.decoded", "", m_action.span);
    }
}

// (shell-command "…"), (call-process "rm" nil nil nil "-rf" "/x"), (delete-directory "~" t), (system "…")
void Effects::lisp_code(std::string_view code) {
    m_code_seen = true;
    const LispReading reading = judge_lisp(code);
    for (const auto& effect : reading.effects) {
        program_effect(effect, "lisp", 0);
    }
    if (!reading.only_reads) {
        m_judge.find("state.change", m_action.name, m_action.span);
    }
}

void Effects::program_effect(const ProgramEffect& effect, const std::string& language, int depth) {
    const shell::Word& word = effect.word;
    shell::Word target;
    target.text = effect.detail;
    switch (effect.act) {
        case ProgramAct::shell:
            if (is_unknown(word)) {
                m_judge.find(m_decodes ? "execute.decoded" : "execute.unknown", "", m_action.span);
            } else {
                const std::size_t before = m_judge.m_findings.size();
                m_judge.nested(shell_line(word), m_action);
                if (word.guessed && found_since(before) < Risk::high) {
                    m_judge.find("execute.unknown", "", m_action.span);  // it may be something else
                }
            }
            break;
        case ProgramAct::remove:
        case ProgramAct::remove_tree:
            removes(effect, language);
            break;
        case ProgramAct::download: 
            m_judge.arrive(word.text, m_action, false);
            m_judge.write_target(word, m_action, Writing::overwrite);
            break;
        case ProgramAct::write: m_judge.write_target(word, m_action, Writing::overwrite); break;
        case ProgramAct::append: m_judge.write_target(word, m_action, Writing::append); break;
        case ProgramAct::truncate: m_judge.write_target(word, m_action, Writing::truncate); break;
        case ProgramAct::move: m_judge.move_source(word, m_action, &target); break;
        case ProgramAct::permissions:
            m_judge.nested("chmod '" + effect.detail + "' " + shell_line(word), m_action);
            break;
        case ProgramAct::read: m_secret = class_of(word) == PathClass::secret ? shown(word) : m_secret; break;
        case ProgramAct::code:
            if (depth < k_deepest_code) {
                hidden_code(word.text, language, depth + 1);
            } else {
                m_judge.find("execute.unknown", "", m_action.span);
            }
            break;
        case ProgramAct::code_unknown: m_judge.find("execute.unknown", "", m_action.span); break;
        case ProgramAct::code_decoded: m_judge.find("execute.decoded", "", m_action.span); break;
        case ProgramAct::code_fetched: m_judge.find("execute.download", "", m_action.span); break;
        case ProgramAct::send:
            m_judge.find(m_secret.empty() ? "state.change" : "secret.leak", m_secret.empty() ? m_action.name : m_secret, m_action.span);
            break;
        case ProgramAct::remote_control: m_judge.find("execute.remote-control", "", m_action.span); break;
        case ProgramAct::fork_bomb: m_judge.find("process.fork-bomb", "", m_action.span); break;
        case ProgramAct::print: print(word); break;
        case ProgramAct::sql:
            if (const DataCode made = judge_sql(word.text); made.risk > Risk::safe) {
                m_judge.find(made.rule, m_action.name, m_action.span);
            }
            break;
        case ProgramAct::kill_all: m_judge.find("process.kill-all", "", m_action.span); break;
    }
}

// python3 -c 'print("…")' | sh, eval "$(perl -e 'print …')": what a program prints is run.
void Effects::print(const shell::Word& word) {
    bool runs = m_line.feeds_word;
    for (std::size_t i = 0; i + 1 < m_line.stages.size() && !runs; ++i) {
        const auto& next = m_line.stages[i + 1].words;
        runs = m_line.stages[i].span.start == m_action.span.start && !next.empty() && next.size() < 3 &&
               is_shell(next.back().text.substr(next.back().text.rfind('/') + 1));
    }
    if (runs) {
        m_judge.nested(word.text, m_action);
    }
}

// A file whose contents are run.
void Effects::script(const std::string& language, const shell::Word& word) {
    if (word.text == "-" || word.text == "/dev/stdin") {
        return;  // what is piped in is judged with the pipeline
    }
    const std::string name = word.text.substr(0, 2) == "./" ? word.text.substr(2) : word.text;
    const auto written = m_judge.m_script.files.find(name);
    if (written != m_judge.m_script.files.end()) {  // it was written just before
        shell::Word text;
        text.text = written->second;
        code(language, text);
        return;
    }
    const bool fetched = m_judge.arrived(word.text, language == "sql" ? Arrival::build : Arrival::program) ||
                         (!word.known() && m_judge.nested_fetch(m_action.span));
    m_code_seen = true;
    if (fetched) {
        m_judge.find("execute.download", "", m_action.span);
    } else if (!word.known()) {
        m_judge.find("execute.unknown", "", m_action.span);
    } else {
        m_judge.find(language == "sql" ? "state.change" : "command.unknown", shown(word), m_action.span);
    }
}

}  // namespace caro::safety
