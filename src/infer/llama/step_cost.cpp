#include "infer/llama/step_cost.hpp"

#include <algorithm>
#include <ctime>

namespace caro::infer::llama {

namespace {

constexpr double k_weight_of_slower = 0.15;
constexpr double k_outlier = 2;  // what took longer than this many times the known counts as that many

// What the machine can do is what counts: a slow step is mostly the work of others. Only if slow ones go on they are believed.
void blend(double& known, double newest) {
    if (known == 0 || newest < known) {
        known = newest;
    } else {
        known += k_weight_of_slower * (std::min(newest, k_outlier * known) - known);
    }
}

}  // namespace

void StepCost::note(std::size_t tokens, double milliseconds) {
    if (tokens == 0 || milliseconds <= 0) {
        return;
    }
    if (tokens <= k_most) {
        blend(m_milliseconds[tokens], milliseconds);
    } else {
        blend(m_each, milliseconds / static_cast<double>(tokens));
    }
}

double StepCost::relative(std::size_t tokens) const {
    const double one = m_milliseconds[1];
    if (one == 0) {
        return 0;
    }
    double estimate = one;
    for (std::size_t n = 2; n <= std::min(tokens, k_most); ++n) {
        const double computing = m_each * static_cast<double>(n);
        estimate = m_milliseconds[n] > 0 ? m_milliseconds[n] : std::max(estimate, computing);
    }
    return std::max(1.0, estimate / one);
}

double thread_milliseconds() {
    timespec now{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) * 1e3 + static_cast<double>(now.tv_nsec) / 1e6;
}

}  // namespace caro::infer::llama
