// Guesses the next tokens of an answer by looking up where the last ones stood before: in the request, the worked examples
// and the answer so far. Method: prompt lookup decoding (Saxena 2023) with a length chosen by expected gain.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "infer/llama/step_cost.hpp"
#include "infer/llama/vocab_table.hpp"

namespace caro::infer::llama {

class Drafter {
  public:
    static constexpr std::size_t k_longest = StepCost::k_most - 1;  // with the token before it, one evaluation

    // What came of guesses of one kind.
    struct Record {
        double right = 0;
        double tries = 0;
    };

    // `prompt` from `own` on is the request itself, which is believed before the examples. Nothing is guessed behind a token
    // that `ends` the answer.
    Drafter(std::vector<Token> prompt, std::size_t own, std::function<bool(Token)> ends);

    // The answer's next token, guessed or not.
    void add(Token token);

    // Tokens that probably follow, at most `most`; as many as are expected to pay. Often none.
    std::vector<Token> propose(std::size_t most, const StepCost& cost);

    // What came of the last proposal: so many of its first tokens were right.
    void settle(std::size_t right) { m_saved += static_cast<double>(right); }

    // By kind, the table included that all answers begin with; for measurements.
    std::span<const Record> records() const { return m_records; }

  private:
    static constexpr std::size_t k_context = 4;  // tokens compared, at most
    static constexpr std::size_t k_kinds = k_context * 2 * 4;

    struct Guess {
        Token token = 0;
        std::size_t kind = 0;  // of evidence: how many tokens agree, whose words, how clearly
    };
    std::optional<Guess> guess() const;
    std::size_t common_suffix(std::size_t end) const;

    std::vector<Token> m_tokens;
    std::size_t m_own;
    std::size_t m_prompt;  // tokens before the answer
    std::function<bool(Token)> m_ends;
    std::array<Record, k_kinds> m_records;
    double m_spent = 0;  // on drafts, in evaluations of one token
    double m_saved = 0;
};

}  // namespace caro::infer::llama
