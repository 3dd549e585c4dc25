#include "util/log.hpp"

#include <mutex>

namespace caro::log {

namespace {

Sink& sink() {
    static Sink s_sink;
    return s_sink;
}

std::mutex& sink_mutex() {
    static std::mutex s_mutex;
    return s_mutex;
}

}  // namespace

void set_sink(Sink new_sink) { sink() = std::move(new_sink); }

bool enabled() noexcept { return static_cast<bool>(sink()); }

void write(std::string_view line) {
    const std::lock_guard lock(sink_mutex());
    if (sink()) {
        sink()(line);
    }
}

}  // namespace caro::log
