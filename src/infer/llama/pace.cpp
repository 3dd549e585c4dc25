#include "infer/llama/pace.hpp"

#include <algorithm>

namespace caro::infer::llama {

namespace {

constexpr double k_far_longer = 2.5;
// One slow token may be chance, unless it is very slow.
constexpr int k_patience = 2;
constexpr double k_very_slow = 6;

}  // namespace

int Pace::after_token(double milliseconds) {
    m_usual = std::min(m_usual, milliseconds);
    m_slow = milliseconds > k_far_longer * m_usual ? m_slow + 1 : 0;
    const bool very_slow = milliseconds > k_very_slow * m_usual;
    if (m_threads > 1 && (m_slow >= k_patience || very_slow)) {
        const int fewer = very_slow ? 1 : m_threads / 2;
        // What it would take without the others; memory-bound work gains less from threads than their number.
        m_usual *= static_cast<double>(m_threads) / fewer;
        m_threads = fewer;
        m_slow = 0;
    }
    return m_threads;
}

}  // namespace caro::infer::llama
