// Is a server on this machine open to others?
#pragma once

#include <chrono>
#include <optional>
#include <string>

namespace caro::infer::ollama {

// An address of this machine, other than loopback, at which something accepts connections on `port`; nullopt if there
// is none. Asks this machine's own addresses only, so no packet leaves it. Ends after `limit`.
std::optional<std::string> exposed_at(int port, std::chrono::milliseconds limit);

}  // namespace caro::infer::ollama
