#include "cli/signals.hpp"

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <system_error>
#include <thread>

#include "util/large_mappings.hpp"
#include "util/unfinished.hpp"

namespace caro::cli {

namespace {

using std::chrono::milliseconds;

using Hook = void (*)();

// A tenth of a second is what a person takes for "at once". Taking down a mapped model costs the kernel up to half of
// it, so what stops by itself has this long, and what is already being told a little longer.
constexpr milliseconds k_grace{25};
constexpr milliseconds k_last_words{10};

std::atomic<CancelToken*> g_token{nullptr};
std::atomic<int> g_signal{0};
std::atomic<Hook> g_hook{nullptr};
std::atomic<int> g_wake_fd{-1};  // the watching thread reads the other end
std::atomic_flag g_last_word_taken = ATOMIC_FLAG_INIT;
static_assert(std::atomic<CancelToken*>::is_always_lock_free && std::atomic<int>::is_always_lock_free &&
              std::atomic<Hook>::is_always_lock_free);

extern "C" void on_signal(int signal) {
    const int saved_errno = errno;
    int none = 0;
    const bool first = g_signal.compare_exchange_strong(none, signal);
    const int wake = g_wake_fd.load();
    const char byte = first ? '1' : '2';
    const bool watched = wake >= 0 && ::write(wake, &byte, 1) == 1;
    if (!first && !watched) {
        if (const Hook hook = g_hook.load()) {
            hook();
        }
        ::_exit(128 + signal);
    }
    if (CancelToken* token = g_token.load()) {
        token->cancel();
    }
    errno = saved_errno;
}

[[noreturn]] void end_now(const std::function<std::string()>& last_words, int fd) {
    remove_unfinished_files();
    if (!g_last_word_taken.test_and_set()) {
        if (const Hook hook = g_hook.load()) {
            hook();
        }
        const std::string text = last_words();
        static_cast<void>(!::write(fd, text.data(), text.size()));
    } else {
        std::this_thread::sleep_for(k_last_words);
        if (const Hook hook = g_hook.load()) {
            hook();
        }
    }
    clear_large_mappings();
    ::_exit(128 + g_signal.load());
}

void watch(int wake_fd, const std::function<std::string()>& last_words, int fd) {
    char byte = 0;
    while (::read(wake_fd, &byte, 1) < 0 && errno == EINTR) {
    }
    // A second signal does not wait for the grace of the first.
    pollfd second{wake_fd, POLLIN, 0};
    const auto end = std::chrono::steady_clock::now() + k_grace;
    for (auto left = k_grace; left > milliseconds::zero();
         left = std::chrono::duration_cast<milliseconds>(end - std::chrono::steady_clock::now())) {
        if (::poll(&second, 1, static_cast<int>(left.count())) > 0) {
            break;
        }
    }
    end_now(last_words, fd);
}

sigset_t ours() {
    sigset_t set;
    ::sigemptyset(&set);
    ::sigaddset(&set, SIGINT);
    ::sigaddset(&set, SIGTERM);
    return set;
}

}  // namespace

void install_signal_handlers(CancelToken& token) {
    g_token.store(&token);
    for (const int signal : {SIGINT, SIGTERM}) {
        struct sigaction old {};
        if (::sigaction(signal, nullptr, &old) == 0 && old.sa_handler == SIG_IGN) {
            continue;
        }
        struct sigaction action {};
        action.sa_handler = on_signal;
        // No SA_RESTART: a blocking read is to return so that its loop sees the token.
        ::sigemptyset(&action.sa_mask);
        ::sigaction(signal, &action, nullptr);
    }
    std::signal(SIGPIPE, SIG_IGN);
}

int cancelling_signal() noexcept {
    return g_signal.load();
}

void set_emergency_hook(void (*hook)()) noexcept {
    g_hook.store(hook);
}

void watch_signals(std::function<std::string()> last_words, int fd) noexcept {
    int ends[2] = {-1, -1};
    if (::pipe(ends) != 0) {
        return;
    }
    for (const int end : ends) {
        ::fcntl(end, F_SETFD, FD_CLOEXEC);
    }
    ::fcntl(ends[1], F_SETFL, O_NONBLOCK);
    // The thread takes SIGINT and SIGTERM only; what concerns the terminal is this thread's.
    sigset_t set;
    sigset_t before;
    ::sigfillset(&set);
    for (const int signal : {SIGINT, SIGTERM}) {
        ::sigdelset(&set, signal);
    }
    ::pthread_sigmask(SIG_BLOCK, &set, &before);
    try {
        std::thread(watch, ends[0], std::move(last_words), fd).detach();
        g_wake_fd.store(ends[1]);
    } catch (const std::exception&) {
        ::close(ends[0]);
        ::close(ends[1]);
    }
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

void claim_last_word() noexcept {
    static std::atomic<bool> s_is_ours{false};
    if (s_is_ours.load()) {
        return;
    }
    while (g_last_word_taken.test_and_set()) {
        ::pause();
    }
    s_is_ours.store(true);
}

SignalsElsewhere::SignalsElsewhere() noexcept {
    if (g_wake_fd.load() >= 0) {
        const sigset_t set = ours();
        m_changed = ::pthread_sigmask(SIG_BLOCK, &set, &m_before) == 0;
    }
}

SignalsElsewhere::~SignalsElsewhere() {
    if (m_changed) {
        ::pthread_sigmask(SIG_SETMASK, &m_before, nullptr);
    }
}

}  // namespace caro::cli
