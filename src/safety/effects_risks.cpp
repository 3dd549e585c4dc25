// The dangers that the data tell about options and operands.
#include <algorithm>

#include "safety/effects.hpp"
#include "util/strings.hpp"

namespace caro::safety {

namespace {

bool any_glob_matches(const std::vector<std::string>& globs, std::string_view text, bool ignore_case) {
    return std::any_of(globs.begin(), globs.end(),
                       [&](const std::string& glob) { return glob_match(glob, text, ignore_case); });
}

}  // namespace

bool Effects::operands_hold(const Danger& danger) const {
    const auto& operands = m_reading.operands;
    if (danger.operand_count >= 0 && (danger.operand_count == 0) != operands.empty()) {
        return false;
    }
    if (danger.operands.empty()) {
        return true;
    }
    const bool ignore_case = m_spec.ignores_case || m_spec.style == Style::powershell || m_spec.style == Style::slash;
    bool any = false;
    for (std::size_t i = 0; i < operands.size(); ++i) {
        const bool asked = danger.nth == 0 || danger.nth == i + 1;
        any = any || (asked && any_glob_matches(danger.operands, operands[i].word->text, ignore_case));
    }
    return any != danger.no_operand_matches;
}

bool Effects::option_holds(const Danger& danger) const {
    return danger.options.empty() ||
           std::any_of(m_reading.options.begin(), m_reading.options.end(), [&](const GivenOption& given) {
               const bool named = std::any_of(given.option->names.begin(), given.option->names.end(), [&](const auto& name) {
                   return std::find(danger.options.begin(), danger.options.end(), name) != danger.options.end();
               });
               return named && (danger.values.empty() ||
                                std::any_of(given.values.begin(), given.values.end(), [&](const shell::Word* value) {
                                    return any_glob_matches(danger.values, value->text, m_spec.ignores_case);
                                }));
           });
}

bool Effects::holds(const Danger& danger) const {
    const auto given = [this](const std::string& flag) { return m_reading.has(flag); };
    return std::all_of(danger.with.begin(), danger.with.end(), given) &&
           std::none_of(danger.without.begin(), danger.without.end(), given) && operands_hold(danger) &&
           option_holds(danger);
}

void Effects::report(const Danger& danger) {
    Finding finding;
    finding.rule = danger.rule;
    finding.risk = danger.risk;
    if (danger.rule == "git.clean" && !m_judge.m_cwd.empty()) {  // in a home or in / it takes all there is
        shell::Word folder;
        folder.text = m_judge.m_cwd == m_judge.m_scene.cwd ? "." : m_judge.m_cwd;
        const PathClass kind = class_of(folder);
        finding.risk = is_protected(kind) ? Risk::critical : kind == PathClass::temporary ? Risk::moderate : finding.risk;
    }
    finding.message = danger.why.empty() ? m_action.name + " changes files or settings" : danger.why;
    finding.safer = danger.safer;
    finding.start = m_action.span.start;
    finding.end = m_action.span.end;
    m_judge.changes();
    m_judge.m_findings.push_back(std::move(finding));
}

// Judges the dangers of the sub-command and of what it belongs to. An option that only reads (-l) takes all away but
// what other options bring by themselves.
void Effects::dangers(bool only_by_option) {
    for (const Spec* spec = m_reading.spec; spec != nullptr; spec = spec->parent) {
        for (const auto& danger : spec->dangers) {
            const bool by_option = !danger.with.empty() || !danger.options.empty();
            const bool of_command = spec != m_reading.spec && !by_option && danger.operands.empty();
            if (danger.risk == Risk::safe || (only_by_option && !by_option) || of_command || !holds(danger)) {
                continue;
            }
            report(danger);
        }
    }
}

}  // namespace caro::safety
