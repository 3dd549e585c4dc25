#include "shell/reader.hpp"

#include <algorithm>
#include <array>

#include <fmt/core.h>

#include "util/strings.hpp"

namespace caro::shell {

namespace {

constexpr std::string_view k_metacharacters = " \t\n;&|()<>";

constexpr std::array<std::string_view, 22> k_reserved = {
    "if",   "then",   "elif", "else",     "fi", "while", "until", "for", "select", "do", "done",
    "case", "esac",   "in",   "function", "{",  "}",     "!",     "[[",  "time",   "coproc", "foreach"};

bool is_name_start(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool is_name(char c) { return is_name_start(c) || (c >= '0' && c <= '9'); }

bool always_true(std::string_view condition) {
    condition = trim(condition);
    while (!condition.empty() && (condition.back() == ';' || condition.back() == ' ')) {
        condition.remove_suffix(1);
    }
    constexpr std::array<std::string_view, 9> k_true = {"true",    ":",         "[ 1 ]",    "((1))", "[[ 1 ]]",
                                                        "(( 1 ))", "! false", "/bin/true", "[ true ]"};
    return std::find(k_true.begin(), k_true.end(), condition) != k_true.end();
}

}  // namespace

void Reader::skip_joins() {
    while (peek() == '\\' && peek(1) == '\n') {
        m_at += 2;
    }
}

void Reader::skip_blanks() {
    while (!at_end()) {
        skip_joins();
        const char c = peek();
        if (c == ' ' || c == '\t' || (c == '\r' && (peek(1) == '\n' || m_at + 1 == m_source.size()))) {
            ++m_at;
        } else if (c == '#') {
            m_at = std::min(m_source.find('\n', m_at), m_source.size());
        } else {
            return;
        }
    }
}

bool Reader::at_word_end() const { return at_end() || k_metacharacters.find(peek()) != std::string_view::npos; }

void Reader::newline() {
    ++m_at;
    if (!m_pending.empty()) {
        here_documents();
    }
}

void Reader::skip_newlines() {
    skip_blanks();
    while (peek() == '\n') {
        newline();
        skip_blanks();
    }
}

void Reader::fail(std::string_view why) {
    if (m_tree.complete) {
        m_tree.complete = false;
        m_tree.problem = fmt::format("{} at byte {}", why, m_fixed != nullptr ? m_fixed->start : m_at);
    }
}

void Reader::stop() { m_at = m_source.size(); }

// Without the blanks at its end.
Span Reader::span(std::size_t start) const {
    if (m_fixed != nullptr) {
        return *m_fixed;
    }
    std::size_t end = m_at;
    while (end > start && (m_source[end - 1] == ' ' || m_source[end - 1] == '\t' || m_source[end - 1] == '\n')) {
        --end;
    }
    return {start, end};
}

Reader::Made Reader::make(Node::Kind kind) const {
    auto made = std::make_shared<Node>();
    made->kind = kind;
    made->span = m_fixed != nullptr ? *m_fixed : Span{m_at, m_at};
    return made;
}

Reader::Made Reader::program() {
    auto all = make(Node::Kind::sequence);
    while (!at_end()) {
        all->children.push_back(sequence());
        if (!at_end()) {
            fail("unexpected word or mark");
            if (reserved().empty()) {
                m_at += at_end() ? 0 : 1;
            } else {
                take_reserved();
            }
        }
    }
    all->span = span(0);
    return all;
}

// The reserved word here, or ""; m_reserved_end is behind it.
std::string Reader::reserved() {
    skip_blanks();
    std::string found;
    std::size_t at = m_at;
    while (at < m_source.size() && found.size() < 9) {
        if (m_source[at] == '\\' && at + 1 < m_source.size() && m_source[at + 1] == '\n') {
            at += 2;
        } else if (k_metacharacters.find(m_source[at]) == std::string_view::npos && m_source[at] != '\r') {
            found += m_source[at++];
        } else {
            break;
        }
    }
    const bool ends = at >= m_source.size() || k_metacharacters.find(m_source[at]) != std::string_view::npos ||
                      m_source[at] == '\r';
    if (!ends || std::find(k_reserved.begin(), k_reserved.end(), found) == k_reserved.end()) {
        return "";
    }
    m_reserved_end = at;
    return found;
}

bool Reader::accept(std::string_view word) {
    if (reserved() != word) {
        return false;
    }
    take_reserved();
    return true;
}

void Reader::expect(std::string_view word) {
    skip_newlines();
    if (!accept(word)) {
        fail(fmt::format("no \"{}\"", word));
    }
}

bool Reader::at_stop() {
    if (at_end() || peek() == ')' || starts(";;") || starts(";&")) {
        return true;
    }
    const std::string word = reserved();
    return word == "then" || word == "elif" || word == "else" || word == "fi" || word == "do" || word == "done" ||
           word == "esac" || word == "}";
}

Reader::Made Reader::sequence() {
    const Deeper deeper(*this);
    auto made = make(Node::Kind::sequence);
    const std::size_t start = m_at;
    while (true) {
        skip_newlines();
        if (at_stop()) {
            break;
        }
        const std::size_t before = m_at;
        auto child = and_or();
        skip_blanks();
        if (m_at == before) {
            fail("a command was expected");
            ++m_at;
            continue;
        }
        if (peek() == '&' && peek(1) != '&') {
            child->background = true;
            ++m_at;
            m_at += peek() == '!' || peek() == '|' ? 1 : 0;  // zsh: &! and &|
        } else if (peek() == ';' && peek(1) != ';' && peek(1) != '&') {
            ++m_at;
        } else if (!at_end() && peek() != '\n' && !at_stop()) {
            fail("unexpected mark");
            ++m_at;
        }
        made->children.push_back(std::move(child));
    }
    made->span = span(start);
    return made;
}

Reader::Made Reader::and_or() {
    const std::size_t start = m_at;
    auto first = pipeline();
    skip_blanks();
    if (!starts("&&") && !starts("||")) {
        return first;
    }
    auto made = make(Node::Kind::and_or);
    made->children.push_back(std::move(first));
    while (starts("&&") || starts("||")) {
        made->ors.push_back(peek() == '|');
        m_at += 2;
        skip_newlines();
        if (at_stop()) {
            fail("a command was expected");
            break;
        }
        made->children.push_back(pipeline());
        skip_blanks();
    }
    made->span = span(start);
    return made;
}

bool Reader::opens_compound() {
    const std::string word = reserved();
    return peek() == '(' || word == "{" || word == "if" || word == "while" || word == "until" || word == "for" ||
           word == "select" || word == "case" || word == "[[" || word == "foreach";
}

// !, time and coproc before a pipeline.
void Reader::skip_prefixes() {
    for (std::string word = reserved(); word == "!" || word == "time" || word == "coproc"; word = reserved()) {
        const std::size_t before = m_at;
        take_reserved();
        skip_blanks();
        if (word == "time" && starts("-p") && std::string_view(" \t\n").find(peek(2)) != std::string_view::npos) {
            m_at += 2;
        } else if (word == "time" && peek() == '-' && !starts("-- ")) {
            m_at = before;  // time -o FILE is a program
            return;
        } else if (word == "time" && starts("-- ")) {
            m_at += 2;
        } else if (word == "coproc" && is_name_start(peek()) && !opens_compound()) {
            const std::size_t name = m_at;
            while (is_name(peek())) {
                ++m_at;
            }
            skip_blanks();
            m_at = opens_compound() ? m_at : name;
        }
    }
}

Reader::Made Reader::pipeline() {
    auto made = make(Node::Kind::pipeline);
    skip_prefixes();
    skip_blanks();
    if (peek() == '|' || (peek() == '&' && peek(1) != '>')) {
        fail("a command was expected");
    }
    const std::size_t start = m_at;
    while (true) {
        made->children.push_back(command());
        skip_blanks();
        if (peek() != '|' || peek(1) == '|') {
            break;
        }
        m_at += peek(1) == '&' ? 2 : 1;
        skip_newlines();
        if (at_stop() || peek() == '|' || peek() == '&' || peek() == ';') {
            fail("a command was expected after |");
            break;
        }
        skip_prefixes();
    }
    made->span = span(start);
    return made;
}

Reader::Made Reader::command() {
    const Deeper deeper(*this);
    skip_blanks();
    const std::size_t start = m_at;
    Made made;
    if (starts("((") && arithmetic_end(m_at + 2) != std::string_view::npos) {
        made = arithmetic_command();
    } else if (peek() == '(') {
        made = subshell();
    } else {
        made = compound(reserved());
    }
    if (!made) {
        return simple();
    }
    redirects(made);
    made->span = span(start);
    return made;
}

Reader::Made Reader::compound(const std::string& word) {
    if (word.empty() || word == "in" || word == "time" || word == "!" || word == "coproc") {
        return nullptr;
    }
    take_reserved();
    if (word == "{") {
        return braces();
    }
    if (word == "if") {
        return if_command();
    }
    if (word == "while" || word == "until") {
        return loop_command(word == "until");
    }
    if (word == "for" || word == "select" || word == "foreach") {
        return for_command();
    }
    if (word == "case") {
        return case_command();
    }
    if (word == "[[") {
        return test_command();
    }
    if (word == "function") {
        skip_blanks();
        const std::size_t start = m_at;
        while (!at_word_end()) {
            ++m_at;
        }
        const std::string name(m_source.substr(start, m_at - start));
        skip_blanks();
        if (peek() == '(') {
            ++m_at;
            skip_blanks();
            m_at += peek() == ')' ? 1 : 0;
        }
        return function_command(name);
    }
    m_at -= std::min(m_at, word.size());  // a stray "then", "}" …: the caller reports it
    return make(Node::Kind::sequence);
}

Reader::Made Reader::braces() {
    auto made = make(Node::Kind::group);
    made->children.push_back(sequence());
    expect("}");
    return made;
}

Reader::Made Reader::subshell() {
    auto made = make(Node::Kind::subshell);
    ++m_at;
    made->children.push_back(sequence());
    if (peek() == ')') {
        ++m_at;
    } else {
        fail("no )");
    }
    return made;
}

Reader::Made Reader::if_command() {
    auto made = make(Node::Kind::branches);
    made->children.push_back(sequence());
    expect("then");
    made->children.push_back(sequence());
    while (accept("elif")) {
        made->children.push_back(sequence());
        expect("then");
        made->children.push_back(sequence());
    }
    if (accept("else")) {
        made->children.push_back(sequence());
    }
    expect("fi");
    return made;
}

Reader::Made Reader::loop_command(bool until) {
    auto made = make(Node::Kind::loop);
    const std::size_t start = m_at;
    made->children.push_back(sequence());
    const std::string_view condition = m_source.substr(start, m_at - start);
    made->endless = until ? trim(condition).substr(0, 5) == "false" : always_true(condition);
    expect("do");
    made->children.push_back(sequence());
    expect("done");
    return made;
}

Reader::Made Reader::for_command() {
    skip_blanks();
    if (starts("((")) {
        auto counted = make(Node::Kind::counted);
        const std::size_t end = arithmetic_end(m_at + 2);
        if (end == std::string_view::npos) {
            fail("no ))");
            stop();
            return counted;
        }
        const std::string_view head = m_source.substr(m_at + 2, end - m_at - 2);
        const auto first = head.find(';');
        const auto second = first == std::string_view::npos ? first : head.find(';', first + 1);
        counted->endless = second != std::string_view::npos && trim(head.substr(first + 1, second - first - 1)).empty();
        Parts parts;
        m_at += 2;
        arithmetic(parts, true, end);
        counted->words.push_back({std::move(parts), counted->span});
        skip_blanks();
        m_at += peek() == ';' ? 1 : 0;
        counted->children.push_back(for_body());
        return counted;
    }
    auto made = make(Node::Kind::each);
    while (is_name(peek())) {
        made->name += m_source[m_at++];
    }
    skip_newlines();
    const bool listed = peek() == '(';  // zsh: for x (a b)
    if (listed || accept("in")) {
        made->has_words = true;
        m_at += listed ? 1 : 0;
        for (skip_blanks(); !at_word_end() || (peek() == '<' && peek(1) == '('); skip_blanks()) {
            made->words.push_back(word());
        }
        if (listed && peek() == ')') {
            ++m_at;
        }
    }
    skip_blanks();
    m_at += peek() == ';' ? 1 : 0;
    made->children.push_back(for_body());
    return made;
}

Reader::Made Reader::for_body() {
    skip_newlines();
    if (accept("{")) {
        return braces();
    }
    if (accept("do")) {
        auto body = sequence();
        expect("done");
        return body;
    }
    fail("no \"do\"");
    return at_stop() ? make(Node::Kind::sequence) : and_or();
}

Reader::Made Reader::case_command() {
    auto made = make(Node::Kind::branches);
    auto subject = make(Node::Kind::test);
    skip_blanks();
    subject->words.push_back(word());
    made->children.push_back(std::move(subject));
    expect("in");
    while (!at_end()) {
        skip_newlines();
        if (accept("esac")) {
            return made;
        }
        const std::size_t before = m_at;
        skip_blanks();
        m_at += peek() == '(' ? 1 : 0;
        auto patterns = make(Node::Kind::test);
        for (skip_blanks(); !at_end() && peek() != ')' && peek() != '\n'; skip_blanks()) {
            if (peek() == '|') {
                ++m_at;
            } else if (at_word_end()) {
                break;
            } else {
                patterns->words.push_back(word(true));
            }
        }
        if (peek() != ')') {
            fail("no ) after a pattern");
            m_at += m_at == before ? 1 : 0;
            continue;
        }
        ++m_at;
        made->children.push_back(std::move(patterns));
        made->children.push_back(sequence());
        skip_newlines();
        m_at += starts(";;&") ? 3 : starts(";;") || starts(";&") ? 2 : 0;
    }
    fail("no \"esac\"");
    return made;
}

Reader::Made Reader::function_command(const std::string& name) {
    auto made = make(Node::Kind::function);
    made->name = name;
    skip_newlines();
    if (at_end() || peek() == '|' || peek() == '&' || peek() == ';' || peek() == ')') {
        fail("a function without a body");
    }
    auto body = command();
    if (body->kind == Node::Kind::simple) {
        auto line = make(Node::Kind::pipeline);
        line->span = body->span;
        line->children.push_back(std::move(body));
        body = std::move(line);
    }
    made->children.push_back(std::move(body));
    return made;
}

Reader::Made Reader::arithmetic_command() {
    auto made = make(Node::Kind::test);
    const std::size_t end = arithmetic_end(m_at + 2);
    Parts parts;
    m_at += 2;
    arithmetic(parts, true, end);
    made->words.push_back({std::move(parts), span(made->span.start)});
    return made;
}

// [[ … ]]: only the words matter, for the commands inside them.
Reader::Made Reader::test_command() {
    auto made = make(Node::Kind::test);
    bool matches = false;
    while (true) {
        skip_newlines();
        if (at_end()) {
            fail("no ]]");
            return made;
        }
        if (starts("]]") && (m_at + 2 >= m_source.size() ||
                             k_metacharacters.find(m_source[m_at + 2]) != std::string_view::npos || peek(2) == '\r')) {
            m_at += 2;
            return made;
        }
        if (!matches && at_word_end() && !((peek() == '<' || peek() == '>') && peek(1) == '(')) {
            ++m_at;  // && || ( ) < >
            continue;
        }
        const bool operation = starts("=~");
        const std::size_t before = m_at;
        made->words.push_back(word(matches));
        m_at += m_at == before ? 1 : 0;
        matches = operation;
    }
}

}  // namespace caro::shell
