// Every exit status of caro, in one table. Documentation and manual page are made from it.
#pragma once

#include "util/result.hpp"

#include <cstdint>
#include <span>
#include <string_view>

namespace caro::cli {

enum class ExitCode : std::uint8_t {
    ok = 0,
    failed = 1,
    usage = 2,
    refused = 3,
    no_backend = 4,
    declined = 5,
    unclear = 6,
    network = 7,
    timeout = 8,
    check_unread = 9,
    check_moderate = 10,
    check_high = 11,
    check_critical = 12,
    unauthorized = 13,
    forbidden = 14,
    rate_limited = 15,
    bad_model = 16,
    bad_output = 17,
    config = 18,
    run_failed = 125,
    run_not_executable = 126,
    run_not_found = 127,
    interrupted = 130,
    broken_pipe = 141,
    terminated = 143,
};

struct ExitCodeRow {
    ExitCode code;
    std::string_view name;
    std::string_view meaning;  // one sentence without full stop
};

// The table, in order of the codes.
std::span<const ExitCodeRow> exit_codes();

constexpr int to_int(ExitCode code) noexcept {
    return static_cast<int>(code);
}

// The status caro ends with when this error reaches the user. (Errors of running an approved
// command have codes of their own: run_failed, run_not_executable, run_not_found.)
ExitCode exit_code_of(ErrorCode code) noexcept;

}  // namespace caro::cli
