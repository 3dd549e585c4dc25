// Compound commands: groups, loops, conditions, functions and [[ … ]].
#include <algorithm>
#include <array>

#include "shell/reader.hpp"
#include "shell/word_text.hpp"
#include "util/strings.hpp"

namespace caro::shell {

namespace {

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
    made->name = until ? "until" : "";
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
    while (is_name_character(peek())) {
        made->name += m_source[m_at++];
    }
    skip_blanks();
    while (is_name_start(peek()) && reserved() != "in" && m_source.substr(m_at, 2) != "do") {
        while (is_name_character(peek())) {
            ++m_at;  // zsh: for key value in …; what they get is not known
        }
        skip_blanks();
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
    made->name = "case";
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
        made->falls_through = made->falls_through || starts(";&") || starts(";;&") || starts(";|");
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
