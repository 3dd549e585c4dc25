// What programs in other languages do, in one-liners and in script files.
#include <algorithm>

#include "safety/effects.hpp"
#include "util/strings.hpp"

namespace caro::safety {

namespace {

constexpr int k_deepest_code = 4;  // exec("exec(…)")

// For a shell: what is not known becomes a variable nobody set.
std::string shell_line(const shell::Word& word) {
    return replace_all(word.text, std::string(1, shell::Word::k_unknown), "$CARO_UNKNOWN");
}

bool is_unknown(const shell::Word& word) {
    return word.text.empty() || word.text.find_first_not_of(shell::Word::k_unknown) == std::string::npos;
}

}  // namespace

void Effects::program(std::string_view code, const std::string& language, int depth) {
    m_code_seen = true;
    auto effects = judge_program(code, language);
    // What is read comes first: post(data=open(FILE)).
    std::stable_partition(effects.begin(), effects.end(), [](const auto& effect) { return effect.act == ProgramAct::read; });
    for (const auto& effect : effects) {
        program_effect(effect, language, depth);
    }
}

void Effects::program_effect(const ProgramEffect& effect, const std::string& language, int depth) {
    const shell::Word& word = effect.word;
    shell::Word target;
    target.text = effect.detail;
    switch (effect.act) {
        case ProgramAct::shell:
            if (is_unknown(word)) {
                m_judge.find("execute.unknown", "", m_action.span);
            } else {
                m_judge.nested(shell_line(word), m_action);
            }
            break;
        case ProgramAct::remove: m_judge.delete_target(word, m_action, false); break;
        case ProgramAct::remove_tree: m_judge.delete_target(word, m_action, true); break;
        case ProgramAct::write: m_judge.write_target(word, m_action, Writing::overwrite); break;
        case ProgramAct::append: m_judge.write_target(word, m_action, Writing::append); break;
        case ProgramAct::truncate: m_judge.write_target(word, m_action, Writing::truncate); break;
        case ProgramAct::move: m_judge.move_source(word, m_action, &target); break;
        case ProgramAct::permissions:
            m_judge.nested("chmod '" + effect.detail + "' " + shell_line(word), m_action);
            break;
        case ProgramAct::read: m_secret = class_of(word) == PathClass::secret ? shown(word) : m_secret; break;
        case ProgramAct::code:
            if (depth < k_deepest_code) {
                program(word.text, language, depth + 1);
            } else {
                m_judge.find("execute.unknown", "", m_action.span);
            }
            break;
        case ProgramAct::code_unknown: m_judge.find("execute.unknown", "", m_action.span); break;
        case ProgramAct::code_decoded: m_judge.find("execute.decoded", "", m_action.span); break;
        case ProgramAct::code_fetched: m_judge.find("execute.download", "", m_action.span); break;
        case ProgramAct::send:
            m_judge.find(m_secret.empty() ? "state.change" : "secret.leak", m_secret.empty() ? m_action.name : m_secret, m_action.span);
            break;
        case ProgramAct::remote_control: m_judge.find("execute.remote-control", "", m_action.span); break;
        case ProgramAct::fork_bomb: m_judge.find("process.fork-bomb", "", m_action.span); break;
        case ProgramAct::kill_all: m_judge.find("process.kill-all", "", m_action.span); break;
    }
}

// A file whose contents are run.
void Effects::script(const std::string& language, const shell::Word& word) {
    if (word.text == "-" || word.text == "/dev/stdin") {
        return;  // what is piped in is judged with the pipeline
    }
    const bool fetched = m_judge.m_downloaded.count(normalized(word.text, m_judge.m_cwd)) != 0 ||
                         (!word.known() && m_judge.nested_fetch(m_action.span));
    m_code_seen = true;
    if (fetched) {
        m_judge.find("execute.download", "", m_action.span);
    } else if (!word.known()) {
        m_judge.find("execute.unknown", "", m_action.span);
    } else {
        m_judge.find(language == "sql" ? "state.change" : "command.unknown", shown(word), m_action.span);
    }
}

}  // namespace caro::safety
