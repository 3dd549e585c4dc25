// printf of the shell: its formats, its numbers, and that it repeats the format until no argument is left.
#include <cstdlib>

#include "shell/filters.hpp"
#include "shell/text_tools.hpp"
#include "util/strings.hpp"

namespace caro::shell {

namespace {

constexpr std::string_view k_conversions = "sbdiouxXcqeEfgG(";

// 65, 0x41, 0101, 'A (the code of a character)
long number_of(const std::string& text) {
    if (text.size() > 1 && (text[0] == '\'' || text[0] == '"')) {
        return static_cast<unsigned char>(text[1]);
    }
    return std::strtol(text.c_str(), nullptr, 0);
}

struct Conversion {
    std::string flags;
    std::size_t width = 0;
    std::size_t precision = std::string::npos;
    char kind = 's';
};

std::string converted(const Conversion& how, const std::string& value) {
    if (std::string_view("diouxXeEfFgG").find(how.kind) != std::string_view::npos) {
        std::string spec = "%" + replace_all(how.flags, "'", "") + (how.width > 0 ? std::to_string(how.width) : "");
        spec += how.precision == std::string::npos ? "" : "." + std::to_string(how.precision);
        FormatArguments arguments;
        arguments.count = 1;
        arguments.text = [&](std::size_t) { return value; };
        const bool whole = std::string_view("diouxX").find(how.kind) != std::string_view::npos;
        arguments.number = [&](std::size_t) { return whole ? static_cast<double>(number_of(value)) : std::strtod(value.c_str(), nullptr); };
        arguments.is_number = [](std::size_t) { return true; };
        return formatted(spec + how.kind, arguments);
    }
    if (how.kind == 'q' && value.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./:=@%+,") != std::string::npos) {
        return std::string(1, Word::k_unknown);  // it is quoted in one way or another
    }
    std::string text = how.kind == 'b' ? unescaped(value) : how.kind == 'c' ? value.substr(0, 1) : value;
    text = how.kind == 's' || how.kind == 'b' ? text.substr(0, how.precision) : text;
    const bool left = how.flags.find('-') != std::string::npos;
    while (text.size() < how.width) {
        text.insert(left ? text.size() : 0, 1, ' ');
    }
    return text;
}

class Format {
  public:
    Format(const std::string& format, const std::vector<Word>& words, std::size_t next)
        : m_format(format), m_words(words), m_next(next) {}

    std::string all() {
        std::string made = once();
        bool uses = m_used;
        while (m_next < m_words.size() && uses && made.size() < 100000) {
            m_used = false;
            made += once();
            uses = m_used;
        }
        return made;
    }

  private:
    std::string argument() {
        m_used = true;
        return m_next < m_words.size() ? m_words[m_next++].text : "";
    }

    std::size_t size_at(std::size_t& i) {
        if (i < m_format.size() && m_format[i] == '*') {
            ++i;
            const long given = number_of(argument());
            return given > 0 && given < 1000 ? static_cast<std::size_t>(given) : 0;
        }
        std::size_t made = 0;
        for (; i < m_format.size() && m_format[i] >= '0' && m_format[i] <= '9'; ++i) {
            made = std::min<std::size_t>(made * 10 + static_cast<std::size_t>(m_format[i] - '0'), 1000);
        }
        return made;
    }

    std::string once() {
        std::string made;
        for (std::size_t i = 0; i < m_format.size(); ++i) {
            if (m_format[i] != '%' || i + 1 >= m_format.size()) {
                made += m_format[i];
                continue;
            }
            if (m_format[i + 1] == '%') {
                made += '%';
                ++i;
                continue;
            }
            Conversion how;
            for (++i; i < m_format.size() && std::string_view("-+ #0'").find(m_format[i]) != std::string_view::npos; ++i) {
                how.flags += m_format[i];
            }
            how.width = size_at(i);
            if (i < m_format.size() && m_format[i] == '.') {
                how.precision = size_at(++i);
            }
            i = std::min(m_format.find_first_of(k_conversions, i), m_format.size() - 1);
            how.kind = m_format[i];
            i = how.kind == '(' ? std::min(m_format.find('T', i), m_format.size() - 1) : i;
            made += converted(how, argument());
        }
        return made;
    }

    const std::string& m_format;
    const std::vector<Word>& m_words;
    std::size_t m_next;
    bool m_used = false;
};

}  // namespace

std::optional<std::string> printed_format(const std::vector<Word>& words) {
    const std::size_t first = words.size() > 1 && words[1].text == "--" ? 2 : 1;
    if (first >= words.size() || (words[first].text.size() > 1 && words[first].text[0] == '-' && first == 1)) {
        return std::nullopt;  // printf -v prints nothing
    }
    const std::string format = unescaped(words[first].text);
    for (auto at = format.find('%'); at != std::string::npos; at = format.find('%', at + 1)) {
        if (format[std::min(format.find_first_not_of("0123456789", at + 1), format.size() - 1)] == '$') {
            return std::nullopt;  // %1$s, which only some shells know
        }
    }
    return Format(format, words, first + 1).all();
}

}  // namespace caro::shell
