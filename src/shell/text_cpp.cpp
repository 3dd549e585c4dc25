// The C preprocessor.
#include <algorithm>
#include <cctype>

#include "shell/text_call.hpp"
#include "shell/text_tools.hpp"
#include "util/strings.hpp"

namespace caro::shell {

namespace {

using Text = std::optional<std::string>;

bool begins_name(char c) { return std::isalpha(static_cast<unsigned char>(c)) != 0 || c == '_'; }
bool is_name(char c) { return begins_name(c) || std::isdigit(static_cast<unsigned char>(c)) != 0; }

// #define NAME TEXT, #define NAME(a, b) TEXT, #undef, #if 0, #ifdef; macros in the other lines.
class Preprocessor {
  public:
    void define(const std::string& text) {
        std::size_t end = 0;
        while (end < text.size() && is_name(text[end])) {
            ++end;
        }
        Macro macro;
        const std::string name = text.substr(0, end);
        if (end < text.size() && text[end] == '(') {
            const auto close = text.find(')', end);
            macro.takes = true;
            for (const auto one : split(std::string_view(text).substr(end + 1, close == std::string::npos ? 0 : close - end - 1), ',')) {
                macro.names.emplace_back(trim(one));
            }
            end = close == std::string::npos ? text.size() : close + 1;
        }
        macro.text = trim(std::string_view(text).substr(std::min(end, text.size())));
        m_macros[name] = std::move(macro);
    }
    void undefine(const std::string& name) { m_macros.erase(name); }

    Text run(const std::string& input) {
        std::string made;
        const std::string joined = replace_all(input, "\\\n", " ");
        for (const auto& line : text_lines(joined)) {
            const std::string_view text = trim(line);
            if (starts_with(text, "#!") || text.empty() || text[0] != '#') {
                made += m_skipping == 0 && !starts_with(text, "#!") ? expanded(without_comments(line), {}, 0) + "\n" : "";
            } else {
                directive(trim(text.substr(1)));
            }
            if (!m_good || made.size() > k_longest_text) {
                return std::nullopt;
            }
        }
        return made;
    }

  private:
    struct Macro {
        bool takes = false;
        std::vector<std::string> names;
        std::string text;
    };

    // Outside quotes.
    static std::string without_comments(const std::string& line) {
        std::string made;
        char quote = '\0';
        for (std::size_t i = 0; i < line.size(); ++i) {
            quote = quote == '\0' && (line[i] == '"' || line[i] == '\'') ? line[i] : line[i] == quote ? '\0' : quote;
            const auto end = quote == '\0' && line.compare(i, 2, "/*") == 0 ? line.find("*/", i + 2) : std::string::npos;
            if (end != std::string::npos) {
                made += ' ';
                i = end + 1;
                continue;
            }
            made += line[i];
        }
        return made;
    }

    void directive(std::string_view text) {
        const auto space = std::min(text.find_first_of(" \t"), text.size());
        const std::string_view word = text.substr(0, space);
        const std::string rest(trim(text.substr(space)));
        if (word == "if" || word == "ifdef" || word == "ifndef") {
            const bool holds = word == "if" ? rest != "0" : (m_macros.count(rest) != 0) == (word == "ifdef");
            m_good = m_good && (word != "if" || rest == "0" || rest == "1");
            m_skipping = m_skipping > 0 ? m_skipping + 1 : holds ? 0 : 1;
            m_open += m_skipping == 0 ? 1 : 0;
        } else if (word == "else" && m_skipping <= 1) {
            m_open += m_skipping == 1 ? 1 : -1;
            m_skipping = 1 - m_skipping;
        } else if (word == "endif") {
            m_skipping > 0 ? --m_skipping : --m_open;
        } else if (m_skipping == 0 && word == "define") {
            define(rest);
        } else if (m_skipping == 0 && word == "undef") {
            undefine(rest);
        } else {
            m_good = m_good && (m_skipping > 0 || any_of(word, {"", "line", "pragma", "ident"}));
        }
    }

    std::string expanded(const std::string& line, const std::vector<std::string>& inside, int depth) {
        m_good = m_good && depth < 20 && ++m_steps < 5000;
        std::string made;
        for (std::size_t i = 0; i < line.size() && m_good && made.size() < k_longest_text; ++i) {
            if (line[i] == '"' || line[i] == '\'') {
                const auto close = line.find(line[i], i + 1);
                const auto end = close == std::string::npos ? i : close;
                made += line.substr(i, end - i + 1);
                i = end;
                continue;
            }
            if (!begins_name(line[i]) || (i > 0 && is_name(line[i - 1]))) {
                made += line[i];
                continue;
            }
            std::size_t end = i;
            while (end < line.size() && is_name(line[end])) {
                ++end;
            }
            const std::string name = line.substr(i, end - i);
            const auto it = m_macros.find(name);
            const bool hidden = std::find(inside.begin(), inside.end(), name) != inside.end();
            const auto open = it != m_macros.end() && it->second.takes ? line.find_first_not_of(' ', end) : std::string::npos;
            const bool called = open != std::string::npos && line[open] == '(';
            if (it == m_macros.end() || hidden || (it->second.takes && !called)) {
                made += name;
                i = end - 1;
                continue;
            }
            std::vector<std::string> within = inside;
            within.push_back(name);
            std::string text = it->second.text;
            if (called) {
                text = filled(it->second, arguments(line, open, end), inside, depth);
            }
            made += expanded(replace_all(replace_all(text, " ## ", ""), "##", ""), within, depth + 1);
            i = end - 1;
        }
        return made;
    }

    static std::vector<std::string> arguments(const std::string& line, std::size_t open, std::size_t& end) {
        std::vector<std::string> made(1);
        int depth = 0;
        for (end = open; end < line.size(); ++end) {
            depth += line[end] == '(' ? 1 : line[end] == ')' ? -1 : 0;
            if (depth == 0) {
                ++end;
                break;
            }
            if (line[end] == ',' && depth == 1) {
                made.emplace_back();
            } else if (end > open) {
                made.back() += line[end];
            }
        }
        return made;
    }

    std::string filled(const Macro& macro, const std::vector<std::string>& given, const std::vector<std::string>& inside, int depth) {
        std::string made;
        for (std::size_t i = 0; i < macro.text.size();) {
            std::size_t end = i;
            while (end < macro.text.size() && is_name(macro.text[end])) {
                ++end;
            }
            const std::string name = macro.text.substr(i, end - i);
            const auto at = static_cast<std::size_t>(std::find(macro.names.begin(), macro.names.end(), name) - macro.names.begin());
            const bool variadic = name == "__VA_ARGS__" && !macro.names.empty() && macro.names.back() == "...";
            if (end == i) {
                made += macro.text[i++];
                continue;
            }
            std::string value = at < given.size() && at < macro.names.size() ? std::string(trim(given[at])) : "";
            for (std::size_t k = macro.names.size() - 1; variadic && k < given.size(); ++k) {
                value += (k >= macro.names.size() ? "," : "") + std::string(trim(given[k]));
            }
            const bool pasted = contains(macro.text, "##");
            made += at < macro.names.size() || variadic ? (pasted ? value : expanded(value, inside, depth + 1)) : name;
            i = end;
        }
        return made;
    }

    std::map<std::string, Macro> m_macros;
    int m_skipping = 0;
    int m_open = 0;
    int m_steps = 0;
    bool m_good = true;
};

}  // namespace

// cpp -P, gcc -E -P -x c -, clang -E
Text cpp_output(const ToolCall& call) {
    ToolOptions given = read_options(call, "PECwv", "DUIxsWo", {{"traditional", 'P'}});
    const bool only = call.name == "cpp" || given.has('E');
    given.unknown = given.unknown || given.has('o');
    const Text input = contents_of(call, given.operands);
    if (!input || given.unknown || !only) {
        return std::nullopt;
    }
    Preprocessor machine;
    for (const auto& one : given.values['D']) {
        const auto equal = one.find('=');
        machine.define(one.substr(0, equal) + " " + (equal == std::string::npos ? "1" : one.substr(equal + 1)));
    }
    return machine.run(*input);
}

}  // namespace caro::shell
