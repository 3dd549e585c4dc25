#include "cli/cli.hpp"

#include "cli/commands/hook.hpp"

#include "cli/dispatch.hpp"
#include "cli/error_text.hpp"
#include "cli/exit_code.hpp"
#include "cli/input.hpp"
#include "cli/invocation.hpp"
#include "cli/parser.hpp"
#include "cli/prepare.hpp"
#include "cli/render.hpp"
#include "cli/request.hpp"
#include "cli/signals.hpp"
#include "cli/version.hpp"
#include "context/context.hpp"
#include "ui/terminal.hpp"
#include "util/large_mappings.hpp"
#include "util/log.hpp"
#include "util/strings.hpp"
#include "util/utf8.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <fcntl.h>
#include <poll.h>
#include <set>
#include <unistd.h>

namespace caro::cli {

namespace {

using std::chrono::milliseconds;

// Somebody at a terminal sees that caro waits and can stop it; a script's silent pipe must not hold
// it up.
constexpr milliseconds k_wait_at_terminal{60000};
constexpr milliseconds k_wait_in_script{3000};
constexpr milliseconds k_wait_between{60000};
// For the end of a long input, where errors stand. A second or two of a quick one, and a minute of a slow one.
constexpr std::uint64_t k_most_input = std::uint64_t{1} << 30U;
constexpr milliseconds k_wait_for_end{60000};

// Signals may come until the very end, so the token is never destroyed.
CancelToken& process_token() {
    static auto* s_token = new CancelToken();
    return *s_token;
}

int print(std::string_view text) {
    std::fwrite(text.data(), 1, text.size(), stdout);
    return to_int(ExitCode::ok);
}

// Compressed files, images and programs: no log holds a zero byte, or a third of bytes that show as nothing.
bool is_text(std::string_view bytes) {
    const std::string_view sample = bytes.substr(0, 4096);
    const auto strange = std::count_if(sample.begin(), sample.end(), [](unsigned char c) {
        return (c < 0x20 && c != '\n' && c != '\r' && c != '\t' && c != 0x1B) || c == 0x7F;
    });
    const std::string valid = to_valid_utf8(sample);
    std::size_t replaced = 0;
    for (std::size_t at = valid.find("\xEF\xBF\xBD"); at != std::string::npos; at = valid.find("\xEF\xBF\xBD", at + 3)) {
        ++replaced;
    }
    return bytes.find('\0') == std::string_view::npos && (static_cast<std::size_t>(strange) + replaced) * 3 <= sample.size();
}

// The beginning and, if something is missing between, the end, both of whole lines where they have any.
std::string whole_lines(Input input) {
    if (!input.cut) {
        return to_valid_utf8(input.bytes);
    }
    if (const std::size_t last = input.bytes.rfind('\n'); last != std::string::npos && last > 0) {
        input.bytes.resize(last);
    }
    if (const std::size_t first = input.tail.find('\n'); first != std::string::npos && first + 1 < input.tail.size()) {
        input.tail.erase(0, first + 1);
    }
    return to_valid_utf8(input.bytes) + "\n…\n" + to_valid_utf8(input.tail);
}

Result<> add_context(Invocation& invocation) {
    InputLimits limits;
    limits.bytes = k_context_limit;
    limits.first_byte = invocation.stderr_tty ? k_wait_at_terminal : k_wait_in_script;
    limits.between = k_wait_between;
    limits.tail = k_context_limit;
    limits.most = k_most_input;
    limits.rest = k_wait_for_end;
    const auto on_wait = [&] {
        if (invocation.stderr_tty && !invocation.quiet) {
            print_note("waiting for standard input; --no-input leaves it alone", invocation.color);
        }
    };
    TRY_ASSIGN(Input input, read_input(0, limits, *invocation.cancel, on_wait));
    if (!is_text(input.bytes) || !is_text(input.tail)) {
        invocation.warnings.emplace_back("standard input is not text and was left out");
        return {};
    }
    if (input.timed_out) {
        invocation.warnings.emplace_back(
            input.bytes.empty()
                ? "nothing came on standard input, so it was left out (--no-input does not wait)"
                : "standard input came to a halt; only what had come was used");
    }
    if (input.cut) {
        invocation.warnings.push_back(fmt::format("only the first and the last {} kB of standard input were used{}",
                                                  k_context_limit / 1024,
                                                  input.endless ? ", as far as it had come" : ""));
    }
    invocation.piped_input = whole_lines(std::move(input));
    LOG("{} bytes of context from standard input", invocation.piped_input.size());
    return {};
}

// A request that came on standard input.
Result<std::string> request_of(Input input) {
    if (input.cut) {
        return fail(
            ErrorCode::usage,
            fmt::format("the request on standard input has more than {} bytes", k_request_limit),
            "Give the request as words; what is piped in is then context: caro 'what is wrong "
            "here' < FILE");
    }
    return std::move(input.bytes);
}

// The request from words, or from standard input if there are none.
Result<> read_request(Invocation& invocation) {
    const bool asked_for = invocation.request == "-";
    const bool implied =
        trim(invocation.request).empty() && !invocation.stdin_tty && !invocation.no_input;
    if (asked_for) {
        TRY_ASSIGN(Input input, read_all_input(0, k_request_limit, *invocation.cancel));
        TRY_ASSIGN(invocation.request, request_of(std::move(input)));
    } else if (implied) {
        const milliseconds wait = invocation.stderr_tty ? k_wait_at_terminal : k_wait_in_script;
        InputLimits limits;
        limits.bytes = k_request_limit;
        limits.first_byte = wait;
        limits.between = k_wait_between;
        TRY_ASSIGN(Input input, read_input(0, limits, *invocation.cancel, {}));
        TRY_ASSIGN(invocation.request, request_of(std::move(input)));
    }
    TRY_ASSIGN(invocation.request, valid_request(invocation.request));
    LOG("request: {}", invocation.request);
    if (!asked_for && !implied && !invocation.stdin_tty && !invocation.no_input) {
        TRY(add_context(invocation));
    }
    return {};
}

// A single bare word is judged as a command; say so where the user may have begun a sentence.
void note_on_check(const Invocation& invocation) {
    if (!invocation.stderr_tty || invocation.quiet || invocation.operands.size() != 1) {
        return;
    }
    const std::string& word = invocation.operands.front();
    if (word.find_first_not_of("abcdefghijklmnopqrstuvwxyz") == std::string::npos &&
        !context::has_tool(word)) {
        print_note(
            fmt::format("'{}' was judged as a command; to ask, use: caro -- check {}", word, word),
            invocation.color);
    }
}

// From here on, what takes long is ended soon after Ctrl-C, wherever it is. What only reads and judges is quick enough
// by itself, and a hook ends with a verdict.
void watch_for_interrupts(Command command, const Invocation& invocation) {
    if (command == Command::check || command == Command::hook || command == Command::config) {
        return;
    }
    Error error{ErrorCode::cancelled, "interrupted", "", {}};
    if (command == Command::models) {
        error.hint = "Give the same command again: it goes on where it stopped";
    }
    if (invocation.output != Output::plain) {
        const auto document = [error, output = invocation.output] {
            return error_document(error, output, exit_code_of(error.code));
        };
        watch_signals(document, STDOUT_FILENO);
        return;
    }
    // The line may hold what was being shown as it was made.
    const bool redraws = invocation.stderr_tty && !ui::is_dumb_terminal();
    const std::string text = (redraws ? "\r\x1b[K" : "") + error_text(error, invocation.color);
    watch_signals([text] { return text; }, STDERR_FILENO);
}

int run_prepared(Command command, Invocation& invocation) {
    watch_for_interrupts(command, invocation);
    switch (command) {
        case Command::ask: {
            if (const auto read = read_request(invocation); !read) {
                return report_error(read.error(), invocation);
            }
            return run_ask(invocation);
        }
        case Command::check: {
            const int status = run_check(invocation);
            note_on_check(invocation);
            return status;
        }
        case Command::hook:
            return run_hook(invocation);
        case Command::config:
            return run_config(invocation);
        case Command::backends:
            return run_backends(invocation);
        case Command::bench:
            return run_bench(invocation);
        case Command::doctor:
            return run_doctor(invocation);
        case Command::models:
            return run_models(invocation);
        default:
            return to_int(ExitCode::failed);
    }
}

// Commands that need no configuration. nullopt if it is another one.
std::optional<int> run_simple(const ParsedLine& line, const Choice& choice,
                              const Surroundings& around) {
    if (line.has("help") || choice.command == Command::help) {
        const CommandRow* row = choice.command == Command::help && !choice.operands.empty()
                                    ? find_command(choice.operands.front())
                                    : &command_row(choice.command);
        const bool whole = row->id == Command::help ||
                           (row->id == Command::ask && choice.command != Command::help);
        return print(whole ? help_text() : help_text(*row));
    }
    if (line.has("version")) {
        return print(version_text());
    }
    if (line.problem) {
        return std::nullopt;
    }
    if (choice.command == Command::manual) {
        return print(manual_page());
    }
    if (choice.command == Command::completions) {
        const auto script = completions(choice.operands.front());
        return script ? print(*script)
                      : report_error(script.error(), early_output(line, around),
                                     early_color(line, around));
    }
    return std::nullopt;
}

int run_line(const std::vector<std::string>& arguments) {
    Invocation invocation;
    invocation.cancel = &process_token();
    const Surroundings around = surroundings();
    const ParsedLine line = parse_line(arguments);
    const Choice choice = choose(line);
    const auto report = [&](const Error& error) {
        return report_error(error, early_output(line, around), early_color(line, around));
    };
    if (const auto status = run_simple(line, choice, around)) {
        return *status;
    }
    if (line.problem) {
        return report(*line.problem);
    }
    if (const auto fitting = check_options(line, choice); !fitting) {
        return report(fitting.error());
    }
    if (const auto prepared = prepare(line, choice, around, invocation); !prepared) {
        if (choice.command == Command::hook) {
            return block_hook(prepared.error());
        }
        return report(prepared.error());
    }
    if (invocation.verbose) {
        // What is looked up by several parts of the program is told by the first of them.
        static std::set<std::string, std::less<>> s_told;
        log::set_sink([](std::string_view text) {
            if (!s_told.emplace(text).second) {
                return;
            }
            fmt::print(stderr, "caro: {}\n", escape_deceptive(text));
        });
    }
    if (!choice.note.empty() && !invocation.quiet) {
        print_note(choice.note, invocation.color);
    }
    return run_prepared(choice.command, invocation);
}

// The write that failed may be long ago, so errno does not tell; the pipe itself does.
bool reader_is_gone() {
    pollfd entry{STDOUT_FILENO, POLLOUT, 0};
    return ::poll(&entry, 1, 0) == 1 && (entry.revents & POLLERR) != 0;
}

// Why the output failed, which errno no longer tells: the same again, one byte beyond what is torn already.
int cause_of_failure() { return ::write(STDOUT_FILENO, "\n", 1) == 1 ? EIO : errno; }

// A closed standard descriptor would be given to the next file that is opened, and an answer written into that. Reading
// then finds the end; writing fails and is told, as it would be without a descriptor.
void hold_standard_descriptors() {
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; ++fd) {
        if (::fcntl(fd, F_GETFD) == -1 && errno == EBADF) {
            // Takes the lowest free number, which is this one.
            if (::open("/dev/null", O_RDONLY) != fd) {
                return;  // no /dev here; nothing better can be done
            }
        }
    }
}

// What was written may still sit in a buffer; a full disk or a closed pipe shows only now.
int finish(int status) {
    claim_last_word();
    const bool flushed = std::fflush(stdout) == 0;
    const int flush_error = errno;
    if (!flushed || std::ferror(stdout) != 0) {
        if (reader_is_gone()) {
            return to_int(ExitCode::broken_pipe);
        }
        const int cause = flushed ? cause_of_failure() : flush_error;
        if (cause == EPIPE) {
            return to_int(ExitCode::broken_pipe);
        }
        const Error error{ErrorCode::io,
                          fmt::format("cannot write to standard output: {}", std::strerror(cause)),
                          "Check the disk or the program behind the pipe",
                          {}};
        return report_error(error, Output::plain, false);
    }
    return status;
}

}  // namespace

int run(int argc, char** argv) {
    hold_standard_descriptors();
    install_signal_handlers(process_token());
    set_emergency_hook(ui::restore_terminal);
    int status = to_int(ExitCode::failed);
    try {
        status = run_line(std::vector<std::string>(argv + (argc > 0 ? 1 : 0), argv + argc));
    } catch (const std::exception& error) {
        // Nothing is meant to throw this far; out of memory may.
        status =
            report_error(Error{ErrorCode::internal, error.what(), "", {}}, Output::plain, false);
    }
    return finish(status);
}

void leave(int status) {
#ifdef CARO_SANITIZE
    std::exit(status);  // leaks are looked for by an exit handler
#else
    std::fflush(nullptr);
    clear_large_mappings();
    ::_exit(status);
#endif
}

}  // namespace caro::cli
