#include <algorithm>
#include <cctype>
#include <map>

#include "shell/big_number.hpp"
#include "shell/text_call.hpp"
#include "shell/text_tools.hpp"
#include "util/strings.hpp"

namespace caro::shell {

namespace {

using Text = std::optional<std::string>;

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

std::optional<std::string> dc_output(const ToolCall& call) {
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
