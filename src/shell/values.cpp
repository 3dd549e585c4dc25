// Variables: what is known of them, and what is left of that after a branch.
#include <algorithm>
#include <cctype>
#include <utility>

#include "shell/walker.hpp"

namespace caro::shell {

namespace {

bool is_number(const std::string& text) {
    return !text.empty() && text.find_first_not_of("0123456789") == std::string::npos;
}

Word word_of(std::string text) {
    Word word;
    word.text = std::move(text);
    return word;
}

// Variables that hold what gives access to other systems, wherever they are set.
bool holds_credential(std::string_view name) {
    constexpr std::string_view k_names = " AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN GITHUB_TOKEN GH_TOKEN GITLAB_TOKEN NPM_TOKEN "
                                         "CI_JOB_TOKEN DATABASE_URL DB_PASSWORD VAULT_TOKEN ";
    constexpr std::string_view k_end = "PRIVATE_KEY";
    const bool key = name.size() >= k_end.size() && name.substr(name.size() - k_end.size()) == k_end;
    return key || k_names.find(" " + std::string(name) + " ") != std::string_view::npos;
}

bool same(const Value& a, const Value& b) {
    return a.array == b.array && a.word.text == b.word.text && a.elements.size() == b.elements.size() &&
           a.keys.size() == b.keys.size() &&
           std::equal(a.keys.begin(), a.keys.end(), b.keys.begin(),
                      [](const auto& x, const auto& y) { return x.first == y.first && x.second.text == y.second.text; }) &&
           std::equal(a.elements.begin(), a.elements.end(), b.elements.begin(),
                      [](const Word& x, const Word& y) { return x.text == y.text; });
}

}  // namespace

Word unknown_word(bool unset, const Span& span) {
    Word word;
    word.text = Word::k_unknown;
    word.unset_variable = unset;
    word.span = span;
    return word;
}

// declare -l, -u, -i hold for whatever is assigned later.
void Walker::shape(const Value& old, Value& value) {
    value.fold = value.fold == '\0' ? old.fold : value.fold;
    value.integer = value.integer || old.integer;
    value.associative = value.associative || (old.associative && value.array);
    std::string& text = value.word.text;
    if (value.fold != '\0') {
        std::transform(text.begin(), text.end(), text.begin(), [&](unsigned char c) {
            return static_cast<char>(value.fold == 'l' ? std::tolower(c) : std::toupper(c));
        });
    }
    if (value.integer && value.word.known() && !value.array) {
        const auto number = number_of(text, nullptr, value.word.span);
        text = number ? std::to_string(*number) : text;
    }
}

// NAME or NAME[INDEX] gets a value: of read, printf -v, declare.
void Walker::set(const std::string& given, Word value) {
    const auto bracket = given.find('[');
    const std::string name = resolved(given.substr(0, bracket));
    if (bracket != std::string::npos && given.back() == ']') {
        put(m_variables[name], given.substr(bracket + 1, given.size() - bracket - 2), std::move(value));
        return;
    }
    Value made;
    made.word = std::move(value);
    const auto old = m_variables.find(name);
    if (old != m_variables.end()) {
        shape(old->second, made);
    }
    m_variables[name] = std::move(made);
}

// array[index]=value
void Walker::put(Value& array, const std::string& index, Word value) {
    if (array.associative) {
        if (array.keys.size() < 500) {
            array.keys[index] = std::move(value);
        }
        return;
    }
    if (!array.array && !array.word.text.empty()) {
        array.elements.assign(1, array.word);
    }
    array.array = true;
    const auto number = number_of(index, nullptr, value.span);
    const bool fits = number && *number >= 0 && *number < 1000;
    const std::size_t at = fits ? static_cast<std::size_t>(*number) : array.elements.size();
    array.elements.resize(std::max(array.elements.size(), at + 1));
    array.elements[at] = fits ? std::move(value) : unknown_word(false, value.span);
}

void Walker::forget(const std::string& name) { set(name, unknown_word(false, {})); }

// Thousands of branches times thousands of variables would take seconds: past a bound nothing more is followed.
Walker::State Walker::state() {
    constexpr std::size_t k_most_copied = 400000;
    m_copied += m_variables.size();
    if (m_copied > k_most_copied) {
        m_budget = 0;
        too_much();
    }
    return {m_variables, m_arguments, m_arguments_known, m_gone};
}

void Walker::restore(State state) {
    m_variables = std::move(state.variables);
    m_arguments = std::move(state.arguments);
    m_arguments_known = state.arguments_known;
    m_gone = state.gone;
}

// Keeps what holds here and in `other`.
void Walker::join(const State& other) {
    m_gone = m_gone && other.gone;
    for (auto& [name, value] : m_variables) {
        const auto it = other.variables.find(name);
        if (it == other.variables.end() || !same(it->second, value)) {
            const bool unset = it == other.variables.end() || value.word.unset_variable;
            std::vector<Span> sources = std::move(value.word.sources);
            value = {};
            value.word = unknown_word(unset, {});
            value.word.sources = std::move(sources);
        }
    }
    for (const auto& [name, value] : other.variables) {
        if (m_variables.find(name) == m_variables.end()) {
            set(name, unknown_word(true, {}));
        }
    }
}

std::string Walker::separators() const {
    const auto it = m_variables.find("IFS");
    return it == m_variables.end() || !it->second.word.known() ? " \t\n" : it->second.word.text;
}

// What stands between the words of "$*" and "${array[*]}"; a blank for all others.
std::string Walker::joint(const Part& part) const {
    const bool star = part.quoted && part.kind == Part::Kind::parameter && (part.text == "*" || part.index == "*");
    return star ? separators().substr(0, 1) : " ";
}

// The variable that a name stands for (declare -n).
const std::string& Walker::resolved(const std::string& name) const {
    const std::string* now = &name;
    for (int i = 0; i < 8; ++i) {
        const auto it = m_references.find(*now);
        if (it == m_references.end()) {
            break;
        }
        now = &it->second;
    }
    return *now;
}

// declare -n NAME=OTHER, local -n NAME=OTHER
void Walker::refer(const Command& made) {
    const std::string& name = made.words[name_index(made)].text;
    bool refers = name == "nameref";
    for (std::size_t i = name_index(made) + 1; i < made.words.size(); ++i) {
        const std::string& text = made.words[i].text;
        refers = refers || (text.size() > 1 && text[0] == '-' && text.find('n') != std::string::npos && name != "export" &&
                            name != "readonly");
        const auto equal = text.find('=');
        if (refers && equal != std::string::npos && m_references.size() < 100) {
            m_references[text.substr(0, equal)] = text.substr(equal + 1);
        }
    }
    for (const auto& [variable, value] : made.assignments) {
        if (refers && value.known() && m_references.size() < 100) {
            m_references[variable] = value.text;
        }
    }
}

// a=(x [3]=y), a=([key]=value): elements with an index go to their place.
void Walker::fill(Value& array, std::vector<Word> elements) {
    std::size_t at = array.elements.size();
    std::string key;
    for (std::size_t i = 0; i < elements.size(); ++i) {
        Word& element = elements[i];
        const auto end = element.text.find("]=");
        const bool indexed = element.text.size() > 3 && element.text[0] == '[' && end != std::string::npos && end > 1;
        if (indexed) {
            const std::string index = element.text.substr(1, end - 1);
            element.text.erase(0, end + 2);
            element.glob = element.text.find_first_of("*?[") != std::string::npos;
            const auto number = array.associative ? std::optional<long>() : number_of(index, nullptr, element.span);
            at = number && *number >= 0 && *number < 1000 ? static_cast<std::size_t>(*number) : at;
            key = index;
        }
        if (array.associative && (indexed || i % 2 == 1)) {
            array.keys[key] = std::move(element);
        } else if (array.associative) {
            key = element.text;  // key value key value
        } else {
            array.elements.resize(std::max(array.elements.size(), at + 1));
            array.elements[at++] = std::move(element);
        }
    }
}

// ${!array[@]}
std::vector<Word> Walker::indices(const std::string& name, const Span& span) {
    const auto it = m_variables.find(resolved(name));
    if (it == m_variables.end() || (!it->second.array && !it->second.associative)) {
        return {unknown_word(false, span)};
    }
    std::vector<Word> made;
    for (const auto& [key, value] : it->second.keys) {
        made.push_back(word_of(key));
    }
    for (std::size_t i = 0; i < it->second.elements.size(); ++i) {
        made.push_back(word_of(std::to_string(i)));
    }
    return made;
}

std::vector<Word> Walker::special(const std::string& name, bool& is_set) const {
    is_set = true;
    if (name == "@" || name == "*") {
        if (m_arguments_known || !m_arguments.empty()) {
            return m_arguments;
        }
        return {unknown_word(true, {})};
    }
    if (name == "#" && m_arguments_known) {
        return {word_of(std::to_string(m_arguments.size()))};
    }
    if (name == "0") {
        const auto it = m_variables.find("0");
        return {it == m_variables.end() ? word_of("bash") : it->second.word};
    }
    if (is_number(name) && name.size() < 6) {
        const std::size_t index = std::stoul(name);
        if (index >= 1 && index <= m_arguments.size()) {
            return {m_arguments[index - 1]};
        }
        is_set = false;
        if (name == "9" && !m_arguments_known) {
            return {};  // hardly ever there, so it stands for nothing: cat$IFS$9file
        }
        return m_arguments_known ? std::vector<Word>{} : std::vector<Word>{unknown_word(true, {})};
    }
    if (name == "$" || name == "!") {
        return {word_of("31337")};  // some process
    }
    return {unknown_word(false, {})};  // $? $-
}

// What a variable that nobody set here is by itself.
Word Walker::usual(const std::string& name, bool& is_set) const {
    const std::string& home = m_environment.home;
    if (name == "HOME" && !home.empty()) {
        return word_of(home);
    }
    if (name == "PWD") {
        return word_of(".");
    }
    if (name == "IFS") {
        return word_of(" \t\n");
    }
    if (name == "_" && !m_last_argument.empty()) {
        return word_of(m_last_argument);
    }
    if (name == "FUNCNAME" && !m_calls.empty()) {
        return word_of(m_calls.back());
    }
    if ((name == "USER" || name == "LOGNAME") && home.size() > 1) {
        return word_of(home.substr(home.rfind('/') + 1));
    }
    // What these usually are; a wrong guess would need somebody to have changed them before.
    if (name == "PATH") {
        return word_of("/usr/local/bin:/usr/bin:/bin");
    }
    if (name == "SHELL" || name == "BASH") {
        return word_of("/bin/bash");
    }
    if (name == "EDITOR" || name == "VISUAL") {
        return word_of("vi");
    }
    if (name == "PAGER") {
        return word_of("less");
    }
    const bool of_shell = name == "RANDOM" || name == "SECONDS" || name == "UID" || name == "EUID" || name == "LINENO" ||
                          name == "PPID" || name == "HOSTNAME" || name == "BASHPID" || name == "EPOCHSECONDS";
    is_set = of_shell;
    if (name == "RANDOM" || name == "SECONDS" || name == "EPOCHSECONDS" || name == "BASHPID") {
        return word_of("31337");  // some number
    }
    Word word = unknown_word(!of_shell, {});
    word.credential = holds_credential(name);
    return word;
}

// The words a variable stands for: one, or the elements of an array with index @ or *.
std::vector<Word> Walker::look_up(const std::string& given, const std::string& index, bool& is_set) {
    const std::string& name = resolved(given);
    is_set = true;
    if (name.size() == 1 && std::string_view("@*#?-$!0123456789").find(name[0]) != std::string_view::npos) {
        return special(name, is_set);
    }
    if (is_number(name)) {
        return special(name, is_set);
    }
    const auto it = m_variables.find(name);
    if (it != m_variables.end()) {
        const Value& value = it->second;
        const bool all = index == "@" || index == "*";
        if (value.associative) {
            std::vector<Word> made;
            for (const auto& [key, word] : value.keys) {
                if (all || key == index) {
                    made.push_back(word);
                }
            }
            is_set = !made.empty();
            return index == "?" ? std::vector<Word>{unknown_word(false, {})} : made;
        }
        if (!value.array) {
            is_set = !value.word.unset_variable;
            return {value.word};
        }
        if (all) {
            return value.elements;
        }
        const auto number = index.empty() ? std::optional<long>(0) : number_of(index, nullptr, {});
        if (!number) {
            return {unknown_word(false, {})};
        }
        const long size = static_cast<long>(value.elements.size());
        const long at = *number < 0 ? size + *number : *number;
        is_set = at >= 0 && at < size;
        return is_set ? std::vector<Word>{value.elements[static_cast<std::size_t>(at)]} : std::vector<Word>{};
    }
    return {usual(name, is_set)};
}

}  // namespace caro::shell
