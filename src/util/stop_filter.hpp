// Cuts a stream of text at the first of several stop texts and hands out whole UTF-8 characters only.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace caro {

// Feed pieces in the order they come; each call returns what may be shown by now. Text that could still
// become a stop text, or the first bytes of a character, is held back until more comes.
class StopFilter {
  public:
    explicit StopFilter(std::vector<std::string> stops) : m_stops(std::move(stops)) {}

    // Text that is safe to pass on; valid until the next call. After stopped() it is always empty.
    std::string_view push(std::string_view piece);

    // The stream is over: returns what was held back (nothing after a stop).
    std::string_view finish();

    // True once a stop text was seen; it and all after it is dropped.
    bool stopped() const noexcept { return m_stopped; }

  private:
    std::size_t releasable() const;

    std::vector<std::string> m_stops;
    std::string m_pending;
    std::string m_released;
    bool m_stopped = false;
};

}  // namespace caro
