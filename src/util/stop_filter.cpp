#include "util/stop_filter.hpp"

#include <algorithm>

namespace caro {

namespace {

// Bytes at the end of `text` that begin a character which is not complete yet.
std::size_t incomplete_tail(std::string_view text) {
    const std::size_t longest = std::min<std::size_t>(3, text.size());
    for (std::size_t back = 1; back <= longest; ++back) {
        const auto byte = static_cast<unsigned char>(text[text.size() - back]);
        if ((byte & 0xC0) == 0x80) {
            continue;
        }
        const std::size_t need = byte >= 0xF0 ? 4 : byte >= 0xE0 ? 3 : byte >= 0xC0 ? 2 : 1;
        return need > back ? back : 0;
    }
    return 0;
}

}  // namespace

std::size_t StopFilter::releasable() const {
    std::size_t held = incomplete_tail(m_pending);
    for (const auto& stop : m_stops) {
        // The longest end of the pending text that is a beginning of this stop text.
        for (std::size_t n = std::min(stop.size() - 1, m_pending.size()); n > held; --n) {
            if (std::string_view(m_pending).substr(m_pending.size() - n) ==
                std::string_view(stop).substr(0, n)) {
                held = n;
                break;
            }
        }
    }
    return m_pending.size() - held;
}

std::string_view StopFilter::push(std::string_view piece) {
    m_released.clear();
    if (m_stopped) {
        return m_released;
    }
    m_pending.append(piece);
    std::size_t first = std::string::npos;
    for (const auto& stop : m_stops) {
        if (!stop.empty()) {
            first = std::min(first, m_pending.find(stop));
        }
    }
    if (first != std::string::npos) {
        m_stopped = true;
        m_pending.resize(first);
        m_released.swap(m_pending);
        m_pending.clear();
        return m_released;
    }
    const std::size_t count = releasable();
    m_released.assign(m_pending, 0, count);
    m_pending.erase(0, count);
    return m_released;
}

std::string_view StopFilter::finish() {
    m_released.clear();
    if (!m_stopped) {
        m_released.swap(m_pending);
    }
    return m_released;
}

}  // namespace caro
