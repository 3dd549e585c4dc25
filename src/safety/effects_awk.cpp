// awk programs whose input and variables are known: they are run, so that the commands they make are judged as they are.
#include <map>

#include "safety/effects.hpp"
#include "shell/filters.hpp"
#include "util/strings.hpp"

namespace caro::safety {

namespace {

// -v NAME=VALUE, -F MARK and NAME=VALUE between files; `files`: it reads others than its input.
std::map<std::string, std::string> awk_variables(const Action& action, std::string_view code, bool& files) {
    std::map<std::string, std::string> made;
    bool program_seen = false;
    for (std::size_t i = 0; i < action.args.size(); ++i) {
        const std::string& text = action.args[i].text;
        const bool option = text.size() > 1 && text[0] == '-' && !program_seen;
        if (option && (text[1] == 'v' || text[1] == 'F')) {
            const std::string value = text.size() > 2 ? text.substr(2) : i + 1 < action.args.size() ? action.args[++i].text : "";
            const auto equal = value.find('=');
            if (text[1] == 'F') {
                made["FS"] = value == "t" ? "\t" : value;
            } else if (equal != std::string::npos) {
                made[value.substr(0, equal)] = value.substr(equal + 1);
            }
        } else if (text == code) {
            program_seen = true;
        } else if (!option) {
            files = true;
        }
    }
    return made;
}

}  // namespace

// True if nothing is left to guess.
bool Effects::awk_exact(std::string_view code) {
    bool files = false;
    const auto variables = awk_variables(m_action, code, files);
    for (const auto& [name, value] : variables) {
        if (contains(value, std::string(1, shell::Word::k_unknown))) {
            return false;
        }
    }
    shell::Surroundings around;
    around.variable = [this](const std::string& name) -> std::optional<std::string> {
        const auto it = m_action.assignments.find(name);
        return it != m_action.assignments.end() && it->second.known() ? std::optional(it->second.text) : std::nullopt;
    };
    if (contains(code, std::string(1, shell::Word::k_unknown))) {
        return false;
    }
    if (!m_judge.work_left()) {
        return false;
    }
    const auto made = shell::awk_result(code, variables, files ? std::nullopt : m_action.input, around);
    if (!made) {
        return false;
    }
    for (const auto& run : made->runs) {
        m_judge.nested(run.command, m_action);
        const std::string shell = run.command.substr(0, run.command.find(' '));
        if (run.input && is_shell(base_name(shell))) {
            m_judge.nested(*run.input, m_action);
        }
    }
    if (!made->complete) {
        return false;
    }
    for (const auto& [name, text] : made->files) {
        shell::Word file;
        file.text = name;
        m_judge.write_target(file, m_action, Writing::overwrite);
    }
    if (!made->runs.empty() && !made->output.empty()) {
        shell::Word text;
        text.text = made->output;
        print(text);
    }
    return true;
}

}  // namespace caro::safety
