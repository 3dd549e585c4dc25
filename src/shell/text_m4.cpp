// m4: texts in which names stand for other texts.
#include <algorithm>
#include <cctype>
#include <cstdlib>

#include "shell/arithmetic.hpp"
#include "shell/text_call.hpp"
#include "shell/text_regex.hpp"
#include "shell/text_tools.hpp"
#include "util/strings.hpp"

namespace caro::shell {

namespace {

using Text = std::optional<std::string>;

bool begins_name(char c) { return std::isalpha(static_cast<unsigned char>(c)) != 0 || c == '_'; }
bool is_name(char c) { return begins_name(c) || std::isdigit(static_cast<unsigned char>(c)) != 0; }

std::string translated(const std::string& text, const std::string& from, const std::string& to) {
    const auto spread = [](const std::string& set) {
        std::string made;
        for (std::size_t i = 0; i < set.size(); ++i) {
            const bool range = i + 2 < set.size() && set[i + 1] == '-';
            const char last = range ? set[i + 2] : set[i];
            for (int c = static_cast<unsigned char>(set[i]); set[i] <= last ? c <= last : c >= last; c += set[i] <= last ? 1 : -1) {
                made += static_cast<char>(c);
            }
            i += range ? 2 : 0;
        }
        return made;
    };
    const std::string source = spread(from);
    const std::string target = spread(to);
    std::string made;
    for (const char c : text) {
        const auto at = source.find(c);
        made += at == std::string::npos ? std::string(1, c) : at < target.size() ? std::string(1, target[at]) : "";
    }
    return made;
}

class M4 {
  public:
    explicit M4(const ToolCall& call) : m_call(call) {
        for (const std::string_view name : {"define", "undefine", "defn", "pushdef", "popdef", "ifdef", "ifelse", "len", "index", "substr", "translit", "format", "eval", "incr", "decr", "changequote",
                                            "dnl", "include", "sinclude", "syscmd", "esyscmd", "patsubst", "regexp", "shift", "divert", "undivert", "errprint", "changecom", "builtin", "indir", "m4exit"}) {
            m_macros[std::string(name)].push_back(std::string(1, k_builtin) + std::string(name));
        }
    }

    void define(const std::string& name, const std::string& text) { m_macros[name].assign(1, text); }

    Text run(const std::string& input) {
        m_input = input;
        std::reverse(m_input.begin(), m_input.end());  // taken from the end, so that putting back is cheap
        while (m_good && !m_input.empty()) {
            step();
        }
        return m_good ? Text(m_output + m_kept) : std::nullopt;
    }

  private:
    static constexpr char k_builtin = '\x01';

    char peek(std::size_t ahead = 0) const { return ahead < m_input.size() ? m_input[m_input.size() - 1 - ahead] : '\0'; }
    bool starts(const std::string& text) const {
        for (std::size_t i = 0; i < text.size(); ++i) {
            if (i >= m_input.size() || peek(i) != text[i]) {
                return false;
            }
        }
        return !text.empty();
    }
    std::string take(std::size_t size) {
        std::string made;
        for (; size > 0 && !m_input.empty(); --size) {
            made += m_input.back();
            m_input.pop_back();
        }
        return made;
    }
    void put_back(const std::string& text) { m_input.append(text.rbegin(), text.rend()); }

    void emit(const std::string& text) {
        if (!m_arguments.empty()) {
            m_arguments.back() += text;
        } else if (m_divert == 0) {
            m_output += text;
        } else if (m_divert > 0) {
            m_kept += text;
        }
        m_good = m_good && m_output.size() + m_kept.size() + (m_arguments.empty() ? 0 : m_arguments.back().size()) < k_longest_text && m_input.size() < 4 * k_longest_text;
    }

    void step() {
        m_good = m_good && ++m_steps < 40000;
        if (starts(m_open)) {
            quoted();
        } else if (peek() == '#' && m_comments) {
            std::size_t size = 0;
            while (size < m_input.size() && peek(size) != '\n') {
                ++size;
            }
            emit(take(size));
        } else if (begins_name(peek())) {
            std::string name;
            while (is_name(peek())) {
                name += take(1);
            }
            const auto it = m_macros.find(name);
            const bool blind = it != m_macros.end() && !it->second.empty() && it->second.back()[0] == k_builtin && peek() != '(' && !any_of(name, {"dnl", "shift", "divert", "changequote", "undivert", "changecom"});
            if (it == m_macros.end() || it->second.empty() || blind) {
                emit(name);
            } else {
                call(name, it->second.back());
            }
        } else {
            emit(take(1));
        }
    }

    void quoted() {
        take(m_open.size());
        std::string made;
        for (int depth = 1; m_good;) {
            if (m_input.empty()) {
                m_good = false;
            } else if (starts(m_close)) {
                const std::string mark = take(m_close.size());
                if (--depth == 0) {
                    break;
                }
                made += mark;
            } else if (starts(m_open)) {
                made += take(m_open.size());
                ++depth;
            } else {
                made += take(1);
            }
        }
        emit(made);
    }

    std::vector<std::string> arguments() {
        std::vector<std::string> made;
        if (peek() != '(') {
            return made;
        }
        take(1);
        m_good = m_good && m_arguments.size() < 60;
        for (bool more = true; more && m_good;) {
            while (std::isspace(static_cast<unsigned char>(peek())) != 0) {
                take(1);
            }
            m_arguments.emplace_back();
            int depth = 0;
            while (m_good && !(depth == 0 && (peek() == ',' || peek() == ')'))) {
                m_good = m_good && !m_input.empty();
                depth += peek() == '(' ? 1 : peek() == ')' ? -1 : 0;
                step();
            }
            more = take(1) == ",";
            made.push_back(m_arguments.back());
            m_arguments.pop_back();
        }
        return made;
    }

    void call(const std::string& name, const std::string& body) {
        const std::vector<std::string> given = arguments();
        const std::string text = !m_good ? "" : !body.empty() && body[0] == k_builtin ? builtin(body.substr(1), given) : expanded(name, body, given);
        put_back(text);
    }

    std::string all(const std::vector<std::string>& given, std::size_t from, bool quotes) const {
        std::string made;
        for (std::size_t i = from; i < given.size(); ++i) {
            made += (i > from ? "," : "") + (quotes ? m_open + given[i] + m_close : given[i]);
        }
        return made;
    }

    std::string expanded(const std::string& name, const std::string& body, const std::vector<std::string>& given) const {
        std::string made;
        for (std::size_t i = 0; i < body.size(); ++i) {
            const char next = i + 1 < body.size() ? body[i + 1] : '\0';
            if (body[i] != '$' || std::string_view("0123456789@*#").find(next) == std::string_view::npos || next == '\0') {
                made += body[i];
                continue;
            }
            ++i;
            const auto at = static_cast<std::size_t>(next - '1');
            made += next == '0' ? name : next == '#' ? std::to_string(given.size()) : next == '@' || next == '*' ? all(given, 0, next == '@') : at < given.size() ? given[at] : "";
        }
        return made;
    }

    static std::string at(const std::vector<std::string>& given, std::size_t index) { return index < given.size() ? given[index] : ""; }

    std::string builtin(const std::string& name, const std::vector<std::string>& given) {
        const std::string first = at(given, 0);
        const std::string second = at(given, 1);
        if (name == "define" || name == "pushdef") {
            auto& place = m_macros[first];
            if (name == "define" && !place.empty()) {
                place.pop_back();
            }
            place.push_back(second);
        } else if (name == "undefine" || name == "popdef") {
            auto& place = m_macros[first];
            name == "undefine" || place.empty() ? place.clear() : place.pop_back();
        } else if (name == "defn") {
            const auto it = m_macros.find(first);
            return it == m_macros.end() || it->second.empty() ? "" : m_open + it->second.back() + m_close;
        } else if (name == "ifdef") {
            const auto it = m_macros.find(first);
            return it != m_macros.end() && !it->second.empty() ? second : at(given, 2);
        } else if (name == "ifelse") {
            return chosen(given);
        } else if (name == "shift") {
            return all(given, 1, true);
        } else if (name == "changequote") {
            m_open = given.empty() ? "`" : first;
            m_close = given.size() < 2 ? "'" : second;
        } else if (name == "changecom") {
            m_comments = !given.empty();
            m_good = m_good && given.empty();
        } else if (name == "dnl") {
            while (!m_input.empty() && take(1) != "\n") {
            }
        } else if (name == "divert") {
            m_divert = std::atoi(first.c_str());
        } else if (name == "indir" || name == "builtin") {
            std::vector<std::string> rest(given.begin() + (given.empty() ? 0 : 1), given.end());
            const auto it = m_macros.find(first);
            m_good = m_good && it != m_macros.end() && !it->second.empty() && first != name;
            return !m_good ? "" : it->second.back()[0] == k_builtin ? builtin(it->second.back().substr(1), rest) : expanded(first, it->second.back(), rest);
        } else {
            return text_builtin(name, given);
        }
        return "";
    }

    static std::string chosen(const std::vector<std::string>& given) {
        for (std::size_t i = 0; i < given.size(); i += 3) {
            if (i + 2 >= given.size()) {
                return given.size() > 1 ? given[i] : "";
            }
            if (given[i] == given[i + 1]) {
                return given[i + 2];
            }
        }
        return "";
    }

    std::string text_builtin(const std::string& name, const std::vector<std::string>& given) {
        const std::string first = at(given, 0);
        const std::string second = at(given, 1);
        if (name == "len") {
            return std::to_string(first.size());
        }
        if (name == "index") {
            const auto place = first.find(second);
            return place == std::string::npos ? "-1" : std::to_string(place);
        }
        if (name == "substr") {
            const auto from = std::strtoul(second.c_str(), nullptr, 10);
            return from > first.size() ? "" : first.substr(from, given.size() > 2 ? std::strtoul(given[2].c_str(), nullptr, 10) : std::string::npos);
        }
        if (name == "translit") {
            return translated(first, second, at(given, 2));
        }
        if (name == "format") {
            FormatArguments arguments;
            arguments.count = given.empty() ? 0 : given.size() - 1;
            arguments.text = [&](std::size_t i) { return given[i + 1]; };
            arguments.number = [&](std::size_t i) { return std::strtod(given[i + 1].c_str(), nullptr); };
            arguments.is_number = [](std::size_t) { return true; };
            return formatted(first, arguments);
        }
        if (name == "eval" || name == "incr" || name == "decr") {
            ArithmeticNames names;
            names.value = [](const std::string&) { return std::optional<std::string>(); };
            names.set = [](const std::string&, long) {};
            const auto number = evaluate(name == "eval" ? first : first + (name == "incr" ? "+1" : "-1"), names);
            m_good = m_good && number && second.empty();
            return std::to_string(number.value_or(0));
        }
        if (name == "patsubst" || name == "regexp") {
            const auto regex = Regex::read(second, Regex::Syntax::basic);
            m_good = m_good && regex.has_value() && (name == "patsubst" || given.size() == 2);
            const auto match = m_good ? regex->search(first) : std::nullopt;
            return !m_good ? "" : name == "patsubst" ? regex->replaced(first, replace_all(at(given, 2), "&", "\\&"), true) : match ? std::to_string(match->from()) : "-1";
        }
        if (name == "syscmd" || name == "esyscmd") {
            const Text made = m_call.around.run ? m_call.around.run(first) : std::nullopt;
            m_good = m_good && made.has_value();
            name == "syscmd" ? emit(made.value_or("")) : void();
            return name == "syscmd" ? "" : made.value_or("");
        }
        if (name == "include" || name == "sinclude") {
            const Text made = m_call.file(first);
            m_good = m_good && (made || name == "sinclude");
            return made.value_or("");
        }
        m_good = m_good && any_of(name, {"undivert", "errprint", "m4exit"});
        return "";
    }

    const ToolCall& m_call;
    std::map<std::string, std::vector<std::string>> m_macros;
    std::string m_input, m_output, m_kept;
    std::vector<std::string> m_arguments;
    std::string m_open = "`", m_close = "'";
    bool m_comments = true;
    int m_divert = 0;
    int m_steps = 0;
    bool m_good = true;
};

}  // namespace

Text m4_output(const ToolCall& call) {
    ToolOptions given = read_options(call, "PsEeQGi", "DUI", {{"define", 'D'}, {"undefine", 'U'}, {"quiet", 'Q'}, {"silent", 'Q'}, {"include", 'I'}});
    const Text input = contents_of(call, given.operands);
    if (!input || given.unknown || given.has('P')) {
        return std::nullopt;
    }
    M4 machine(call);
    for (const auto& one : given.values['D']) {
        const auto equal = one.find('=');
        machine.define(one.substr(0, equal), equal == std::string::npos ? "" : one.substr(equal + 1));
    }
    return machine.run(*input);
}

}  // namespace caro::shell
