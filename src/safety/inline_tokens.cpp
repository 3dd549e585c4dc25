#include "safety/inline_tokens.hpp"

#include <algorithm>
#include <cctype>
#include <utility>

#include "shell/script.hpp"

namespace caro::safety {

namespace {

bool is_name_start(char c) { return std::isalpha(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '$' || c == '@'; }

bool is_name_part(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

class Tokens {
  public:
    Tokens(std::string_view code, std::string_view language)
        : m_code(code), m_language(language), m_perl(language == "perl"), m_ruby(language == "ruby"),
          m_slashes(language == "node" || language == "groovy" || language == "jvm" || language == "swift") {}

    std::vector<CodeToken> read() && {
        while (m_at < m_code.size()) {
            step();
        }
        return std::move(m_tokens);
    }

  private:
    char at(std::size_t offset) const { return m_at + offset < m_code.size() ? m_code[m_at + offset] : '\0'; }

    void add(CodeToken::Kind kind, std::string text) {
        m_tokens.push_back({kind, std::move(text), false, {}});
    }

    bool comment() const {
        const bool hash = !m_slashes && m_language != "lua" && m_code[m_at] == '#' &&
                          (m_at == 0 || m_code[m_at - 1] != '$');
        const bool slashes = (m_slashes || m_language == "php") && m_code.substr(m_at, 2) == "//";
        return hash || slashes || (m_language == "lua" && m_code.substr(m_at, 2) == "--");
    }

    void step() {
        const char c = m_code[m_at];
        if (std::isspace(static_cast<unsigned char>(c)) != 0) {
            if (c == '\n') {
                add(CodeToken::Kind::mark, ";");
            }
            ++m_at;
        } else if (comment()) {
            m_at = std::min(m_code.find('\n', m_at), m_code.size());
        } else if (c == '"' || c == '\'' || c == '`') {
            quoted(c);
        } else if (m_language == "r" && c == '<' && at(1) == '-') {  // x <- value
            add(CodeToken::Kind::mark, "=");
            m_at += 2;
        } else if (m_language == "elixir" && c == '~' && at(1) == 'w' && m_code.find(')', m_at) != std::string_view::npos) {
            words();
        } else if (m_language == "elixir" && c == '~' && (at(2) == '"' || at(2) == '\'')) {  // ~c"…"
            m_at += 2;
        } else if (c == '/' && begins_pattern()) {
            pattern();
        } else if (special_quote()) {
            return;
        } else if (is_name_start(c) || ((c == '.' || c == ':') && is_name_start(at(c == ':' ? 2 : 1)) && (c != ':' || at(1) == ':')) ||
                   (c == '-' && at(1) == '>' && is_name_start(at(2)))) {
            name();
        } else if (std::isdigit(static_cast<unsigned char>(c)) != 0) {
            const std::size_t start = m_at;
            while (m_at < m_code.size() && is_name_part(m_code[m_at])) {
                ++m_at;
            }
            add(CodeToken::Kind::text, std::string(m_code.substr(start, m_at - start)));
            m_tokens.back().number = true;
        } else {
            add(CodeToken::Kind::mark, std::string(1, c));
            ++m_at;
        }
    }

    void name() {
        const std::size_t start = m_at;
        while (m_at < m_code.size()) {
            const char c = m_code[m_at];
            if (is_name_part(c) || (is_name_start(c) && m_at == start)) {
                ++m_at;
            } else if (c == '.' && is_name_start(at(1))) {
                ++m_at;
            } else if ((m_code.substr(m_at, 2) == "::" || m_code.substr(m_at, 2) == "->") && is_name_start(at(2))) {
                m_at += 2;
            } else {
                break;
            }
        }
        std::string text(m_code.substr(start, std::max<std::size_t>(m_at - start, 1)));
        m_at = std::max(m_at, start + 1);
        const bool prefix = m_language == "python" && text.size() <= 2 && (at(0) == '"' || at(0) == '\'') &&
                            text.find_first_not_of("rRbBfFuU") == std::string::npos;
        if (prefix) {
            m_interpolates = text.find_first_of("fF") != std::string::npos;
            quoted(m_code[m_at]);
            m_interpolates = false;
            return;
        }
        add(CodeToken::Kind::name, std::move(text));
        const bool marked = (at(0) == '!' || at(0) == '?') && (at(1) == '(' || at(1) == ' ') && (m_ruby || m_language == "elixir" || m_language == "julia");
        m_at += marked && at(1) == '(' ? 1 : 0;  // File.rm_rf!(…)
    }

    // q{…}, qq{…}, qx{…} of Perl, %q{…} and %x{…} of Ruby.
    bool special_quote() {
        std::size_t length = 0;
        if (m_perl && m_code[m_at] == 'q' && (m_at == 0 || !is_name_part(m_code[m_at - 1]))) {
            length = at(1) == 'q' || at(1) == 'x' || at(1) == 'w' ? 2 : 1;
        } else if (m_ruby && m_code[m_at] == '%' && (at(1) == 'x' || at(1) == 'q' || at(1) == 'Q' || at(1) == 'w')) {
            length = 2;
        }
        const char open = length == 0 ? '\0' : at(length);
        const auto pair = std::string_view("{[(</|!").find(open);
        if (length == 0 || pair == std::string_view::npos) {
            return false;
        }
        const char kind = at(length - 1);
        const bool fills = kind == 'x' || kind == 'Q' || (m_perl && length == 2 && kind == 'q');  // %x, %Q, qx, qq
        const char close = std::string_view("}])>/|!")[pair];
        std::string text;
        int depth = 0;
        m_at += length + 1;
        while (m_at < m_code.size() && (depth > 0 || m_code[m_at] != close)) {
            const char c = m_code[m_at];
            if (fills && interpolation(c)) {
                text += shell::Word::k_unknown;
                continue;
            }
            depth += close == open ? 0 : c == open ? 1 : c == close ? -1 : 0;
            text += c;
            ++m_at;
        }
        m_at = std::min(m_at + 1, m_code.size());
        add(kind == 'x' ? CodeToken::Kind::shell_text : CodeToken::Kind::text, std::move(text));
        m_tokens.back().names = std::exchange(m_inside, {});
        return true;
    }

    bool interpolates(char quote) const {
        return m_interpolates || quote == '`' ||
               (quote == '"' && (m_perl || m_ruby || m_language == "php" || m_language == "julia" || m_language == "groovy" || m_language == "jvm" || m_language == "elixir"));
    }

    void quoted(char quote) {
        const bool triple = m_language == "python" && m_code.substr(m_at, 3) == std::string(3, quote);
        const std::string end = triple ? std::string(3, quote) : std::string(1, quote);
        std::string text;
        m_at += end.size();
        while (m_at < m_code.size() && m_code.substr(m_at, end.size()) != end) {
            const char c = m_code[m_at];
            if (c == '\\' && m_at + 1 < m_code.size()) {
                text += escaped();
            } else if (interpolates(quote) && interpolation(c)) {
                text += shell::Word::k_unknown;
            } else {
                text += c;
                ++m_at;
            }
        }
        m_at = std::min(m_at + end.size(), m_code.size());
        const bool shell = quote == '`' && m_language != "node";
        add(shell ? CodeToken::Kind::shell_text : CodeToken::Kind::text, std::move(text));
        m_tokens.back().names = std::exchange(m_inside, {});
    }

    // \x72, \n, \' …
    std::string escaped() {
        const char kind = m_code[m_at + 1];
        m_at += 2;
        if (kind == 'x' && std::isxdigit(static_cast<unsigned char>(at(0))) != 0 && std::isxdigit(static_cast<unsigned char>(at(1))) != 0) {
            const std::string digits(m_code.substr(m_at, 2));
            m_at += 2;
            return std::string(1, static_cast<char>(std::stoi(digits, nullptr, 16)));
        }
        if ((kind == 'x' || kind == 'u') && at(0) == '{') {  // \x{72} of Perl, \u{72}
            return braced();
        }
        if (kind == 'u' && m_language != "perl") {
            const std::string digits(m_code.substr(std::min(m_at, m_code.size()), 4));
            if (digits.size() == 4 && digits.find_first_not_of("0123456789abcdefABCDEF") == std::string::npos) {
                m_at += 4;
                return std::string(1, static_cast<char>(std::stoi(digits, nullptr, 16)));
            }
        }
        const int base = m_language == "lua" ? 10 : 8;
        if (kind >= '0' && kind < '0' + base) {
            int value = kind - '0';
            for (int i = 0; i < 2 && at(0) >= '0' && at(0) < '0' + base; ++i) {
                value = value * base + (m_code[m_at++] - '0');
            }
            return std::string(1, static_cast<char>(value));
        }
        return std::string(1, kind == 'n' ? '\n' : kind == 't' ? '\t' : kind);
    }

    // The character that the digits in braces stand for.
    std::string braced() {
        const auto end = std::min(m_code.find('}', m_at), m_code.size());
        const std::string digits(m_code.substr(m_at + 1, end - m_at - 1));
        m_at = std::min(end + 1, m_code.size());
        const bool fits = !digits.empty() && digits.size() < 7 && digits.find_first_not_of("0123456789abcdefABCDEF") == std::string::npos;
        return std::string(1, fits ? static_cast<char>(std::stoi(digits, nullptr, 16)) : '?');
    }

    // ~w(a b) of Elixir: ["a", "b"]
    void words() {
        const auto end = m_code.find(')', m_at);
        add(CodeToken::Kind::mark, "[");
        for (std::size_t start = m_at + 3; start < end;) {
            const auto stop = std::min(m_code.find(' ', start), end);
            if (stop > start) {
                add(CodeToken::Kind::text, std::string(m_code.substr(start, stop - start)));
                add(CodeToken::Kind::mark, ",");
            }
            start = stop + 1;
        }
        add(CodeToken::Kind::mark, "]");
        m_at = end + 1;
    }

    // replace(/x/g, …): where a value is expected.
    bool begins_pattern() const {
        const bool has = m_language == "node" || m_ruby || m_language == "groovy";
        const bool behind = !m_tokens.empty() && (m_tokens.back().is('(') || m_tokens.back().is(',') || m_tokens.back().is('='));
        const auto end = has && behind ? m_code.find('/', m_at + 1) : std::string_view::npos;
        return end != std::string_view::npos && m_code.substr(m_at, end - m_at).find('\n') == std::string_view::npos;
    }

    // A pattern of plain text is that text; what others find is not known.
    void pattern() {
        std::string text;
        for (++m_at; m_at < m_code.size() && m_code[m_at] != '/'; ++m_at) {
            text += m_code[m_at];
        }
        for (++m_at; m_at < m_code.size() && std::isalpha(static_cast<unsigned char>(m_code[m_at])) != 0;) {
            ++m_at;
        }
        m_at = std::min(m_at, m_code.size());
        const bool plain = text.find_first_of("\\[](){}*+?|^$.") == std::string::npos;
        add(CodeToken::Kind::text, plain ? text : std::string(1, shell::Word::k_unknown));
    }

    // $(…) of Julia
    bool bracketed() {
        const std::size_t start = m_at + 2;
        int depth = 0;
        for (++m_at; m_at < m_code.size(); ++m_at) {
            depth += m_code[m_at] == '(' ? 1 : m_code[m_at] == ')' ? -1 : 0;
            if (depth == 0) {
                break;
            }
        }
        const std::size_t end = std::min(m_at, m_code.size());
        m_inside.emplace_back(m_code.substr(std::min(start, end), end - std::min(start, end)));
        m_at = std::min(m_at + 1, m_code.size());
        return true;
    }

    // Moves over $x, ${x}, #{x} or {x}; false if there is none.
    bool interpolation(char c) {
        const bool python = m_language == "python";
        if (c == '$' && at(1) == '(' && m_language == "julia") {
            return bracketed();
        }
        const bool braces = python ? c == '{' : (c == '$' || c == '#') && at(1) == '{';
        if (braces) {
            const auto end = std::min(m_code.find('}', m_at), m_code.size());
            const std::size_t start = std::min(m_at + (python ? 1 : 2), end);
            m_inside.emplace_back(m_code.substr(start, end - start));
            m_at = std::min(end + 1, m_code.size());
            return true;
        }
        const bool plain = m_perl || m_language == "php" || m_language == "julia" || m_language == "groovy" || m_language == "jvm";
        if (plain && (c == '$' || c == '@') && is_name_start(at(1))) {
            const std::size_t start = m_at++;
            while (m_at < m_code.size() && is_name_part(m_code[m_at])) {
                ++m_at;
            }
            m_inside.emplace_back(m_code.substr(start, m_at - start));
            return true;
        }
        return false;
    }

    std::string_view m_code;
    std::string_view m_language;
    bool m_perl;
    bool m_ruby;
    bool m_slashes;  // comments begin with //
    bool m_interpolates = false;
    std::size_t m_at = 0;
    std::vector<CodeToken> m_tokens;
    std::vector<std::string> m_inside;  // what the text being read holds of variables
};

}  // namespace

std::vector<CodeToken> code_tokens(std::string_view code, std::string_view language) {
    return Tokens(code, language).read();
}

}  // namespace caro::safety
