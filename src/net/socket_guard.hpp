// The two things about sockets and threads that the operating system's own calls are needed for.
#pragma once

namespace caro::net {

// A second descriptor for the same socket, or -1. Shutting it down acts on the socket, and it stays ours when the
// other one is closed, so it never names something else by accident.
int duplicate_socket(int socket) noexcept;

// Ends all traffic on the socket, which wakes whoever waits in it. -1 is allowed.
void shut_down_socket(int socket) noexcept;

void close_descriptor(int descriptor) noexcept;

// While one lives, this thread and those it starts get no signals: those are for the main thread, and a
// connection that breaks while TLS writes must not end the program by SIGPIPE.
class BlockedSignals {
  public:
    BlockedSignals() noexcept;
    ~BlockedSignals();
    BlockedSignals(const BlockedSignals&) = delete;
    BlockedSignals& operator=(const BlockedSignals&) = delete;

  private:
    alignas(16) unsigned char m_old[256];
};

}  // namespace caro::net
