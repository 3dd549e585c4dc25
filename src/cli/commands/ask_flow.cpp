#include "cli/commands/ask_flow.hpp"

#include <fmt/core.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <optional>

#include "cli/backend_choice.hpp"
#include "cli/error_text.hpp"
#include "cli/exit_code.hpp"
#include "cli/signals.hpp"
#include "exec/edit.hpp"
#include "exec/run.hpp"
#include "ui/clipboard.hpp"
#include "ui/line_editor.hpp"
#include "ui/live_view.hpp"
#include "ui/report_text.hpp"
#include "ui/style.hpp"
#include "ui/terminal.hpp"
#include "util/log.hpp"
#include "util/strings.hpp"
#include "util/utf8.hpp"

namespace caro::cli {

namespace {

constexpr std::size_t k_alternatives = 3;

void put(int fd, const std::string& text) {
    std::string_view rest = text;
    while (!rest.empty()) {
        const ssize_t written = write(fd, rest.data(), rest.size());
        if (written <= 0) {
            return;
        }
        rest.remove_prefix(static_cast<std::size_t>(written));
    }
}

bool shows_as_it_runs(std::string_view command) {
    if (!is_valid_utf8(command)) {
        return false;
    }
    while (!command.empty()) {
        std::size_t length = 0;
        if (is_deceptive(decode_utf8(command, length))) {
            return false;
        }
        command.remove_prefix(length);
    }
    return true;
}

}  // namespace

AskFlow::AskFlow(Invocation& invocation) : m_invocation(invocation), m_context(context::gather()) {
    m_context.shell = invocation.shell;
    m_ask.request = invocation.request;
    m_ask.piped_input = invocation.piped_input;
}

AskFlow::~AskFlow() {
    if (m_generator) {
        m_generator->leave();
    }
}

Result<> AskFlow::suggest() {
    TRY_ASSIGN(m_generator, choose_backend(m_invocation));
    const ModelUse use(*m_generator, m_invocation.config);
    engine::Options options;
    options.max_tokens = static_cast<std::uint32_t>(m_invocation.config.get<std::int64_t>("max_tokens"));
    const bool watched = m_invocation.stderr_tty && !m_invocation.quiet && m_invocation.output == Output::plain &&
                         !ui::is_dumb_terminal();
    std::optional<ui::RawMode> silent;
    if (watched && m_invocation.stdin_tty && ui::is_in_foreground(STDIN_FILENO)) {
        silent.emplace(STDIN_FILENO, ui::RawMode::Keys::by_line);
    }
    ui::LiveView view(m_invocation.color, ui::terminal_width(STDERR_FILENO));
    infer::TokenSink sink;
    options.on_progress = [&](infer::Phase phase, double fraction) {
        m_prepared = m_prepared || phase == infer::Phase::prepare;
        if (watched) {
            view.progress(phase, fraction);
        }
    };
    if (watched) {
        sink = [&view](std::string_view piece) {
            view.append(piece);
            return true;
        };
    }
    m_startup_ms = m_invocation.since_start.milliseconds();
    auto suggestion = [&] {
        const SignalsElsewhere no_signals;
        return engine::suggest(*m_generator, m_ask, m_context, options, sink, *m_invocation.cancel);
    }();
    view.clear();
    if (!suggestion) {
        return fail(std::move(suggestion.error()));
    }
    m_suggestion = std::move(*suggestion);
    tell_piped_cut();
    return {};
}

// Most logs are longer than a small model can read, so a person hears of it only with -v.
void AskFlow::tell_piped_cut() {
    constexpr const char* k_told = "the piped text is longer than the model can take in; it saw the beginning and the end";
    if (!m_suggestion.piped_cut) {
        return;
    }
    if (m_invocation.output != Output::plain) {
        m_invocation.warnings.emplace_back(k_told);
    } else {
        LOG("{}", k_told);
    }
}

Result<> AskFlow::find_alternatives(std::size_t count) {
    const SignalsElsewhere no_signals;
    TRY_ASSIGN(m_alternatives, engine::alternatives(*m_generator, m_ask, m_context, m_suggestion.command, count,
                                                    *m_invocation.cancel));
    return {};
}

bool AskFlow::runnable(const engine::Suggestion& suggestion) {
    return suggestion.report.fully_parsed && shows_as_it_runs(suggestion.command);
}

Result<int> AskFlow::execute() {
    exec::RunOptions options;
    options.stdout_to_stderr = m_invocation.output != Output::plain;
    options.meanwhile = [this] { m_generator->shutdown(); };  // the command may need the memory
    TRY_ASSIGN(const exec::RunResult result, exec::run(m_suggestion.command, m_invocation.shell, options));
    return result.exit_code;
}

int report_run_failure(const Error& error, const Invocation& invocation) {
    const ExitCode status = error.code == ErrorCode::not_found ? ExitCode::run_not_found
                            : error.code == ErrorCode::io      ? ExitCode::run_not_executable
                                                               : ExitCode::run_failed;
    return report_error(error, invocation, status);
}

void AskFlow::judge() {
    const auto changed = engine::describe(m_suggestion.command, m_context);
    m_suggestion.report = changed.report;
    m_suggestion.explanation = changed.explanation;
}

void AskFlow::show(int out_fd) const {
    const std::size_t width = ui::terminal_width(out_fd);
    put(out_fd, ui::paint(escape_deceptive(m_suggestion.command), ui::Color::bold, m_invocation.color) + "\n" +
                    ui::describe(m_suggestion, m_invocation.color, width));
}

ui::MenuOptions AskFlow::menu_options(int out_fd) const {
    ui::MenuOptions options;
    options.decision = safety::decide(m_suggestion.report.risk, m_invocation.safety, false);
    options.read_only = m_suggestion.report.read_only;
    options.may_run = !m_invocation.dry_run && runnable();
    options.confirm_word = to_string(m_suggestion.report.risk);
    options.color = m_invocation.color;
    options.width = ui::terminal_width(out_fd);
    return options;
}

// In the user's own editor where one is named; else in place, for not everybody knows how to leave vi.
Result<> AskFlow::edit(int in_fd, int out_fd) {
    std::string edited = m_suggestion.command;
    const bool in_place = !exec::has_own_editor() && !ui::is_dumb_terminal() && edited.find('\n') == std::string::npos;
    if (in_place && !ui::edit_line(in_fd, out_fd, "edit: ", edited, *m_invocation.cancel)) {
        return {};
    }
    if (!in_place) {
        TRY_ASSIGN(edited, exec::edit_text(m_suggestion.command));
    }
    if (!trim(edited).empty()) {
        m_suggestion.command = std::move(edited);
        judge();
    }
    return {};
}

Result<> AskFlow::choose_alternative(int in_fd, int out_fd) {
    put(out_fd, ui::paint("looking for other ways …", ui::Color::dim, m_invocation.color));
    const auto found = [&] {
        const ui::RawMode silent(in_fd, ui::RawMode::Keys::by_line);
        return find_alternatives(m_invocation.alternatives > 0 ? m_invocation.alternatives : k_alternatives);
    }();
    put(out_fd, ui::is_dumb_terminal() ? "\n" : "\r\x1b[K");
    TRY(found);
    if (m_alternatives.empty()) {
        put(out_fd, "there is no other way the model would suggest\n");
        return {};
    }
    std::vector<engine::Suggestion> all = {m_suggestion};
    all.insert(all.end(), m_alternatives.begin(), m_alternatives.end());
    for (std::size_t i = 0; i < all.size(); ++i) {
        put(out_fd, fmt::format("{} {}\n", ui::paint(fmt::format("{})", i + 1), ui::Color::cyan, m_invocation.color),
                                escape_deceptive(all[i].command)) +
                        ui::describe(all[i], m_invocation.color, ui::terminal_width(out_fd)));
    }
    const int chosen = ui::choose_number(in_fd, out_fd, all.size(), m_invocation.color, *m_invocation.cancel);
    if (chosen > 0) {
        m_suggestion = std::move(all[static_cast<std::size_t>(chosen)]);
    }
    return {};
}

int AskFlow::interrupted() const {
    return report_error({ErrorCode::cancelled, "interrupted", "", {}}, m_invocation);
}

int AskFlow::menu(int in_fd, int out_fd) {
    if (m_invocation.alternatives > 0) {
        if (const auto chosen = choose_alternative(in_fd, out_fd); !chosen && !m_invocation.cancel->cancelled()) {
            report_error(chosen.error(), m_invocation);
        }
    }
    for (bool again = !m_invocation.cancel->cancelled(); again;) {
        show(out_fd);
        if (m_invocation.dry_run) {
            put(out_fd, "  dry run: nothing will be run\n");
        }
        Result<> done;
        switch (ui::ask_menu(in_fd, out_fd, menu_options(out_fd), *m_invocation.cancel)) {
            case ui::Choice::run: {
                const auto status = execute();
                return status ? *status : report_run_failure(status.error(), m_invocation);
            }
            case ui::Choice::copy:
                put(out_fd, ui::copy_to_clipboard(m_suggestion.command, out_fd) + "\n");
                return to_int(ExitCode::ok);
            case ui::Choice::quit: return to_int(ExitCode::declined);
            case ui::Choice::interrupted: return interrupted();
            case ui::Choice::edit: done = edit(in_fd, out_fd); break;
            case ui::Choice::alternatives: done = choose_alternative(in_fd, out_fd); break;
        }
        if (m_invocation.cancel->cancelled()) {
            return interrupted();
        }
        if (!done) {
            report_error(done.error(), m_invocation);
        }
    }
    return m_invocation.cancel->cancelled() ? interrupted() : to_int(ExitCode::declined);
}

}  // namespace caro::cli
