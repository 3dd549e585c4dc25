#include "shell/walker.hpp"

#include <algorithm>
#include <regex>

#include "shell/filters.hpp"
#include "shell/text_tools.hpp"
#include "util/strings.hpp"

namespace caro::shell {

namespace {

constexpr int k_deepest = 160;
constexpr std::size_t k_most_flow = 24;

}  // namespace

// What is printed first and then, if both are known.
std::optional<std::string> added(std::optional<std::string> first, const std::optional<std::string>& then) {
    if (!first || !then || first->size() + then->size() > 65536) {
        return std::nullopt;
    }
    *first += *then;
    return first;
}

Walker::Walker(const Environment& environment)
    : m_environment(environment), m_arguments(environment.arguments), m_arguments_known(environment.arguments_known),
      m_work(environment.work ? environment.work : std::make_shared<long>(k_most_work)) {
    for (const auto& [name, word] : environment.variables) {
        m_variables[name].word = word;
    }
    m_script.files = environment.files;
}

Script Walker::walk(const Tree& tree) {
    m_script.complete = tree.complete;
    m_script.problem = tree.problem;
    Scope all;
    all.input = m_environment.input ? std::make_shared<std::string>(*m_environment.input) : nullptr;
    run(*tree.root, all);
    // What is defined but not called may be called by hand.
    const auto functions = m_functions;
    for (const auto& [name, body] : functions) {
        if (m_called.count(name) == 0) {
            Scope scope;
            scope.functions.push_back(name);
            m_arguments.clear();
            m_arguments_known = false;
            m_gone = false;
            const std::size_t first = m_script.pipelines.size();
            run(*body, scope);
            std::for_each(m_script.pipelines.begin() + static_cast<std::ptrdiff_t>(first), m_script.pipelines.end(),
                          [](Pipeline& line) { line.uncalled = true; });
        }
    }
    for (auto& [name, value] : m_variables) {
        m_script.variables[name] = value.array ? unknown_word(false, {}) : std::move(value.word);
    }
    for (auto file = m_script.files.begin(); file != m_script.files.end();) {
        file = readable(file->second) ? std::next(file) : m_script.files.erase(file);
    }
    return std::move(m_script);
}

void Walker::too_much() {
    if (m_script.complete) {
        m_script.complete = false;
        m_script.problem = "it does too much to be followed";
    }
}

bool Walker::spend() {
    if (m_budget == 0) {
        too_much();
        return false;
    }
    --m_budget;
    return true;
}

void Walker::mark(Pipeline::Mark mark, const Span& span) {
    Pipeline made;
    made.mark = mark;
    made.substituted = true;
    made.span = span;
    m_script.pipelines.push_back(std::move(made));
}

Walker::Output Walker::run(const Node& node, const Scope& given) {
    Scope scope = given;
    scope.background = given.background || node.background;
    if (++scope.depth > k_deepest) {
        too_much();
        return std::nullopt;
    }
    const bool repeats = node.kind == Node::Kind::each || node.kind == Node::Kind::loop || node.kind == Node::Kind::counted;
    if (m_budget == 0 || (repeats && !spend())) {
        too_much();  // loops in loops multiply even when they are empty
        return std::nullopt;
    }
    switch (node.kind) {
        case Node::Kind::sequence: return run_sequence(node, scope);
        case Node::Kind::and_or: return run_and_or(node, scope);
        case Node::Kind::pipeline: return run_pipeline(node, scope);
        case Node::Kind::group: return run(*node.children[0], scope);
        case Node::Kind::subshell: return run_subshell(*node.children[0], scope);
        case Node::Kind::branches: return run_branches(node, scope);
        case Node::Kind::loop:
        case Node::Kind::counted: return run_loop(node, scope);
        case Node::Kind::each: return run_each(node, scope);
        case Node::Kind::function:
            m_functions[node.name] = node.children[0];
            m_function_spans[node.name] = node.span;
            m_called.erase(node.name);
            m_script.functions.push_back(node.name);
            return "";
        case Node::Kind::test:
            run_test(node, scope);
            return "";
        case Node::Kind::simple: break;  // always stands in a pipeline
    }
    return std::nullopt;
}

// [[ … ]]: the commands in its words; with -eq and the like its words are expressions.
void Walker::run_test(const Node& node, const Scope& scope) {
    std::vector<Word> all;
    for (const auto& word : node.words) {
        all.push_back(value_of(word.parts, scope, word.span));  // nothing is split in here
    }
    const bool numbers = std::any_of(all.begin(), all.end(), [](const Word& word) {
        return word.text == "-eq" || word.text == "-ne" || word.text == "-lt" || word.text == "-le" || word.text == "-gt" || word.text == "-ge" ||
               word.text == "-v" || word.text == "-R";
    });
    if (all.size() == 3 && all[1].text == "=~" && all[0].known() && all[2].known()) {
        match(all[0].text, all[2].text);
    }
    for (const auto& word : all) {
        if (numbers) {
            run_index(word.text, scope, node.span);
        }
    }
}

// Patterns that the matcher of the library can be trusted with: it tries again and again, so that a repeated group takes
// exponential time and each further repetition multiplies it.
bool Walker::is_quick(const std::string& pattern) {
    constexpr std::size_t k_longest_pattern = 80;
    constexpr int k_most_repeats = 3;
    int repeats = 0;
    for (std::size_t i = 0; i < pattern.size(); ++i) {
        const bool repeat = std::string_view("*+?{").find(pattern[i]) != std::string_view::npos;
        repeats += repeat ? 1 : 0;
        if (repeat && i > 0 && pattern[i - 1] == ')') {
            return false;
        }
    }
    return pattern.size() <= k_longest_pattern && repeats <= k_most_repeats && pattern.find('\\') == std::string::npos;
}

// [[ text =~ pattern ]] sets BASH_REMATCH.
void Walker::match(const std::string& text, const std::string& pattern) {
    constexpr std::size_t k_longest_match = 80;
    constexpr int k_most_matches = 100;
    Value& found = m_variables["BASH_REMATCH"];
    found = {};
    found.array = true;
    if (text.size() > k_longest_match || !is_quick(pattern) || ++m_matches > k_most_matches) {
        found.elements.push_back(unknown_word(false, {}));
        return;
    }
    try {
        std::smatch groups;
        if (std::regex_search(text, groups, std::regex(pattern, std::regex::extended))) {
            for (const auto& group : groups) {
                Word word;
                word.text = group.str();
                found.elements.push_back(std::move(word));
            }
        }
    } catch (const std::regex_error&) {
        found.elements.push_back(unknown_word(false, {}));
    }
}

Walker::Output Walker::run_sequence(const Node& node, const Scope& scope) {
    Output all = "";
    for (const auto& child : node.children) {
        const Output one = run(*child, scope);
        if (!one || !all || all->size() + one->size() > 65536) {
            all = std::nullopt;
        } else {
            *all += *one;
        }
    }
    return all;
}

// [[ … ]], [ … ], test …, (( … )): what is run for its status.
bool Walker::is_test(const Node& node) {
    const bool around = node.kind == Node::Kind::pipeline || node.kind == Node::Kind::sequence || node.kind == Node::Kind::group;
    if (around && node.children.size() == 1) {
        return is_test(*node.children[0]);
    }
    const std::string name = node.kind == Node::Kind::simple && !node.words.empty() && node.words[0].parts.size() == 1 ? node.words[0].parts[0].text : "";
    return node.kind == Node::Kind::test || any_of(name, {"[", "test", "grep", "egrep", "fgrep", "cmp", "diff"});
}

Walker::Output Walker::run_and_or(const Node& node, const Scope& scope) {
    Output all = run(*node.children[0], scope);
    auto holds = outcome(*node.children[0], 0);
    for (std::size_t i = 1; i < node.children.size(); ++i) {
        if (m_budget == 0) {
            too_much();
            return std::nullopt;
        }
        if (holds && *holds == node.ors[i - 1]) {
            run_dead(*node.children[i], scope);
            continue;
        }
        const bool sure = holds.has_value();  // that it runs
        const auto alone = outcome(*node.children[i], 0);
        // If it may be passed over, only an outcome that the command before has then, too, is sure: … && false, … || true
        holds = holds || alone == std::optional<bool>(node.ors[i - 1]) ? alone : std::nullopt;
        if (node.ors[i - 1]) {
            const State before = state();
            const Output one = run(*node.children[i], scope);  // perhaps
            join(before);
            all = one && one->empty() ? all : std::nullopt;
            continue;
        }
        const bool gone = m_gone;
        const Output one = run(*node.children[i], scope);
        m_gone = m_gone && (gone || sure);
        const bool tested = !sure && is_test(*node.children[i - 1]);  // other commands are taken to succeed
        all = all && one && (!tested || one->empty()) ? Output(*all + *one) : std::nullopt;
    }
    return all;
}

Walker::Output Walker::run_pipeline(const Node& node, const Scope& scope) {
    if (!node.name.empty()) {
        return run_coprocess(node, scope);
    }
    if (node.children.size() == 1 && node.children[0]->kind != Node::Kind::simple && node.children[0]->redirects.empty()) {
        return run(*node.children[0], scope);
    }
    return run_stages(node, scope);
}

Walker::Output Walker::run_coprocess(const Node& node, const Scope& scope) {
    const std::size_t first = m_script.pipelines.size();
    run_stages(node, scope);
    start_coprocess(node.name, first);
    return "";
}

Walker::Output Walker::run_stages(const Node& node, const Scope& scope) {
    Pipeline made;
    made.span = node.span;
    made.functions = scope.functions;
    made.in_endless_loop = scope.endless;
    made.substituted = scope.substituted;
    made.feeds_word = scope.feeds_word;
    made.background = scope.background;
    made.dead = scope.dead || m_gone;
    if (scope.before != nullptr) {
        made.stages = *scope.before;
    }
    const bool several = node.children.size() > 1;
    const State before = several ? state() : State{};
    Scope inner = scope;
    Output output;
    for (std::size_t i = 0; i < node.children.size(); ++i) {
        if (i > 0) {
            inner.input = output ? std::make_shared<std::string>(*output) : nullptr;
        }
        output = run_stage(*node.children[i], inner, made);
    }
    if (several) {
        join(before);
    }
    if (!made.stages.empty()) {
        m_script.pipelines.push_back(std::move(made));
    }
    return output;
}

Walker::Output Walker::run_stage(const Node& node, Scope& scope, Pipeline& into) {
    if (node.kind == Node::Kind::simple) {
        return run_simple(node, scope, into);
    }
    return run_compound(node, scope, into);
}

// A compound command in a pipeline: what it runs gets the stages before it, and its commands count as stages.
Walker::Output Walker::run_compound(const Node& node, Scope& scope, Pipeline& into) {
    Command around;
    around.span = node.span;
    expand_redirects(node, scope, around);
    Scope inner = scope;
    if (around.input) {
        inner.input = std::make_shared<std::string>(*around.input);
    }
    std::vector<Command> before;
    const std::size_t stages = into.stages.size();
    for (std::size_t i = stages > k_most_flow ? stages - k_most_flow : 0; i < stages; ++i) {
        before.push_back(into.stages[i]);
        before.back().only_flow = true;
    }
    const bool fed = std::any_of(around.redirects.begin(), around.redirects.end(), [](const Redirect& redirect) { return redirect.op == "<"; });
    if (fed) {  // while read …; done < <(curl …)
        before.push_back(around);
        before.back().only_flow = true;
    }
    inner.before = before.empty() ? nullptr : &before;
    const std::size_t first = m_script.pipelines.size();
    Output output = run(node, inner);
    add_flow(first, into);
    const bool redirected = !around.redirects.empty();
    into.stages.push_back(std::move(around));
    return redirected ? finish_output(into.stages.back(), std::move(output), scope) : output;
}

void Walker::add_flow(std::size_t first, Pipeline& into) const {
    std::size_t added = 0;
    for (std::size_t i = first; i < m_script.pipelines.size() && added < k_most_flow; ++i) {
        for (const auto& stage : m_script.pipelines[i].stages) {
            if (!stage.only_flow && added++ < k_most_flow) {
                into.stages.push_back(stage);
                into.stages.back().only_flow = true;
            }
        }
    }
}

Walker::Output Walker::run_subshell(const Node& node, const Scope& scope) {
    mark(Pipeline::Mark::enter_subshell, node.span);
    State before = state();
    Output output = run(node, scope);
    restore(std::move(before));
    mark(Pipeline::Mark::leave_subshell, node.span);
    return output;
}

// Any of the branches may run; what they set differently is not known afterwards, unless a case is known to fit.
Walker::Output Walker::run_branches(const Node& node, const Scope& scope) {
    run(*node.children[0], scope);
    const bool selects = node.name == "case" && node.children[0]->words.size() == 1;
    const Word subject = selects ? value_of(node.children[0]->words[0].parts, scope, node.span) : unknown_word(false, node.span);
    const State before = state();
    State after = before;
    bool chosen = false;
    bool fits = false;
    const bool never = node.name != "case" && outcome(*node.children[0], 0) == std::optional<bool>(false);
    for (std::size_t i = 1; i < node.children.size(); ++i) {
        if (m_budget == 0) {
            too_much();
            break;
        }
        restore(before);
        if ((never && i == 1) || (selects && i % 2 == 0 && !node.falls_through && never_fits(*node.children[0], *node.children[i - 1]))) {
            run_dead(*node.children[i], scope);
            continue;
        }
        run(*node.children[i], scope);
        if (selects && i % 2 == 1) {
            fits = !chosen && subject.known() && fits_pattern(*node.children[i], subject.text, scope);
        }
        if (chosen) {
            continue;  // judged, but it does not run
        }
        if (fits && i % 2 == 0) {
            after = state();
            chosen = true;
            continue;
        }
        join(after);
        after = state();
    }
    restore(std::move(after));
    return std::nullopt;
}

bool Walker::fits_pattern(const Node& patterns, const std::string& subject, const Scope& scope) {
    return subject.size() < 500 && std::any_of(patterns.words.begin(), patterns.words.end(), [&](const RawWord& word) {
        const Word pattern = value_of(word.parts, scope, word.span);
        return pattern.known() && matches(pattern.text, subject);
    });
}

Walker::Output Walker::run_body(const Node& node, const Scope& scope) {
    Output all = "";
    for (const auto& child : node.children) {
        all = added(std::move(all), run(*child, scope));
    }
    return all;
}

Script parse(std::string_view source, const Environment& environment) {
    constexpr std::size_t k_longest_source = 256 * 1024;
    if (source.size() > k_longest_source || source.find('\0') != std::string_view::npos ||
        source.find(Word::k_unknown) != std::string_view::npos) {
        Script script;
        script.complete = false;
        script.problem = source.size() > k_longest_source ? "it is too long" : "it holds control characters";
        return script;
    }
    return Walker(environment).walk(read_syntax(source));
}

}  // namespace caro::shell
