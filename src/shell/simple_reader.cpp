// Simple commands, assignments, redirections and here-documents.
#include <algorithm>
#include <array>

#include "shell/reader.hpp"
#include "shell/word_text.hpp"

namespace caro::shell {

namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

constexpr std::array<std::string_view, 14> k_operators = {"&>>", "<<<", "<<-", "&>", ">>", ">|", ">&",
                                                          "<<",  "<>",  "<&",  ">!", ">",  "<",  ""};

bool declares(const Node& node) {
    if (node.words.empty() || node.words[0].parts.size() != 1) {
        return false;
    }
    const std::string& name = node.words[0].parts[0].text;
    return name == "export" || name == "declare" || name == "local" || name == "readonly" || name == "typeset";
}

std::string plain_text(const RawWord& word) {
    std::string text;
    for (const auto& part : word.parts) {
        text += part.kind == Part::Kind::text ? part.text : part.kind == Part::Kind::parameter ? "$" + part.text : "";
    }
    return text;
}

}  // namespace

Reader::Made Reader::simple() {
    auto made = make(Node::Kind::simple);
    const std::size_t start = m_at;
    while (true) {
        skip_blanks();
        if (redirect_ahead()) {
            redirect(made);
            continue;
        }
        const bool process = (peek() == '<' || peek() == '>') && peek(1) == '(';
        if (at_word_end() && !process) {
            const bool first = made->words.size() == 1 && made->assignments.empty() && made->redirects.empty();
            if (peek() != '(' || !first) {
                break;
            }
            const std::size_t before = m_at++;
            skip_blanks();
            if (peek() != ')') {
                m_at = before;
                break;
            }
            ++m_at;
            auto function = function_command(plain_text(made->words.front()));
            function->span = span(start);
            return function;
        }
        if ((made->words.empty() || declares(*made)) && assignment_ahead()) {
            assignment(made);
            continue;
        }
        const std::size_t before = m_at;
        made->words.push_back(word());
        if (m_at == before) {
            break;
        }
    }
    made->span = span(start);
    return made;
}

bool Reader::assignment_ahead() const {
    std::size_t at = m_at;
    const auto skip = [&] {
        while (at + 1 < m_source.size() && m_source[at] == '\\' && m_source[at + 1] == '\n') {
            at += 2;
        }
    };
    const auto here = [&] {
        skip();
        return at < m_source.size() ? m_source[at] : '\0';
    };
    if (!is_name_start(here())) {
        return false;
    }
    while (is_name_character(here())) {
        ++at;
    }
    if (here() == '[') {
        int open = 0;
        const std::size_t limit = std::min(m_source.size(), at + 500);
        do {
            open += m_source[at] == '[' ? 1 : m_source[at] == ']' ? -1 : 0;
            if (m_source[at] == '\n') {
                return false;
            }
            ++at;
        } while (at < limit && open > 0);
    }
    at += here() == '+' ? 1 : 0;
    return here() == '=';
}

void Reader::assignment(const Made& into) {
    RawAssignment made;
    made.at = into->words.size();
    const std::size_t start = m_at;
    for (skip_joins(); is_name_character(peek()); skip_joins()) {
        made.name += m_source[m_at++];
    }
    if (peek() == '[') {
        int open = 0;
        do {
            open += peek() == '[' ? 1 : peek() == ']' ? -1 : 0;
            made.index += m_source[m_at++];
        } while (open > 0 && !at_end());
        made.index = made.index.substr(1, made.index.size() - 2);
        if (made.index.find('$') != std::string::npos || made.index.find('`') != std::string::npos) {
            Reader inner(made.index, m_depth, m_tree, &into->span);
            made.value.parts = inner.text();  // its commands run
            made.elements.push_back(std::move(made.value));
            made.value = {};
            made.index = "?";
        }
    }
    skip_joins();
    made.append = peek() == '+';
    m_at += made.append ? 2 : 1;
    skip_joins();
    if (peek() == '(') {
        array(made);
    } else if (!at_word_end() || ((peek() == '<' || peek() == '>') && peek(1) == '(')) {
        made.value = word();
    }
    made.value.span = span(start);
    into->assignments.push_back(std::move(made));
}

void Reader::array(RawAssignment& into) {
    const Deeper deeper(*this);
    into.array = true;
    if (at_end()) {
        return;  // too deep
    }
    ++m_at;
    while (true) {
        skip_newlines();
        if (at_end()) {
            fail("no ) after an array");
            return;
        }
        if (peek() == ')') {
            ++m_at;
            return;
        }
        const std::size_t before = m_at;
        into.elements.push_back(word());
        if (m_at == before) {
            fail("array not understood");
            ++m_at;
        }
    }
}

bool Reader::redirect_ahead() const {
    std::size_t at = m_at;
    if (peek() == '{') {  // {name}>file
        ++at;
        while (at < m_source.size() && is_name_character(m_source[at])) {
            ++at;
        }
        if (at == m_at + 1 || at >= m_source.size() || m_source[at] != '}') {
            return false;
        }
        ++at;
    } else {
        while (at < m_source.size() && is_digit(m_source[at])) {
            ++at;
        }
    }
    const std::string_view rest = m_source.substr(at, 2);
    if (rest == "<(" || rest == ">(") {
        return false;
    }
    return (!rest.empty() && (rest[0] == '<' || rest[0] == '>')) || (at == m_at && rest == "&>");
}

bool Reader::redirect(const Made& into) {
    RawRedirect made;
    const std::size_t start = m_at;
    if (peek() == '{') {
        const auto end = m_source.find('}', m_at);
        made.variable = m_source.substr(m_at + 1, end - m_at - 1);
        m_at = end + 1;
        made.descriptor = 10;
    }
    while (is_digit(peek())) {
        made.descriptor = std::min(9999, std::max(made.descriptor, 0) * 10 + (peek() - '0'));
        ++m_at;
    }
    for (const auto op : k_operators) {
        if (starts(op)) {
            made.op = op == ">!" ? ">" : op;
            m_at += op.size();
            break;
        }
    }
    skip_blanks();
    const bool process = (peek() == '<' || peek() == '>') && peek(1) == '(';
    if (at_word_end() && !process) {
        fail("a redirection without a target");
    } else {
        made.target = word();
    }
    made.span = span(start);
    if (made.op == "<<" || made.op == "<<-") {
        made.literal = std::any_of(made.target.parts.begin(), made.target.parts.end(),
                                   [](const Part& part) { return part.quoted; });
        m_pending.push_back({into, into->redirects.size(), plain_text(made.target), made.op == "<<-"});
        made.op = "<<";
        made.target.parts.clear();
    }
    into->redirects.push_back(std::move(made));
    return true;
}

void Reader::redirects(const Made& into) {
    for (skip_blanks(); redirect_ahead(); skip_blanks()) {
        redirect(into);
    }
}

void Reader::here_documents() {
    std::vector<Pending> pending;
    pending.swap(m_pending);
    for (const auto& next : pending) {
        std::string body;
        const std::size_t start = m_at;
        bool closed = false;
        while (!at_end() && !closed) {
            const auto end = std::min(m_source.find('\n', m_at), m_source.size());
            std::string_view line = m_source.substr(m_at, end - m_at);
            m_at = std::min(end + 1, m_source.size());
            while (next.strips_tabs && !line.empty() && line.front() == '\t') {
                line.remove_prefix(1);
            }
            const std::string_view bare = !line.empty() && line.back() == '\r' ? line.substr(0, line.size() - 1) : line;
            closed = bare == next.delimiter;
            if (!closed) {
                body += line;
                body += '\n';
            }
        }
        RawRedirect& redirect = next.owner->redirects[next.index];
        redirect.target.span = span(start);
        if (redirect.literal) {
            Part text;
            text.quoted = true;
            text.text = std::move(body);
            redirect.target.parts.push_back(std::move(text));
        } else {
            const Span place = redirect.target.span;
            Reader inner(body, m_depth, m_tree, &place);
            redirect.target.parts = inner.text();
        }
    }
}

}  // namespace caro::shell
