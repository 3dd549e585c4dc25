// Commands that only their words tell about.
#include <algorithm>
#include <array>

#include "safety/effects.hpp"
#include "safety/verbs.hpp"

namespace caro::safety {

// A sub-command that the data do not have, or a task of somebody's build file, may tell by its words.
void Effects::unlisted() {
    constexpr std::array<std::string_view, 12> k_runners = {"make", "meson", "npm",  "yarn", "pnpm", "rake",
                                                           "gulp", "grunt", "mvn", "invoke", "bundle", "composer"};
    const bool runs_tasks = std::find(k_runners.begin(), k_runners.end(), m_spec.id) != k_runners.end();
    std::string_view told;
    if (runs_tasks) {
        for (const auto& operand : m_reading.operands) {
            told = told.empty() ? told_by_task(operand.word->text) : told;
        }
    } else if (m_reading.spec == &m_spec && m_spec.has_subcommands()) {
        told = told_by_words("", m_action.args);
    }
    if (!told.empty()) {
        m_judge.find(told, m_action.name, m_action.span);
    }
}

}  // namespace caro::safety
