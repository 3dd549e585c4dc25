// sed: its script as commands, run over the lines of a known input in bounded time.
#include <algorithm>
#include <cctype>
#include <set>
#include <utility>

#include "shell/text_call.hpp"
#include "shell/text_regex.hpp"
#include "shell/text_sed.hpp"
#include "shell/text_tools.hpp"
#include "util/strings.hpp"

namespace caro::shell {

namespace {

using Text = std::optional<std::string>;

class Sed {
  public:
    Sed(std::vector<SedCommand>& commands, std::vector<std::string> lines, bool quiet, const Surroundings& around)
        : m_commands(commands), m_lines(std::move(lines)), m_quiet(quiet), m_around(around) {}

    Text run() {
        while (m_good && !m_done && next()) {
            cycle();
        }
        for (const auto& [name, text] : m_files) {
            if (m_around.write) {
                m_around.write(name, text);
            }
        }
        return m_good ? Text(std::move(m_output)) : std::nullopt;
    }

  private:
    bool next() {
        if (m_keeps) {  // after D
            m_keeps = false;
            return true;
        }
        if (m_number >= m_lines.size()) {
            return false;
        }
        m_space = m_lines[m_number++];
        return true;
    }

    bool is_last() const { return m_number >= m_lines.size(); }

    // The pattern, or the one that was used before; there has to be one.
    const Regex* used(const std::optional<Regex>& pattern, bool repeats) {
        m_used = repeats ? m_used : pattern ? &*pattern : nullptr;
        m_good = m_good && m_used != nullptr;
        return m_used;
    }

    bool fits(const SedAddress& address) {
        switch (address.kind) {
            case SedAddress::Kind::line: return m_number == address.number;
            case SedAddress::Kind::last: return is_last();
            case SedAddress::Kind::step: return address.every == 0 ? m_number == address.number : m_number >= address.number && (m_number - address.number) % address.every == 0;
            case SedAddress::Kind::pattern: {
                const Regex* pattern = used(address.pattern, address.repeats);
                return pattern != nullptr && pattern->search(m_space).has_value();
            }
            default: return true;
        }
    }

    bool applies(SedCommand& command) {
        if (command.to.kind == SedAddress::Kind::none) {
            return fits(command.from) != command.inverted;
        }
        bool inside = command.open;
        const bool late = command.from.kind == SedAddress::Kind::line && command.opened == 0 && m_number > command.from.number;
        m_good = m_good && (inside || !late);  // it was passed over at its first line
        if (!inside && fits(command.from)) {
            inside = true;
            command.opened = m_number;
            const bool over = (command.to.kind == SedAddress::Kind::line && command.to.number <= m_number) || (command.to.kind == SedAddress::Kind::after && command.to.number == 0);
            command.open = !over;
        } else if (inside) {
            const bool over = command.to.kind == SedAddress::Kind::after ? m_number >= command.opened + command.to.number
                              : command.to.kind == SedAddress::Kind::line ? m_number >= command.to.number
                                                                       : fits(command.to);
            command.open = !over;
            inside = command.to.kind != SedAddress::Kind::line || m_number <= command.to.number;
        }
        return inside != command.inverted;
    }

    void finish() {
        m_output += m_quiet ? "" : m_space + "\n";
        m_output += m_after;
        m_after.clear();
    }

    void substitute(SedCommand& command, bool& replaced) {
        std::size_t count = 0;
        const Regex* pattern = used(command.pattern, command.repeats);
        if (pattern == nullptr) {
            return;
        }
        m_space = pattern->replaced(m_space, command.text, command.all, command.which, &count);
        m_good = m_good && !pattern->exhausted();
        if (count == 0) {
            return;
        }
        replaced = true;
        if (command.runs) {
            execute(m_space, true);
        }
        m_output += command.prints ? m_space + "\n" : "";
        if (!command.writes.empty()) {
            write(command.writes);
        }
    }

    void write(const std::string& name) {
        if (name == "/dev/stdout") {
            m_output += m_space + "\n";
        } else {
            m_files[name] += m_space + "\n";
        }
    }

    void execute(const std::string& code, bool keeps) {
        const Text made = m_around.run ? m_around.run(code) : std::nullopt;
        m_good = m_good && made && ++m_runs < 20;
        if (keeps) {
            m_space = made.value_or("");
            m_space.erase(m_space.find_last_not_of('\n') + 1);
        } else {
            m_output += made.value_or("");
        }
    }

    void cycle() {
        bool replaced = false;
        for (std::size_t i = 0; i < m_commands.size(); ++i) {
            if (++m_steps > 20000 || m_space.size() > k_longest_text || m_output.size() > k_longest_text || m_hold.size() > k_longest_text) {
                m_good = false;
            }
            if (!m_good) {
                return;
            }
            SedCommand& command = m_commands[i];
            const bool here = applies(command);
            if (command.kind == '{' && !here) {
                i = command.target;
                continue;
            }
            if (!here) {
                continue;
            }
            if (command.kind == 'b' || (command.kind == 't' && replaced) || (command.kind == 'T' && !replaced)) {
                replaced = false;
                i = command.target;
                continue;
            }
            replaced = replaced && command.kind != 't';
            if (ends(command, replaced)) {
                return;
            }
        }
        finish();
    }

    // One command; true if the cycle ends with it.
    bool ends(SedCommand& command, bool& replaced) {
        switch (command.kind) {
            case 's': substitute(command, replaced); return false;
            case 'y':
                for (auto& c : m_space) {
                    const auto at = command.text.find(c);
                    c = at < command.other.size() ? command.other[at] : c;
                }
                return false;
            case 'p': m_output += m_space + "\n"; return false;
            case 'P': m_output += m_space.substr(0, m_space.find('\n')) + "\n"; return false;
            case '=': m_output += std::to_string(m_number) + "\n"; return false;
            case 'h': m_hold = m_space; return false;
            case 'H': m_hold += "\n" + m_space; return false;
            case 'g': m_space = m_hold; return false;
            case 'G': m_space += "\n" + m_hold; return false;
            case 'x': std::swap(m_space, m_hold); return false;
            case 'i': m_output += command.text + "\n"; return false;
            case 'a': m_after += command.text + "\n"; return false;
            case 'r': {
                const Text text = m_around.file ? m_around.file(command.text) : std::nullopt;
                m_good = m_good && text.has_value();
                m_after += text.value_or("");
                return false;
            }
            case 'w': write(command.text); return false;
            case 'e': execute(command.text.empty() ? m_space : command.text, command.text.empty()); return false;
            case 'c':
                m_output += (command.open ? "" : command.text + "\n") + std::exchange(m_after, "");
                return true;
            default: return moves(command);
        }
    }

    bool moves(const SedCommand& command) {
        switch (command.kind) {
            case 'd': m_output += std::exchange(m_after, ""); return true;
            case 'D': {
                const auto end = m_space.find('\n');
                m_keeps = end != std::string::npos;
                m_space.erase(0, m_keeps ? end + 1 : 0);
                return true;
            }
            case 'n':
                finish();
                m_done = is_last();
                return m_done || !next();
            case 'N':
                if (is_last()) {
                    finish();
                    m_done = true;
                    return true;
                }
                m_output += std::exchange(m_after, "");  // of a, as soon as another line is read
                m_space += "\n" + m_lines[m_number++];
                return false;
            case 'q': finish(); m_done = true; return true;
            case 'Q': m_done = true; return true;
            default: return false;
        }
    }

    std::vector<SedCommand>& m_commands;
    std::vector<std::string> m_lines;
    bool m_quiet;
    const Surroundings& m_around;
    std::string m_space, m_hold, m_output, m_after;
    std::map<std::string, std::string> m_files;
    std::size_t m_number = 0;
    std::size_t m_steps = 0;
    int m_runs = 0;
    bool m_keeps = false;
    bool m_done = false;
    bool m_good = true;
    const Regex* m_used = nullptr;
};

}  // namespace

// sed -i: the files get what would be printed.
Text edited_in_place(const ToolCall& call) {
    std::vector<Word> words;
    for (const auto& word : call.words) {
        const bool alone = starts_with(word.text, "-i") || starts_with(word.text, "--in-place");
        const bool grouped = !alone && word.text.size() > 2 && word.text[0] == '-' && word.text[1] != '-' && word.text.back() == 'i' && word.text.find_first_not_of("nEruzsi", 1) == std::string::npos;
        if (!alone) {
            words.push_back(word);
            words.back().text.erase(words.back().text.size() - (grouped ? 1 : 0));
        }
    }
    const ToolOptions given = read_options({call.name, words, call.input, call.around}, "nErsuz", "ef");
    const bool script = given.values.count('e') + given.values.count('f') > 0;
    for (std::size_t i = script ? 0 : 1; i < given.operands.size(); ++i) {
        std::vector<Word> one;
        for (const auto& word : words) {
            const bool other = std::find(given.operands.begin() + (script ? 0 : 1), given.operands.end(), word.text) != given.operands.end() && word.text != given.operands[i];
            if (!other) {
                one.push_back(word);
            }
        }
        const Text made = call.around.file && call.around.file(given.operands[i]) ? sed_output({call.name, one, call.input, call.around}) : std::nullopt;
        if (!made) {
            return std::nullopt;
        }
        if (call.around.write) {
            call.around.write(given.operands[i], *made);
        }
    }
    return "";
}

// perl -pe 's/a/b/; tr/a-z/b-za/', perl -ne 'print if /x/'
Text perl_output(const ToolCall& call) {
    ToolOptions given = read_options(call, "pnlwE", "e", {}, false);
    const std::string code = given.value('e');
    const Text input = contents_of(call, given.operands);
    const bool loops = given.has('p') || given.has('n');
    if (given.unknown || !loops || given.values['e'].size() != 1 || !input || code.find_first_of("$@{`") != std::string::npos) {
        return std::nullopt;
    }
    std::string script = code;
    bool quiet = given.has('n');
    for (const std::string_view beginning : {"print if ", "print unless "}) {
        if (starts_with(code, beginning)) {
            script = code.substr(beginning.size()) + (contains(beginning, "if") ? "p" : "!p");
        }
    }
    for (const std::string_view word : {"tr", "y"}) {
        if (starts_with(code, word) && code.size() > word.size() + 3 && std::ispunct(static_cast<unsigned char>(code[word.size()])) != 0) {
            const auto parts = split(std::string_view(code).substr(word.size() + 1), code[word.size()]);
            std::vector<Word> words(1);
            words[0].text = "tr";
            const std::string flags(parts.size() > 2 ? trim(parts[2]) : std::string_view());
            if (parts.size() < 3 || flags.find_first_not_of("dcs;") != std::string::npos) {
                return std::nullopt;
            }
            const std::string letters = replace_all(flags, ";", "");
            if (!letters.empty()) {
                words.emplace_back().text = "-" + letters;
            }
            words.emplace_back().text = std::string(parts[0]);
            if (!parts[1].empty()) {
                words.emplace_back().text = std::string(parts[1]);
            }
            return quiet ? std::nullopt : output_of(words, input);
        }
    }
    auto commands = starts_with(script, "s") || script != code ? read_sed(script, Regex::Syntax::perl) : std::nullopt;
    if (!commands) {
        return std::nullopt;
    }
    quiet = quiet || script != code;
    for (const auto& one : *commands) {
        if (one.kind != 's' && one.kind != 'p') {
            return std::nullopt;
        }
    }
    return Sed(*commands, text_lines(*input), quiet, call.around).run();
}

Text sed_output(const ToolCall& call) {
    for (const auto& word : call.words) {
        const std::string& text = word.text;
        const bool group = text.size() > 1 && text[0] == '-' && text[1] != '-' && text.find_first_not_of("nEruzsi", 1) == std::string::npos && contains(text, "i");
        if (group || starts_with(text, "--in-place") || (starts_with(text, "-i") && text.size() > 2)) {
            return edited_in_place(call);
        }
    }
    ToolOptions given = read_options(call, "nErsuz", "ef", {{"quiet", 'n'}, {"silent", 'n'}, {"regexp-extended", 'E'}, {"expression", 'e'}, {"file", 'f'}, {"unbuffered", 'u'}, {"null-data", 'z'}});
    if (given.unknown || (given.values.count('e') + given.values.count('f') == 0 && given.operands.empty())) {
        return std::nullopt;
    }
    std::string script;
    for (const auto& one : given.values['e']) {
        script += one + "\n";
    }
    for (const auto& name : given.values['f']) {
        const Text one = call.file(name);
        if (!one) {
            return std::nullopt;
        }
        script += *one + "\n";
    }
    if (script.empty()) {
        script = given.operands.front();
        given.operands.erase(given.operands.begin());
    }
    const Text input = contents_of(call, given.operands);
    const bool quiet = given.has('n') || starts_with(script, "#n\n");
    auto commands = read_sed(script, given.has('E') || given.has('r') ? Regex::Syntax::extended : Regex::Syntax::basic);
    if (!input || !commands) {
        return std::nullopt;
    }
    const bool whole = given.has('z');
    std::vector<std::string> lines = text_lines(*input);
    if (whole) {
        lines.assign(1, *input);
    }
    Text made = Sed(*commands, std::move(lines), quiet, call.around).run();
    if (made && !made->empty() && (whole || (!input->empty() && input->back() != '\n'))) {
        made->pop_back();
    }
    return made;
}

}  // namespace caro::shell
