#include <algorithm>
#include <cctype>
#include <map>

#include "shell/big_number.hpp"
#include "shell/text_call.hpp"
#include "shell/text_tools.hpp"
#include "util/strings.hpp"

namespace caro::shell {

namespace {

using Text = std::optional<std::string>;

// bc: assignments, expressions of whole numbers, texts, print, if, while and for.
class Bc {
  public:
    explicit Bc(std::string_view text) : m_text(text) {}

    Text run() {
        while (m_good && m_at < m_text.size() && !m_done) {
            statement(true);
            skip(true);
        }
        return m_good ? Text(m_output) : std::nullopt;
    }

  private:
    char peek(std::size_t ahead = 0) const { return m_at + ahead < m_text.size() ? m_text[m_at + ahead] : '\0'; }
    void skip(bool lines) {
        while (true) {
            if (peek() == ' ' || peek() == '\t' || (peek() == '\\' && peek(1) == '\n') || (lines && (peek() == '\n' || peek() == ';'))) {
                m_at += peek() == '\\' ? 2 : 1;
            } else if (peek() == '/' && peek(1) == '*') {
                const auto end = m_text.find("*/", m_at);
                m_at = end == std::string_view::npos ? m_text.size() : end + 2;
            } else if (peek() == '#') {
                m_at = std::min(m_text.find('\n', m_at), m_text.size());
            } else {
                return;
            }
        }
    }
    bool accept(char c) {
        skip(false);
        const bool there = peek() == c;
        m_at += there ? 1 : 0;
        return there;
    }
    std::string word_ahead() const {
        std::size_t end = m_at;
        while (end < m_text.size() && (std::islower(static_cast<unsigned char>(m_text[end])) != 0 || m_text[end] == '_' || (end > m_at && std::isdigit(static_cast<unsigned char>(m_text[end])) != 0))) {
            ++end;
        }
        return std::string(tail(m_text, m_at, end - m_at));
    }

    std::string shown(const Whole& number) {
        m_good = m_good && m_work.take(number.size() * number.size() * 8);
        return m_good ? number_text(number, m_bases.out) : "";
    }

    void statement(bool runs) {
        m_good = m_good && ++m_steps < 5000 && m_depth < 30 && m_output.size() < k_longest_text;
        skip(true);
        if (!m_good || m_at >= m_text.size()) {
            return;
        }
        const std::string word = word_ahead();
        ++m_depth;
        if (peek() == '"') {
            const std::string text = quoted();
            m_output += runs ? text : "";
        } else if (accept('{')) {
            for (skip(true); m_good && m_at < m_text.size() && peek() != '}'; skip(true)) {
                statement(runs);
            }
            m_good = m_good && accept('}');
        } else if (word == "print") {
            m_at += word.size();
            do {
                skip(false);
                const std::string text = peek() == '"' ? unescaped(quoted()) : shown(expression());
                m_output += runs ? text : "";
            } while (m_good && accept(','));
        } else if (word == "quit" || word == "halt") {
            m_at += word.size();
            m_done = runs;
        } else if (word == "if" || word == "while" || word == "for") {
            m_at += word.size();
            word == "if" ? branch(runs) : word == "while" ? loop(runs) : counted(runs);
        } else {
            const bool assigns = is_assignment(word);
            const Whole value = expression();
            m_output += runs && !assigns ? shown(value) + "\n" : "";
        }
        --m_depth;
        skip(false);
        m_good = m_good && (m_at >= m_text.size() || std::string_view(";\n}").find(peek()) != std::string_view::npos || (m_at > 0 && m_text[m_at - 1] == '}') || peek() == 'e');
    }

    bool is_assignment(const std::string& word) const {
        auto at = m_text.find_first_not_of(" \t", m_at + word.size());
        const bool compound = at < m_text.size() && std::string_view("+-*/%^").find(m_text[at]) != std::string_view::npos;
        at += compound ? 1 : 0;
        return !word.empty() && at < m_text.size() && m_text[at] == '=' && tail(m_text, at, 2) != "==";
    }

    std::string quoted() {
        const auto end = m_text.find('"', m_at + 1);
        m_good = m_good && end != std::string_view::npos;
        const std::string made(m_good ? tail(m_text, m_at + 1, end - m_at - 1) : std::string_view());
        m_at = m_good ? end + 1 : m_text.size();
        return made;
    }

    void branch(bool runs) {
        m_good = m_good && accept('(');
        const bool holds = !expression().zero();
        m_good = m_good && accept(')');
        statement(runs && holds);
        const std::size_t back = m_at;
        skip(true);
        if (word_ahead() == "else") {
            m_at += 4;
            statement(runs && !holds);
        } else {
            m_at = back;
        }
    }

    void loop(bool runs) {
        const std::size_t start = m_at;
        bool holds = true;
        while (m_good && holds) {
            m_at = start;
            m_good = m_good && accept('(');
            holds = !expression().zero() && runs;
            m_good = m_good && accept(')');
            statement(holds);
        }
    }

    void counted(bool runs) {
        m_good = m_good && accept('(');
        expression();
        m_good = m_good && accept(';');
        const std::size_t test = m_at;
        bool holds = true;
        while (m_good && holds) {
            m_at = test;
            holds = !expression().zero() && runs;
            m_good = m_good && accept(';');
            const std::size_t after = m_at;
            int depth = 1;
            while (m_at < m_text.size() && depth > 0) {
                depth += peek() == '(' ? 1 : peek() == ')' ? -1 : 0;
                ++m_at;
            }
            statement(holds);
            const std::size_t end = m_at;
            if (holds) {
                m_at = after;
                expression();
                m_at = end;
            }
        }
    }

    Whole expression() {
        Whole made = sum();
        for (const std::string_view sign : {"==", "!=", "<=", ">=", "<", ">"}) {
            skip(false);
            if (m_good && tail(m_text, m_at, sign.size()) == sign) {
                m_at += sign.size();
                const int order = Whole::order(made, sum());
                made = Whole(sign == "==" ? order == 0 : sign == "!=" ? order != 0 : sign == "<=" ? order <= 0 : sign == ">=" ? order >= 0 : sign == "<" ? order < 0 : order > 0);
            }
        }
        return made;
    }

    Whole combined(char sign, const Whole& a, const Whole& b) {
        const auto made = calculated(sign, a, b, m_work);
        m_good = m_good && made.has_value() && !(sign == '/' && m_scale != 0);
        return made.value_or(Whole());
    }

    Whole sum() {
        m_good = m_good && ++m_nested < 60;
        Whole made = m_good ? product() : Whole();
        for (skip(false); m_good && (peek() == '+' || peek() == '-') && peek(1) != '='; skip(false)) {
            const char sign = m_text[m_at++];
            made = combined(sign, made, product());
        }
        --m_nested;
        return made;
    }

    Whole product() {
        Whole made = raised();
        for (skip(false); m_good && (peek() == '*' || peek() == '/' || peek() == '%') && peek(1) != '='; skip(false)) {
            const char sign = m_text[m_at++];
            made = combined(sign, made, raised());
        }
        return made;
    }

    Whole raised() {
        const Whole base = primary();
        skip(false);
        if (m_good && peek() == '^' && peek(1) != '=') {
            ++m_at;
            m_good = ++m_nested < 60;
            const Whole made = m_good ? combined('^', base, raised()) : Whole();
            --m_nested;
            return made;
        }
        return base;
    }

    Whole primary() {
        skip(false);
        if (accept('-')) {
            m_good = m_good && ++m_nested < 60;
            const Whole made = m_good ? primary().negated() : Whole();
            --m_nested;
            return made;
        }
        if (accept('(')) {
            const Whole made = expression();
            m_good = m_good && accept(')');
            return made;
        }
        const std::string word = word_ahead();
        if (!word.empty()) {
            m_at += word.size();
            return named(word);
        }
        const std::size_t start = m_at;
        while (digit(peek()) < 16) {
            ++m_at;
        }
        m_good = m_good && m_at > start && peek() != '.' && m_at - start < 3000 && m_work.take((m_at - start) * (m_at - start));
        return m_good ? read_number(tail(m_text, start, m_at - start), m_bases.in) : Whole();
    }

    Whole named(const std::string& word) {
        skip(false);
        const char sign = peek(1) == '=' && std::string_view("+-*/%^").find(peek()) != std::string_view::npos ? peek() : '\0';
        const bool assigns = sign != '\0' || (peek() == '=' && peek(1) != '=');
        Whole& place = m_names[word];
        if (!assigns) {
            m_good = m_good && peek() != '(' && peek() != '[';
            Whole made = word == "obase" ? Whole(m_bases.out) : word == "ibase" ? Whole(m_bases.in) : place;
            if ((peek() == '+' || peek() == '-') && peek(1) == peek()) {
                place = combined(peek(), place, Whole(1));
                m_at += 2;
            }
            return made;
        }
        m_at += sign != '\0' ? 2 : 1;
        const Whole value = expression();
        Whole made = sign == '\0' ? value : combined(sign, m_names[word], value);
        if (word == "obase" || word == "ibase") {
            const long base = made.small();
            m_good = m_good && base >= 2 && base <= 1000 && (word == "obase" || base <= 16);
            (word == "obase" ? m_bases.out : m_bases.in) = static_cast<unsigned>(m_good ? base : 10);
        }
        if (word == "scale") {
            m_scale = made.small();
        }
        m_names[word] = made;
        return made;
    }

    std::string_view m_text;
    std::size_t m_at = 0;
    Bases m_bases;
    Work m_work;
    long m_scale = 0;
    std::map<std::string, Whole> m_names;
    std::string m_output;
    int m_steps = 0;
    int m_depth = 0;
    int m_nested = 0;
    bool m_done = false;
    bool m_good = true;
};

}  // namespace

std::optional<std::string> bc_output(const ToolCall& call) {
    const ToolOptions given = read_options(call, "lqsw", "e", {{"expression", 'e'}, {"quiet", 'q'}, {"mathlib", 'l'}});
    const Text input = given.has('e') ? Text(given.value('e') + "\n") : contents_of(call, given.operands);
    if (!input || given.unknown || given.has('l') || input->size() > 20000) {
        return std::nullopt;
    }
    return Bc(*input).run();
}

}  // namespace caro::shell
