#include "shell/reader.hpp"

#include <algorithm>
#include <array>

#include <fmt/core.h>

#include "shell/word_text.hpp"
#include "util/strings.hpp"

namespace caro::shell {

namespace {

constexpr std::array<std::string_view, 22> k_reserved = {
    "if",   "then",   "elif", "else",     "fi", "while", "until", "for", "select", "do", "done",
    "case", "esac",   "in",   "function", "{",  "}",     "!",     "[[",  "time",   "coproc", "foreach"};


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

// !, time and coproc before a pipeline; the name of the coprocess.
std::string Reader::skip_prefixes() {
    std::string coprocess;
    for (std::string word = reserved(); word == "!" || word == "time" || word == "coproc"; word = reserved()) {
        const std::size_t before = m_at;
        take_reserved();
        skip_blanks();
        if (word == "time" && starts("-p") && std::string_view(" \t\n").find(peek(2)) != std::string_view::npos) {
            m_at += 2;
        } else if (word == "time" && peek() == '-' && !starts("-- ")) {
            m_at = before;  // time -o FILE is a program
            return coprocess;
        } else if (word == "time" && starts("-- ")) {
            m_at += 2;
        } else if (word == "coproc" && (!is_name_start(peek()) || opens_compound())) {
            coprocess = "COPROC";
        } else if (word == "coproc") {
            const std::size_t name = m_at;
            coprocess = "COPROC";
            while (is_name_character(peek())) {
                ++m_at;
            }
            const std::string given(m_source.substr(name, m_at - name));
            skip_blanks();
            coprocess = opens_compound() ? given : coprocess;
            m_at = opens_compound() ? m_at : name;
        }
    }
    return coprocess;
}

Reader::Made Reader::pipeline() {
    auto made = make(Node::Kind::pipeline);
    const std::size_t prefixes = m_at;
    made->name = skip_prefixes();
    made->negated = m_source.substr(prefixes, m_at - prefixes).find('!') != std::string_view::npos;
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

}  // namespace caro::shell
