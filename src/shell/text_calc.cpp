// bc and dc, with numbers as long as they need to be.
#include <algorithm>
#include <array>
#include <cctype>
#include <cstdint>
#include <cstdlib>

#include "shell/text_call.hpp"
#include "shell/text_tools.hpp"
#include "util/strings.hpp"

namespace caro::shell {

namespace {

using Text = std::optional<std::string>;

// A whole number, most significant byte last; at most k_most_bytes.
class Whole {
  public:
    static constexpr std::size_t k_most_bytes = 1200;

    Whole() = default;
    explicit Whole(long value) : m_negative(value < 0) {
        for (auto rest = static_cast<std::uint64_t>(std::abs(value)); rest > 0; rest >>= 8U) {
            m_bytes.push_back(static_cast<std::uint8_t>(rest));
        }
    }

    bool zero() const { return m_bytes.empty(); }
    bool negative() const { return m_negative && !zero(); }
    std::size_t size() const { return m_bytes.size(); }
    Whole negated() const {
        Whole made = *this;
        made.m_negative = !m_negative;
        return made;
    }
    long small() const {
        std::uint64_t made = 0;
        for (std::size_t i = std::min<std::size_t>(m_bytes.size(), 7); i-- > 0;) {
            made = made << 8U | m_bytes[i];
        }
        return m_bytes.size() > 7 ? 1L << 60 : negative() ? -static_cast<long>(made) : static_cast<long>(made);
    }

    // this × by + more, for a small factor
    void scale(unsigned by, unsigned more) {
        std::uint64_t carry = more;
        for (auto& byte : m_bytes) {
            carry += static_cast<std::uint64_t>(byte) * by;
            byte = static_cast<std::uint8_t>(carry);
            carry >>= 8U;
        }
        for (; carry > 0; carry >>= 8U) {
            m_bytes.push_back(static_cast<std::uint8_t>(carry));
        }
    }

    // Divides by a small number; the remainder.
    unsigned reduce(unsigned by) {
        std::uint64_t rest = 0;
        for (std::size_t i = m_bytes.size(); i-- > 0;) {
            rest = rest << 8U | m_bytes[i];
            m_bytes[i] = static_cast<std::uint8_t>(rest / by);
            rest %= by;
        }
        shrink();
        return static_cast<unsigned>(rest);
    }

    friend Whole operator+(const Whole& a, const Whole& b) {
        if (a.m_negative == b.m_negative) {
            Whole made = added(a, b);
            made.m_negative = a.m_negative;
            return made;
        }
        const bool larger = compare(a, b) >= 0;
        Whole made = larger ? taken(a, b) : taken(b, a);
        made.m_negative = larger ? a.m_negative : b.m_negative;
        return made;
    }
    friend Whole operator*(const Whole& a, const Whole& b) {
        Whole made;
        made.m_bytes.assign(a.size() + b.size(), 0);
        for (std::size_t i = 0; i < a.size(); ++i) {
            unsigned carry = 0;
            for (std::size_t k = 0; k < b.size() || carry > 0; ++k) {
                carry += made.m_bytes[i + k] + (k < b.size() ? static_cast<unsigned>(a.m_bytes[i]) * b.m_bytes[k] : 0U);
                made.m_bytes[i + k] = static_cast<std::uint8_t>(carry);
                carry >>= 8U;
            }
        }
        made.shrink();
        made.m_negative = a.m_negative != b.m_negative;
        return made;
    }
    // Quotient, rounded to zero, and remainder.
    static std::pair<Whole, Whole> divided(const Whole& a, const Whole& b) {
        Whole quotient;
        Whole rest;
        quotient.m_bytes.assign(a.size(), 0);
        const Whole by = b.negative() ? b.negated() : b;
        for (std::size_t i = a.size(); i-- > 0;) {
            rest.scale(256, a.m_bytes[i]);
            while (compare(rest, by) >= 0) {
                rest = taken(rest, by);
                ++quotient.m_bytes[i];
            }
        }
        quotient.shrink();
        quotient.m_negative = a.m_negative != b.m_negative;
        rest.m_negative = a.m_negative;
        return {quotient, rest};
    }
    static int order(const Whole& a, const Whole& b) {
        const Whole difference = a + b.negated();
        return difference.zero() ? 0 : difference.negative() ? -1 : 1;
    }

    // The bytes of the number themselves, as dc's P prints them.
    std::string bytes() const { return {m_bytes.rbegin(), m_bytes.rend()}; }

  private:
    void shrink() {
        while (!m_bytes.empty() && m_bytes.back() == 0) {
            m_bytes.pop_back();
        }
    }
    static int compare(const Whole& a, const Whole& b) {
        if (a.size() != b.size()) {
            return a.size() < b.size() ? -1 : 1;
        }
        for (std::size_t i = a.size(); i-- > 0;) {
            if (a.m_bytes[i] != b.m_bytes[i]) {
                return a.m_bytes[i] < b.m_bytes[i] ? -1 : 1;
            }
        }
        return 0;
    }
    static Whole added(const Whole& a, const Whole& b) {
        Whole made;
        unsigned carry = 0;
        for (std::size_t i = 0; i < std::max(a.size(), b.size()) || carry > 0; ++i) {
            carry += (i < a.size() ? a.m_bytes[i] : 0U) + (i < b.size() ? b.m_bytes[i] : 0U);
            made.m_bytes.push_back(static_cast<std::uint8_t>(carry));
            carry >>= 8U;
        }
        return made;
    }
    static Whole taken(const Whole& a, const Whole& b) {
        Whole made = a;
        int carry = 0;
        for (std::size_t i = 0; i < made.size(); ++i) {
            carry = made.m_bytes[i] - carry - (i < b.size() ? b.m_bytes[i] : 0);
            made.m_bytes[i] = static_cast<std::uint8_t>(carry & 0xff);
            carry = carry < 0 ? 1 : 0;
        }
        made.shrink();
        made.m_negative = false;
        return made;
    }

    std::vector<std::uint8_t> m_bytes;
    bool m_negative = false;
};

unsigned digit(char c) { return c >= '0' && c <= '9' ? static_cast<unsigned>(c - '0') : c >= 'A' && c <= 'F' ? static_cast<unsigned>(c - 'A' + 10) : 99U; }

Whole read_number(std::string_view text, unsigned base) {
    Whole made;
    for (const char c : text) {
        made.scale(base, std::min(digit(c), text.size() == 1 ? 15U : base - 1));
    }
    return made;
}

std::string number_text(Whole number, unsigned base) {
    const bool negative = number.negative();
    std::string made;
    do {
        const unsigned rest = number.reduce(base);
        if (base > 16) {  // digits are numbers of their own
            std::string one = std::to_string(rest);
            one.insert(0, std::to_string(base - 1).size() - one.size(), '0');
            made.insert(0, " " + one);
        } else {
            made.insert(made.begin(), "0123456789ABCDEF"[rest]);
        }
    } while (!number.zero());
    return (negative ? "-" : "") + made;
}

struct Bases {
    unsigned in = 10;
    unsigned out = 10;
};

// What is left of the work that one program may make: long numbers take long.
class Work {
  public:
    bool take(std::size_t steps) {
        m_left -= std::min(m_left, steps);
        return m_left > 0;
    }

  private:
    std::size_t m_left = 4000000;
};

std::optional<Whole> power(const Whole& base, long exponent, Work& work) {
    if (exponent < 0 || exponent > 8000) {
        return std::nullopt;
    }
    Whole made(1);
    Whole square = base;
    for (; exponent > 0; exponent >>= 1) {
        if ((exponent & 1) != 0) {
            made = made * square;
        }
        if (made.size() > Whole::k_most_bytes || square.size() > Whole::k_most_bytes || !work.take(2 * square.size() * square.size())) {
            return std::nullopt;
        }
        if (exponent > 1) {
            square = square * square;
        }
    }
    return made;
}

std::optional<Whole> calculated(char sign, const Whole& a, const Whole& b, Work& work) {
    const std::size_t both = (a.size() + 1) * (b.size() + 1);
    if (a.size() > Whole::k_most_bytes || b.size() > Whole::k_most_bytes || !work.take(sign == '/' || sign == '%' ? 100 * both : both)) {
        return std::nullopt;
    }
    switch (sign) {
        case '+': return a + b;
        case '-': return a + b.negated();
        case '*': return a * b;
        case '/': return b.zero() ? std::nullopt : std::optional(Whole::divided(a, b).first);
        case '%': return b.zero() ? std::nullopt : std::optional(Whole::divided(a, b).second);
        case '^': return power(a, b.small(), work);
        default: return std::nullopt;
    }
}

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
        return std::string(m_text.substr(m_at, end - m_at));
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
        return !word.empty() && at < m_text.size() && m_text[at] == '=' && m_text.substr(at, 2) != "==";
    }

    std::string quoted() {
        const auto end = m_text.find('"', m_at + 1);
        m_good = m_good && end != std::string_view::npos;
        const std::string made(m_good ? m_text.substr(m_at + 1, end - m_at - 1) : std::string_view());
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
            if (m_good && m_text.substr(m_at, sign.size()) == sign) {
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
        return m_good ? read_number(m_text.substr(start, m_at - start), m_bases.in) : Whole();
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

// dc: a stack of numbers and texts.
class Dc {
  public:
    explicit Dc(const Surroundings& around) : m_around(around) {}

    Text run(const std::string& code) {
        execute(code, 0);
        return m_good ? Text(m_output) : std::nullopt;
    }

  private:
    struct Item {
        Whole number;
        std::string text;
        bool is_text = false;
    };

    Item pop() {
        m_good = m_good && !m_stack.empty();
        if (!m_good) {
            return {};
        }
        Item made = std::move(m_stack.back());
        m_stack.pop_back();
        return made;
    }
    std::string shown(const Item& item) {
        m_good = m_good && m_work.take(item.number.size() * item.number.size() * 8);
        return item.is_text ? item.text : m_good ? number_text(item.number, m_bases.out) : "";
    }
    void push(Whole number) { m_stack.push_back({std::move(number), "", false}); }

    void execute(const std::string& code, int depth) {
        m_good = m_good && depth < 60;
        for (std::size_t i = 0; i < code.size() && m_good && m_leave == 0; ++i) {
            m_good = ++m_steps < 5000 && m_stack.size() < 500 && m_output.size() < k_longest_text;
            const char c = code[i];
            if (digit(c) < 16 || c == '_') {
                const std::size_t start = i + (c == '_' ? 1 : 0);
                std::size_t end = start;
                while (end < code.size() && digit(code[end]) < 16) {
                    ++end;
                }
                m_good = m_good && end - start < 3000 && m_work.take((end - start) * (end - start)) && !(end < code.size() && code[end] == '.');
                const Whole number = read_number(std::string_view(code).substr(start, end - start), m_bases.in);
                push(c == '_' ? number.negated() : number);
                i = end - 1;
            } else if (c == '[') {
                i = text(code, i);
            } else if (c == '#') {
                i = std::min(code.find('\n', i), code.size());
            } else if (c == '!' && i + 1 < code.size() && std::string_view("<>=").find(code[i + 1]) == std::string_view::npos) {
                const auto end = std::min(code.find('\n', i), code.size());
                const Text made = m_around.run ? m_around.run(code.substr(i + 1, end - i - 1)) : std::nullopt;
                m_good = made.has_value();
                m_output += made.value_or("");
                i = end;
            } else {
                i = command(code, i, depth);
            }
        }
    }

    std::size_t text(const std::string& code, std::size_t at) {
        int depth = 0;
        for (std::size_t i = at; i < code.size(); ++i) {
            depth += code[i] == '[' ? 1 : code[i] == ']' ? -1 : 0;
            if (depth == 0) {
                m_stack.push_back({{}, code.substr(at + 1, i - at - 1), true});
                return i;
            }
        }
        m_good = false;
        return code.size();
    }

    std::size_t command(const std::string& code, std::size_t i, int depth) {
        const char c = code[i];
        switch (c) {
            case ' ':
            case '\t':
            case '\n': return i;
            case 'p': m_output += m_stack.empty() ? "" : shown(m_stack.back()) + "\n"; return i;
            case 'n': m_output += shown(pop()); return i;
            case 'f':
                for (auto item = m_stack.rbegin(); item != m_stack.rend(); ++item) {
                    m_output += shown(*item) + "\n";
                }
                return i;
            case 'P': {
                const Item item = pop();
                m_output += item.is_text ? item.text : item.number.bytes();
                return i;
            }
            case 'a': {
                const Item item = pop();
                const bool letter = !item.is_text;
                m_stack.push_back({{}, letter ? std::string(1, static_cast<char>(item.number.small() & 0xff)) : item.text.substr(0, 1), true});
                return i;
            }
            case 'd':
                m_good = m_good && !m_stack.empty();
                if (m_good) {
                    m_stack.push_back(m_stack.back());
                }
                return i;
            case 'c': m_stack.clear(); return i;
            case 'r':
                m_good = m_good && m_stack.size() > 1;
                if (m_good) {
                    std::swap(m_stack.back(), m_stack[m_stack.size() - 2]);
                }
                return i;
            case 'z': push(Whole(static_cast<long>(m_stack.size()))); return i;
            case 'i':
            case 'o': {
                const long base = pop().number.small();
                m_good = m_good && base >= 2 && base <= (c == 'i' ? 16 : 1000);
                (c == 'i' ? m_bases.in : m_bases.out) = static_cast<unsigned>(m_good ? base : 10);
                return i;
            }
            case 'k': m_good = m_good && pop().number.zero(); return i;
            case 'q': m_leave = 1; return i;
            case 'x': {
                const Item item = pop();
                item.is_text ? execute(item.text, depth + 1) : push(item.number);
                return i;
            }
            default: return registers(code, i, depth);
        }
    }

    std::size_t registers(const std::string& code, std::size_t i, int depth) {
        const char c = code[i];
        const char name = i + 1 < code.size() ? code[i + 1] : '\0';
        if (c == 's') {
            m_registers[name].assign(1, pop());
            return i + 1;
        }
        if (c == 'S') {
            m_registers[name].push_back(pop());
            return i + 1;
        }
        if (c == 'l' || c == 'L') {
            auto& from = m_registers[name];
            m_good = m_good && (c == 'l' || !from.empty());
            m_stack.push_back(from.empty() ? Item() : from.back());
            if (c == 'L' && m_good) {
                from.pop_back();
            }
            return i + 1;
        }
        const bool negated = c == '!';
        const char test = negated ? name : c;
        if (test == '<' || test == '>' || test == '=') {
            const std::size_t at = i + (negated ? 2 : 1);
            const Whole first = pop().number;
            const int order = Whole::order(first, pop().number);
            const bool holds = (test == '<' ? order < 0 : test == '>' ? order > 0 : order == 0) != negated;
            const auto& from = m_registers[at < code.size() ? code[at] : '\0'];
            if (holds && !from.empty() && m_good) {
                const std::string macro = from.back().text;
                execute(macro, depth + 1);
            }
            return at;
        }
        const Whole second = pop().number;
        const Whole first = pop().number;
        const auto made = calculated(c, first, second, m_work);
        m_good = m_good && made.has_value();
        push(made.value_or(Whole()));
        return i;
    }

    const Surroundings& m_around;
    std::vector<Item> m_stack;
    std::map<char, std::vector<Item>> m_registers;
    Bases m_bases;
    Work m_work;
    std::string m_output;
    int m_steps = 0;
    int m_leave = 0;
    bool m_good = true;
};

}  // namespace

Text bc_output(const ToolCall& call) {
    const ToolOptions given = read_options(call, "lqsw", "e", {{"expression", 'e'}, {"quiet", 'q'}, {"mathlib", 'l'}});
    const Text input = given.has('e') ? Text(given.value('e') + "\n") : contents_of(call, given.operands);
    if (!input || given.unknown || given.has('l') || input->size() > 20000) {
        return std::nullopt;
    }
    return Bc(*input).run();
}

Text dc_output(const ToolCall& call) {
    ToolOptions given = read_options(call, "", "ef", {{"expression", 'e'}, {"file", 'f'}});
    std::string code;
    for (const auto& one : given.values['e']) {
        code += one + "\n";
    }
    if (!given.values['f'].empty() || code.empty()) {
        std::vector<std::string> files = given.operands;
        files.insert(files.end(), given.values['f'].begin(), given.values['f'].end());
        const Text input = contents_of(call, files);
        if (!input) {
            return std::nullopt;
        }
        code += *input;
    }
    return given.unknown || code.size() > 20000 ? std::nullopt : Dc(call.around).run(code);
}

}  // namespace caro::shell
