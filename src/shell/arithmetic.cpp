#include "shell/arithmetic.hpp"

#include <array>
#include <cctype>
#include <cstdint>

#include "shell/word_text.hpp"

namespace caro::shell {

namespace {

constexpr int k_deepest = 24;             // brackets, and variables that hold expressions
constexpr std::size_t k_longest = 2000;   // bytes; longer ones are not evaluated

using Number = std::optional<long>;

long wrap(std::uint64_t bits) { return static_cast<long>(bits); }
std::uint64_t bits(long number) { return static_cast<std::uint64_t>(number); }

// Binary operators by precedence, weakest first; longer spellings before their beginnings.
constexpr std::array<std::array<std::string_view, 4>, 10> k_levels = {{
    {"||"}, {"&&"}, {"|"}, {"^"}, {"&"}, {"==", "!="}, {"<=", ">=", "<", ">"}, {"<<", ">>"}, {"+", "-"}, {"*", "/", "%"},
}};

class Evaluation {
  public:
    Evaluation(std::string_view text, const ArithmeticNames& names, int depth) : m_text(text), m_names(names), m_depth(depth) {}

    Number all() {
        Number made = comma();
        skip();
        return m_at == m_text.size() && !m_failed ? made : std::nullopt;
    }

  private:
    void fail() {
        m_failed = true;
        m_at = m_text.size();
    }
    void skip() {
        while (m_at < m_text.size() && std::isspace(static_cast<unsigned char>(m_text[m_at])) != 0) {
            ++m_at;
        }
    }
    char peek(std::size_t ahead = 0) const { return m_at + ahead < m_text.size() ? m_text[m_at + ahead] : '\0'; }
    bool take(std::string_view mark) {
        skip();
        if (m_text.substr(m_at, mark.size()) != mark) {
            return false;
        }
        m_at += mark.size();
        return true;
    }

    Number comma() {
        Number made = choice();
        while (take(",")) {
            made = choice();
        }
        return made;
    }

    Number choice() {
        if (++m_depth > k_deepest) {
            fail();
            return std::nullopt;
        }
        Number made = assignment_ahead() ? assignment() : binary(0);
        if (take("?")) {
            const Number yes = choice();
            const Number no = take(":") ? choice() : std::nullopt;
            made = !made ? std::nullopt : *made != 0 ? yes : no;
        }
        --m_depth;
        return made;
    }

    std::size_t name_end(std::size_t at) const {
        while (at < m_text.size() && is_name_character(m_text[at])) {
            ++at;
        }
        return at;
    }

    bool assignment_ahead() {
        skip();
        if (!is_name_start(peek())) {
            return false;
        }
        std::size_t at = name_end(m_at);
        while (at < m_text.size() && m_text[at] == ' ') {
            ++at;
        }
        for (const std::string_view op : {"<<=", ">>=", "+=", "-=", "*=", "/=", "%=", "&=", "|=", "^="}) {
            if (m_text.substr(at, op.size()) == op) {
                return true;
            }
        }
        return m_text.substr(at, 1) == "=" && m_text.substr(at, 2) != "==";
    }

    Number assignment() {
        const std::size_t end = name_end(m_at);
        const std::string name(m_text.substr(m_at, end - m_at));
        m_at = end;
        skip();
        std::string op;
        while (peek() != '=') {
            op += m_text[m_at++];
        }
        ++m_at;
        const Number right = choice();
        const Number made = op.empty() ? right : apply(op, value(name), right);
        if (made) {
            m_names.set(name, *made);
        }
        return made;
    }

    Number value(const std::string& name) const {
        const auto text = m_names.value(name);
        if (!text || m_depth > k_deepest) {
            return std::nullopt;
        }
        return text->empty() ? Number(0) : text->size() > k_longest ? std::nullopt : Evaluation(*text, m_names, m_depth + 1).all();
    }

    static Number apply(std::string_view op, Number a, Number b) {
        if (!a || !b) {
            return std::nullopt;
        }
        const long x = *a;
        const long y = *b;
        if (op == "/" || op == "%") {
            if (y == 0 || y == -1) {
                return y == 0 ? std::nullopt : Number(op == "/" ? wrap(0 - bits(x)) : 0);
            }
            return op == "/" ? x / y : x % y;
        }
        if (op == "<<" || op == ">>") {
            return y < 0 || y > 62 ? std::nullopt : Number(op == "<<" ? wrap(bits(x) << y) : x >> y);
        }
        return op == "||" ? (x != 0 || y != 0) : op == "&&" ? (x != 0 && y != 0) : op == "|" ? (x | y) : op == "^" ? (x ^ y)
               : op == "&" ? (x & y) : op == "==" ? x == y : op == "!=" ? x != y : op == "<=" ? x <= y : op == ">=" ? x >= y
               : op == "<" ? x < y : op == ">" ? x > y : op == "+" ? wrap(bits(x) + bits(y)) : op == "-" ? wrap(bits(x) - bits(y))
               : wrap(bits(x) * bits(y));
    }

    std::string_view operator_ahead(std::size_t level) {
        skip();
        for (const auto op : k_levels[level]) {
            const char next = peek(op.size());
            const bool longer = (op == "|" || op == "&" || op == "<" || op == ">" || op == "*") && next == op[0];
            const bool assigns = next == '=' && op != "==" && op != "!=" && op != "<=" && op != ">=" && op != "<" && op != ">";
            if (!op.empty() && m_text.substr(m_at, op.size()) == op && !longer && !assigns) {
                return op;
            }
        }
        return {};
    }

    Number binary(std::size_t level) {
        if (level == k_levels.size()) {
            return power();
        }
        Number left = binary(level + 1);
        for (auto op = operator_ahead(level); !op.empty(); op = operator_ahead(level)) {
            m_at += op.size();
            left = apply(op, left, binary(level + 1));
        }
        return left;
    }

    Number power() {
        const Number base = unary();
        if (!take("**")) {
            return base;
        }
        const Number exponent = unary();
        if (!base || !exponent || *exponent < 0 || *exponent > 64) {
            return std::nullopt;
        }
        std::uint64_t made = 1;
        for (long i = 0; i < *exponent; ++i) {
            made *= bits(*base);
        }
        return wrap(made);
    }

    Number unary() {
        skip();
        if (++m_depth > k_deepest) {
            fail();
            return std::nullopt;
        }
        Number made;
        if (m_text.substr(m_at, 2) == "++" || m_text.substr(m_at, 2) == "--") {
            const bool up = peek() == '+';
            m_at += 2;
            skip();
            made = stepped(up, true);
        } else if (peek() == '-' || peek() == '+' || peek() == '!' || peek() == '~') {
            const char op = m_text[m_at++];
            const Number inner = unary();
            made = !inner ? inner : Number(op == '-' ? wrap(0 - bits(*inner)) : op == '!' ? *inner == 0 : op == '~' ? ~*inner : *inner);
        } else {
            made = primary();
        }
        --m_depth;
        return made;
    }

    // ++name, name++
    Number stepped(bool up, bool first) {
        const std::size_t end = name_end(m_at);
        const std::string name(m_text.substr(m_at, end - m_at));
        m_at = end;
        m_at += first ? 0 : 2;
        const Number before = value(name);
        if (!before || name.empty()) {
            return std::nullopt;
        }
        const long after = wrap(bits(*before) + (up ? 1 : bits(-1)));
        m_names.set(name, after);
        return first ? after : *before;
    }

    Number primary() {
        if (take("(")) {
            const Number made = comma();
            return take(")") ? made : std::nullopt;
        }
        if (std::isdigit(static_cast<unsigned char>(peek())) != 0) {
            return literal();
        }
        if (!is_name_start(peek())) {
            fail();  // an array's element, or nothing
            return std::nullopt;
        }
        const std::size_t end = name_end(m_at);
        if (m_text.substr(end, 2) == "++" || m_text.substr(end, 2) == "--") {
            return stepped(m_text[end] == '+', false);
        }
        const std::string name(m_text.substr(m_at, end - m_at));
        m_at = end;
        return value(name);
    }

    // 10, 0x1f, 017, 16#ff
    Number literal() {
        const std::size_t end = name_end(m_at);
        std::string digits(m_text.substr(m_at, end - m_at));
        m_at = end;
        int base = 10;
        if (peek() == '#') {
            base = digits.size() > 2 ? 0 : std::stoi(digits);
            const std::size_t last = name_end(++m_at);
            digits = m_text.substr(m_at, last - m_at);
            m_at = last;
        } else if (digits.size() > 1 && digits[0] == '0') {
            const bool hex = digits[1] == 'x' || digits[1] == 'X';
            base = hex ? 16 : 8;
            digits.erase(0, hex ? 2 : 1);
        }
        if (base < 2 || base > 36 || digits.empty() || digits.size() > 18) {
            return std::nullopt;
        }
        std::uint64_t made = 0;
        for (const char c : digits) {
            const auto one = static_cast<unsigned char>(c);
            const int digit = std::isdigit(one) != 0 ? c - '0' : std::isalpha(one) != 0 ? std::tolower(one) - 'a' + 10 : 99;
            if (digit >= base) {
                return std::nullopt;
            }
            made = made * static_cast<std::uint64_t>(base) + static_cast<std::uint64_t>(digit);
        }
        return wrap(made);
    }

    std::string_view m_text;
    const ArithmeticNames& m_names;
    int m_depth;
    std::size_t m_at = 0;
    bool m_failed = false;
};

}  // namespace

std::optional<long> evaluate(std::string_view expression, const ArithmeticNames& names) {
    return expression.size() > k_longest ? std::nullopt : Evaluation(expression, names, 0).all();
}

}  // namespace caro::shell
