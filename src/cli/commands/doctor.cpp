// caro doctor
#include "cli/doctor.hpp"

#include "cli/assessment.hpp"
#include "cli/commands/models.hpp"
#include "cli/exit_code.hpp"
#include "cli/invocation.hpp"
#include "cli/structured_internal.hpp"
#include "cli/version.hpp"
#include "infer/registry.hpp"
#include "util/utf8.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cstdio>

namespace caro::cli {

namespace {

constexpr std::array<std::string_view, 3> k_names = {"ok", "warn", "fail"};

std::string_view name_of(Health health) {
    return k_names[static_cast<std::size_t>(health)];
}

Document document_of(const std::vector<Check>& checks, const Result<Assessment>& assessment) {
    Document list = Document::array();
    for (const auto& check : checks) {
        list.push_back({{"name", check.name},
                        {"health", name_of(check.health)},
                        {"message", check.message},
                        {"fix", check.fix}});
    }
    return {{"version", version()},
            {"checks", list},
            {"hardware", assessment ? hardware_document(assessment->hardware) : Document(nullptr)}};
}

void print_checks(const std::vector<Check>& checks, bool quiet) {
    std::size_t width = 0;
    for (const auto& check : checks) {
        width = std::max(width, check.name.size());
    }
    for (const auto& check : checks) {
        if (quiet && check.health == Health::ok) {
            continue;
        }
        fmt::print("{:<5} {:<{}}  {}\n", name_of(check.health), check.name, width,
                   escape_deceptive(check.message));
        if (!check.fix.empty()) {
            fmt::print("{:<5} {:<{}}  fix: {}\n", "", "", width, escape_deceptive(check.fix));
        }
    }
}

}  // namespace

int run_doctor(Invocation& invocation) {
    auto checks = run_checks(invocation);
    Result<Assessment> assessment = fail(ErrorCode::unavailable, "this caro has no engine of its own");
    if (infer::find_backend("embedded")) {
        assessment = assess(chosen_model(invocation));
    }
    if (assessment) {
        const auto lines = hardware_checks(*assessment);
        checks.insert(checks.end(), lines.begin(), lines.end());
    }
    if (invocation.output == Output::plain) {
        if (!invocation.quiet) {
            const std::string text = version_text();
            std::fwrite(text.data(), 1, text.size(), stdout);
        }
        print_checks(checks, invocation.quiet);
    } else {
        const std::string text = structured_text(document_of(checks, assessment), invocation.output);
        std::fwrite(text.data(), 1, text.size(), stdout);
    }
    const bool failed = std::any_of(checks.begin(), checks.end(),
                                    [](const auto& check) { return check.health == Health::fail; });
    return to_int(failed ? ExitCode::failed : ExitCode::ok);
}

}  // namespace caro::cli
