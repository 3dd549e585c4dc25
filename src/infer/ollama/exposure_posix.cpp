#include <arpa/inet.h>
#include <fcntl.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>

#include "infer/ollama/exposure.hpp"

namespace caro::infer::ollama {

namespace {

using Clock = std::chrono::steady_clock;

bool accepts(const sockaddr_in& address, Clock::time_point until) {
    const int socket = ::socket(AF_INET, SOCK_STREAM, 0);
    if (socket < 0) {
        return false;
    }
    ::fcntl(socket, F_SETFD, FD_CLOEXEC);
    ::fcntl(socket, F_SETFL, ::fcntl(socket, F_GETFL, 0) | O_NONBLOCK);
    bool open = ::connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0;
    if (!open && errno == EINPROGRESS) {
        const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(until - Clock::now()).count();
        pollfd watched{socket, POLLOUT, 0};
        int error = 1;
        socklen_t size = sizeof(error);
        open = left > 0 && ::poll(&watched, 1, static_cast<int>(left)) == 1 &&
               ::getsockopt(socket, SOL_SOCKET, SO_ERROR, &error, &size) == 0 && error == 0;
    }
    ::close(socket);
    return open;
}

}  // namespace

std::optional<std::string> exposed_at(int port, std::chrono::milliseconds limit) {
    const auto until = Clock::now() + limit;
    ifaddrs* list = nullptr;
    if (::getifaddrs(&list) != 0) {
        return std::nullopt;
    }
    std::optional<std::string> found;
    for (const ifaddrs* entry = list; entry != nullptr && !found && Clock::now() < until; entry = entry->ifa_next) {
        const bool usable = entry->ifa_addr != nullptr && entry->ifa_addr->sa_family == AF_INET &&
                            (entry->ifa_flags & IFF_UP) != 0 && (entry->ifa_flags & IFF_LOOPBACK) == 0;
        if (!usable) {
            continue;
        }
        sockaddr_in address = *reinterpret_cast<const sockaddr_in*>(entry->ifa_addr);
        address.sin_port = htons(static_cast<std::uint16_t>(port));
        if (accepts(address, until)) {
            char text[INET_ADDRSTRLEN] = {};
            ::inet_ntop(AF_INET, &address.sin_addr, text, sizeof(text));
            found = text;
        }
    }
    ::freeifaddrs(list);
    return found;
}

}  // namespace caro::infer::ollama
