#include <algorithm>
#include <cctype>

#include "shell/text_sed.hpp"
#include "shell/text_call.hpp"
#include "util/strings.hpp"

namespace caro::shell {

namespace {

// \n and \t in what s puts in and in a, i, c
std::string plain_text(std::string_view text) {
    std::string made;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '\\' && i + 1 < text.size()) {
            ++i;
            made += text[i] == 't' ? '\t' : text[i] == 'n' ? '\n' : text[i];
        } else {
            made += text[i];
        }
    }
    return made;
}

class SedReader {
  public:
    SedReader(std::string_view text, Regex::Syntax syntax) : m_text(text), m_syntax(syntax) {}

    bool all(std::vector<SedCommand>& into) {
        while (m_good) {
            while (m_at < m_text.size() && (std::isspace(static_cast<unsigned char>(m_text[m_at])) != 0 || m_text[m_at] == ';')) {
                ++m_at;
            }
            if (m_at >= m_text.size()) {
                break;
            }
            if (m_text[m_at] == '#') {
                m_at = std::min(m_text.find('\n', m_at), m_text.size());
                continue;
            }
            command(into);
            m_good = m_good && into.size() < 500;
        }
        return m_good && m_blocks.empty() && ranges(into) && jumps(into);
    }

  private:
    char peek() const { return m_at < m_text.size() ? m_text[m_at] : '\0'; }
    void skip() {
        while (peek() == ' ' || peek() == '\t') {
            ++m_at;
        }
    }

    std::size_t number() {
        std::size_t made = 0;
        for (; peek() >= '0' && peek() <= '9'; ++m_at) {
            made = std::min<std::size_t>(made * 10 + static_cast<std::size_t>(peek() - '0'), 100000);
        }
        return made;
    }

    SedAddress address() {
        SedAddress made;
        skip();
        if (std::isdigit(static_cast<unsigned char>(peek())) != 0) {
            made.kind = SedAddress::Kind::line;
            made.number = number();
            if (peek() == '~') {
                ++m_at;
                made.kind = SedAddress::Kind::step;
                made.every = number();
            }
        } else if (peek() == '$') {
            ++m_at;
            made.kind = SedAddress::Kind::last;
        } else if (peek() == '+') {
            ++m_at;
            made.kind = SedAddress::Kind::after;
            made.number = number();
        } else if (peek() == '/' || peek() == '\\') {
            m_at += peek() == '\\' ? 1 : 0;
            const char mark = peek();
            ++m_at;
            const std::string text = until(mark, true);
            const bool folds = peek() == 'I';
            m_at += folds ? 1 : 0;
            made.kind = SedAddress::Kind::pattern;
            made.repeats = text.empty();
            made.pattern = regex(text, folds);
        }
        return made;
    }

    std::optional<Regex> regex(const std::string& text, bool folds) {
        if (text.empty()) {  // s//x/: the one that was used last, which is known when it runs
            m_good = m_good && !folds;
            return std::nullopt;
        }
        auto made = Regex::read(text, m_syntax, folds);
        m_good = m_good && made.has_value();
        return made;
    }

    // Up to the mark; the mark with a backslash is the mark itself.
    std::string until(char mark, bool pattern) {
        std::string made;
        bool in_set = false;
        for (; m_at < m_text.size() && (peek() != mark || in_set); ++m_at) {
            const char next = m_at + 1 < m_text.size() ? m_text[m_at + 1] : '\0';
            if (peek() == '\\' && m_at + 1 < m_text.size() && !in_set) {
                made += next == mark ? "" : "\\";
                made += next;
                ++m_at;
                continue;
            }
            if (pattern && peek() == '[' && !in_set) {
                in_set = true;
                made += peek();
                if (next == '^') {
                    made += next;
                    ++m_at;
                }
                if (m_at + 1 < m_text.size() && m_text[m_at + 1] == ']') {
                    made += ']';
                    ++m_at;
                }
                continue;
            }
            if (in_set && peek() == '[' && next == ':') {
                const auto end = m_text.find(":]", m_at);
                if (end != std::string_view::npos) {
                    made += tail(m_text, m_at, end + 2 - m_at);
                    m_at = end + 1;
                    continue;
                }
            }
            in_set = in_set && peek() != ']';
            made += peek();
        }
        m_good = m_good && peek() == mark;
        ++m_at;
        return made;
    }

    std::string rest_of_line() {
        skip();
        const auto end = std::min(m_text.find('\n', m_at), m_text.size());
        std::string made(tail(m_text, m_at, end - m_at));
        m_at = end;
        return made;
    }

    std::string label() {
        skip();
        const auto end = std::min(m_text.find_first_of(";\n} ", m_at), m_text.size());
        std::string made(tail(m_text, m_at, end - m_at));
        m_at = end;
        return made;
    }

    // The lines behind a, i, c
    std::string lines() {
        skip();
        if (tail(m_text, m_at, 2) == "\\\n") {
            m_at += 2;
        } else if (peek() == '\\') {
            ++m_at;
            skip();
        }
        std::string made;
        for (; m_at < m_text.size() && peek() != '\n'; ++m_at) {
            if (peek() == '\\' && m_at + 1 < m_text.size()) {
                made += m_text[m_at++];
            }
            made += peek();
        }
        return plain_text(made);
    }

    void substitution(SedCommand& made) {
        const char mark = peek();
        ++m_at;
        const std::string pattern = until(mark, true);
        made.text = until(mark, false);
        if (made.kind == 'y') {
            made.other = plain_text(made.text);
            made.text = plain_text(pattern);
            m_good = m_good && made.text.size() == made.other.size();
            return;
        }
        bool folds = false;
        for (; m_at < m_text.size() && std::string_view(";\n} ").find(peek()) == std::string_view::npos; ++m_at) {
            const char c = peek();
            if (c >= '1' && c <= '9') {
                made.which = number();
                --m_at;
            } else if (c == 'w') {
                ++m_at;
                made.writes = rest_of_line();
                break;
            } else {
                made.all = made.all || c == 'g';
                made.prints = made.prints || c == 'p';
                made.runs = made.runs || c == 'e';
                folds = folds || c == 'i' || c == 'I';
                m_good = m_good && std::string_view("gpeiImM").find(c) != std::string_view::npos;
            }
        }
        const std::string open = m_syntax == Regex::Syntax::basic ? "\\(" : "(";
        for (char digit = '1'; digit <= '9'; ++digit) {
            std::size_t groups = 0;
            for (auto at = pattern.find(open); at != std::string::npos; at = pattern.find(open, at + 1)) {
                ++groups;
            }
            const bool refers = made.text.find(std::string("\\") + digit) != std::string::npos;
            m_good = m_good && (!refers || static_cast<std::size_t>(digit - '0') <= groups);
        }
        made.repeats = pattern.empty();
        made.pattern = regex(pattern, folds);
    }

    void command(std::vector<SedCommand>& into) {
        SedCommand made;
        made.from = address();
        skip();
        if (peek() == ',') {
            ++m_at;
            made.to = address();
            skip();
        }
        while (peek() == '!' || peek() == ' ') {
            made.inverted = made.inverted || peek() == '!';
            ++m_at;
        }
        made.kind = peek();
        ++m_at;
        switch (made.kind) {
            case '{': m_blocks.push_back(into.size()); break;
            case '}':
                if (m_blocks.empty()) {
                    m_good = false;
                    return;
                }
                into[m_blocks.back()].target = into.size();
                m_blocks.pop_back();
                break;
            case 's':
            case 'y': substitution(made); break;
            case 'a':
            case 'i':
            case 'c': made.text = lines(); break;
            case 'b':
            case 't':
            case 'T':
            case ':': made.text = label(); break;
            case 'w':
            case 'e':
            case 'r': made.text = rest_of_line(); break;
            case 'q':
            case 'Q':
                skip();
                number();
                break;
            default: m_good = m_good && std::string_view("dDpPnNhHgGx=").find(made.kind) != std::string_view::npos && made.kind != '\0';
        }
        into.push_back(std::move(made));
    }

    // Where lines are taken out of turn, which range a line is in is not followed.
    static bool ranges(const std::vector<SedCommand>& all) {
        const bool skips = std::any_of(all.begin(), all.end(), [](const SedCommand& one) { return one.kind == 'n' || one.kind == 'N' || one.kind == 'D'; });
        return std::none_of(all.begin(), all.end(), [skips](const SedCommand& one) {
            const bool range = one.to.kind != SedAddress::Kind::none;
            return range && (one.kind == 'q' || one.kind == 'Q' || one.kind == 'c' || (skips && one.from.kind != SedAddress::Kind::pattern));
        });
    }

    static bool jumps(std::vector<SedCommand>& all) {
        for (auto& one : all) {
            if (one.kind != 'b' && one.kind != 't' && one.kind != 'T') {
                continue;
            }
            one.target = all.size();
            for (std::size_t i = 0; i < all.size() && !one.text.empty(); ++i) {
                one.target = all[i].kind == ':' && all[i].text == one.text ? i : one.target;
            }
        }
        return true;
    }

    std::string_view m_text;
    std::size_t m_at = 0;
    Regex::Syntax m_syntax;
    bool m_good = true;
    std::vector<std::size_t> m_blocks;
};

}  // namespace

std::optional<std::vector<SedCommand>> read_sed(std::string_view text, Regex::Syntax syntax) {
    constexpr std::size_t k_longest_script = 20000;
    std::vector<SedCommand> made;
    const bool good = text.size() <= k_longest_script && SedReader(text, syntax).all(made);
    return good ? std::optional(std::move(made)) : std::nullopt;
}

}  // namespace caro::shell
