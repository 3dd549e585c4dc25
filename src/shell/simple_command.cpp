// Simple commands, and those builtins that change what words stand for.
#include <algorithm>

#include "shell/filters.hpp"
#include "shell/walker.hpp"
#include "util/strings.hpp"

namespace caro::shell {

namespace {

constexpr int k_deepest_code = 6;

bool is_name(std::string_view text) {
    return !text.empty() && std::isdigit(static_cast<unsigned char>(text[0])) == 0 &&
           std::all_of(text.begin(), text.end(), [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; });
}

bool declares(std::string_view name) {
    return name == "export" || name == "declare" || name == "local" || name == "readonly" || name == "typeset";
}

Word word_of(std::string_view text, const Span& span) {
    Word word;
    word.text = text;
    word.span = span;
    return word;
}

std::string joined(const std::vector<Word>& words, std::size_t from) {
    std::string all;
    for (std::size_t i = from; i < words.size(); ++i) {
        all += (i > from ? " " : "") + words[i].text;
    }
    return all;
}

std::string next_line(std::string& input) {
    const auto end = input.find('\n');
    std::string line = input.substr(0, end);
    input.erase(0, end == std::string::npos ? end : end + 1);
    return line;
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
    Value made;
    made.array = raw.array;
    for (const auto& element : raw.elements) {
        const auto some = fields(element, scope);
        if (raw.array) {
            made.elements.insert(made.elements.end(), some.begin(), some.end());
        }
    }
    place(made);
    made.word = value_of(raw.value.parts, scope, raw.value.span);
    const std::string& name = resolved(raw.name);
    const auto old = m_variables.find(name);
    if (!raw.index.empty()) {
        const bool number = raw.index.size() < 4 && raw.index.find_first_not_of("0123456789") == std::string::npos;
        Value& array = m_variables[name];
        array.array = true;
        const std::size_t at = number ? std::stoul(raw.index) : array.elements.size();
        array.elements.resize(std::max(array.elements.size(), at + 1));
        array.elements[at] = number ? made.word : unknown_word(false, raw.value.span);
        into.assignments[raw.name] = made.word;
        return;
    }
    if (raw.append && old != m_variables.end()) {
        if (made.array) {
            made.elements.insert(made.elements.begin(), old->second.elements.begin(), old->second.elements.end());
        } else {
            made.word.text.insert(0, old->second.word.text);
            made.word.text = made.word.text.size() > 65536 ? std::string(1, Word::k_unknown) : made.word.text;
        }
    }
    into.assignments[raw.name] = made.array ? unknown_word(false, raw.value.span) : made.word;
    if (keep && m_variables.size() < 2000) {
        m_variables[name] = std::move(made);
    }
}

void Walker::expand_redirects(const Node& node, const Scope& scope, Command& into) {
    for (const auto& raw : node.redirects) {
        Redirect made;
        made.op = raw.op;
        made.span = raw.span;
        made.target = value_of(raw.target.parts, scope, raw.target.span);
        if (made.op == "<<" || made.op == "<<<") {
            into.input = std::nullopt;
            if (made.target.known()) {
                into.input = made.target.text + (made.op == "<<<" ? "\n" : "");
            }
        } else if (made.op == "<" && raw.descriptor <= 0) {
            const auto file = m_script.files.find(made.target.text);
            into.input = file == m_script.files.end() ? std::nullopt : Output(file->second);
        }
        made.descriptor = raw.descriptor;
        into.redirects.push_back(std::move(made));
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
        scope.feeds_word = made.words.empty();
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

// The command is complete; it may be a function, eval or a builtin.
Walker::Output Walker::run_words(Command& made, Scope& scope, Pipeline& into) {
    Output output;
    const std::size_t at = name_index(made);
    const std::string name = at < made.words.size() && made.words[at].known() ? made.words[at].text : "";
    const std::size_t first = m_script.pipelines.size();
    Scope inner = scope;
    if (made.input && (!scope.input || *scope.input != *made.input)) {
        inner.input = std::make_shared<std::string>(*made.input);
    }
    std::vector<Command> before(into.stages.end() - static_cast<std::ptrdiff_t>(std::min<std::size_t>(into.stages.size(), 16)),
                                into.stages.end());
    for (auto& stage : before) {
        stage.only_flow = true;
    }
    inner.before = before.empty() ? scope.before : &before;
    if (!name.empty() && m_functions.count(name) != 0 && made.words[0].text == name) {
        output = call(name, made, inner);
        add_flow(first, into);
    } else if (name == "eval" && m_codes < k_deepest_code) {
        const std::string code = joined(made.words, at + 1);
        if (code.find(Word::k_unknown) == std::string::npos && code.size() < 32768) {
            output = run_code(code, inner, made.span);
            add_flow(first, into);
            made.expanded = true;
        }
    } else if ((name == "." || name == "source") && at + 1 < made.words.size()) {
        const std::string& file = made.words[at + 1].text;
        const auto known = m_script.files.find(file);
        const bool input = (file == "/dev/stdin" || file == "-" || file == "/proc/self/fd/0") && made.input;
        if ((input || known != m_script.files.end()) && m_codes < k_deepest_code) {
            const std::string code = input ? *made.input : known->second;
            output = run_code(code, inner, made.span);
            add_flow(first, into);
            made.expanded = true;
        }
    } else if (name.empty() && made.words.empty()) {
        output = "";
    } else if (builtin(made, inner)) {
        output = "";
    } else {
        output = output_of(made.words, made.input);
        if (!output && name == "cat" && at + 2 == made.words.size()) {
            const auto file = m_script.files.find(made.words[at + 1].text);
            output = file == m_script.files.end() ? output : Output(file->second);
        }
    }
    output = finish_output(made, std::move(output));
    into.stages.push_back(std::move(made));
    return output;
}

// Where output goes into a file, it is kept as its contents.
Walker::Output Walker::finish_output(const Command& made, Output output) {
    const auto base = [&](std::size_t i) {
        const std::string text = i < made.words.size() ? made.words[i].text : std::string();
        return text.substr(text.rfind('/') + 1);
    };
    const std::size_t at = base(0) == "sudo" || base(0) == "doas" ? 1 : 0;
    if (base(at) == "tee" && made.input) {
        bool appends = false;
        for (std::size_t i = at + 1; i < made.words.size(); ++i) {
            const std::string& text = made.words[i].text;
            appends = appends || text == "-a" || text == "--append";
            if (text.substr(0, 1) != "-") {
                std::string& file = m_script.files[text];
                file = appends ? file + *made.input : *made.input;
            }
        }
    }
    for (const auto& redirect : made.redirects) {
        const std::string& op = redirect.op;
        if ((op != ">" && op != ">>" && op != ">|" && op != "&>") || redirect.descriptor > 1 || redirect.descriptor == 0) {
            continue;
        }
        if (!output || m_script.files.size() > 200) {
            m_script.files.erase(redirect.target.text);
        } else if (op == ">>") {
            m_script.files[redirect.target.text] += *output;
        } else if (!redirect.target.text.empty() && redirect.target.text.substr(0, 5) != "/dev/") {
            m_script.files[redirect.target.text] = *output;
        }
        return "";
    }
    return output;
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
    const Output output = run(*body, scope);
    std::swap(arguments, m_arguments);
    m_arguments_known = known;
    return output;
}

void Walker::expand_alias(Command& made, const Scope& scope) {
    for (int i = 0; i < 4 && !made.words.empty(); ++i) {
        const auto it = m_aliases.find(made.words[0].text);
        if (it == m_aliases.end()) {
            return;
        }
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
        const bool same = !words.empty() && words[0].text == made.words[0].text;
        made.words.erase(made.words.begin());
        made.words.insert(made.words.begin(), words.begin(), words.end());
        if (same) {
            return;  // alias ls='ls --color'
        }
    }
}

void Walker::declare(const Command& made) {
    refer(made);
    for (const auto& [name, word] : made.assignments) {
        if (m_variables.find(name) == m_variables.end()) {
            set(name, word);
        }
    }
    for (std::size_t i = name_index(made) + 1; i < made.words.size(); ++i) {
        const std::string& text = made.words[i].text;
        const auto equal = text.find('=');
        if (equal != std::string::npos && is_name(std::string_view(text).substr(0, equal))) {
            Word value = made.words[i];
            value.text.erase(0, equal + 1);
            set(text.substr(0, equal), std::move(value));
        }
    }
}

void Walker::set_arguments(const Command& made) {
    const std::size_t at = name_index(made);
    std::size_t first = at + 1;
    while (first < made.words.size() && made.words[first].text.size() > 1 &&
           (made.words[first].text[0] == '-' || made.words[first].text[0] == '+') && made.words[first].text != "--") {
        first += made.words[first].text == "-o" || made.words[first].text == "+o" ? 2 : 1;
    }
    if (first >= made.words.size()) {
        return;
    }
    first += made.words[first].text == "--" ? 1 : 0;
    m_arguments.assign(made.words.begin() + static_cast<std::ptrdiff_t>(first), made.words.end());
    m_arguments_known = true;
}

void Walker::read_variables(const Command& made, const Scope& scope) {
    std::vector<std::string> names;
    bool array = false;
    for (std::size_t i = name_index(made) + 1; i < made.words.size(); ++i) {
        const std::string& text = made.words[i].text;
        if (text.size() > 1 && text[0] == '-') {
            array = array || text.find('a') != std::string::npos;
            i += std::string_view("pdntNu").find(text.back()) != std::string_view::npos ? 1 : 0;
        } else {
            names.push_back(text);
        }
    }
    if (names.empty()) {
        names.emplace_back("REPLY");
    }
    if (!scope.input || scope.input->empty()) {
        for (const auto& name : names) {
            forget(name);
        }
        return;
    }
    const std::string line = next_line(*scope.input);
    const auto custom = made.assignments.find("IFS");
    const std::string marks = custom == made.assignments.end() ? separators() : custom->second.text;
    std::size_t at = 0;
    std::vector<Word> pieces;
    while (at < line.size()) {
        at = std::min(line.find_first_not_of(marks, at), line.size());
        const bool last = !array && pieces.size() + 1 == names.size();
        const auto end = last ? line.size() : std::min(line.find_first_of(marks, at), line.size());
        if (at < line.size()) {
            pieces.push_back(word_of(std::string_view(line).substr(at, end - at), made.span));
        }
        at = end;
    }
    if (array) {
        Value value;
        value.array = true;
        value.elements = std::move(pieces);
        m_variables[names[0]] = std::move(value);
        return;
    }
    for (std::size_t i = 0; i < names.size(); ++i) {
        set(names[i], i < pieces.size() ? pieces[i] : Word{});
    }
}

void Walker::read_array(const Command& made, const Scope& scope) {
    const std::string name = made.words.back().text.substr(0, 1) == "-" || made.words.size() < 2 ? "MAPFILE" : made.words.back().text;
    if (!scope.input) {
        forget(name);
        return;
    }
    Value value;
    value.array = true;
    while (!scope.input->empty() && value.elements.size() < 200) {
        value.elements.push_back(word_of(next_line(*scope.input), made.span));
    }
    m_variables[name] = std::move(value);
}

// printf -v NAME …
void Walker::print_variable(const Command& made) {
    std::vector<Word> words = made.words;
    words.erase(words.begin() + 1, words.begin() + 3);
    const Output output = output_of(words, std::nullopt);
    if (output) {
        set(made.words[2].text, word_of(*output, made.span));
    } else {
        forget(made.words[2].text);
    }
}

// True for builtins that print nothing.
bool Walker::builtin(Command& made, const Scope& scope) {
    const std::size_t at = name_index(made);
    if (at >= made.words.size()) {
        return false;
    }
    const std::string& name = made.words[at].text;
    if (declares(name)) {
        declare(made);
    } else if (name == "set") {
        set_arguments(made);
    } else if (name == "shift") {
        if (!m_arguments.empty()) {
            m_arguments.erase(m_arguments.begin());
        }
    } else if (name == "read") {
        read_variables(made, scope);
    } else if (name == "mapfile" || name == "readarray") {
        read_array(made, scope);
    } else if (name == "unset") {
        for (std::size_t i = at + 1; i < made.words.size(); ++i) {
            m_references.erase(made.words[i].text);
            m_variables.erase(made.words[i].text);
            m_functions.erase(made.words[i].text);
        }
    } else if (name == "alias") {
        for (std::size_t i = at + 1; i < made.words.size(); ++i) {
            const std::string& text = made.words[i].text;
            const auto equal = text.find('=');
            if (equal != std::string::npos && made.words[i].known() && m_aliases.size() < 100) {
                m_aliases[text.substr(0, equal)] = text.substr(equal + 1);
            }
        }
    } else if (name == "printf" && made.words.size() > 3 && at == 0 && made.words[1].text == "-v") {
        print_variable(made);
    } else if (name == "getopts" && made.words.size() > at + 2) {
        forget(made.words[at + 2].text);
    } else if (name == "let") {
        for (std::size_t i = at + 1; i < made.words.size(); ++i) {
            const auto equal = made.words[i].text.find_first_of("=+-");
            forget(made.words[i].text.substr(0, equal));
        }
    } else {
        return false;
    }
    return true;
}

}  // namespace caro::shell
