// Loops, followed as often as it takes to know what they do: while, until, for.
#include <algorithm>

#include "shell/walker.hpp"
#include "util/strings.hpp"

namespace caro::shell {

namespace {

constexpr std::size_t k_most_items = 100;

}  // namespace

Walker::Output Walker::run_loop(const Node& node, const Scope& given) {
    Scope scope = given;
    scope.endless = given.endless || node.endless;
    for (const auto& word : node.words) {
        fields(word, scope);
    }
    Output all;
    if (node.kind == Node::Kind::counted && run_counted(node, scope, all)) {
        return all;
    }
    const bool never = node.kind == Node::Kind::loop && node.name != "until" && node.children.size() == 2 &&
                       outcome(*node.children[0], 0) == std::optional<bool>(false);
    if (never) {
        run_dead(*node.children[1], scope);
        return "";
    }
    const State before = state();
    const bool reads = scope.input && !scope.input->empty() && !node.endless && !may_leave(node, 0);
    all = run_body(node, scope);
    const bool fed = scope.input && !scope.input->empty();
    if (!m_environment.unrolls) {
        join(before);
        return std::nullopt;
    }
    for (int rounds = 0; rounds < 20 && scope.input && !scope.input->empty() && m_budget > 0; ++rounds) {
        all = added(std::move(all), run_body(node, scope));  // while read …
    }
    const bool done = reads && scope.input->empty();
    if (!fed && !reads && m_budget > 3000) {
        run_body(node, scope);  // what the first round set holds in the second
    }
    join(before);
    return done ? all : std::nullopt;
}

// for ((i = 0; i < 4; i++)) whose numbers are known. False if they are not, and nothing was run.
bool Walker::run_counted(const Node& node, const Scope& scope, Output& output) {
    constexpr int k_most_rounds = 64;
    if (!m_environment.unrolls || node.words.empty() || node.words[0].parts.empty()) {
        return false;
    }
    const Part& head = node.words[0].parts[0];
    const auto piece = [&](std::size_t n) -> std::string {
        const Word text = value_of(head.argument, scope, head.span);
        const auto pieces = split(text.text, ';');
        return pieces.size() == 3 && text.known() ? std::string(trim(pieces[n])) : "?";
    };
    number_of(piece(0), nullptr, head.span);
    auto holds = number_of(piece(1), nullptr, head.span);
    if (!holds || *holds == 0) {
        return false;
    }
    output = "";
    for (int rounds = 0; rounds < k_most_rounds && holds && *holds != 0 && m_budget > 500; ++rounds) {
        output = added(std::move(output), run_body(node, scope));
        number_of(piece(2), nullptr, head.span);
        holds = number_of(piece(1), nullptr, head.span);
    }
    if (!holds || *holds != 0 || may_leave(node, 0)) {
        output = std::nullopt;
    }
    return true;
}

// A loop that may end early: break, return, exit somewhere in it.
bool Walker::may_leave(const Node& node, int depth) {
    const auto leaves = [](const Node& command) {
        const bool word = !command.words.empty() && command.words[0].parts.size() == 1;
        const std::string& name = word ? command.words[0].parts[0].text : command.name;
        return word && (name == "break" || name == "return" || name == "exit" || name == "continue");
    };
    return depth > 12 || leaves(node) || std::any_of(node.children.begin(), node.children.end(), [&](const auto& child) {
               return may_leave(*child, depth + 1);
           });
}

Walker::Output Walker::run_each(const Node& node, const Scope& given) {
    Scope scope = given;
    std::vector<Word> items;
    for (const auto& word : node.words) {
        const auto some = fields(word, scope);
        items.insert(items.end(), some.begin(), some.end());
    }
    if (!node.has_words) {
        bool known = false;
        items = look_up("@", "", known);
        if (items.empty() && !m_arguments_known) {
            items.push_back(unknown_word(false, node.span));
        }
    }
    if (node.has_words && node.words.empty()) {
        run_dead(*node.children[0], scope);
        return "";
    }
    if (!m_environment.unrolls) {
        items.assign(1, unknown_word(false, node.span));
    }
    const State before = state();
    Output all = "";
    for (std::size_t i = 0; i < items.size(); ++i) {
        if (i >= k_most_items || m_budget < 500) {
            set(node.name, unknown_word(false, node.span));
            i = items.size();
        } else {
            set(node.name, items[i]);
        }
        const Output one = run(*node.children[0], scope);
        all = all && one && all->size() < 65536 ? Output(*all + *one) : std::nullopt;
    }
    const bool runs = !items.empty() && std::all_of(items.begin(), items.end(), [](const Word& word) { return word.known() && !word.glob; });
    if (!runs || items.size() >= k_most_items || may_leave(*node.children[0], 0)) {
        join(before);
    }
    if (items.size() == 1) {
        set(node.name, items.back());
    }
    return all;
}

}  // namespace caro::shell
