// The main job: caro REQUEST…
#include <fmt/core.h>
#include <unistd.h>

#include <cstdio>

#include "cli/commands/ask_flow.hpp"
#include "cli/doctor.hpp"
#include "cli/error_text.hpp"
#include "cli/exit_code.hpp"
#include "cli/first_use.hpp"
#include "ui/answer.hpp"
#include "ui/report_text.hpp"
#include "ui/terminal.hpp"
#include "util/utf8.hpp"

namespace caro::cli {

namespace {

// At once, for letting go of a model takes a tenth of a second. A full disk or a closed pipe is told at the end, by
// cli::run, for every command alike.
void write_stdout(std::string_view text) {
    std::fwrite(text.data(), 1, text.size(), stdout);
    std::fflush(stdout);
}

void note(const Invocation& invocation, std::string_view text) {
    if (!invocation.quiet) {
        std::fprintf(stderr, "caro: %s\n", std::string(text).c_str());
    }
}

void tell_figures(const AskFlow& flow, const Invocation& invocation) {
    if (!invocation.verbose) {
        return;
    }
    const auto& s = flow.suggestion();
    std::fprintf(stderr, "%s",
                 fmt::format("caro: {} {} on {}: load {:.0f} ms, prompt {:.0f} ms ({} of {} tokens kept), {} tokens "
                             "in {:.0f} ms, {:.0f} ms in all\n",
                             s.backend.name, s.backend.model, s.backend.device, s.timings.load, s.timings.prompt,
                             s.usage.cached_tokens, s.usage.prompt_tokens, s.usage.generated_tokens,
                             s.timings.generate, invocation.since_start.milliseconds())
                     .c_str());
}

void write_structured(const AskFlow& flow, const Invocation& invocation, std::optional<int> exit_code) {
    ui::Answer answer;
    answer.suggestion = flow.suggestion();
    answer.alternatives = flow.alternatives();
    answer.shell = to_string(invocation.shell);
    answer.executed = exit_code.has_value();
    answer.exit_code = exit_code;
    answer.startup_ms = flow.startup_ms();
    answer.total_ms = invocation.since_start.milliseconds();
    answer.warnings = invocation.warnings;
    write_stdout(invocation.output == Output::json ? to_json(answer) : to_yaml(answer));
}

Error refusal(const AskFlow& flow) {
    const auto& suggestion = flow.suggestion();
    const std::string why = suggestion.report.reason.empty() ? "it is too dangerous" : suggestion.report.reason;
    return {ErrorCode::blocked,
            fmt::format("the suggestion `{}` is refused ({} risk): {}", escape_deceptive(suggestion.command),
                        to_string(suggestion.report.risk), escape_deceptive(why)),
            "Say more exactly what should be affected; or see it with -o json",
            {}};
}

// -x where no question may be asked: runs what the policy allows without one.
int execute_unasked(AskFlow& flow, const Invocation& invocation) {
    const auto& report = flow.suggestion().report;
    const auto decision = safety::decide(report.risk, invocation.safety, invocation.yes);
    const bool structured = invocation.output != Output::plain;
    if (decision != safety::Decision::allow || !flow.runnable()) {
        if (structured) {
            write_structured(flow, invocation, std::nullopt);
            return to_int(ExitCode::refused);
        }
        if (decision == safety::Decision::refuse || !flow.runnable()) {
            return report_error(refusal(flow), invocation);
        }
        return report_error({ErrorCode::blocked,
                             fmt::format("running `{}` needs a yes, and there is no terminal to ask on",
                                         escape_deceptive(flow.suggestion().command)),
                             decision == safety::Decision::confirm ? "Add -y, or run it yourself"
                                                                   : "Run it yourself after reading it",
                             {}},
                            invocation);
    }
    if (!structured) {
        note(invocation, "running: " + escape_deceptive(flow.suggestion().command));
    }
    const auto status = flow.execute();
    tell_figures(flow, invocation);
    if (!status) {
        return report_run_failure(status.error(), invocation);
    }
    if (structured) {
        write_structured(flow, invocation, *status);
    }
    return *status;
}

// A pipe may lead straight into a shell, so what would be refused there is not printed either.
bool may_be_printed(const engine::Suggestion& suggestion, const Invocation& invocation) {
    return safety::decide(suggestion.report.risk, invocation.safety, false) != safety::Decision::refuse &&
           AskFlow::runnable(suggestion);
}

// The command, and the others where they were asked for, one a line.
std::string lines_of(const AskFlow& flow, const Invocation& invocation) {
    std::string lines = flow.suggestion().command + "\n";
    for (const auto& other : flow.alternatives()) {
        if (may_be_printed(other, invocation)) {
            lines += other.command + "\n";
        }
    }
    return lines;
}

int print_answer(const AskFlow& flow, const Invocation& invocation) {
    tell_figures(flow, invocation);
    if (invocation.output != Output::plain) {
        write_structured(flow, invocation, std::nullopt);
        return to_int(ExitCode::ok);
    }
    const auto& report = flow.suggestion().report;
    if (!may_be_printed(flow.suggestion(), invocation)) {
        return report_error(refusal(flow), invocation);
    }
    if (invocation.dry_run) {
        note(invocation, "dry run: nothing is run");
    }
    if (invocation.stdout_tty && invocation.stderr_tty && !invocation.quiet) {
        // Somebody reads this, though there is no menu: the request or its context came through a pipe.
        write_stdout(lines_of(flow, invocation));
        std::fputs(ui::describe(flow.suggestion(), invocation.color, ui::terminal_width(STDERR_FILENO)).c_str(), stderr);
        return to_int(ExitCode::ok);
    }
    for (const auto& text : flow.suggestion().warnings) {
        note(invocation, escape_deceptive(text));
    }
    const std::string warning = ui::warning_line(report);
    if (!warning.empty()) {
        std::fprintf(stderr, "%s\n", warning.c_str());
    }
    write_stdout(lines_of(flow, invocation));
    return to_int(ExitCode::ok);
}

// An engine that had to read its whole prompt keeps it for the next time. Where that cannot be, every answer is slow,
// and only the user can change it.
void warn_of_cache(const AskFlow& flow, Invocation& invocation) {
    if (flow.suggestion().backend.name != "embedded" || !flow.prepared() ||
        !invocation.config.get<bool>("engine.prompt_cache")) {
        return;
    }
    const std::string problem = state_problem(invocation.since_start.milliseconds());
    if (!problem.empty()) {
        invocation.warnings.push_back(problem);
    }
}

// The descriptors of the person's terminal, if a menu is to be shown.
struct Terminal {
    int in = -1;
    int out = -1;
};

Terminal menu_terminal(const Invocation& invocation) {
    if (invocation.output != Output::plain || invocation.no_input) {
        return {};
    }
    if (invocation.quiet && !invocation.interactive && !invocation.execute) {
        return {};  // -q: the command and nothing else
    }
    if (invocation.stdin_tty && invocation.stdout_tty && invocation.stderr_tty) {
        return {STDIN_FILENO, STDERR_FILENO};
    }
    if (invocation.interactive || (invocation.execute && invocation.stderr_tty)) {
        if (invocation.stdin_tty && invocation.stderr_tty) {
            return {STDIN_FILENO, STDERR_FILENO};
        }
        const int fd = ui::open_controlling_terminal();
        return {fd, fd};
    }
    return {};
}

}  // namespace

int run_ask(Invocation& invocation) {
    AskFlow flow(invocation);
    auto made = flow.suggest();
    if (!made) {
        if (const auto fetched = fetch_missing_model(made.error(), invocation); !fetched) {
            made = fail(fetched.error());
        } else if (*fetched) {
            made = flow.suggest();
        }
    }
    if (made) {
        warn_of_cache(flow, invocation);
    }
    // Told in every mode, and before an error too: that another back end answered must not go unseen. Structured
    // output has a place of its own for them.
    if (invocation.output == Output::plain) {
        for (const auto& warning : invocation.warnings) {
            note(invocation, escape_deceptive(warning));
        }
    }
    if (!made) {
        return report_error(made.error(), invocation);
    }
    const bool run_at_once =
        invocation.execute && invocation.yes && !invocation.interactive && !invocation.dry_run &&
        safety::decide(flow.suggestion().report.risk, invocation.safety, true) == safety::Decision::allow;
    const Terminal terminal = run_at_once ? Terminal{} : menu_terminal(invocation);
    if (terminal.in >= 0) {
        tell_figures(flow, invocation);
        return flow.menu(terminal.in, terminal.out);
    }
    if (invocation.interactive) {
        return report_error({ErrorCode::usage, "there is no terminal to show the menu on",
                             "Leave -i out, or run caro in a terminal", {}},
                            invocation);
    }
    if (invocation.execute && !invocation.dry_run) {
        return execute_unasked(flow, invocation);
    }
    if (invocation.alternatives > 0) {
        // The answer itself is there, so what stops the others is only told.
        if (const auto found = flow.find_alternatives(invocation.alternatives); !found) {
            if (found.error().code == ErrorCode::cancelled) {
                return report_error(found.error(), invocation);
            }
            invocation.warnings.push_back("no alternatives: " + found.error().message);
            if (invocation.output == Output::plain) {
                note(invocation, escape_deceptive(invocation.warnings.back()));
            }
        }
    }
    return print_answer(flow, invocation);
}

}  // namespace caro::cli
