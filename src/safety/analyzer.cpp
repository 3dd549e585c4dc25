#include "safety/analyzer.hpp"

#include <algorithm>
#include <exception>

#include "safety/judge.hpp"
#include "safety/user_rules.hpp"
#include "shell/fish.hpp"
#include "util/log.hpp"

namespace caro::safety {

namespace {

// As sh would write it; what is found is told at its place in the source.
Report analyze_fish(std::string_view source, const Scene& scene) {
    const shell::Translation posix = shell::from_fish(source);
    Judge judge(scene, 0);
    judge.judge(posix.text);
    Report report = std::move(judge).report();
    for (auto& finding : report.findings) {
        const auto place = [&](std::size_t at) { return at < posix.origin.size() ? posix.origin[at] : source.size(); };
        const std::size_t last = finding.end > finding.start ? place(finding.end - 1) + 1 : place(finding.end);
        finding.start = std::min(place(finding.start), source.size());
        finding.end = std::max(finding.start, std::min(last, source.size()));
    }
    apply_user_rules(report);
    return report;
}

}  // namespace

Report analyze(std::string_view source, const Scene& scene) {
    try {
        Judge judge(scene, 0);
        if (scene.dialect == Scene::Dialect::powershell) {
            judge.judge_powershell(source, {0, source.size()});
        } else if (scene.dialect == Scene::Dialect::fish) {
            return analyze_fish(source, scene);
        } else {
            judge.judge(source);
        }
        Report report = std::move(judge).report();
        apply_user_rules(report);
        return report;
    } catch (const std::exception& error) {
        // Out of memory, or a fault of the judge: what it could not read to its end is never taken for harmless.
        LOG("judging failed: {}", error.what());
        Report report;
        report.risk = Risk::high;
        report.fully_parsed = false;
        report.reason = "The command could not be judged to its end";
        report.findings.push_back({"parse.incomplete", Risk::high, report.reason, 0, source.size(), ""});
        return report;
    }
}

}  // namespace caro::safety
