// sqlite3 and the like, as far as a query is made of constants: char(), ||, replace(), hex(), printf() …
#include <algorithm>
#include <cctype>
#include <cmath>
#include <cstdlib>

#include "shell/text_call.hpp"
#include "shell/text_tools.hpp"
#include "util/strings.hpp"

namespace caro::shell {

namespace {

using Text = std::optional<std::string>;

// Values are texts; a number is its digits.
class Query {
  public:
    explicit Query(std::string_view text) : m_text(text) {}

    Text run(const std::string& between) {
        std::string made;
        for (skip(); m_good && m_at < m_text.size(); skip()) {
            if (accept(";")) {
                continue;
            }
            if (accept("values")) {
                do {
                    m_good = m_good && accept("(");
                    made += row(between) + "\n";
                    m_good = m_good && accept(")");
                } while (m_good && accept(","));
                continue;
            }
            m_good = m_good && accept("select");
            made += row(between) + "\n";
            while (m_good && accept("union")) {
                m_good = m_good && accept("all") && accept("select");
                made += row(between) + "\n";
            }
            skip();
            m_good = m_good && (m_at >= m_text.size() || peek() == ';');
        }
        return m_good && !made.empty() ? Text(made) : std::nullopt;
    }

  private:
    char peek(std::size_t ahead = 0) const { return m_at + ahead < m_text.size() ? m_text[m_at + ahead] : '\0'; }
    void skip() {
        while (std::isspace(static_cast<unsigned char>(peek())) != 0 || (peek() == '-' && peek(1) == '-')) {
            m_at = peek() == '-' ? std::min(m_text.find('\n', m_at), m_text.size()) : m_at + 1;
        }
    }
    bool accept(std::string_view word) {
        skip();
        const bool name = std::isalpha(static_cast<unsigned char>(word[0])) != 0;
        const char next = peek(word.size());
        const bool there = to_lower(tail(m_text, m_at, word.size())) == word && !(name && (std::isalnum(static_cast<unsigned char>(next)) != 0 || next == '_'));
        m_at += there ? word.size() : 0;
        return there;
    }

    std::string row(const std::string& between) {
        std::string made;
        do {
            made += (made.empty() ? "" : between) + joined(0);
            if (accept("as")) {
                name();
            }
        } while (m_good && accept(","));
        return made;
    }

    std::string name() {
        skip();
        std::string made;
        while (std::isalnum(static_cast<unsigned char>(peek())) != 0 || peek() == '_') {
            made += static_cast<char>(std::tolower(static_cast<unsigned char>(m_text[m_at++])));
        }
        return made;
    }

    static double number(const std::string& text) {
        const double made = std::strtod(text.c_str(), nullptr);
        return std::isfinite(made) ? made : 0;
    }

    std::string joined(int depth) {
        m_good = m_good && depth < 60 && ++m_steps < 5000;
        std::string made = m_good ? sum(depth) : "";
        while (m_good && accept("||")) {
            made += sum(depth);
            m_good = m_good && made.size() < k_longest_text;
        }
        return made;
    }

    std::string sum(int depth) {
        std::string made = value(depth);
        while (m_good) {
            skip();
            const char sign = peek();
            if ((sign != '+' && sign != '-' && sign != '*') || (sign == '-' && peek(1) == '-')) {
                break;
            }
            ++m_at;
            const double other = number(value(depth));
            const double now = number(made);
            const double result = sign == '+' ? now + other : sign == '-' ? now - other : now * other;
            m_good = m_good && result > -9e15 && result < 9e15;
            made = m_good ? std::to_string(static_cast<long>(result)) : "";
        }
        return made;
    }

    std::string value(int depth) {
        skip();
        if (peek() == '\'' || peek() == '"') {
            return quoted();
        }
        if ((peek() == 'x' || peek() == 'X') && peek(1) == '\'') {
            ++m_at;
            return unhexed(quoted(), false);
        }
        if (accept("(")) {
            std::string made = accept("select") ? joined(depth + 1) : joined(depth + 1);
            m_good = m_good && accept(")");
            return made;
        }
        if (std::isdigit(static_cast<unsigned char>(peek())) != 0) {
            std::string made;
            while (std::isdigit(static_cast<unsigned char>(peek())) != 0) {
                made += m_text[m_at++];
            }
            m_good = m_good && peek() != '.';
            return made;
        }
        const std::string called = name();
        if (called == "cast" && accept("(")) {
            std::string made = joined(depth + 1);
            m_good = m_good && accept("as") && !name().empty() && accept(")");
            return made;
        }
        m_good = m_good && !called.empty() && accept("(");
        std::vector<std::string> given;
        while (m_good && !accept(")")) {
            given.push_back(joined(depth + 1));
            accept(",");
        }
        return m_good ? function(called, given) : "";
    }

    std::string quoted() {
        const char mark = peek();
        std::string made;
        for (++m_at; m_at < m_text.size(); ++m_at) {
            if (peek() == mark && peek(1) != mark) {
                break;
            }
            m_at += peek() == mark ? 1 : 0;
            made += peek();
        }
        m_good = m_good && peek() == mark;
        ++m_at;
        return made;
    }

    std::string function(const std::string& called, const std::vector<std::string>& given) {
        const std::string first = given.empty() ? "" : given[0];
        const std::string second = given.size() > 1 ? given[1] : "";
        if (called == "char" || called == "chr") {
            std::string made;
            for (const auto& one : given) {
                append_utf8(made, static_cast<unsigned long>(std::clamp(number(one), 0.0, 1114111.0)));
            }
            return made;
        }
        if (called == "replace" && given.size() == 3) {
            return second.empty() ? first : replace_all(first, second, given[2]);
        }
        if (called == "lower" || called == "upper") {
            std::string made = first;
            std::transform(made.begin(), made.end(), made.begin(), [&](unsigned char c) { return static_cast<char>(called == "lower" ? std::tolower(c) : std::toupper(c)); });
            return made;
        }
        if ((called == "substr" || called == "substring") && given.size() > 1) {
            const double size = static_cast<double>(first.size());
            const double start = number(second) < 0 ? std::max(size + number(second), 0.0) : std::max(number(second) - 1, 0.0);
            const double length = given.size() > 2 ? std::max(number(given[2]), 0.0) : size;
            return start >= size ? "" : first.substr(static_cast<std::size_t>(start), static_cast<std::size_t>(length));
        }
        if (called == "concat") {
            std::string made;
            for (const auto& one : given) {
                made += one;
            }
            return made;
        }
        if (called == "unhex" || called == "reverse") {
            return called == "unhex" ? unhexed(first, false) : std::string(first.rbegin(), first.rend());
        }
        if (called == "hex") {
            std::string made;
            for (const char c : first) {
                char buffer[4];
                std::snprintf(buffer, sizeof buffer, "%02X", static_cast<unsigned>(static_cast<unsigned char>(c)));
                made += buffer;
            }
            return made;
        }
        return other_function(called, given);
    }

    std::string other_function(const std::string& called, const std::vector<std::string>& given) {
        const std::string first = given.empty() ? "" : given[0];
        const std::string second = given.size() > 1 ? given[1] : "";
        if (called == "trim" || called == "ltrim" || called == "rtrim") {
            const std::string marks = given.size() > 1 ? second : " ";
            const auto from = called == "rtrim" ? 0 : std::min(first.find_first_not_of(marks), first.size());
            const auto to = called == "ltrim" ? first.size() : first.find_last_not_of(marks) + 1;
            return from < to ? first.substr(from, to - from) : "";
        }
        if ((called == "printf" || called == "format") && !given.empty()) {
            FormatArguments arguments;
            arguments.count = given.size() - 1;
            arguments.text = [&](std::size_t i) { return given[i + 1]; };
            arguments.number = [&](std::size_t i) { return number(given[i + 1]); };
            arguments.is_number = [](std::size_t) { return false; };
            return formatted(first, arguments);
        }
        if (called == "length" || called == "unicode" || called == "ascii") {
            return std::to_string(called == "length" ? first.size() : first.empty() ? 0 : static_cast<unsigned char>(first[0]));
        }
        if (called == "coalesce" || called == "ifnull" || called == "quote" || called == "max" || called == "min") {
            m_good = m_good && called != "quote" && called != "max" && called != "min";
            return first;
        }
        m_good = false;
        return "";
    }

    std::string_view m_text;
    std::size_t m_at = 0;
    int m_steps = 0;
    bool m_good = true;
};

}  // namespace

// sqlite3 [:memory:] 'select …', or the query on its input
Text sql_output(const ToolCall& call) {
    std::string between = "|";
    std::vector<std::string> operands;
    for (std::size_t i = 1; i < call.words.size(); ++i) {
        const std::string& text = call.words[i].text;
        if (text == "-separator" && i + 1 < call.words.size()) {
            between = call.words[++i].text;
        } else if (starts_with(text, "-") && !any_of(text, {"-noheader", "-list", "-batch", "-init"})) {
            return std::nullopt;
        } else if (!starts_with(text, "-")) {
            operands.push_back(text);
        }
    }
    std::string query;
    for (std::size_t i = 1; i < operands.size(); ++i) {
        query += operands[i] + ";";
    }
    query = operands.size() > 1 ? query : operands.size() == 1 && !call.input ? operands[0] : call.input.value_or("");
    return query.size() > 20000 ? std::nullopt : Query(query).run(between);
}

}  // namespace caro::shell
