#include "safety/inline_awk.hpp"

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <map>
#include <optional>

#include "shell/filters.hpp"

namespace caro::safety {

namespace {

constexpr char k_unknown = shell::Word::k_unknown;
constexpr int k_deepest = 12;
constexpr std::size_t k_longest = 4096;

bool is_name_part(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

struct Value {
    std::string text;
    int pieces = 0;
    bool fetched = false;
};

bool fetches(std::string_view command) {
    return command.find("curl") != std::string_view::npos || command.find("wget") != std::string_view::npos ||
           command.find("nc ") != std::string_view::npos;
}

class Awk {
  public:
    explicit Awk(std::string_view code) : m_code(code) {}

    std::vector<AwkRun> read() && {
        while (m_at < m_code.size() && m_runs.size() < 40) {
            statement();
        }
        if (!m_printed.empty() && m_printed.find(k_unknown) == std::string::npos) {
            m_runs.push_back({m_printed, false, true, false, true});
        }
        return std::move(m_runs);
    }

  private:
    char peek() const { return m_at < m_code.size() ? m_code[m_at] : '\0'; }
    void skip() {
        while (peek() == ' ' || peek() == '\t') {
            ++m_at;
        }
    }
    bool ends() const { return peek() == '\0' || std::string_view(";}\n|)>,]").find(peek()) != std::string_view::npos; }

    std::string name() {
        std::string made;
        while (is_name_part(peek())) {
            made += m_code[m_at++];
        }
        return made;
    }

    // One statement, or what cannot begin one.
    void statement() {
        skip();
        if (peek() == '"' || peek() == '(' || peek() == '$') {
            piped(expression(0));
        } else if (std::isalpha(static_cast<unsigned char>(peek())) == 0 && peek() != '_') {
            skip_other();
        } else {
            const std::size_t start = m_at;
            const std::string word = name();
            skip();
            if (peek() == '=' && m_at + 1 < m_code.size() && m_code[m_at + 1] != '=') {
                ++m_at;
                Value value = expression(0);
                if (peek() == '|') {
                    piped(value);
                }
                m_values[word] = std::move(value);
            } else if (word == "system" && peek() == '(') {
                run(expression(0));
            } else if (word == "print" || word == "printf") {
                print(word == "printf");
            } else if ((word == "while" || word == "if" || word == "for") && peek() == '(') {
                term(0);  // the condition; what follows is a statement of its own
            } else if (word != "BEGIN" && word != "END" && word != "while" && word != "if" && word != "for" && word != "else" && word != "do") {
                m_at = start;
                const std::size_t before = m_at;
                piped(expression(0));
                m_at += m_at == before ? 1 : 0;
            }
        }
    }

    void skip_other() {
        if (peek() == '#') {
            m_at = std::min(m_code.find('\n', m_at), m_code.size());
        } else if (peek() == '/') {
            for (++m_at; m_at < m_code.size() && m_code[m_at] != '/' && m_code[m_at] != '\n'; ++m_at) {
                m_at += m_code[m_at] == '\\' ? 1 : 0;
            }
            ++m_at;
        } else {
            ++m_at;
        }
        m_at = std::min(m_at, m_code.size());
    }

    void run(const Value& value) {
        if (!value.text.empty()) {
            m_runs.push_back({value.text, value.fetched, value.pieces > 1, false, false});
        }
    }

    // a | getline x
    void piped(const Value& command) {
        skip();
        if (peek() != '|' || m_code.substr(m_at, 2) == "||") {
            return;
        }
        m_at += m_code.substr(m_at, 2) == "|&" ? 2 : 1;
        skip();
        const std::size_t start = m_at;
        if (name() != "getline") {
            m_at = start;
            return;
        }
        run(command);
        skip();
        const std::string into = name();
        Value value;
        value.text = k_unknown;
        value.fetched = fetches(command.text);
        const auto path = command.text.find('/');
        if (command.text.substr(0, 5) == "find " && path == 5) {  // each of these, one after the other
            value.text = command.text.substr(5, command.text.find(' ', 5) - 5) + "/*";
        }
        m_values[into.empty() ? "$0" : into] = std::move(value);
    }

    // print a, b | c
    void print(bool formatted) {
        std::vector<shell::Word> words(1);
        words[0].text = "printf";
        Value all;
        while (m_at < m_code.size()) {
            skip();
            const std::size_t before = m_at;
            const Value one = expression(0);
            words.emplace_back();
            words.back().text = one.text;
            all.text += (all.text.empty() ? "" : " ") + one.text;
            skip();
            if (peek() != ',' || m_at == before) {
                break;
            }
            ++m_at;
        }
        if (peek() == '>') {
            m_at += m_code.substr(m_at, 2) == ">>" ? 2 : 1;
            skip();
            const bool literal = peek() == '"';
            const Value file = expression(0);
            if ((!literal || file.pieces > 1) && !file.text.empty()) {
                m_runs.push_back({file.text, false, true, true, false});
            }
            return;
        }
        if (peek() != '|' || m_code.substr(m_at, 2) == "||") {
            if (m_printed.size() < k_longest) {
                m_printed += formatted ? printed(words).value_or(std::string(1, k_unknown)) : all.text + "\n";
            }
            return;
        }
        ++m_at;
        skip();
        const Value command = expression(0);
        const bool shell = command.text == "sh" || command.text == "bash" || command.text == "/bin/sh" || command.text == "/bin/bash" ||
                           command.text == "sh -";
        if (!shell) {
            run(command);
            return;
        }
        if (formatted) {
            all.text = printed(words).value_or(all.text);
        }
        all.pieces = 2;
        run(all);
    }

    // What printf FORMAT VALUE… prints; %c of a number is a character.
    static std::optional<std::string> printed(std::vector<shell::Word> words) {
        for (std::size_t i = 2; i < words.size(); ++i) {
            words[i].text = characters(words[1].text, words[i].text);
        }
        return shell::output_of(words, std::nullopt);
    }

    static std::string characters(const std::string& format, const std::string& value) {
        const bool number = !value.empty() && value.size() < 4 && value.find_first_not_of("0123456789") == std::string::npos;
        return number && format.find("%c") != std::string::npos ? std::string(1, static_cast<char>(std::stoi(value))) : value;
    }

    Value expression(int depth) {
        Value made;
        while (m_at < m_code.size() && made.text.size() < k_longest) {
            skip();
            if (ends() || depth > k_deepest) {
                break;
            }
            const std::size_t before = m_at;
            Value one = term(depth);
            made.text += one.text;
            made.pieces += std::max(one.pieces, 1);
            made.fetched = made.fetched || one.fetched;
            if (m_at == before) {
                ++m_at;
            }
        }
        return made;
    }

    Value unknown() {
        Value value;
        value.text = k_unknown;
        return value;
    }

    Value text() {
        Value value;
        for (++m_at; m_at < m_code.size() && m_code[m_at] != '"'; ++m_at) {
            if (m_code[m_at] == '\\' && m_at + 1 < m_code.size()) {
                value.text += shell::unescaped(m_code.substr(m_at, 2) == "\\\"" || m_code.substr(m_at, 2) == "\\/"
                                                   ? m_code.substr(m_at + 1, 1)
                                                   : m_code.substr(m_at, std::isdigit(static_cast<unsigned char>(m_code[m_at + 1])) != 0 ? 4 : 2));
                m_at += std::isdigit(static_cast<unsigned char>(m_code[m_at + 1])) != 0 ? 3 : 1;
                continue;
            }
            value.text += m_code[m_at];
        }
        m_at = std::min(m_at + 1, m_code.size());
        value.pieces = 1;
        return value;
    }

    Value term(int depth) {
        const char c = peek();
        if (c == '"') {
            return text();
        }
        if (c == '(') {
            ++m_at;
            Value value = expression(depth + 1);
            piped(value);  // ("…" | getline x)
            m_at += peek() == ')' ? 1 : 0;
            return value;
        }
        if (c == '$') {
            ++m_at;
            const bool line = peek() == '0';
            name();
            const auto known = m_values.find("$0");
            return line && known != m_values.end() ? known->second : unknown();
        }
        if (std::isdigit(static_cast<unsigned char>(c)) != 0) {
            Value value;
            value.text = name();
            return value;
        }
        if (std::isalpha(static_cast<unsigned char>(c)) == 0 && c != '_') {
            ++m_at;
            return unknown();
        }
        const std::string word = name();
        if (word == "ENVIRON" && peek() == '[') {
            ++m_at;
            const Value key = expression(depth + 1);
            m_at += peek() == ']' ? 1 : 0;
            Value value;
            value.text = "$" + key.text;
            return value;
        }
        if (peek() == '(') {
            return called(word, depth);
        }
        const auto known = m_values.find(word);
        return known == m_values.end() ? unknown() : known->second;
    }

    // gsub(PATTERN, TEXT, NAME): the variable is changed.
    Value edited(const std::string& word, int depth) {
        ++m_at;
        const bool pattern = peek() == '/';
        std::string from;
        if (pattern) {
            for (++m_at; m_at < m_code.size() && peek() != '/'; ++m_at) {
                from += peek();
            }
            ++m_at;
        } else {
            from = expression(depth + 1).text;
        }
        m_at += peek() == ',' ? 1 : 0;
        const std::string with = expression(depth + 1).text;
        m_at += peek() == ',' ? 1 : 0;
        skip();
        const std::string variable = name();
        skip();
        m_at += peek() == ')' ? 1 : 0;
        const auto known = m_values.find(variable);
        const bool plain = from.find_first_of("\\[](){}*+?|^$.") == std::string::npos && !from.empty();
        if (known != m_values.end() && plain) {
            for (auto at = known->second.text.find(from); at != std::string::npos; at = known->second.text.find(from, at + with.size())) {
                known->second.text.replace(at, from.size(), with);
                if (word == "sub" || known->second.text.size() > k_longest) {
                    break;
                }
            }
            known->second.pieces = 2;
        } else if (known != m_values.end()) {
            known->second = unknown();
        }
        return unknown();
    }

    Value called(const std::string& word, int depth) {
        if (word == "gsub" || word == "sub") {
            return edited(word, depth);
        }
        ++m_at;
        std::vector<shell::Word> words(1);
        words[0].text = "printf";
        while (m_at < m_code.size() && peek() != ')') {
            const std::size_t before = m_at;
            words.emplace_back();
            words.back().text = expression(depth + 1).text;
            m_at += peek() == ',' || m_at == before ? 1 : 0;
        }
        m_at = std::min(m_at + 1, m_code.size());
        if (word == "sprintf" && words.size() > 1) {
            Value value;
            value.text = printed(words).value_or(std::string(1, k_unknown));
            value.pieces = 2;
            return value;
        }
        if (word == "substr" && words.size() > 2) {
            Value value;
            const auto number = [&](std::size_t i) { return i < words.size() ? std::atol(words[i].text.c_str()) : 100000L; };
            const auto from = static_cast<std::size_t>(std::max(0L, number(2) - 1));
            value.text = from < words[1].text.size() ? words[1].text.substr(from, static_cast<std::size_t>(std::max(0L, number(3)))) : "";
            value.pieces = 2;
            return value;
        }
        if ((word == "tolower" || word == "toupper") && words.size() == 2) {
            Value value;
            value.text = words[1].text;
            value.pieces = 2;
            std::transform(value.text.begin(), value.text.end(), value.text.begin(), [&](unsigned char c) {
                return static_cast<char>(word == "tolower" ? std::tolower(c) : std::toupper(c));
            });
            return value;
        }
        return unknown();
    }

    std::string_view m_code;
    std::size_t m_at = 0;
    std::map<std::string, Value, std::less<>> m_values;
    std::vector<AwkRun> m_runs;
    std::string m_printed;
};

}  // namespace

std::vector<AwkRun> awk_runs(std::string_view program) {
    constexpr std::size_t k_longest_program = 20000;
    if (program.size() > k_longest_program) {
        return {};
    }
    return Awk(program).read();
}

}  // namespace caro::safety
