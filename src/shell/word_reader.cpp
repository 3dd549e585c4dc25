// Words: quotes, expansions, substitutions.
#include <algorithm>

#include "shell/reader.hpp"
#include "shell/word_text.hpp"

namespace caro::shell {

namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_special(char c) { return c != '\0' && std::string_view("@*#?-$!").find(c) != std::string_view::npos; }

}  // namespace

void Reader::append(Parts& into, char c, bool quoted) {
    if (into.empty() || into.back().kind != Part::Kind::text || into.back().quoted != quoted) {
        into.emplace_back();
        into.back().quoted = quoted;
    }
    into.back().text += c;
}

// A word; with `pattern`, ( and ) and | may stand in it (regular expressions, patterns of case).
RawWord Reader::word(bool pattern) {
    RawWord made;
    const std::size_t start = m_at;
    while (!at_end() && word_character(made, pattern)) {
    }
    made.span = span(start);
    return made;
}

// Takes one piece of a word; false at its end.
bool Reader::word_character(RawWord& into, bool pattern) {
    const char c = peek();
    if (c == '\\') {
        if (peek(1) == '\n') {
            m_at += 2;
        } else if (m_at + 1 >= m_source.size()) {
            append(into.parts, '\\', true);
            ++m_at;
        } else {
            append(into.parts, peek(1), true);
            m_at += 2;
        }
    } else if (c == '\'') {
        single_quoted(into.parts);
    } else if (c == '"') {
        ++m_at;
        Parts inner = quoted_until('"');
        if (inner.empty()) {
            inner.emplace_back();
            inner.back().quoted = true;
        }
        std::move(inner.begin(), inner.end(), std::back_inserter(into.parts));
    } else if (c == '$') {
        dollar(into.parts, false);
    } else if (c == '`') {
        backquoted(into.parts, false);
    } else if (c == '{' || c == '}' || c == ',') {
        Part mark;
        mark.kind = c == '{' ? Part::Kind::brace_open : c == ',' ? Part::Kind::brace_comma : Part::Kind::brace_close;
        mark.text = c;
        into.parts.push_back(std::move(mark));
        ++m_at;
    } else if ((c == '<' || c == '>') && peek(1) == '(') {
        substitution(into.parts, false, Part::Kind::process);
    } else if (c == '=' && peek(1) == '(' && into.parts.empty()) {
        substitution(into.parts, false, Part::Kind::process);
    } else if (c == '(' && skip_qualifiers(into)) {
        return true;
    } else if (c == '(' && !into.parts.empty() && into.parts.back().kind == Part::Kind::text &&
               !into.parts.back().quoted && !into.parts.back().text.empty() &&
               std::string_view("?*+@!").find(into.parts.back().text.back()) != std::string_view::npos) {
        group_in_word(into);
    } else if (c == '(' && pattern) {
        group_in_word(into);
    } else if (c == '\r' && (peek(1) == '\n' || m_at + 1 == m_source.size())) {
        return false;
    } else if (at_word_end()) {
        return false;
    } else {
        append(into.parts, c, false);
        ++m_at;
    }
    return true;
}

// *.md(.om[1,10]) of zsh: the letters pick some of the files. They are left out, which means all of them; those that run
// code, e and +, are not understood.
bool Reader::skip_qualifiers(RawWord& word) {
    if ((starts("(e:") || starts("(e'") || starts("(e{") || starts("(+") || starts("(e[")) && !word.parts.empty() && run_qualifier(word)) {
        return true;
    }
    const bool pattern = std::any_of(word.parts.begin(), word.parts.end(), [](const Part& part) {
        return part.kind == Part::Kind::text && !part.quoted && part.text.find_first_of("*?") != std::string::npos;
    });
    const auto end = pattern ? m_source.find_first_not_of("./@=p*^omOnNDLkMGaFdrwxRWX0123456789[],-", m_at + 1) : std::string_view::npos;
    const bool closes = end != std::string_view::npos && m_source[end] == ')' && end > m_at + 1 &&
                        (end + 1 == m_source.size() || std::string_view(" \t\n;&|)").find(m_source[end + 1]) != std::string_view::npos);
    m_at = closes ? end + 1 : m_at;
    return closes;
}

// /(e:"code":) of zsh runs the code for each file, as $(code) would.
bool Reader::run_qualifier(RawWord& word) {
    const bool named = starts("(+");
    const char open = peek(2);
    const char mark = open == '{' ? '}' : open == '[' ? ']' : open;
    const std::size_t from = m_at + (named ? 2 : 3);
    const auto end = named ? m_source.find(')', from) : m_source.find(std::string{mark, ')'}, from);
    if (end == std::string_view::npos || end == from) {
        return false;
    }
    std::string_view code = m_source.substr(from, end - from);
    const bool quoted = code.size() > 1 && (code.front() == '"' || code.front() == '\'') && code.back() == code.front();
    code = quoted ? code.substr(1, code.size() - 2) : code;
    Part made;
    made.kind = Part::Kind::command;
    made.quoted = true;
    made.span = span(m_at);
    Reader inner(code, m_depth, m_tree, &made.span);
    made.list = inner.program();
    m_at = end + (named ? 1 : 2);
    word.parts.push_back(std::move(made));
    return true;
}

// ?(a|b), *(.), (a|b) of a regular expression: all of it belongs to the word.
void Reader::group_in_word(RawWord& into) {
    const Deeper deeper(*this);
    if (at_end()) {
        return;  // too deep
    }
    append(into.parts, '(', false);
    ++m_at;
    while (!at_end()) {
        const char c = peek();
        if (c == ')') {
            append(into.parts, ')', false);
            ++m_at;
            return;
        }
        if (c == '(') {
            group_in_word(into);
        } else if (c == '|' || c == ' ' || c == '<' || c == '>' || c == '&' || c == ';') {
            append(into.parts, c, false);
            ++m_at;
        } else if (!word_character(into, true)) {
            break;
        }
    }
    fail("no )");
}

void Reader::single_quoted(Parts& into) {
    const auto end = m_source.find('\'', m_at + 1);
    Part text;
    text.quoted = true;
    text.text = m_source.substr(m_at + 1, end == std::string_view::npos ? end : end - m_at - 1);
    into.push_back(std::move(text));
    if (end == std::string_view::npos) {
        fail("a quote is not closed");
        stop();
    } else {
        m_at = end + 1;
    }
}

// $'…'
void Reader::ansi_quoted(Parts& into) {
    std::size_t end = m_at + 2;
    while (end < m_source.size() && m_source[end] != '\'') {
        end += m_source[end] == '\\' ? 2 : 1;
    }
    Part text;
    text.quoted = true;
    if (end >= m_source.size()) {
        fail("a quote is not closed");
        stop();
    } else {
        append_ansi_c(m_source.substr(m_at, end + 1 - m_at), text.text);
        text.text = text.text.substr(0, text.text.find('\0'));
        m_at = end + 1;
    }
    into.push_back(std::move(text));
}

// Text as in double quotes up to `end` ('\0': all of the source), which is taken too.
Parts Reader::quoted_until(char end) {
    const Deeper deeper(*this);
    Parts made;
    while (!at_end()) {
        const char c = peek();
        if (c == end && end != '\0') {
            ++m_at;
            return made;
        }
        if (c == '\\') {
            const char next = peek(1);
            const bool escapes = next == '$' || next == '`' || next == '\\' || (next == '"' && end == '"');
            if (next == '\n') {
                m_at += 2;
            } else if (escapes) {
                append(made, next, true);
                m_at += 2;
            } else {
                append(made, c, true);
                ++m_at;
            }
        } else if (c == '$') {
            dollar(made, true);
        } else if (c == '`') {
            backquoted(made, true);
        } else {
            append(made, c, true);
            ++m_at;
        }
    }
    if (end != '\0') {
        fail("a quote is not closed");
    }
    return made;
}

void Reader::dollar(Parts& into, bool quoted) {
    const char next = peek(1);
    if (next == '\'' && !quoted) {
        ansi_quoted(into);
    } else if (next == '"' && !quoted) {
        ++m_at;  // the quote is read next
    } else if (next == '(' && peek(2) == '(' && arithmetic_end(m_at + 3) != std::string_view::npos) {
        const std::size_t end = arithmetic_end(m_at + 3);
        m_at += 3;
        arithmetic(into, quoted, end);
    } else if (next == '(') {
        substitution(into, quoted, Part::Kind::command);
    } else if (next == '[') {
        const auto end = m_source.find(']', m_at);
        if (end == std::string_view::npos) {
            fail("no ] after $[");
            stop();
            return;
        }
        m_at += 2;
        arithmetic(into, quoted, end);
        m_at = end + 1;
    } else if (next == '{') {
        parameter(into, quoted);
    } else if (is_name_start(next) || is_digit(next) || is_special(next)) {
        Part made;
        made.kind = Part::Kind::parameter;
        made.quoted = quoted;
        const std::size_t start = m_at++;
        do {
            made.text += m_source[m_at++];
        } while (is_name_start(next) && is_name_character(peek()));
        made.span = span(start);
        into.push_back(std::move(made));
    } else {
        append(into, '$', quoted);
        ++m_at;
    }
}

// ${…}
void Reader::parameter(Parts& into, bool quoted) {
    const Deeper deeper(*this);
    if (at_end()) {
        return;  // too deep
    }
    const char first = peek(2);
    if (first == ' ' || first == '\n' || first == '|' || first == '\t') {  // ${ command; }
        Part made;
        made.kind = Part::Kind::command;
        made.quoted = quoted;
        const std::size_t start = m_at;
        m_at += first == '|' ? 3 : 2;
        made.list = sequence();
        expect("}");
        made.span = span(start);
        into.push_back(std::move(made));
        return;
    }
    Part made;
    made.kind = Part::Kind::parameter;
    made.quoted = quoted;
    const std::size_t start = m_at;
    m_at += 2;
    zsh_flags(made, quoted);
    std::string prefix;
    if ((peek() == '!' || peek() == '#') && (is_name_character(peek(1)) || peek(1) == '@' || peek(1) == '*')) {
        prefix = m_source[m_at++];
    }
    if (is_name_character(peek())) {
        while (is_name_character(peek())) {
            made.text += m_source[m_at++];
        }
    } else if (is_special(peek())) {
        made.text = m_source[m_at++];
    }
    if (peek() == '[') {
        int open = 0;
        do {
            open += peek() == '[' ? 1 : peek() == ']' ? -1 : 0;
            made.index += m_source[m_at++];
        } while (open > 0 && !at_end());
        made.index = made.index.substr(1, made.index.size() - (made.index.size() > 1 ? 2 : 1));
    }
    const bool nameless = made.text.empty() && made.base.empty() && !starts(":-");  // ${:-text} of zsh has a value
    made.op = nameless ? "zsh" : prefix + parameter_operator();
    made.argument = parameter_argument(quoted);
    made.span = span(start);
    into.push_back(std::move(made));
}

// ${(L)name}, ${=name}, ${(L)${name}}
void Reader::zsh_flags(Part& into, bool quoted) {
    const auto close = peek() == '(' ? m_source.find(')', m_at) : std::string_view::npos;
    if (close != std::string_view::npos && close < m_at + 40) {
        into.flags = m_source.substr(m_at + 1, close - m_at - 1);
        m_at = close + 1;
    }
    while ((peek() == '=' || peek() == '^' || peek() == '~') &&
           (is_name_start(peek(1)) || peek(1) == '$' || peek(1) == '(' || peek(1) == peek())) {
        into.flags += m_source[m_at++];
    }
    const bool quotes = peek() == '"' && peek(1) == '$';
    if ((quotes || peek() == '$') && (is_name_start(peek(quotes ? 2 : 1)) || peek(quotes ? 2 : 1) == '{' || peek(quotes ? 2 : 1) == '(')) {
        m_at += quotes ? 1 : 0;
        dollar(into.base, quoted || quotes);
        m_at += quotes && peek() == '"' ? 1 : 0;
    }
}

std::string Reader::parameter_operator() {
    for (const std::string_view op : {":-", ":=", ":+", ":?", "##", "%%", "//", "/#", "/%", "^^", ",,", "-", "=", "+", "?",
                                      "~~", "#", "%", "/", ":", "^", ",", "~", "@"}) {
        if (starts(op)) {
            m_at += op.size();
            return std::string(op);
        }
    }
    return peek() == '}' ? "" : "zsh";
}

// What follows the operator, up to }.
Parts Reader::parameter_argument(bool quoted) {
    RawWord made;
    while (!at_end()) {
        const char c = peek();
        if (c == '}') {
            ++m_at;
            return std::move(made.parts);
        }
        if (quoted && c == '\'') {
            append(made.parts, c, true);
            ++m_at;
        } else if (c == '{' || c == ',' || (c != '\\' && at_word_end() && c != '<' && c != '>')) {
            append(made.parts, c, quoted);
            ++m_at;
        } else if (!word_character(made, true)) {
            append(made.parts, c, quoted);
            ++m_at;
        }
    }
    fail("no }");
    return std::move(made.parts);
}

// $(…), <(…), >(…), =(…); m_at stands at its first character.
void Reader::substitution(Parts& into, bool quoted, Part::Kind kind) {
    const Deeper deeper(*this);
    if (at_end()) {
        return;  // too deep
    }
    Part made;
    made.kind = kind;
    made.quoted = quoted;
    made.text = m_source.substr(m_at, 1);
    const std::size_t start = m_at;
    m_at += 2;
    std::vector<Pending> outer;
    outer.swap(m_pending);
    made.list = sequence();
    skip_newlines();
    m_pending.swap(outer);
    if (peek() == ')') {
        ++m_at;
    } else {
        fail("no )");
        stop();
    }
    made.span = span(start);
    into.push_back(std::move(made));
}

void Reader::backquoted(Parts& into, bool quoted) {
    const Deeper deeper(*this);
    if (at_end()) {
        return;  // too deep
    }
    const std::size_t start = m_at++;
    std::string code;
    while (!at_end() && peek() != '`') {
        const char next = peek(1);
        if (peek() == '\\' && (next == '`' || next == '\\' || next == '$' || (quoted && next == '"'))) {
            ++m_at;
        }
        code += m_source[m_at++];
    }
    if (at_end()) {
        fail("a backquote is not closed");
    } else {
        ++m_at;
    }
    Part made;
    made.kind = Part::Kind::command;
    made.quoted = quoted;
    made.span = span(start);
    Reader inner(code, m_depth, m_tree, &made.span);
    made.list = inner.program();
    into.push_back(std::move(made));
}

// Index of the )) that closes what begins at `from`; npos if there is none.
std::size_t Reader::arithmetic_end(std::size_t from) {
    if (from >= m_no_arithmetic_from) {
        return std::string_view::npos;
    }
    int open = 0;
    for (std::size_t at = from; at < m_source.size(); ++at) {
        const char c = m_source[at];
        if (c == '\\') {
            ++at;
        } else if (c == '\'' || c == '"' ) {
            at = m_source.find(c, at + 1);
            if (at == std::string_view::npos) {
                break;
            }
        } else if (c == '(') {
            ++open;
        } else if (c == ')' && open > 0) {
            --open;
        } else if (c == ')') {
            return at + 1 < m_source.size() && m_source[at + 1] == ')' ? at : std::string_view::npos;
        }
    }
    m_no_arithmetic_from = from;
    return std::string_view::npos;
}

// Reads up to `end`, where )) or ] stands; m_at is behind )) then.
void Reader::arithmetic(Parts& into, bool quoted, std::size_t end) {
    Part made;
    made.kind = Part::Kind::arithmetic;
    made.quoted = quoted;
    made.text = m_source.substr(m_at, end - m_at);
    made.span = m_fixed != nullptr ? *m_fixed : Span{m_at, end};
    const Span place = made.span;
    Reader inner(made.text, m_depth, m_tree, &place);
    made.argument = inner.text();
    m_at = std::min(end + 2, m_source.size());
    into.push_back(std::move(made));
}

Tree read_syntax(std::string_view source) {
    Tree tree;
    tree.root = Reader(source, 0, tree).program();
    return tree;
}

Parts read_text(std::string_view source, int depth, Tree& problems) { return Reader(source, depth, problems).text(); }

}  // namespace caro::shell
