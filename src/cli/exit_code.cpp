#include "cli/exit_code.hpp"

#include "cli/signals.hpp"

#include <array>
#include <csignal>

namespace caro::cli {

namespace {

constexpr std::array k_exit_codes = {
    ExitCodeRow{ExitCode::ok, "ok", "All went well"},
    ExitCodeRow{ExitCode::failed, "failed", "Something failed: reading, writing, or a bug"},
    ExitCodeRow{ExitCode::usage, "usage", "The command line or the request is wrong"},
    ExitCodeRow{ExitCode::refused, "refused", "The safety policy does not let the command run"},
    ExitCodeRow{ExitCode::no_backend, "no_backend",
                "There is no back end or no model that could answer"},
    ExitCodeRow{ExitCode::declined, "declined", "You said no: nothing was run, downloaded or removed"},
    ExitCodeRow{ExitCode::unclear, "unclear", "The request cannot be turned into a command"},
    ExitCodeRow{ExitCode::network, "network", "The server could not be reached"},
    ExitCodeRow{ExitCode::timeout, "timeout", "There was no answer in time"},
    ExitCodeRow{ExitCode::check_unread, "check_unread",
                "caro check --batch: a line could not be read; the others were judged"},
    ExitCodeRow{ExitCode::check_moderate, "check_moderate",
                "caro check: the command changes something"},
    ExitCodeRow{ExitCode::check_high, "check_high",
                "caro check: the command can destroy data or weaken security"},
    ExitCodeRow{ExitCode::check_critical, "check_critical",
                "caro check: the command does harm that cannot be undone"},
    ExitCodeRow{ExitCode::unauthorized, "unauthorized",
                "The server rejects the key, or wants one (401)"},
    ExitCodeRow{ExitCode::forbidden, "forbidden", "The server forbids this (403)"},
    ExitCodeRow{ExitCode::rate_limited, "rate_limited", "The server is busy (408, 429, 503)"},
    ExitCodeRow{ExitCode::bad_model, "bad_model", "The model file is damaged, or is no model"},
    ExitCodeRow{ExitCode::bad_output, "bad_output", "The back end's answer is not usable"},
    ExitCodeRow{ExitCode::config, "config", "A configuration file or variable is wrong"},
    ExitCodeRow{ExitCode::run_failed, "run_failed",
                "caro itself failed when it was to run the command"},
    ExitCodeRow{ExitCode::run_not_executable, "run_not_executable",
                "The command's shell could not be started"},
    ExitCodeRow{ExitCode::run_not_found, "run_not_found", "The command's shell was not found"},
    ExitCodeRow{ExitCode::interrupted, "interrupted", "Stopped by Ctrl-C"},
    ExitCodeRow{ExitCode::broken_pipe, "broken_pipe", "The reader of standard output went away"},
    ExitCodeRow{ExitCode::terminated, "terminated", "Stopped by SIGTERM"},
};

}  // namespace

std::span<const ExitCodeRow> exit_codes() {
    return k_exit_codes;
}

ExitCode exit_code_of(ErrorCode code) noexcept {
    switch (code) {
        case ErrorCode::usage:
            return ExitCode::usage;
        case ErrorCode::config:
            return ExitCode::config;
        case ErrorCode::not_found:
            return ExitCode::no_backend;
        case ErrorCode::io:
            return ExitCode::failed;
        case ErrorCode::network:
            return ExitCode::network;
        case ErrorCode::timeout:
            return ExitCode::timeout;
        case ErrorCode::unauthorized:
            return ExitCode::unauthorized;
        case ErrorCode::forbidden:
            return ExitCode::forbidden;
        case ErrorCode::rate_limited:
            return ExitCode::rate_limited;
        case ErrorCode::unavailable:
            return ExitCode::no_backend;
        case ErrorCode::bad_model:
            return ExitCode::bad_model;
        case ErrorCode::bad_output:
            return ExitCode::bad_output;
        case ErrorCode::unclear:
            return ExitCode::unclear;
        case ErrorCode::checksum:
            return ExitCode::bad_model;
        case ErrorCode::blocked:
            return ExitCode::refused;
        case ErrorCode::declined:
            return ExitCode::declined;
        case ErrorCode::cancelled:
            return cancelling_signal() == SIGTERM ? ExitCode::terminated : ExitCode::interrupted;
        case ErrorCode::internal:
            return ExitCode::failed;
    }
    return ExitCode::failed;
}

}  // namespace caro::cli
