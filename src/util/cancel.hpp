// Cooperative cancellation: a flag that a signal handler may set, and an optional deadline.
#pragma once

#include <atomic>
#include <chrono>
#include <optional>

namespace caro {

using TimePoint = std::chrono::steady_clock::time_point;

// Shared by everything that works on one request. Setting and reading never block and are safe from any
// thread; cancel() is also safe from a signal handler.
class CancelToken {
  public:
    CancelToken() = default;
    explicit CancelToken(TimePoint deadline) : m_deadline(deadline) {}
    CancelToken(const CancelToken&) = delete;
    CancelToken& operator=(const CancelToken&) = delete;

    // Asks the work to stop; it does so at its next check.
    void cancel() noexcept { m_cancelled.store(true, std::memory_order_relaxed); }

    // True after cancel() only; a passed deadline is told by expired().
    bool cancelled() const noexcept { return m_cancelled.load(std::memory_order_relaxed); }

    // True if there is a deadline and it has passed.
    bool expired() const noexcept {
        return m_deadline && std::chrono::steady_clock::now() >= *m_deadline;
    }

    // True if the work should stop for either reason.
    bool should_stop() const noexcept { return cancelled() || expired(); }

    std::optional<TimePoint> deadline() const noexcept { return m_deadline; }

  private:
    std::atomic<bool> m_cancelled{false};
    std::optional<TimePoint> m_deadline;
    static_assert(std::atomic<bool>::is_always_lock_free, "cancel() must be signal-safe");
};

}  // namespace caro
