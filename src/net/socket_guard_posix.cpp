#include <fcntl.h>
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

#include <csignal>
#include <cstring>
#include <initializer_list>

#include "net/socket_guard.hpp"

namespace caro::net {

int duplicate_socket(int socket) noexcept { return ::fcntl(socket, F_DUPFD_CLOEXEC, 0); }

void shut_down_socket(int socket) noexcept {
    if (socket >= 0) {
        ::shutdown(socket, SHUT_RDWR);
    }
}

void close_descriptor(int descriptor) noexcept {
    if (descriptor >= 0) {
        ::close(descriptor);
    }
}

BlockedSignals::BlockedSignals() noexcept {
    static_assert(sizeof(sigset_t) <= sizeof(m_old));
    sigset_t all;
    sigset_t old;
    ::sigfillset(&all);
    // Those a fault of this very thread raises must not be blocked: they would kill without a trace.
    for (const int fault : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP}) {
        ::sigdelset(&all, fault);
    }
    ::pthread_sigmask(SIG_SETMASK, &all, &old);
    std::memcpy(m_old, &old, sizeof(old));
}

BlockedSignals::~BlockedSignals() {
    sigset_t old;
    std::memcpy(&old, m_old, sizeof(old));
    ::pthread_sigmask(SIG_SETMASK, &old, nullptr);
}

}  // namespace caro::net
