// Words of fish: quotes, escapes, variables, substitutions.
#include <algorithm>
#include <cctype>
#include <string>

#include "shell/fish_reader.hpp"
#include "util/strings.hpp"

namespace caro::shell {

namespace {

constexpr int k_deepest = 40;  // (…) in (…)

}  // namespace

void Fish::argument(int depth) {
    const std::size_t begin = m_at;
    while (!at_end() && std::string_view(" \t\r\n;|)").find(peek()) == std::string_view::npos) {
        const char c = peek();
        if (c == '&') {
            if (peek(1) != '>') {
                return;
            }
            put("&>");
            m_at += 2;
        } else if (c == '\'') {
            single_quoted();
        } else if (c == '"') {
            double_quoted(depth);
        } else if (c == '(') {
            substitution(depth, false);
        } else if (c == '$' && peek(1) == '(') {
            ++m_at;
            substitution(depth, false);
        } else if (c == '$') {
            variable(false);
        } else if (c == '\\') {
            escape();
        } else if (c == '<' || c == '>') {
            redirection();
        } else {
            put(c == '`' ? "\\`" : c == '[' && m_at > begin ? "\\[" : std::string(1, c));
            ++m_at;
        }
    }
    if (m_at == begin && !at_end() && peek() != ')') {
        ++m_at;
    }
}

void Fish::redirection() {
    if (peek() == '>' && peek(1) == '?') {
        put(">");
        m_at += 2;
        return;
    }
    put(std::string(1, peek()));
    ++m_at;
    if (peek(0) == '>' || peek(0) == '&') {
        put(std::string(1, peek()));
        ++m_at;
    }
    skip_blanks();
}

void Fish::single_quoted() {
    put("'");
    for (++m_at; !at_end() && peek() != '\''; ++m_at) {
        if (peek() == '\\' && (peek(1) == '\'' || peek(1) == '\\')) {
            ++m_at;
        }
        put(peek() == '\'' ? std::string("'\\''") : std::string(1, peek()));
    }
    put(at_end() ? "" : "'");
    m_at += at_end() ? 0 : 1;
}

void Fish::double_quoted(int depth) {
    put("\"");
    ++m_at;
    while (!at_end() && peek() != '"') {
        if (peek() == '\\' && (peek(1) == '"' || peek(1) == '$' || peek(1) == '\\' || peek(1) == '\n')) {
            put(m_source.substr(m_at, 2));
            m_at += 2;
        } else if (peek() == '$' && peek(1) == '(') {
            ++m_at;
            substitution(depth, true);
        } else if (peek() == '$') {
            variable(true);
        } else {
            put(peek() == '`' ? "\\`" : peek() == '\\' ? "\\\\" : std::string(1, peek()));
            ++m_at;
        }
    }
    put(at_end() ? "" : "\"");
    m_at += at_end() ? 0 : 1;
}

// (…), with a process substitution for what ends in psub. [2] behind it picks lines: not followed.
void Fish::substitution(int depth, bool quoted) {
    const std::size_t at = m_at;
    ++m_at;
    if (depth >= k_deepest) {
        fail();
        m_at = m_source.size();
        return;
    }
    const std::size_t before = m_made.text.size();
    put_from("$(", at);
    const bool open = m_open_condition;
    const bool first = m_first_case;
    m_open_condition = false;
    std::vector<Block> outer;
    outer.swap(m_blocks);
    statements(depth + 1);
    const bool whole = m_blocks.empty() && peek() == ')';
    m_blocks = std::move(outer);
    m_open_condition = open;
    m_first_case = first;
    if (!whole) {
        fail();
        m_at = m_source.size();
        return;
    }
    const std::string_view inner = trim(std::string_view(m_made.text).substr(before + 2));
    if (!quoted && ends_with(inner, "| psub")) {
        const std::size_t pipe = m_made.text.rfind('|');
        m_made.text.erase(pipe);
        m_made.origin.resize(pipe);
        m_made.text[before] = '<';
    }
    put(")");
    ++m_at;
    if (peek() == '[' && !quoted) {
        skip_index();
    }
}

// [2], [1..3]; the text between the brackets.
std::string Fish::skip_index() {
    constexpr std::size_t k_longest_index = 200;
    const std::string_view rest = m_source.substr(m_at, k_longest_index);
    const auto close = rest.find(']');
    if (close == std::string_view::npos) {
        fail();
        ++m_at;
        return "";
    }
    m_at += close + 1;
    return std::string(rest.substr(1, close - 1));
}

// $name, $name[2], $argv, $status. Values of fish are not split into words, but lists are several.
void Fish::variable(bool quoted) {
    const std::size_t at = m_at;
    std::size_t signs = 0;
    while (peek() == '$') {
        ++signs;
        ++m_at;
    }
    std::size_t end = m_at;
    while (end < m_source.size() && is_fish_name(m_source[end])) {
        ++end;
    }
    std::string name(m_source.substr(m_at, end - m_at));
    m_at = end;
    std::string index;
    if (peek() == '[' && !name.empty()) {
        index = skip_index();
    }
    const bool number = !index.empty() && index.size() < 4 && std::all_of(index.begin(), index.end(), [](unsigned char c) { return std::isdigit(c) != 0; }) && index != "0";
    std::string made;
    if (name.empty()) {
        made = "\\$";
    } else if (name == "argv") {
        made = number ? "${" + index + "}" : quoted ? "$*" : "\"$@\"";
    } else if (name == "status" || name == "pipestatus") {
        made = "$?";
    } else if (name == "fish_pid") {
        made = "$$";
    } else if (signs > 1) {
        made = quoted ? "${!" + name + "}" : "\"${!" + name + "}\"";
    } else {
        const std::string inside = number ? "[" + std::to_string(std::stoi(index) - 1) + "]" : index.empty() ? quoted ? "" : "[@]" : "[@]";
        made = quoted ? "${" + name + inside + "}" : "\"${" + name + inside + "}\"";
    }
    put_from(made, at);
}

// \n, \x41, \u00e9, \101 and \ before any other character.
void Fish::escape() {
    const std::size_t at = m_at;
    const char c = peek(1);
    std::size_t length = 2;
    const auto digits = [&](std::size_t most, int base) {
        while (length - (base == 8 ? 1 : 2) < most && std::isxdigit(static_cast<unsigned char>(peek(length))) != 0 && (base == 16 || peek(length) < '8')) {
            ++length;
        }
    };
    if (c == 'x' || c == 'X') {
        digits(2, 16);
    } else if (c == 'u' || c == 'U') {
        digits(c == 'u' ? 4 : 8, 16);
    } else if (c >= '0' && c <= '7') {
        digits(3, 8);
    } else if (c == '\0' || std::string_view("abefnrtv").find(c) == std::string_view::npos) {
        put(m_source.substr(m_at, 2));
        m_at = std::min(m_at + 2, m_source.size());
        return;
    }
    std::string text(m_source.substr(m_at, length));
    text[1] = text[1] == 'X' ? 'x' : text[1];
    m_at = std::min(m_at + length, m_source.size());
    put_from("$'" + text + "'", at);
}

}  // namespace caro::shell
