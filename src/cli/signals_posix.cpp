#include "cli/signals.hpp"

#include <atomic>
#include <csignal>
#include <unistd.h>

namespace caro::cli {

namespace {

using Hook = void (*)();

std::atomic<CancelToken*> g_token{nullptr};
std::atomic<int> g_signal{0};
std::atomic<Hook> g_hook{nullptr};
static_assert(std::atomic<CancelToken*>::is_always_lock_free &&
              std::atomic<int>::is_always_lock_free && std::atomic<Hook>::is_always_lock_free);

extern "C" void on_signal(int signal) {
    int none = 0;
    if (!g_signal.compare_exchange_strong(none, signal)) {
        if (const Hook hook = g_hook.load()) {
            hook();
        }
        ::_exit(128 + signal);
    }
    if (CancelToken* token = g_token.load()) {
        token->cancel();
    }
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

}  // namespace caro::cli
