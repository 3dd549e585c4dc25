// caro check CMD… — the judge by itself, for people, scripts and agents.
#include <fmt/core.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <iostream>
#include <nlohmann/json.hpp>
#include <string>

#include "cli/error_text.hpp"
#include "cli/exit_code.hpp"
#include "cli/input.hpp"
#include "cli/invocation.hpp"
#include "cli/structured_internal.hpp"
#include "engine/engine.hpp"
#include "safety/analyzer.hpp"
#include "ui/report_text.hpp"
#include "ui/style.hpp"
#include "ui/terminal.hpp"
#include "util/strings.hpp"
#include "util/utf8.hpp"

namespace caro::cli {

namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t k_longest_command = 1 << 20;

ExitCode exit_code_of(safety::Risk risk) {
    switch (risk) {
        case safety::Risk::safe: return ExitCode::ok;
        case safety::Risk::moderate: return ExitCode::check_moderate;
        case safety::Risk::high: return ExitCode::check_high;
        case safety::Risk::critical: return ExitCode::check_critical;
    }
    return ExitCode::check_critical;
}

Json document_of(const safety::Report& report) {
    Json findings = Json::array();
    for (const auto& finding : report.findings) {
        findings.push_back({{"rule", finding.rule},
                            {"risk", to_string(finding.risk)},
                            {"message", to_valid_utf8(finding.message)},
                            {"start", finding.start},
                            {"end", finding.end},
                            {"safer", to_valid_utf8(finding.safer)}});
    }
    Json document;
    document["risk"] = to_string(report.risk);
    document["reason"] = to_valid_utf8(report.reason);
    document["fully_parsed"] = report.fully_parsed;
    document["read_only"] = report.read_only;
    document["findings"] = std::move(findings);
    return document;
}

// One line of a batch in, one line out; a line that cannot be read is answered with an error and the next goes on.
Json judge_line(const std::string& line, const safety::Scene& defaults) {
    const Json request = Json::parse(line, nullptr, false);
    if (request.is_discarded() || !request.is_object() || !request.contains("command") ||
        !request["command"].is_string()) {
        return {{"error", "not a JSON object with a text \"command\""}};
    }
    safety::Scene scene = defaults;
    for (const auto& [key, field] : {std::pair{"home", &scene.home}, {"cwd", &scene.cwd}}) {
        if (request.contains(key) && request[key].is_string()) {
            *field = request[key].get<std::string>();
        }
    }
    return document_of(safety::analyze(request["command"].get<std::string>(), scene));
}

int judge_batch(const safety::Scene& scene, const Invocation& invocation) {
    const CancelToken& cancel = *invocation.cancel;
    std::string line;
    std::size_t number = 0;
    std::size_t first_unread = 0;
    std::size_t unread = 0;
    while (!cancel.cancelled() && std::getline(std::cin, line)) {
        ++number;
        if (trim(line).empty()) {
            continue;
        }
        const Json verdict = judge_line(line, scene);
        if (verdict.contains("error") && ++unread == 1) {
            first_unread = number;
        }
        const std::string answer = verdict.dump() + "\n";
        if (std::fwrite(answer.data(), 1, answer.size(), stdout) != answer.size() || std::fflush(stdout) != 0) {
            return to_int(ExitCode::failed);
        }
    }
    if (cancel.cancelled()) {
        return to_int(cli::exit_code_of(ErrorCode::cancelled));
    }
    if (unread > 0) {
        // Every line has its answer on standard output, whatever the form; this is for people.
        const Error error{ErrorCode::io,
                          fmt::format("{} of {} lines could not be read, line {} first", unread, number, first_unread),
                          "Each line has to be a JSON object with a text \"command\"", {}};
        std::fputs(error_text(error, invocation.color).c_str(), stderr);
        return to_int(ExitCode::check_unread);
    }
    return to_int(ExitCode::ok);
}

ui::Color color_of(safety::Risk risk) {
    return risk >= safety::Risk::high ? ui::Color::red : risk == safety::Risk::moderate ? ui::Color::yellow : ui::Color::green;
}

// The lines of the command that the finding is about, with its bytes underlined. Tabs are shown as one space, so that
// columns can be counted.
std::string underlined(std::string_view command, const safety::Finding& finding, bool color) {
    const std::size_t end = std::min(finding.end, command.size());
    std::string out;
    std::size_t begin = 0;
    for (const std::string_view line : split(command, '\n')) {
        const std::size_t from = std::clamp(finding.start, begin, begin + line.size());
        const std::size_t to = std::clamp(end, begin, begin + line.size());
        if (from < to) {
            const auto shown = [&](std::size_t first, std::size_t last) {
                return escape_deceptive(replace_all(command.substr(first, last - first), "\t", " "));
            };
            const std::string before = shown(begin, from);
            const std::string middle = shown(from, to);
            const std::string marks(std::max<std::size_t>(1, display_width(middle)), '^');
            out += fmt::format("    {}{}{}\n    {}{}\n", before, ui::paint(middle, color_of(finding.risk), color),
                               shown(to, begin + line.size()), std::string(display_width(before), ' '),
                               ui::paint(marks, color_of(finding.risk), color));
        }
        begin += line.size() + 1;
    }
    return out;
}

void print_text(std::string_view command, const safety::Report& report, const Invocation& invocation) {
    const bool color = invocation.color && (invocation.stdout_tty || invocation.config.get<std::string>("color") == "always");
    std::string out = ui::risk_label(report.risk, color) + "\n";
    for (const auto& finding : report.findings) {
        out += fmt::format("  {} ({}): {}\n", finding.rule, to_string(finding.risk), escape_deceptive(finding.message));
        if (invocation.explain || invocation.verbose) {
            out += underlined(command, finding, color);
        }
        if (!finding.safer.empty()) {
            out += fmt::format("    safer: {}\n", escape_deceptive(finding.safer));
        }
    }
    std::fwrite(out.data(), 1, out.size(), stdout);
}

Result<std::string> command_text(const Invocation& invocation) {
    if (!invocation.operands.empty() && invocation.operands.front() != "-") {
        return join(invocation.operands, " ");
    }
    TRY_ASSIGN(const Input input, read_all_input(STDIN_FILENO, k_longest_command, *invocation.cancel));
    if (input.cut) {
        return fail(ErrorCode::usage, "the command is longer than 1 MB", "Check it in parts");
    }
    std::string text = input.bytes;
    while (!text.empty() && text.back() == '\n') {
        text.pop_back();
    }
    if (trim(text).empty()) {
        return fail(ErrorCode::usage, "there is no command to check", "For example: caro check 'rm -rf build'");
    }
    return text;
}

}  // namespace

int run_check(Invocation& invocation) {
    context::Context context = context::gather();
    context.shell = invocation.shell;
    const safety::Scene scene = engine::scene_of(context);
    if (invocation.batch) {
        return judge_batch(scene, invocation);
    }
    const auto command = command_text(invocation);
    if (!command) {
        return report_error(command.error(), invocation);
    }
    const safety::Report report = safety::analyze(*command, scene);
    if (invocation.output == Output::plain) {
        print_text(*command, report, invocation);
    } else {
        const std::string text = structured_text(document_of(report), invocation.output);
        std::fwrite(text.data(), 1, text.size(), stdout);
    }
    if (std::fflush(stdout) != 0) {
        return to_int(ExitCode::failed);
    }
    return to_int(exit_code_of(report.risk));
}

}  // namespace caro::cli
