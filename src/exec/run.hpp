// Running an approved command in the user's shell.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "context/context.hpp"
#include "util/result.hpp"

namespace caro::exec {

struct RunOptions {
    bool capture_stdout = false;    // collect the command's standard output
    bool stdout_to_stderr = false;  // send it to standard error, where caro's own standard output is spoken for
    std::function<void()> meanwhile;  // called once the command runs; may be empty
};

struct RunResult {
    int exit_code = 0;  // 128 + n if ended by signal n, as shells report it
    std::string captured;
};

// Runs `command` as `SHELL -c command` with inherited terminal and environment, waits for it and returns its
// status. Interactive signals (Ctrl-C, Ctrl-Z) go to the command, not to caro, and SIGTERM is passed on
// to it. Errors: not_found if the shell is
// not there (127), io if it could not be started (126).
Result<RunResult> run(std::string_view command, context::Shell shell, const RunOptions& options);

}  // namespace caro::exec
