// What one evaluation of several tokens takes, compared with one token.
#pragma once

#include <array>
#include <cstddef>

namespace caro::infer::llama {

// Learns from evaluations as they happen. The weights are read once for all tokens of an evaluation, so that up to some number
// of them cost hardly more than one; where that ends depends on the machine, the model and who else works.
class StepCost {
  public:
    static constexpr std::size_t k_most = 8;  // tokens told apart; larger evaluations say what one token costs at least

    void note(std::size_t tokens, double milliseconds);

    // How many times as long as one token; nothing is known (0) before one token was timed.
    double relative(std::size_t tokens) const;

    // All that is known was measured under other circumstances.
    void forget() { *this = StepCost(); }

  private:
    std::array<double, k_most + 1> m_milliseconds{};  // by tokens; 0 = not seen yet
    double m_each = 0;                                // of each token of a large evaluation
};

// Processor time of the calling thread, which computes as much as each of the engine's others: the clock would count what other
// programs take as well.
double thread_milliseconds();

}  // namespace caro::infer::llama
