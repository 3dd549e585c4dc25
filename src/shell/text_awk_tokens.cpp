#include "shell/text_awk_tokens.hpp"

#include <algorithm>
#include <cctype>
#include <cstdlib>

#include "shell/filters.hpp"
#include "shell/text_call.hpp"
#include "util/strings.hpp"

namespace caro::shell {

namespace {

using Token = AwkToken;

class Tokens {
  public:
    explicit Tokens(std::string_view text) : m_text(text) {}

    bool all(std::vector<Token>& into) {
        while (next(into)) {
            if (into.size() > 4000) {
                return false;
            }
        }
        into.push_back({});
        return m_good && m_at >= m_text.size();
    }

  private:
    char peek(std::size_t ahead = 0) const { return m_at + ahead < m_text.size() ? m_text[m_at + ahead] : '\0'; }

    bool next(std::vector<Token>& into) {
        while (peek() == ' ' || peek() == '\t' || peek() == '\r' || (peek() == '\\' && peek(1) == '\n')) {
            m_at += peek() == '\\' ? 2 : 1;
        }
        if (peek() == '#') {
            m_at = std::min(m_text.find('\n', m_at), m_text.size());
        }
        if (m_at >= m_text.size()) {
            return false;
        }
        const char c = peek();
        const bool value = !into.empty() && (into.back().kind == Token::Kind::name || into.back().kind == Token::Kind::number ||
                                             into.back().kind == Token::Kind::text || any_of(into.back().text, {")", "]", "++", "--"}));
        const bool word = !into.empty() && into.back().kind == Token::Kind::name && any_of(into.back().text, {"print", "printf", "return", "in", "case", "else", "do"});
        if (c == '\n') {
            ++m_at;
            into.push_back({Token::Kind::line, "\n"});
        } else if (std::isalpha(static_cast<unsigned char>(c)) != 0 || c == '_') {
            const std::size_t start = m_at;
            while (std::isalnum(static_cast<unsigned char>(peek())) != 0 || peek() == '_') {
                ++m_at;
            }
            name(std::string(tail(m_text, start, m_at - start)), into);
        } else if (std::isdigit(static_cast<unsigned char>(c)) != 0 || (c == '.' && std::isdigit(static_cast<unsigned char>(peek(1))) != 0)) {
            number(into);
        } else if (c == '"') {
            text(into);
        } else if (c == '/' && (!value || word)) {
            regex(into);
        } else {
            sign(into);
        }
        return m_good;
    }

    // A name that a ( follows at once is called; one of awk's own may stand before blanks, and length without brackets.
    void name(std::string text, std::vector<Token>& into) const {
        const bool own = any_of(text, {"length", "substr", "index", "split", "sub", "gsub", "gensub", "match", "sprintf", "tolower", "toupper", "int", "system",
                                       "strtonum", "close", "rand", "srand", "sqrt", "exp", "log", "sin", "cos", "atan2", "systime", "strftime"});
        const auto next = own ? m_text.find_first_not_of(" \t", m_at) : m_at;
        const bool bracket = next < m_text.size() && m_text[next] == '(';
        const bool bare = !bracket && text == "length";
        into.push_back({bracket || bare ? Token::Kind::call : Token::Kind::name, std::move(text)});
        if (bare) {
            into.push_back({Token::Kind::sign, "("});
            into.push_back({Token::Kind::sign, ")"});
        }
    }

    void number(std::vector<Token>& into) {
        const std::size_t start = m_at;
        const bool hex = peek() == '0' && (peek(1) == 'x' || peek(1) == 'X');
        m_at += hex ? 2 : 0;
        while (hex ? std::isxdigit(static_cast<unsigned char>(peek())) != 0 : std::isdigit(static_cast<unsigned char>(peek())) != 0 || peek() == '.') {
            ++m_at;
        }
        if (!hex && (peek() == 'e' || peek() == 'E') && std::isdigit(static_cast<unsigned char>(peek(1))) != 0) {
            for (++m_at; std::isdigit(static_cast<unsigned char>(peek())) != 0;) {
                ++m_at;
            }
        }
        into.push_back({Token::Kind::number, std::string(tail(m_text, start, m_at - start))});
    }

    // Only the escapes of awk: \", \\, \/, \n, \t, \ooo, \xhh
    void text(std::vector<Token>& into) {
        std::string made;
        for (++m_at; m_at < m_text.size() && peek() != '"'; ++m_at) {
            if (peek() != '\\') {
                made += peek();
                continue;
            }
            const char c = peek(1);
            const bool octal = c >= '0' && c <= '7';
            std::size_t size = 2;
            while (octal && size < 4 && peek(size) >= '0' && peek(size) <= '7') {
                ++size;
            }
            while (c == 'x' && size < 4 && std::isxdigit(static_cast<unsigned char>(peek(size))) != 0) {
                ++size;
            }
            const std::string escape(tail(m_text, m_at, size));
            made += c == '"' || c == '/' ? std::string(1, c) : octal ? std::string(1, static_cast<char>(std::strtol(escape.c_str() + 1, nullptr, 8)))
                    : std::string_view("abfnrtvx\\").find(c) != std::string_view::npos ? unescaped(escape) : escape;
            m_at += size - 1;
        }
        m_good = m_at < m_text.size();
        ++m_at;
        into.push_back({Token::Kind::text, made});
    }

    void regex(std::vector<Token>& into) {
        std::string made;
        bool in_set = false;
        for (++m_at; m_at < m_text.size() && peek() != '\n' && (peek() != '/' || in_set); ++m_at) {
            in_set = peek() == '[' ? true : peek() == ']' && made.size() > 0 && made.back() != '[' ? false : in_set;
            if (peek() == '\\' && peek(1) == '/') {
                ++m_at;
            } else if (peek() == '\\') {
                made += peek();
                ++m_at;
            }
            made += peek();
        }
        m_good = peek() == '/';
        ++m_at;
        into.push_back({Token::Kind::regex, made});
    }

    void sign(std::vector<Token>& into) {
        for (const std::string_view one : {"**=", "&&", "||", "==", "!=", "<=", ">=", ">>", "++", "--", "+=", "-=", "*=", "/=", "%=", "^=", "!~", "**", "|&"}) {
            if (tail(m_text, m_at, one.size()) == one) {
                m_at += one.size();
                into.push_back({Token::Kind::sign, one == "**" ? "^" : one == "**=" ? "^=" : std::string(one)});
                return;
            }
        }
        m_good = std::string_view("{}()[];,+-*/%^!<>|?:~$=").find(peek()) != std::string_view::npos;
        into.push_back({Token::Kind::sign, std::string(1, m_text[m_at++])});
    }

    std::string_view m_text;
    std::size_t m_at = 0;
    bool m_good = true;
};

}  // namespace

std::optional<std::vector<AwkToken>> awk_tokens(std::string_view text) {
    constexpr std::size_t k_longest_program = 20000;
    std::vector<AwkToken> made;
    const bool good = text.size() <= k_longest_program && Tokens(text).all(made);
    return good ? std::optional(std::move(made)) : std::nullopt;
}

}  // namespace caro::shell
