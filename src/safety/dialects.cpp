#include "safety/dialects.hpp"

#include <cctype>
#include <vector>

#include "shell/fish.hpp"
#include "util/strings.hpp"

namespace caro::safety {

namespace {

constexpr std::size_t k_longest_code = 20000;

bool is_name(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

std::string without_index(std::string_view code, std::size_t& i, std::size_t end) {
    const auto close = code.find(']', end);
    const std::string index(close == std::string_view::npos ? std::string_view() : code.substr(end + 1, close - end - 1));
    const bool number = !index.empty() && index.size() < 4 && index.find_first_not_of("0123456789") == std::string::npos && index != "0";
    if (!number) {
        return "";
    }
    const std::string name(code.substr(i + 1, end - i - 1));
    i = close;
    return "${" + name + "[" + std::to_string(std::stoi(index) - 1) + "]}";
}

// $name[2], which counts from one, as ${name[1]}; $name of an array, which is all of it, as ${(@)name}. Unless it `splits`, a shell takes
// the value of any other for one word, but $=name.
std::string with_braces(const std::string& code, bool splits) {
    std::string made;
    char quote = '\0';
    for (std::size_t i = 0; i < code.size(); ++i) {
        const char c = code[i];
        if (c == '\\' && quote != '\'' && i + 1 < code.size()) {
            made += code.substr(i++, 2);
            continue;
        }
        quote = quote == '\0' && (c == '\'' || c == '"') ? c : c == quote ? '\0' : quote;
        std::size_t end = i + 1;
        while (end < code.size() && is_name(code[end])) {
            ++end;
        }
        const bool variable = c == '$' && quote != '\'' && end > i + 1 && std::isdigit(static_cast<unsigned char>(code[i + 1])) == 0;
        if (variable && end < code.size() && code[end] == '[') {
            const std::string indexed = without_index(code, i, end);
            made += indexed.empty() ? std::string(1, c) : indexed;
        } else if (variable && quote == '\0' && contains(code, code.substr(i + 1, end - i - 1) + "=(")) {
            made += "${(@)" + code.substr(i + 1, end - i - 1) + "}";
            i = end - 1;
        } else if (c == '$' && quote == '\0' && !splits && i + 2 < code.size() && code[i + 1] == '=' && is_name(code[i + 2])) {
            made += c;
            ++i;
        } else if (variable && quote == '\0' && !splits) {
            made += "\"" + code.substr(i, end - i) + "\"";
            i = end - 1;
        } else {
            made += c;
        }
    }
    return made;
}

// Commands and what stands between them.
struct Piece {
    std::string text;
    std::string mark;  // ; & | && || or a line break behind it
};

std::vector<Piece> pieces_of(std::string_view code) {
    std::vector<Piece> made(1);
    char quote = '\0';
    int depth = 0;
    for (std::size_t i = 0; i < code.size(); ++i) {
        const char c = code[i];
        if (c == '\\' && i + 1 < code.size()) {
            made.back().text += code.substr(i++, 2);
            continue;
        }
        quote = quote == '\0' && (c == '\'' || c == '"') ? c : c == quote ? '\0' : quote;
        depth += quote != '\0' ? 0 : c == '(' ? 1 : c == ')' ? -1 : 0;
        if (quote == '\0' && depth <= 0 && std::string_view(";&|\n").find(c) != std::string_view::npos) {
            const bool twice = i + 1 < code.size() && code[i + 1] == c && c != '\n';
            made.back().mark = std::string(code.substr(i, twice ? 2 : 1));
            made.emplace_back();
            i += twice ? 1 : 0;
            continue;
        }
        made.back().text += c;
    }
    return made;
}

// The first word of a command; the rest stays in `text`.
std::string take_word(std::string& text) {
    text = trim(text);
    const auto end = std::min(text.find_first_of(" \t"), text.size());
    const std::string word = text.substr(0, end);
    text = trim(std::string_view(text).substr(end));
    return word;
}

// set NAME = VALUE, set NAME = (VALUE …)
std::string assignment(const std::string& text) {
    const auto mark = text.find_first_of("= \t");
    if (mark == std::string::npos) {
        return ":";
    }
    std::string value(trim(std::string_view(text).substr(mark)));
    value = value.substr(0, 1) == "=" ? std::string(trim(std::string_view(value).substr(1))) : value;
    return text.substr(0, mark) + "=" + value;
}

// set, setenv, alias NAME CODE and foreach … end of csh.
class Blocks {
  public:
    std::string command(const std::string& text, std::string& mark) {
        const std::string whole(trim(text));
        std::string rest = whole;
        const std::string word = take_word(rest);
        if (word == "end" && !m_ends.empty()) {
            const std::string end = m_ends.back();
            m_ends.pop_back();
            return end + " " + rest;
        }
        if (word == "set") {
            return assignment(rest);
        }
        if (word == "foreach") {
            return loop(rest, mark);
        }
        if ((word == "if" || word == "while") && rest.find(')') != std::string::npos) {
            return condition(word, rest, mark);
        }
        if (word == "endif") {
            return "fi";
        }
        if (word == "setenv") {
            const std::string name = take_word(rest);
            return "export " + name + "=" + rest;
        }
        if (word == "alias" && rest.find('=') == std::string::npos) {
            const std::string name = take_word(rest);
            const bool quoted = !rest.empty() && (rest.front() == '\'' || rest.front() == '"');
            return "alias " + name + "=" + (quoted ? rest : "'" + rest + "'");
        }
        return whole;
    }

  private:
    // if (…) COMMAND, if (…) then, while (…)
    std::string condition(const std::string& word, const std::string& rest, std::string& mark) {
        int depth = 0;
        std::size_t end = 0;
        while (end < rest.size() && (depth += rest[end] == '(' ? 1 : rest[end] == ')' ? -1 : 0) > 0) {
            ++end;
        }
        const std::string then(trim(std::string_view(rest).substr(std::min(end + 1, rest.size()))));
        if (word == "if" && then != "then") {
            return command(then, mark);
        }
        mark = "\n";
        if (word == "while") {
            m_ends.emplace_back("done");
        }
        return word == "while" ? "while caro_test; do" : "if caro_test; then";
    }

    std::string loop(std::string rest, std::string& mark) {
        const std::string name = take_word(rest);
        const bool around = rest.size() > 1 && rest.front() == '(' && rest.back() == ')';
        m_ends.emplace_back("done");
        mark = "\n";
        return "for " + name + " in " + (around ? rest.substr(1, rest.size() - 2) : rest) + "; do";
    }

    std::vector<std::string> m_ends;
};

}  // namespace

// Variables, substitutions and blocks of fish, csh and zsh as those of sh.
std::string as_posix(const std::string& code, const std::string& shell) {
    if (shell == "fish") {
        return shell::from_fish(code).text;
    }
    const bool csh = shell == "csh" || shell == "tcsh";
    if (code.size() > k_longest_code || (!csh && shell != "zsh")) {
        return code;
    }
    if (shell == "zsh") {
        return with_braces(code, contains(code, "shwordsplit") || contains(code, "emulate"));
    }
    Blocks blocks;
    std::string made;
    for (auto& piece : pieces_of(code)) {
        const std::string text = trim(piece.text).empty() ? piece.text : blocks.command(piece.text, piece.mark);
        made += text + piece.mark;
    }
    return with_braces(made, true);
}

}  // namespace caro::safety
