// What lowers or raises findings about a command: variables given to it, containers that are thrown away, rules of the user.
#include <algorithm>

#include "safety/judge.hpp"
#include "safety/option_reader.hpp"
#include "safety/user_rules.hpp"

namespace caro::safety {

// env NAME=VALUE COMMAND, sudo NAME=VALUE COMMAND: the same as NAME=VALUE COMMAND.
void Judge::given_assignments(const std::vector<shell::Word>& wrapper, const std::vector<shell::Word>& words, Action& made) {
    shell::Command given;
    given.span = made.span;
    for (std::size_t i = 1; i < wrapper.size(); ++i) {
        if (is_assignment(wrapper[i].text)) {
            shell::Word value = wrapper[i];
            const auto equal = value.text.find('=');
            value.text.erase(0, equal + 1);
            given.assignments[wrapper[i].text.substr(0, equal)] = std::move(value);
        }
    }
    if (!given.assignments.empty()) {
        given.words.assign(words.begin() + static_cast<std::ptrdiff_t>(wrapper.size()), words.end());
        check_assignments(given);
        made.assignments.insert(given.assignments.begin(), given.assignments.end());
    }
}

// What lies in the folder caro was called in is somebody's work even if that folder is below /tmp; only paths that the text
// itself leads there are temporary.
PathClass Judge::class_of(const shell::Word& word) const {
    const PathClass kind = classify(word, m_scene, m_cwd);
    const bool relative = !word.tilde && !word.text.empty() && word.text[0] != '/';
    return kind == PathClass::temporary && relative && m_cwd == m_scene.cwd ? classify(word, m_scene, "") : kind;
}

// … | awk '{system($0)}': code that is not known, in a program that reads from the network, comes from there.
void Judge::tell_source(std::size_t first, const shell::Span& span) {
    const bool unknown = std::any_of(m_findings.begin() + static_cast<std::ptrdiff_t>(first), m_findings.end(),
                                     [](const Finding& finding) { return finding.rule == "execute.unknown"; });
    if (unknown) {
        find("execute.download", "", span);
    }
}

// What happens to files in a container that is thrown away is no loss here.
void Judge::lower_contained(std::size_t first) {
    for (std::size_t i = first; i < m_findings.size(); ++i) {
        Finding& finding = m_findings[i];
        const std::string_view family = std::string_view(finding.rule).substr(0, finding.rule.find('.'));
        const bool of_files = family == "delete" || family == "file" || family == "move" || family == "permission" ||
                              family == "kernel";
        finding.risk = of_files ? std::min(finding.risk, Risk::moderate) : finding.risk;
    }
}

// Commands that the user's config calls risky.
void Judge::check_user_rules(const Action& act) {
    std::string command = act.name;
    for (const auto& word : act.args) {
        command += " " + word.text;
    }
    Risk risk = Risk::safe;
    if (const std::string* pattern = user_pattern(command, risk)) {
        Finding finding;
        finding.rule = "user.rule";
        finding.risk = risk;
        finding.message = "Your config calls commands like \"" + *pattern + "\" risky";
        finding.start = act.span.start;
        finding.end = act.span.end;
        changes();
        m_findings.push_back(std::move(finding));
    }
}

}  // namespace caro::safety
