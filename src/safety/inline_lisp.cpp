#include "safety/inline_lisp.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <map>
#include <optional>

#include "safety/inline_eval.hpp"
#include "util/strings.hpp"

namespace caro::safety {

namespace {

constexpr int k_most_steps = 3000;
constexpr int k_deepest = 40;

using Kind = CodeValue::Kind;
using Value = std::optional<CodeValue>;

template <class List>
bool in(const List& list, std::string_view name) {
    return std::find(list.begin(), list.end(), name) != list.end();
}

struct Form {
    bool list = false;
    bool text = false;
    std::string word;
    std::vector<Form> items;
};

class Reader {
  public:
    explicit Reader(std::string_view code) : m_code(code) {}

    std::vector<Form> all() {
        std::vector<Form> forms;
        while (m_at < m_code.size() && forms.size() < 200) {
            skip();
            if (m_at < m_code.size()) {
                forms.push_back(form(0));
            }
        }
        return forms;
    }

  private:
    void skip() {
        while (m_at < m_code.size()) {
            const char c = m_code[m_at];
            if (c == ';') {
                m_at = std::min(m_code.find('\n', m_at), m_code.size());
            } else if (std::isspace(static_cast<unsigned char>(c)) != 0 || c == ',' || c == '\'' || c == '`') {
                ++m_at;
            } else {
                break;
            }
        }
    }

    Form form(int depth) {
        Form made;
        const char c = m_code[m_at];
        if ((c == '#' || c == '@' || c == '^') && m_at + 1 < m_code.size() && std::string_view("('{[").find(m_code[m_at + 1]) != std::string_view::npos) {
            ++m_at;
            skip();
        }
        if (c == '#' && m_at + 2 < m_code.size() && (m_code[m_at + 1] == 'p' || m_code[m_at + 1] == 'P') && m_code[m_at + 2] == '"') {  // #p"/home/"
            m_at += 2;
        }
        const char first = m_at < m_code.size() ? m_code[m_at] : ')';
        if (first == '(' || first == '[' || first == '{') {
            made.list = true;
            ++m_at;
            for (skip(); m_at < m_code.size() && std::string_view(")]}").find(m_code[m_at]) == std::string_view::npos; skip()) {
                if (depth > k_deepest || made.items.size() > 400) {
                    m_at = m_code.size();
                    break;
                }
                made.items.push_back(form(depth + 1));
            }
            m_at = std::min(m_at + 1, m_code.size());
            return made;
        }
        if (first == '"') {
            made.text = true;
            for (++m_at; m_at < m_code.size() && m_code[m_at] != '"'; ++m_at) {
                const bool escape = m_code[m_at] == '\\' && m_at + 1 < m_code.size();
                m_at += escape ? 1 : 0;
                made.word += escape && m_code[m_at] == 'n' ? '\n' : m_code[m_at];
            }
            m_at = std::min(m_at + 1, m_code.size());
            return made;
        }
        if (first == '#' && m_at + 2 < m_code.size() && m_code[m_at + 1] == '\\') {  // #\r
            made.text = true;
            m_at += 2;
            while (m_at < m_code.size() && (made.word.empty() || std::isalnum(static_cast<unsigned char>(m_code[m_at])) != 0)) {
                made.word += m_code[m_at++];
            }
            made.word = made.word == "space" ? " " : made.word == "newline" ? "\n" : made.word.substr(0, 1);
            return made;
        }
        while (m_at < m_code.size() && std::isspace(static_cast<unsigned char>(m_code[m_at])) == 0 && std::string_view("()[]{}\";").find(m_code[m_at]) == std::string_view::npos) {
            made.word += m_code[m_at++];
        }
        m_at += made.word.empty() ? 1 : 0;
        return made;
    }

    std::string_view m_code;
    std::size_t m_at = 0;
};

// The name of a function behind its package: uiop:run-program, clojure.java.shell/sh.
std::string base_name_of(const std::string& name) {
    const auto at = name.find_last_of(":/");
    return at == std::string::npos || at + 1 == name.size() ? name : name.substr(at + 1);
}

class Lisp {
  public:
    LispReading read(std::string_view code) {
        m_fetches = contains(code, "http://") || contains(code, "https://") || contains(code, "ftp://");
        for (const auto& form : Reader(code).all()) {
            value(form, 0);
        }
        return std::move(m_reading);
    }

  private:
    void add(ProgramAct act, const Value& value) {
        shell::Word word;
        word.text = value ? as_text(*value) : std::string(1, shell::Word::k_unknown);
        word.tilde = starts_with(word.text, "~");
        word.glob = word.text.find_first_of("*?") != std::string::npos;
        m_reading.effects.push_back({act, std::move(word), ""});
        m_reading.only_reads = false;
    }

    // The words of a program and its arguments as one line.
    static Value line_of(const std::vector<Value>& given, std::size_t from) {
        std::string line;
        for (std::size_t i = from; i < given.size(); ++i) {
            if (!given[i]) {
                line += std::string(" ") + shell::Word::k_unknown;
                continue;
            }
            const bool list = given[i]->kind == Kind::list;
            const std::string text = as_text(*given[i]);
            const bool plain = list || text == "~" || text.find_first_of(" ;|&<>$`\"'()") == std::string::npos;
            line += text == "nil" || text == "t" || starts_with(text, ":") ? "" : (line.empty() ? "" : " ") + (plain ? text : "'" + replace_all(text, "'", "'\\''") + "'");
        }
        return text_value(line);
    }

    Value value(const Form& form, int depth) {
        if (++m_steps > k_most_steps || depth > k_deepest) {
            return std::nullopt;
        }
        if (form.text) {
            return text_value(form.word);
        }
        if (!form.list) {
            return atom(form.word);
        }
        if (form.items.empty()) {
            return std::nullopt;
        }
        const Form& head = form.items[0];
        if (head.list || head.text || (!head.word.empty() && std::isdigit(static_cast<unsigned char>(head.word[0])) != 0)) {
            return list(form, depth);
        }
        const std::string name = base_name_of(head.word);
        if (name == "let" || name == "let*" || name == "letrec" || name == "binding") {
            bind(form, depth);
        } else if ((name == "define" || name == "def" || name == "setq" || name == "setf" || name == "defvar" || name == "defparameter" || name == "set!") && form.items.size() > 2 && !form.items[1].list) {
            const Value made = value(form.items[2], depth + 1);
            if (made) {
                m_variables[form.items[1].word] = *made;
            }
            return made;
        }
        std::vector<Value> given;
        for (std::size_t i = 1; i < form.items.size(); ++i) {
            given.push_back(value(form.items[i], depth + 1));
        }
        return call(name, head.word, given);
    }

    // (let ((a 1) (b 2)) …), (let [a 1 b 2] …)
    void bind(const Form& form, int depth) {
        if (form.items.size() < 2 || !form.items[1].list) {
            return;
        }
        const auto& pairs = form.items[1].items;
        for (std::size_t i = 0; i < pairs.size(); ++i) {
            const bool pair = pairs[i].list && pairs[i].items.size() > 1;
            const Form* name = pair ? &pairs[i].items[0] : &pairs[i];
            const Form* made = pair ? &pairs[i].items[1] : i + 1 < pairs.size() ? &pairs[++i] : nullptr;
            const Value bound = made == nullptr ? std::nullopt : value(*made, depth + 1);
            if (bound) {
                m_variables[name->word] = *bound;
            }
        }
    }

    Value list(const Form& form, int depth) {
        CodeValue made;
        made.kind = Kind::list;
        for (const auto& item : form.items) {
            const Value one = value(item, depth + 1);
            if (!one) {
                return std::nullopt;
            }
            made.items.push_back(*one);
        }
        return made;
    }

    Value atom(const std::string& word) const {
        const bool number = !word.empty() && word.size() < 10 && std::all_of(word.begin(), word.end(), [](unsigned char c) { return std::isdigit(c) != 0; });
        if (number) {
            return number_value(std::stol(word));
        }
        const auto known = m_variables.find(word);
        if (known != m_variables.end()) {
            return known->second;
        }
        const bool constant = word == "nil" || word == "t" || starts_with(word, ":");
        return constant ? Value(text_value(word)) : std::nullopt;
    }

    Value call(const std::string& name, const std::string& whole, const std::vector<Value>& given) {
        constexpr std::array<std::string_view, 10> k_shells = {"system", "shell-command", "async-shell-command", "shell-command-to-string", "run-shell-command", "shell", "run-program/shell", "system-output", "eshell-command", "open-pipe*"};
        constexpr std::array<std::string_view, 10> k_programs = {"system*", "sh", "run-program", "process-lines", "execlp", "execl", "execvp", "subprocess", "exec", "open-pipe"};
        constexpr std::array<std::string_view, 8> k_trees = {"delete-directory", "delete-directory-tree", "delete-directory/files", "delete-tree", "delete-file-recursively", "rmtree", "delete-dir", "f-delete"};
        constexpr std::array<std::string_view, 5> k_files = {"delete-file", "unlink", "rmdir", "move-file-to-trash", "delete"};
        constexpr std::array<std::string_view, 6> k_evaluators = {"load-string", "eval", "eval-string", "load", "load-file", "primitive-load"};
        if (in(k_shells, name)) {
            add(ProgramAct::shell, given.size() > 1 && name == "shell" ? line_of(given, 0) : given.empty() ? std::nullopt : given[0]);
        } else if (in(k_programs, name)) {
            add(ProgramAct::shell, given.size() == 1 && given[0] ? given[0] : line_of(given, 0));
        } else if (name == "call-process" || name == "process-file") {
            add(ProgramAct::shell, line_of(given, 0));
        } else if (name == "start-process" || name == "start-file-process") {
            add(ProgramAct::shell, line_of(given, 2));
        } else if (name == "make-process") {
            add(ProgramAct::shell, line_of(given, 0));
        } else if (in(k_trees, name) || in(k_trees, whole)) {
            add(ProgramAct::remove_tree, given.empty() ? std::nullopt : given[0]);
        } else if (in(k_files, name)) {
            add(ProgramAct::remove, given.empty() ? std::nullopt : given[0]);
        } else if (in(k_evaluators, name)) {
            const bool text = !given.empty() && given[0];
            add(m_fetches ? ProgramAct::code_fetched : text ? ProgramAct::append : ProgramAct::code_unknown, text ? given[0] : std::nullopt);
        } else {
            m_reading.only_reads = m_reading.only_reads && only_tells(name);
            return made_of(name, whole, given);
        }
        return std::nullopt;
    }

    static bool only_tells(std::string_view name) {
        constexpr std::string_view k_names =
            " display newline print println prn pr princ prin1 write-line write-string terpri format message printf displayln str string-append concat list + - * / mod max min = < > <= >= let let* define def do begin progn "
            "map mapcar apply reduce filter range count length first rest car cdr cons reverse sort string-join join upper-case lower-case string-upcase string-downcase inc dec if when cond quote lambda fn and or not "
            "number->string string->number getenv emacs-version version lisp-implementation-version symbol-name expand-file-name read-string slurp for-each vector hash-map nth get keys values even? odd? sum sqrt expt exact->inexact "
            "integer->char code-char char list->string concatenate string take drop repeat doseq dotimes for into frequencies in-ns ns require use-modules halt exit quit kill-emacs ";
        return k_names.find(" " + std::string(name) + " ") != std::string_view::npos;
    }

    Value made_of(const std::string& name, const std::string& whole, const std::vector<Value>& given) const {
        std::vector<CodeValue> known;
        for (const auto& one : given) {
            if (one) {
                known.push_back(*one);
            }
        }
        const bool complete = known.size() == given.size();
        if (name == "getenv" || name == "user-homedir-pathname" || name == "home" || whole == "System/getProperty") {
            const std::string which = known.empty() ? "HOME" : as_text(known[0]);
            return which == "HOME" || which == "user.home" ? Value(text_value("~")) : std::nullopt;
        }
        if (name == "expand-file-name" || name == "file" || name == "pathname" || name == "namestring" || name == "io/file") {
            return known.empty() ? std::nullopt : Value(known[0]);
        }
        if ((name == "map" || name == "mapcar" || name == "apply" || name == "map-to-list") && given.size() > 1 && given.back()) {
            return known.back();  // of characters and texts, which are put together in the same way
        }
        if (!complete || known.empty()) {
            return name == "format" && known.size() > 1 ? std::nullopt : given.empty() ? std::nullopt : name == "concatenate" ? joined(known) : std::nullopt;
        }
        if (name == "string-append" || name == "concat" || name == "str" || name == "concatenate" || name == "string") {
            return joined(known);
        }
        if (name == "list" || name == "vector" || name == "cons") {
            CodeValue made;
            made.kind = Kind::list;
            made.items = known;
            return made;
        }
        if (name == "list->string" || name == "integer->char" || name == "code-char" || name == "char") {
            return called_value("chr", known, false, "");
        }
        if (name == "reverse" || name == "string-reverse") {
            return called_value("reverse", known, false, "");
        }
        if (name == "string-join" || name == "join") {
            const bool separator_first = known[0].kind != Kind::list;
            return known.size() > 1 ? called_value("join", {known[separator_first ? 1 : 0], known[separator_first ? 0 : 1]}, true, "ruby") : joined(known);
        }
        if (name == "format" && known.size() > 1) {
            const std::size_t at = as_text(known[0]) == "nil" || as_text(known[0]) == "#f" ? 1 : 0;
            std::vector<CodeValue> all(known.begin() + static_cast<std::ptrdiff_t>(at), known.end());
            all[0] = text_value(replace_all(replace_all(as_text(all[0]), "~a", "%s"), "~A", "%s"));
            return called_value("sprintf", all, false, "");
        }
        if (name == "base64-decode-string" || name == "base64-string-to-string") {
            return called_value("b64decode", known, false, "");
        }
        return std::nullopt;
    }

    static Value joined(const std::vector<CodeValue>& values) {
        std::string made;
        for (const auto& value : values) {
            made += value.kind == Kind::list ? as_text(called_value("chr", {value}, false, "").value_or(CodeValue())) : as_text(value);
        }
        return text_value(made);
    }

    bool m_fetches = false;
    int m_steps = 0;
    std::map<std::string, CodeValue> m_variables;
    LispReading m_reading;
};

}  // namespace

LispReading judge_lisp(std::string_view code) { return Lisp().read(code); }

}  // namespace caro::safety
