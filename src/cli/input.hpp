// Reading the head of standard input without ever waiting for it in vain.
#pragma once

#include "util/cancel.hpp"
#include "util/result.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>

namespace caro::cli {

struct InputLimits {
    std::size_t bytes = 0;
    std::chrono::milliseconds first_byte{
        0};  // how long the first byte may take; zero = as long as it takes
    std::chrono::milliseconds between{
        0};  // how long each further piece may take; zero = as long as it takes
    std::size_t tail = 0;  // bytes to keep of the end, where there is more than `bytes`; zero = no more is read then
    std::uint64_t most = 0;  // of a stream, for the sake of its end: how much is read at most, …
    std::chrono::milliseconds rest{0};  // … and how long
};

struct Input {
    std::string bytes;
    std::string tail;        // the end of an input that was cut, if it was asked for
    bool cut = false;        // there was more than the limit
    bool endless = false;    // the end was not reached in time; `tail` is what came last
    bool timed_out = false;  // it was still open when the time was up
};

// Reads from `fd` until its end or a limit. Empty if it is closed, a terminal, a folder, or a
// regular file that somebody has already read from (a shell's `while read` loop): that one belongs
// to others. A regular file is read without moving its position. `on_wait` is called once if the
// first byte, or the end of a long input, takes longer than a second. ErrorCode::cancelled if the token says so, io if reading
// fails.
Result<Input> read_input(int fd, const InputLimits& limits, const CancelToken& cancel,
                         const std::function<void()>& on_wait);

// The same for a terminal too, until its end of file (Ctrl-D) and without time limits.
Result<Input> read_all_input(int fd, std::size_t bytes, const CancelToken& cancel);

}  // namespace caro::cli
