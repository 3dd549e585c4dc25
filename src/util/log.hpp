// Diagnostics for -v. Off by default and then nothing is formatted. Secrets must be redacted by the caller.
#pragma once

#include <fmt/core.h>

#include <functional>
#include <string>
#include <string_view>
#include <utility>

namespace caro::log {

// Receives one finished line without newline. Called from the thread that logs.
using Sink = std::function<void(std::string_view)>;

// Sets where lines go; an empty sink switches logging off. Call before starting threads.
void set_sink(Sink sink);

bool enabled() noexcept;

// Writes one line to the sink; use the LOG macro, which formats only if somebody listens.
void write(std::string_view line);

}  // namespace caro::log

#define LOG(...)                                         \
    do {                                                 \
        if (::caro::log::enabled()) {                    \
            ::caro::log::write(::fmt::format(__VA_ARGS__)); \
        }                                                \
    } while (false)
