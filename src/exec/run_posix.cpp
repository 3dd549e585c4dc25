#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstring>

#include <fcntl.h>
#include <fmt/core.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "exec/run.hpp"
#include "util/env.hpp"

extern char** environ;

namespace caro::exec {

namespace {

// The command while it runs; 0 before and afterwards.
std::atomic<pid_t> g_running{0};
std::atomic<int> g_too_early{0};  // a signal that came when the command did not run yet
static_assert(std::atomic<pid_t>::is_always_lock_free);

extern "C" void pass_on(int signal) {
    const int saved_errno = errno;
    const pid_t pid = g_running.load();
    if (pid > 0) {
        ::kill(pid, signal);
    } else {
        g_too_early.store(signal);
    }
    errno = saved_errno;
}

// While the command runs, Ctrl-C and Ctrl-\ belong to it alone, and who ends caro means the command.
class SignalsOfCommand {
  public:
    SignalsOfCommand() {
        g_too_early.store(0);
        struct sigaction action {};
        action.sa_handler = SIG_IGN;
        sigaction(SIGINT, &action, &m_interrupt);
        sigaction(SIGQUIT, &action, &m_quit);
        action.sa_handler = pass_on;
        sigaction(SIGTERM, &action, &m_terminate);
    }
    ~SignalsOfCommand() {
        sigaction(SIGINT, &m_interrupt, nullptr);
        sigaction(SIGQUIT, &m_quit, nullptr);
        sigaction(SIGTERM, &m_terminate, nullptr);
        g_running.store(0);
    }
    SignalsOfCommand(const SignalsOfCommand&) = delete;
    SignalsOfCommand& operator=(const SignalsOfCommand&) = delete;

  private:
    struct sigaction m_interrupt {};
    struct sigaction m_quit {};
    struct sigaction m_terminate {};
};

std::string program_of(context::Shell shell) {
    return shell == context::Shell::powershell ? "pwsh" : std::string(to_string(shell));
}

int status_of(int wait_status) {
    return WIFSIGNALED(wait_status) ? 128 + WTERMSIG(wait_status) : WEXITSTATUS(wait_status);
}

std::string read_all(int fd) {
    std::string out;
    char buffer[65536];
    while (true) {
        const ssize_t got = read(fd, buffer, sizeof buffer);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got <= 0) {
            return out;
        }
        out.append(buffer, static_cast<std::size_t>(got));
    }
}

// Starts the shell with default signal handling; returns the error number of posix_spawn.
int start(const std::string& program, const std::string& command, bool powershell, int stdout_fd, pid_t& pid) {
    const char* flag = powershell ? "-Command" : "-c";
    const char* arguments[] = {program.c_str(), flag, command.c_str(), nullptr};
    posix_spawnattr_t attributes;
    posix_spawnattr_init(&attributes);
    sigset_t defaults;
    sigemptyset(&defaults);
    for (const int signal : {SIGINT, SIGQUIT, SIGTERM, SIGPIPE, SIGTSTP, SIGHUP}) {
        sigaddset(&defaults, signal);
    }
    posix_spawnattr_setsigdefault(&attributes, &defaults);
    sigset_t none;
    sigemptyset(&none);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    if (stdout_fd >= 0) {
        posix_spawn_file_actions_adddup2(&actions, stdout_fd, STDOUT_FILENO);
    }
    const int error = posix_spawnp(&pid, program.c_str(), &actions, &attributes,
                                   const_cast<char* const*>(arguments), environ);
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    return error;
}

}  // namespace

Result<RunResult> run(std::string_view command, context::Shell shell, const RunOptions& options) {
    const std::string program = program_of(shell);
    int pipe_fds[2] = {-1, -1};
    if (options.capture_stdout && pipe2(pipe_fds, O_CLOEXEC) != 0) {
        return fail(ErrorCode::io, fmt::format("cannot make a pipe: {}", std::strerror(errno)));
    }
    const SignalsOfCommand signals;
    pid_t pid = -1;
    const int stdout_fd = options.stdout_to_stderr ? STDERR_FILENO : pipe_fds[1];
    const int error =
        start(program, std::string(command), shell == context::Shell::powershell, stdout_fd, pid);
    if (pipe_fds[1] >= 0) {
        close(pipe_fds[1]);
    }
    if (error != 0) {
        if (pipe_fds[0] >= 0) {
            close(pipe_fds[0]);
        }
        if (error == ENOENT) {
            return fail(ErrorCode::not_found, fmt::format("the shell {} is not installed", program),
                        "Install it, or name another with --shell");
        }
        return fail(ErrorCode::io, fmt::format("cannot start {}: {}", program, std::strerror(error)),
                    "Check that it may be executed");
    }
    g_running.store(pid);
    if (const int signal = g_too_early.exchange(0); signal != 0) {
        ::kill(pid, signal);
    }
    if (options.meanwhile) {
        options.meanwhile();
    }
    RunResult result;
    if (pipe_fds[0] >= 0) {
        result.captured = read_all(pipe_fds[0]);
        close(pipe_fds[0]);
    }
    int status = 0;
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
    }
    result.exit_code = status_of(status);
    return result;
}

}  // namespace caro::exec
