// Conditions whose outcome stands in the text: false && …, true || …, if [ 1 -eq 2 ]; then …
#include <algorithm>
#include <cstdlib>
#include <optional>

#include "shell/walker.hpp"
#include "util/strings.hpp"

namespace caro::shell {

namespace {

// The word if it is written out; nullopt if its value depends on anything.
std::optional<std::string> literal(const RawWord& word) {
    std::string made;
    for (const auto& part : word.parts) {
        const bool pattern = !part.quoted && part.text.find_first_of("*?[~") != std::string::npos && part.text != "[";
        if (part.kind != Part::Kind::text || pattern) {
            return std::nullopt;
        }
        made += part.text;
    }
    return made;
}

bool is_number(const std::string& text) {
    return !text.empty() && text.size() < 10 && text.find_first_not_of("0123456789") == std::string::npos;
}

std::optional<bool> compared(const std::string& left, const std::string& op, const std::string& right) {
    if (op == "=" || op == "==" || op == "!=") {
        return (left == right) == (op != "!=");
    }
    if (!is_number(left) || !is_number(right)) {
        return std::nullopt;
    }
    const long a = std::strtol(left.c_str(), nullptr, 10);
    const long b = std::strtol(right.c_str(), nullptr, 10);
    return op == "-eq" ? std::optional<bool>(a == b) : op == "-ne" ? std::optional<bool>(a != b) : op == "-lt" ? std::optional<bool>(a < b)
           : op == "-le" ? std::optional<bool>(a <= b) : op == "-gt" ? std::optional<bool>(a > b) : op == "-ge" ? std::optional<bool>(a >= b) : std::nullopt;
}

}  // namespace

// Whether the command succeeds, where nothing outside its text decides that. A function or an alias of that name does.
std::optional<bool> Walker::outcome(const Node& node, int depth) const {
    constexpr int k_deepest_condition = 8;
    if (node.negated || node.background || !node.redirects.empty() || !node.assignments.empty() || depth > k_deepest_condition) {
        return std::nullopt;
    }
    const bool around = node.kind == Node::Kind::pipeline || node.kind == Node::Kind::sequence || node.kind == Node::Kind::group;
    if (around && node.name.empty() && node.children.size() == 1) {
        return outcome(*node.children[0], depth + 1);
    }
    if (node.kind != Node::Kind::simple || node.words.empty()) {
        return std::nullopt;
    }
    std::vector<std::string> words;
    for (const auto& raw : node.words) {
        const auto word = literal(raw);
        if (!word) {
            return std::nullopt;
        }
        words.push_back(*word);
    }
    const std::string& name = words[0];
    if (m_builtins_changed || m_functions.count(name) != 0 || m_aliases.count(name) != 0) {
        return std::nullopt;
    }
    if (words.size() == 1 && (name == "true" || name == ":" || name == "false")) {
        return name != "false";
    }
    const bool bracket = name == "[" && words.size() == 5 && words[4] == "]";
    return bracket || (name == "test" && words.size() == 4) ? compared(words[1], words[2], words[3]) : std::nullopt;
}

// case a in b) …: neither subject nor pattern depends on anything.
bool Walker::never_fits(const Node& subject, const Node& patterns) {
    const auto text = subject.words.size() == 1 ? literal(subject.words[0]) : std::nullopt;
    return text && !patterns.words.empty() && std::all_of(patterns.words.begin(), patterns.words.end(), [&text](const RawWord& word) {
        const auto pattern = literal(word);
        return pattern && to_lower(*pattern) != to_lower(*text) && pattern->find('(') == std::string::npos;
    });
}

// exit, exit 1: nothing after it runs. With more words it is an error, with a redirection that fails it stays.
void Walker::note_exit(const Command& made, const Scope& scope, bool alone) {
    const bool exits = made.words.size() <= 2 && !made.words.empty() && made.words[0].text == "exit" && made.redirects.empty() && made.assignments.empty();
    if (exits && alone && !scope.background && !scope.substituted && !m_builtins_changed && m_functions.count("exit") == 0 && m_aliases.count("exit") == 0) {
        m_gone = true;
    }
}

// Follows a command that never runs: it is written down as such, and what it would set is not set.
void Walker::run_dead(const Node& node, const Scope& scope) {
    Scope never = scope;
    never.dead = true;
    State before = state();
    run(node, never);
    restore(std::move(before));
}

}  // namespace caro::shell
