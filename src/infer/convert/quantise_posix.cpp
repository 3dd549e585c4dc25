#include <fmt/core.h>
#include <llama.h>
#include <poll.h>
#ifdef __linux__
#include <sys/prctl.h>
#endif
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <string>

#include "infer/convert/durable.hpp"
#include "util/cpu.hpp"
#include "util/log.hpp"

namespace caro::infer {

namespace {

constexpr int k_poll_ms = 10;
constexpr char k_tensor_done = 't';
constexpr char k_error_line = 'e';

// In the child: one byte to the parent for each tensor, and the text of errors.
void report(ggml_log_level level, const char* text, void* user) {
    const int fd = *static_cast<const int*>(user);
    std::string line;
    if (text[0] == '[') {  // "[  12/ 290]  blk.0.attn_q.weight - …"
        line = k_tensor_done;
    } else if (level == GGML_LOG_LEVEL_ERROR) {
        line = k_error_line + std::string(text);
        std::replace(line.begin() + 1, line.end(), '\n', ' ');
    }
    if (!line.empty()) {
        line += '\n';
        static_cast<void>(!::write(fd, line.data(), line.size()));
    }
}

[[noreturn]] void quantise_here(const std::filesystem::path& input, const std::filesystem::path& output, WeightType type,
                                int threads, int fd) {
    std::signal(SIGINT, SIG_IGN);  // the parent hears it too, and ends this process
    std::signal(SIGTERM, SIG_DFL);
    sigset_t none;
    ::sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
#ifdef __linux__
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);  // nor may it go on if the parent is ended in another way
#endif
    llama_log_set(report, &fd);
    llama_model_quantize_params params = llama_model_quantize_default_params();
    params.nthread = threads;
    params.ftype = type == WeightType::q8_0 ? LLAMA_FTYPE_MOSTLY_Q8_0 : LLAMA_FTYPE_MOSTLY_Q4_K_M;
    ::_exit(llama_model_quantize(input.c_str(), output.c_str(), &params) == 0 ? 0 : 1);
}

struct Pipe {
    std::array<int, 2> ends{-1, -1};
    bool open() { return ::pipe(ends.data()) == 0; }
    void close(std::size_t end) {
        if (ends[end] >= 0) {
            ::close(ends[end]);
            ends[end] = -1;
        }
    }
    ~Pipe() {
        close(0);
        close(1);
    }
};

// What the child says, line by line.
struct Listener {
    std::string rest;
    std::string error;
    std::size_t tensors = 0;

    void hear(std::string_view bytes) {
        rest += bytes;
        for (auto end = rest.find('\n'); end != std::string::npos; end = rest.find('\n')) {
            if (rest[0] == k_tensor_done) {
                ++tensors;
            } else {
                error = rest.substr(1, end - 1);
            }
            rest.erase(0, end + 1);
        }
    }
};

Result<> outcome(int status, const Listener& heard, const std::filesystem::path& output) {
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0) {
        return {};
    }
    LOG("quantiser: status {}, {}", status, heard.error);
    std::error_code error;
    const auto space = std::filesystem::space(output.parent_path(), error);
    constexpr std::uint64_t k_full = 1U << 20U;
    if (!error && space.available < k_full) {
        return fail(ErrorCode::io, fmt::format("cannot write {}: the disk is full", output.string()), "Free some space on that disk");
    }
    return fail(ErrorCode::bad_model, fmt::format("the weights cannot be quantised{}{}", heard.error.empty() ? "" : ": ", heard.error),
                "Import the model without --quantize, or with another type");
}

}  // namespace

bool make_durable(std::FILE* file) noexcept { return std::fflush(file) == 0 && ::fsync(::fileno(file)) == 0; }

Result<> quantise(const std::filesystem::path& input, const std::filesystem::path& output, WeightType type, int threads,
                  std::size_t tensors, const std::function<void(double)>& progress, const CancelToken& cancel) {
    Pipe pipe;
    const int count = threads > 0 ? threads : usable_physical_cores();
    const pid_t child = pipe.open() ? ::fork() : -1;
    if (child < 0) {
        return fail(ErrorCode::io, fmt::format("cannot start a process: {}", std::strerror(errno)), "Try again with less running");
    }
    if (child == 0) {
        pipe.close(0);
        quantise_here(input, output, type, count, pipe.ends[1]);
    }
    pipe.close(1);
    Listener heard;
    bool stopped = false;
    for (;;) {
        pollfd wait{pipe.ends[0], POLLIN, 0};
        const int ready = ::poll(&wait, 1, k_poll_ms);
        if (!stopped && cancel.should_stop()) {
            ::kill(child, SIGKILL);
            stopped = true;
        }
        std::array<char, 4096> buffer{};
        const ssize_t got = ready > 0 ? ::read(pipe.ends[0], buffer.data(), buffer.size()) : -1;
        if (got > 0) {
            heard.hear({buffer.data(), static_cast<std::size_t>(got)});
            progress(std::min(1.0, static_cast<double>(heard.tensors) / static_cast<double>(std::max<std::size_t>(1, tensors))));
        } else if (ready > 0 && got == 0) {
            break;  // the child has ended
        }
    }
    int status = 0;
    while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    return stopped ? Result<>(fail(ErrorCode::cancelled, "interrupted")) : outcome(status, heard, output);
}

}  // namespace caro::infer
