#include "engine/repetition.hpp"

#include <algorithm>

namespace caro::engine {

namespace {

constexpr std::size_t k_shortest_piece = 4;
constexpr std::size_t k_longest_piece = 200;
constexpr std::size_t k_times = 3;
constexpr std::size_t k_least_bytes = 90;

// How many bytes at the end of `text` are equal to those `period` bytes before them.
std::size_t run_of(std::string_view text, std::size_t period) {
    std::size_t run = 0;
    while (run + period < text.size() && text[text.size() - 1 - run] == text[text.size() - 1 - run - period]) {
        ++run;
    }
    return run + period;
}

}  // namespace

bool repeats_itself(std::string_view text) {
    for (std::size_t period = 1; period <= std::min(k_longest_piece, text.size() / k_times); ++period) {
        const std::size_t run = run_of(text, period);
        if (run >= k_times * period && run >= k_least_bytes) {
            // The shortest period is the piece: "----" is four times one dash.
            return period >= k_shortest_piece;
        }
    }
    return false;
}

}  // namespace caro::engine
