#include "cli/input.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

namespace caro::cli {

namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

// Signals set the cancel token; a wait is cut into slices so that one that comes just before it is
// seen.
constexpr milliseconds k_slice{50};
constexpr milliseconds k_patience{1000};
constexpr std::size_t k_chunk = 65536;

tl::unexpected<Error> read_error() {
    return fail(ErrorCode::io, fmt::format("cannot read standard input: {}", std::strerror(errno)),
                "Check what is piped into caro, or use --no-input");
}

// Appends what one read gives; false at the end of the input.
Result<bool> read_some(int fd, std::size_t limit, std::string& bytes) {
    char buffer[k_chunk];
    const std::size_t wanted = std::min(sizeof buffer, limit - bytes.size());
    const ssize_t got = ::read(fd, buffer, wanted);
    if (got < 0 && (errno == EINTR || errno == EAGAIN)) {
        return true;
    }
    if (got < 0 && errno != EISDIR) {
        return read_error();
    }
    if (got <= 0) {
        return false;
    }
    bytes.append(buffer, static_cast<std::size_t>(got));
    return true;
}

// Beginning and end are all there is.
void join(Input& input) {
    input.bytes += input.tail;
    input.tail.clear();
    input.cut = false;
}

// Reads on after the beginning and keeps the end: of all, or of what came until one of the limits was reached.
Result<> read_rest(int fd, const InputLimits& limits, const CancelToken& cancel, const std::function<void()>& on_wait,
                   Input& input) {
    std::string chunk;
    input.tail = input.bytes.substr(limits.bytes);
    std::uint64_t read = input.bytes.size();
    const auto begun = Clock::now();
    bool told = !on_wait;
    for (bool more = true; more;) {
        if (cancel.should_stop()) {
            return fail(ErrorCode::cancelled, "interrupted");
        }
        const auto waited = Clock::now() - begun;
        if (read >= limits.most || waited >= limits.rest) {
            input.endless = true;
            break;
        }
        if (!told && waited >= k_patience) {
            on_wait();
            told = true;
        }
        pollfd entry{fd, POLLIN, 0};
        if (const int ready = ::poll(&entry, 1, static_cast<int>(k_slice.count())); ready <= 0) {
            if (ready < 0 && errno != EINTR) {
                return read_error();
            }
            continue;
        }
        chunk.clear();
        TRY_ASSIGN(more, read_some(fd, k_chunk, chunk));
        read += chunk.size();
        input.tail += chunk;
        if (input.tail.size() > 2 * limits.tail) {
            input.tail.erase(0, input.tail.size() - limits.tail);
        }
    }
    input.bytes.resize(limits.bytes);
    input.tail.erase(0, input.tail.size() - std::min(input.tail.size(), limits.tail));
    if (!input.endless && read == input.bytes.size() + input.tail.size()) {
        join(input);
    }
    return {};
}

Result<Input> read_stream(int fd, const InputLimits& limits, const CancelToken& cancel,
                          const std::function<void()>& on_wait) {
    Input input;
    auto since = Clock::now();
    bool told = false;
    while (input.bytes.size() <= limits.bytes) {
        if (cancel.should_stop()) {
            return fail(ErrorCode::cancelled, "interrupted");
        }
        pollfd entry{fd, POLLIN, 0};
        const int ready = ::poll(&entry, 1, static_cast<int>(k_slice.count()));
        if (ready < 0 && errno != EINTR) {
            return read_error();
        }
        if (ready > 0) {
            TRY_ASSIGN(const bool more, read_some(fd, limits.bytes + 1, input.bytes));
            if (!more) {
                break;
            }
            since = Clock::now();
            continue;
        }
        const auto waited = Clock::now() - since;
        const auto allowed = input.bytes.empty() ? limits.first_byte : limits.between;
        if (allowed != milliseconds::zero() && waited >= allowed) {
            input.timed_out = true;
            break;
        }
        if (!told && on_wait && input.bytes.empty() && waited >= k_patience) {
            on_wait();
            told = true;
        }
    }
    input.cut = input.bytes.size() > limits.bytes;
    if (input.cut && limits.tail > 0) {
        TRY(read_rest(fd, limits, cancel, told ? std::function<void()>() : on_wait, input));
    } else if (input.cut) {
        input.bytes.resize(limits.bytes);
    }
    return input;
}

// The end of a file of which the beginning was read.
Result<> read_tail(int fd, const InputLimits& limits, Input& input) {
    struct stat info {};
    if (::fstat(fd, &info) != 0) {
        return {};
    }
    const auto begin = std::max<off_t>(static_cast<off_t>(limits.bytes), info.st_size - static_cast<off_t>(limits.tail));
    input.tail.resize(limits.tail);
    const ssize_t got = ::pread(fd, input.tail.data(), input.tail.size(), begin);
    if (got < 0) {
        return read_error();
    }
    input.tail.resize(static_cast<std::size_t>(got));
    if (begin == static_cast<off_t>(limits.bytes) && static_cast<std::size_t>(got) < limits.tail) {
        join(input);
    }
    return {};
}

Result<Input> read_regular(int fd, const InputLimits& limits) {
    const std::size_t limit = limits.bytes;
    Input input;
    if (::lseek(fd, 0, SEEK_CUR) != 0) {
        return input;
    }
    input.bytes.resize(limit + 1);
    std::size_t have = 0;
    while (have < input.bytes.size()) {
        const ssize_t got = ::pread(fd, input.bytes.data() + have, input.bytes.size() - have,
                                    static_cast<off_t>(have));
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            return read_error();
        }
        if (got == 0) {
            break;
        }
        have += static_cast<std::size_t>(got);
    }
    input.cut = have > limit;
    input.bytes.resize(std::min(have, limit));
    if (input.cut && limits.tail > 0) {
        TRY(read_tail(fd, limits, input));
    }
    return input;
}

}  // namespace

Result<Input> read_input(int fd, const InputLimits& limits, const CancelToken& cancel,
                         const std::function<void()>& on_wait) {
    struct stat info {};
    if (::fstat(fd, &info) != 0 || S_ISDIR(info.st_mode) || ::isatty(fd) == 1) {
        return Input{};
    }
    if (S_ISREG(info.st_mode)) {
        return read_regular(fd, limits);
    }
    return read_stream(fd, limits, cancel, on_wait);
}

Result<Input> read_all_input(int fd, std::size_t bytes, const CancelToken& cancel) {
    struct stat info {};
    if (::fstat(fd, &info) != 0) {
        return Input{};
    }
    InputLimits limits;
    limits.bytes = bytes;
    return read_stream(fd, limits, cancel, {});
}

}  // namespace caro::cli
