// Simple commands, and those builtins that change what words stand for.
#include <algorithm>

#include "shell/filters.hpp"
#include "shell/text_tools.hpp"
#include "shell/walker.hpp"
#include "shell/word_text.hpp"
#include "util/strings.hpp"

namespace caro::shell {

namespace {

bool declares(std::string_view name) {
    return name == "export" || name == "declare" || name == "local" || name == "readonly" || name == "typeset";
}

// Variables whose value is expanded each time they are shown.
bool is_prompt(std::string_view name) {
    return name == "PS0" || name == "PS1" || name == "PS2" || name == "PS4" || name == "PROMPT" || name == "RPROMPT" || name == "RPS1";
}

bool is_shell(std::string_view name) { return any_of(name, {"sh", "bash", "zsh", "dash", "ksh", "ash", "fish", "mksh", "yash", "busybox"}); }

std::string joined(const std::vector<Word>& words, std::size_t from) {
    std::string all;
    for (std::size_t i = from; i < words.size(); ++i) {
        all += (i > from ? " " : "") + words[i].text;
    }
    return all;
}

}  // namespace

// Index of the name of the command behind `command`, `builtin` and the like.
std::size_t Walker::name_index(const Command& made) {
    std::size_t at = 0;
    while (at + 1 < made.words.size() &&
           (made.words[at].text == "command" || made.words[at].text == "builtin" || made.words[at].text == "noglob" ||
            made.words[at].text == "nocorrect") &&
           (made.words[at + 1].text.empty() || made.words[at + 1].text[0] != '-')) {
        ++at;
    }
    return at;
}

void Walker::assign(const RawAssignment& raw, const Scope& scope, Command& into, bool keep) {
    Value made = keep && !into.words.empty() ? attributes_of(into) : Value();
    made.array = raw.array;
    const std::string name = resolved(raw.name);
    std::string index = raw.index;
    std::vector<Word> elements;
    for (const auto& element : raw.elements) {
        if (raw.array) {
            const auto some = fields(element, scope);
            elements.insert(elements.end(), some.begin(), some.end());
        } else {
            const Word value = value_of(element.parts, scope, raw.value.span);  // of the index
            index = value.known() ? value.text : "?";
            run_index("[" + index, scope, raw.value.span);
        }
    }
    made.word = value_of(raw.value.parts, scope, raw.value.span);
    if (is_prompt(raw.name) && made.word.known()) {
        run_text(made.word.text, scope, into.span);  // what it holds is run for every prompt
    }
    if (!index.empty()) {
        const bool names_command = name == "BASH_ALIASES" || name == "BASH_CMDS";
        if (names_command && made.word.known() && m_aliases.size() < 100) {
            m_aliases[index] = made.word.text;
        }
        into.assignments[raw.name] = made.word;
        put(m_variables[name], without_quotes(index), std::move(made.word));
        return;
    }
    auto old = m_variables.find(name);  // what was run above may have changed it
    if (raw.array && old != m_variables.end()) {
        made.associative = made.associative || old->second.associative;
        if (raw.append) {
            made.elements = old->second.elements;
            made.keys = old->second.keys;
        }
    }
    fill(made, std::move(elements));
    if (raw.append && !made.array && old != m_variables.end()) {
        const bool adds = old->second.integer || made.integer;
        made.word.text.insert(0, old->second.word.text + (adds ? "+" : ""));
        made.word.text = made.word.text.size() > 65536 ? std::string(1, Word::k_unknown) : made.word.text;
    }
    const bool integer = made.integer || (old != m_variables.end() && old->second.integer);
    if (integer && made.word.known() && !made.array) {
        run_index(made.word.text, scope, into.span);  // declare -i n; n='a[$(…)]'
        old = m_variables.find(name);
    }
    if (old != m_variables.end()) {
        shape(old->second, made);
    } else {
        shape(Value(), made);
    }
    into.assignments[raw.name] = made.array ? unknown_word(false, raw.value.span) : made.word;
    if (keep && m_variables.size() < 2000) {
        m_variables[name] = std::move(made);
    }
}

Command Walker::expand_command(const Node& node, const Scope& given) {
    Command made;
    made.span = node.span;
    if (given.input) {
        made.input = *given.input;
    }
    Scope scope = given;
    for (const auto& raw : node.words) {
        const std::string name = made.words.empty() ? "" : made.words.front().text.substr(made.words.front().text.rfind('/') + 1);
        scope.feeds_word = name.empty() || name == "eval" || (made.words.size() == 2 && made.words[1].text == "-c");
        const auto some = fields(raw, scope);
        made.words.insert(made.words.end(), some.begin(), some.end());
    }
    const bool keep = made.words.empty() || declares(made.words.front().text);
    const Scope plain = given;
    for (const auto& raw : node.assignments) {
        assign(raw, plain, made, keep);
    }
    expand_redirects(node, plain, made);
    if (!made.words.empty() && made.words[0].text.size() > 1 && made.words[0].text[0] == '=' && made.words[0].known()) {
        made.words[0].text.erase(0, 1);  // zsh: =rm
    }
    return made;
}

Walker::Output Walker::run_simple(const Node& node, Scope& scope, Pipeline& into) {
    if (!spend()) {
        return std::nullopt;
    }
    Command made = expand_command(node, scope);
    if (made.words.empty() && made.redirects.empty() && into.stages.empty() && made.assignments.empty()) {
        return "";  // only substitutions, which are there by themselves
    }
    const bool literal = !node.words.empty() && node.words[0].parts.size() == 1 &&
                         node.words[0].parts[0].kind == Part::Kind::text && !node.words[0].parts[0].quoted;
    if (literal) {
        expand_alias(made, scope);
    }
    return run_words(made, scope, into);
}

namespace {

// The stages before one, for what it may run itself; they are not run again.
std::vector<Command> last_stages(const Pipeline& line) {
    constexpr std::size_t k_most = 16;
    std::vector<Command> before(line.stages.end() - static_cast<std::ptrdiff_t>(std::min(line.stages.size(), k_most)), line.stages.end());
    for (auto& stage : before) {
        stage.only_flow = true;
    }
    return before;
}

// What eval runs of its words.
std::string evaluated(const std::vector<Word>& words, std::size_t start) {
    const auto plain = [](const Word& word) { return word.text.find_first_of("\\\"'$`*?[~") == std::string::npos; };
    const bool same = std::all_of(words.begin() + static_cast<std::ptrdiff_t>(start), words.end(), plain);
    while (same && start + 1 < words.size() && words[start].text == "eval") {
        ++start;  // eval eval … x is eval x, unless quotes are left for the second one
    }
    return joined(words, start);
}

}  // namespace

// The command is complete; it may be a function, eval or a builtin.
Walker::Output Walker::run_words(Command& made, Scope& scope, Pipeline& into) {
    Output output;
    const std::size_t at = name_index(made);
    const std::string name = at < made.words.size() && made.words[at].known() ? made.words[at].text : "";
    const std::size_t first = m_script.pipelines.size();
    Scope inner = scope;
    if (!scope.input && m_input && into.stages.empty() && scope.before == nullptr) {
        inner.input = m_input;
    }
    if (made.input && (!scope.input || *scope.input != *made.input)) {
        inner.input = std::make_shared<std::string>(*made.input);
    }
    if (is_shell(base_name(name)) || (name == "sudo" && made.words.size() > 1 && is_shell(base_name(made.words.back().text)))) {
        made.input = readable(made.input);  // bytes that are no text may be a program, or compressed
    }
    std::vector<Command> before = last_stages(into);
    inner.before = before.empty() ? scope.before : &before;
    note_exit(made, scope, into.stages.empty());
    if (!name.empty() && m_functions.count(name) != 0 && made.words[0].text == name) {
        output = call(name, made, inner);
        made.called = true;
        add_flow(first, into);
    } else if (name == "eval" && m_codes < k_deepest_code) {
        const std::string code = evaluated(made.words, at + 1);
        if (code.find(Word::k_unknown) == std::string::npos && code.size() < 32768) {
            output = run_code(code, inner, made.span);
            add_flow(first, into);
            made.expanded = true;
        }
    } else if ((name == "." || name == "source") && at + 1 < made.words.size()) {
        const std::string& file = made.words[at + 1].text;
        const bool input = file == "/dev/stdin" || file == "-" || file == "/proc/self/fd/0" || file == "/dev/fd/0";
        const Output code = readable(input ? made.input : contents(file));
        if (code && m_codes < k_deepest_code) {
            output = run_code(*code, inner, made.span);
            add_flow(first, into);
            made.expanded = true;
        }
    } else if ((name == "history" || name == "fc") && at + 1 < made.words.size() && made.words[at + 1].text == "-s") {
        output = remembered(made, at, inner);
        add_flow(first, into);
    } else if (name.empty() && made.words.empty()) {
        const bool reads = std::any_of(made.redirects.begin(), made.redirects.end(), [](const Redirect& redirect) {
            return redirect.op == "<" && redirect.descriptor <= 0;
        });
        output = reads && scope.substituted ? made.input : Output("");  // $(<FILE)
    } else if (builtin(made, inner)) {
        output = told_by_builtin(made, at);
    } else {
        output = printed(made, inner);
        run_filter(made, inner);
        if (const Output code = in_path(made, name); code && m_codes < k_deepest_code) {
            run_code(*code, inner, made.span);  // PATH=.:$PATH; ls
            made.called = true;
        }
    }
    output = finish_output(made, std::move(output), inner);
    m_last_argument = made.words.empty() ? "" : made.words.back().text;
    into.stages.push_back(std::move(made));
    return output;
}

// split --filter=CODE: each piece of the input is given to the code.
void Walker::run_filter(const Command& made, const Scope& scope) {
    if (made.words.empty() || base_name(made.words[0].text) != "split" || m_codes >= k_deepest_code) {
        return;
    }
    for (std::size_t i = 1; i < made.words.size(); ++i) {
        const std::string& text = made.words[i].text;
        const bool next = text == "--filter" && i + 1 < made.words.size();
        if (next || starts_with(text, "--filter=")) {
            const std::string code = next ? made.words[i + 1].text : text.substr(9);
            Scope inner = scope;
            inner.input = made.input ? std::make_shared<std::string>(*made.input) : nullptr;
            run_code(code, inner, made.span);
        }
    }
}

// history -s COMMAND keeps it, fc -s runs it.
Walker::Output Walker::remembered(const Command& made, std::size_t at, const Scope& scope) {
    if (made.words[at].text == "history") {
        m_remembered = joined(made.words, at + 2);
        return "";
    }
    const bool known = m_codes < k_deepest_code && m_remembered.find(Word::k_unknown) == std::string::npos;
    return known ? run_code(m_remembered, scope, made.span) : Output();
}

// What a builtin that changes or shows names prints: nothing, an alias, or what is not followed here (declare -f).
Walker::Output Walker::told_by_builtin(const Command& made, std::size_t at) const {
    const std::string& name = made.words[at].text;
    if (name == "alias" && made.words.size() == at + 2 && made.words[at + 1].text.find('=') == std::string::npos) {
        const auto it = m_aliases.find(made.words[at + 1].text);
        return it == m_aliases.end() ? Output() : "alias " + it->first + "='" + it->second + "'\n";
    }
    const bool shows = declares(name) && std::any_of(made.words.begin() + static_cast<std::ptrdiff_t>(at) + 1, made.words.end(), [](const Word& word) {
                           return word.text.size() > 1 && word.text[0] == '-' && word.text.find_first_of("fFp") != std::string::npos;
                       });
    const bool lists = made.words.size() == at + 1 && made.assignments.empty() && (declares(name) || name == "set" || name == "alias");
    return shows || lists ? Output() : "";
}

Walker::Output Walker::run_code(const std::string& code, const Scope& given, const Span& span) {
    ++m_codes;
    Tree tree;
    const std::size_t first = m_script.pipelines.size();
    tree = read_syntax(code);
    Scope scope = given;
    ++scope.depth;
    const Output output = run(*tree.root, scope);
    for (std::size_t i = first; i < m_script.pipelines.size(); ++i) {
        auto& line = m_script.pipelines[i];
        line.span = span;
        for (auto& stage : line.stages) {
            stage.span = stage.only_flow ? stage.span : span;
        }
    }
    if (!tree.complete && m_script.complete) {
        m_script.complete = false;
        m_script.problem = tree.problem;
    }
    --m_codes;
    return output;
}

Walker::Output Walker::call(const std::string& name, const Command& made, const Scope& given) {
    m_called.insert(name);
    const bool recursive = std::find(given.functions.begin(), given.functions.end(), name) != given.functions.end();
    if (recursive || given.functions.size() > 8) {
        return std::nullopt;
    }
    Scope scope = given;
    scope.functions.push_back(name);
    std::vector<Word> arguments(made.words.begin() + 1, made.words.end());
    std::swap(arguments, m_arguments);
    const bool known = m_arguments_known;
    m_arguments_known = true;
    const std::shared_ptr<Node> body = m_functions[name];
    m_calls.push_back(name);
    const Output output = run(*body, scope);
    m_calls.pop_back();
    std::swap(arguments, m_arguments);
    m_arguments_known = known;
    return output;
}

// An alias that ends with a blank lets the next word be one too: alias sudo='sudo '
void Walker::expand_alias(Command& made, const Scope& scope) {
    std::size_t at = 0;
    for (int i = 0; i < 8 && at < made.words.size(); ++i) {
        const auto it = m_aliases.find(made.words[at].text);
        if (it == m_aliases.end()) {
            return;
        }
        const std::string name = it->first;
        const bool goes_on = !it->second.empty() && (it->second.back() == ' ' || it->second.back() == '\t');
        const Tree tree = read_syntax(it->second);
        const Node* node = tree.root.get();
        while (node != nullptr && node->kind != Node::Kind::simple) {
            node = node->children.size() == 1 ? node->children[0].get() : nullptr;
        }
        if (node == nullptr) {
            run(*tree.root, scope);
            return;
        }
        std::vector<Word> words;
        for (const auto& raw : node->words) {
            for (auto& word : fields(raw, scope)) {
                word.span = made.span;
                words.push_back(std::move(word));
            }
        }
        const bool same = !words.empty() && words[0].text == name;
        const auto place = made.words.begin() + static_cast<std::ptrdiff_t>(at);
        made.words.insert(made.words.erase(place), words.begin(), words.end());
        if (goes_on) {
            at += words.size();
        } else if (same) {
            return;  // alias ls='ls --color'
        }
    }
}

}  // namespace caro::shell
