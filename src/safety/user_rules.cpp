#include "safety/user_rules.hpp"

#include <algorithm>
#include <deque>
#include <mutex>
#include <utility>

#include <atomic>

#include "safety/paths.hpp"

namespace caro::safety {

namespace {

// Rules are only added, never freed, so that a reader needs no lock.
std::atomic<const UserRules*> g_rules{nullptr};

const UserRules& rules_now() {
    static const UserRules s_none;
    const UserRules* rules = g_rules.load(std::memory_order_acquire);
    return rules == nullptr ? s_none : *rules;
}

bool matches(std::string_view pattern, std::string_view command) {
    return glob_match(pattern, command) || glob_match(std::string(pattern) + " *", command);
}

}  // namespace

void use_rules(UserRules rules) {
    static std::mutex s_mutex;
    static std::deque<UserRules> s_all;
    const std::lock_guard lock(s_mutex);
    s_all.push_back(std::move(rules));
    g_rules.store(&s_all.back(), std::memory_order_release);
}

const std::string* user_pattern(std::string_view command, Risk& risk) {
    const UserRules& rules = rules_now();
    for (const auto& [list, level] : {std::pair{&rules.critical, Risk::critical}, {&rules.high, Risk::high},
                                      {&rules.moderate, Risk::moderate}}) {
        for (const auto& pattern : *list) {
            if (matches(pattern, command)) {
                risk = level;
                return &pattern;
            }
        }
    }
    return nullptr;
}

void apply_user_rules(Report& report) {
    const auto& allow = rules_now().allow;
    if (allow.empty() || report.findings.empty()) {
        return;
    }
    std::vector<Finding> kept;
    for (auto& finding : report.findings) {
        const bool allowed = std::find(allow.begin(), allow.end(), finding.rule) != allow.end() &&
                             finding.rule != "parse.incomplete" && finding.rule != "user.rule";
        if (allowed && finding.risk <= Risk::moderate) {
            continue;
        }
        finding.risk = allowed ? Risk::moderate : finding.risk;
        kept.push_back(std::move(finding));
    }
    std::stable_sort(kept.begin(), kept.end(), [](const Finding& a, const Finding& b) { return a.risk > b.risk; });
    report.findings = std::move(kept);
    report.risk = report.findings.empty() ? Risk::safe : report.findings.front().risk;
    report.reason = report.findings.empty() ? "" : report.findings.front().message;
}

}  // namespace caro::safety
