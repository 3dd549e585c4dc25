// Builtins that change what words stand for: declare, set, read, mapfile, printf -v, let and the like.
#include <algorithm>
#include <array>

#include "shell/filters.hpp"
#include "shell/walker.hpp"
#include "shell/word_text.hpp"
#include "util/strings.hpp"

namespace caro::shell {

namespace {

bool is_name(std::string_view text) {
    return !text.empty() && std::isdigit(static_cast<unsigned char>(text[0])) == 0 &&
           std::all_of(text.begin(), text.end(), [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; });
}

bool declares(std::string_view name) {
    return name == "export" || name == "declare" || name == "local" || name == "readonly" || name == "typeset" || name == "integer";
}

Word word_of(std::string_view text, const Span& span) {
    Word word;
    word.text = text;
    word.span = span;
    return word;
}

bool is_option(const Word& word) { return word.text.size() > 1 && (word.text[0] == '-' || word.text[0] == '+'); }

// Options of read and mapfile, and the words that are left.
struct ReadCall {
    char end = '\n';
    std::size_t most = std::string::npos;  // bytes or lines
    std::string descriptor;
    bool array = false;
    bool raw = false;
    bool keeps_end = true;
    std::vector<std::string> names;
};

ReadCall read_call(const Command& made, std::size_t first, std::string_view valued) {
    ReadCall call;
    for (std::size_t i = first; i < made.words.size(); ++i) {
        const std::string& text = made.words[i].text;
        if (text.size() < 2 || text[0] != '-' || !call.names.empty()) {
            call.names.push_back(text);
            continue;
        }
        for (std::size_t k = 1; k < text.size(); ++k) {
            const char c = text[k];
            call.array = call.array || c == 'a' || c == 'A';
            call.raw = call.raw || c == 'r';
            call.keeps_end = call.keeps_end && c != 't';
            if (valued.find(c) == std::string_view::npos) {
                continue;
            }
            const std::string value = k + 1 < text.size() ? text.substr(k + 1) : i + 1 < made.words.size() ? made.words[++i].text : "";
            if (c == 'd') {
                call.end = value.empty() ? '\0' : value[0];
            } else if ((c == 'n' || c == 'N') && value.find_first_not_of("0123456789") == std::string::npos && value.size() < 6) {
                call.most = value.empty() ? call.most : std::stoul(value);
            } else if (c == 'u') {
                call.descriptor = value;
            }
            break;
        }
    }
    return call;
}

}  // namespace

// What `declare -A`, `local -u` and the like say about their variables.
Value Walker::attributes_of(const Command& made) {
    Value value;
    for (std::size_t i = 1; i < made.words.size(); ++i) {
        const std::string& text = made.words[i].text;
        if (text.size() < 2 || text[0] != '-') {
            continue;
        }
        value.associative = value.associative || text.find('A') != std::string::npos;
        value.integer = value.integer || text.find('i') != std::string::npos;
        value.fold = text.find('l') != std::string::npos ? 'l' : text.find('u') != std::string::npos ? 'u' : value.fold;
    }
    value.integer = value.integer || (!made.words.empty() && made.words[0].text == "integer");
    return value;
}

// [ -v 'a[$(…)]' ], printf -v 'a[$(…)]': an index is an expression, and commands in it run.
void Walker::test_words(const Command& made, const Scope& scope) {
    constexpr std::array<std::string_view, 17> k_takers = {"test", "[", "printf", "read", "unset", "declare", "typeset", "local", "export",
                                                           "readonly", "mapfile", "readarray", "let", "wait", "getopts", "integer", "[["};
    const std::size_t at = name_index(made);
    if (at >= made.words.size() || std::find(k_takers.begin(), k_takers.end(), made.words[at].text) == k_takers.end()) {
        return;
    }
    for (std::size_t i = at + 1; i < made.words.size(); ++i) {
        const std::string& before = made.words[i - 1].text;
        const bool format = made.words[at].text == "printf" && before != "-v";
        const bool plain = (made.words[at].text == "test" || made.words[at].text == "[") && before != "-v" && before != "-R";
        if (!format && !plain) {
            run_index(made.words[i].text, scope, made.span);
        }
    }
}

void Walker::declare(const Command& made) {
    refer(made);
    const Value attributes = attributes_of(made);
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
        } else if (is_name(text) && (attributes.associative || attributes.integer || attributes.fold != '\0') && m_variables.size() < 2000) {
            Value& value = m_variables[resolved(text)];  // declare -A m
            shape(attributes, value);
            value.associative = value.associative || attributes.associative;
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

std::string Walker::next_record(std::string& input, char end) {
    const auto at = input.find(end);
    std::string record = input.substr(0, at);
    input.erase(0, at == std::string::npos ? at : at + 1);
    return record;
}

void Walker::read_variables(const Command& made, const Scope& scope) {
    ReadCall call = read_call(made, name_index(made) + 1, "pdntNui");
    if (call.names.empty()) {
        call.names.emplace_back("REPLY");
    }
    const auto input = call.descriptor.empty() ? scope.input : descriptor_input(call.descriptor);
    if (!input || input->empty()) {
        for (const auto& name : call.names) {
            Word word = unknown_word(false, made.span);
            word.sources.push_back(made.span);
            set(name, std::move(word));
        }
        return;
    }
    std::string line;
    if (call.most < input->size() && call.most < input->find(call.end)) {
        line = input->substr(0, call.most);
        input->erase(0, call.most);
    } else {
        line = next_record(*input, call.end);
    }
    const auto custom = made.assignments.find("IFS");
    const std::string marks = custom == made.assignments.end() ? separators() : custom->second.text;
    std::size_t at = 0;
    std::vector<Word> pieces;
    while (at < line.size()) {
        at = std::min(line.find_first_not_of(marks, at), line.size());
        const bool last = !call.array && pieces.size() + 1 == call.names.size();
        const auto end = last ? line.size() : std::min(line.find_first_of(marks, at), line.size());
        if (at < line.size()) {
            pieces.push_back(word_of(std::string_view(line).substr(at, end - at), made.span));
        }
        at = end;
    }
    if (call.array) {
        Value value;
        value.array = true;
        value.elements = std::move(pieces);
        m_variables[resolved(call.names[0])] = std::move(value);
        return;
    }
    for (std::size_t i = 0; i < call.names.size(); ++i) {
        set(call.names[i], i < pieces.size() ? pieces[i] : Word{});
    }
}

void Walker::read_array(const Command& made, const Scope& scope) {
    ReadCall call = read_call(made, name_index(made) + 1, "dnOsuCc");
    const std::string name = call.names.empty() ? "MAPFILE" : call.names[0];
    const auto input = call.descriptor.empty() ? scope.input : descriptor_input(call.descriptor);
    Value value;
    value.array = true;
    if (!input) {
        Word word = unknown_word(false, made.span);
        word.sources.push_back(made.span);
        value.elements.push_back(std::move(word));
        m_variables[resolved(name)] = std::move(value);
        return;
    }
    while (!input->empty() && value.elements.size() < std::min<std::size_t>(call.most, 200)) {
        value.elements.push_back(word_of(next_record(*input, call.end), made.span));
    }
    m_variables[resolved(name)] = std::move(value);
}

void Walker::unset(const Command& made) {
    for (std::size_t i = name_index(made) + 1; i < made.words.size(); ++i) {
        const std::string& name = made.words[i].text;
        if (is_option(made.words[i])) {
            continue;
        }
        m_references.erase(name);
        m_functions.erase(name);
        m_script.exported.erase(name);
        if (is_name(name) && m_variables.size() < 2000) {
            Word nothing;
            nothing.unset_variable = true;  // rm -rf "$NAME"/* is rm -rf /* now
            m_variables[name] = {};
            m_variables[name].word = std::move(nothing);
        } else if (const auto bracket = name.find('['); bracket == std::string::npos) {
            m_variables.erase(name);
        } else {
            forget(name.substr(0, bracket));  // one element less
        }
    }
}

// export -f NAME, declare -fx NAME
void Walker::export_functions(const Command& made) {
    const std::size_t at = name_index(made);
    const auto option = at + 1 < made.words.size() ? std::string_view(made.words[at + 1].text) : std::string_view();
    const bool exports = option.size() > 1 && option[0] == '-' && option.find('f') != std::string_view::npos &&
                         (made.words[at].text == "export" || option.find('x') != std::string_view::npos);
    for (std::size_t i = at + 2; exports && i < made.words.size(); ++i) {
        const auto known = m_function_spans.find(made.words[i].text);
        if (known != m_function_spans.end() && m_functions.count(known->first) != 0) {
            m_script.exported[known->first] = known->second;
        }
    }
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
    test_words(made, scope);
    if (declares(name)) {
        export_functions(made);
        declare(made);
    } else if (name == "set") {
        set_arguments(made);
    } else if (name == "shift") {
        const std::string count = at + 1 < made.words.size() ? made.words[at + 1].text : "1";
        const std::size_t wanted = count.size() == 1 && count[0] >= '0' && count[0] <= '9' ? static_cast<std::size_t>(count[0] - '0') : 1;
        m_arguments.erase(m_arguments.begin(), m_arguments.begin() + static_cast<std::ptrdiff_t>(std::min(wanted, m_arguments.size())));
    } else if (name == "cd") {
        if (!m_folder.empty()) {
            set("OLDPWD", word_of(m_folder, made.span));
        }
        const std::string& folder = made.words.back().text;
        m_folder = made.words.size() == at + 2 && made.words.back().known() && folder.substr(0, 1) == "/" ? folder : "";
        return false;
    } else if (name == "read") {
        read_variables(made, scope);
    } else if (name == "mapfile" || name == "readarray") {
        read_array(made, scope);
    } else if (name == "unset") {
        unset(made);
    } else if (name == "enable") {
        m_builtins_changed = true;
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
            const std::string& text = made.words[i].text;
            if (!made.words[i].known() || !number_of(text, &scope, made.span)) {
                forget(text.substr(0, text.find_first_of("=+-*/%&|^<>")));
            }
        }
    } else {
        return false;
    }
    return true;
}

}  // namespace caro::shell
