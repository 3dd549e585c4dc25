// The tokens of one answer, one after the other.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include "infer/generator.hpp"
#include "infer/llama/drafter.hpp"
#include "infer/llama/session.hpp"

namespace caro::infer::llama {

// Sampled tokens are evaluated one by one. The most likely ones come several at a time where they repeat the prompt: they
// are guessed, and the guesses checked in one evaluation, so that the answer is the same.
class AnswerTokens {
  public:
    // The session holds the evaluated prompt. `cost` is what guesses are weighed by; null: nothing is guessed. Both must outlive
    // this.
    AnswerTokens(Session& session, TokenizedPrompt prompt, const Sampling& sampling, const StepCost* cost);

    // The next token, if `left` more are wanted with it.
    Result<Token> next(std::uint32_t left, const CancelToken& cancel);

    std::uint32_t drafted() const { return m_drafted; }    // tokens that were guessed
    std::uint32_t accepted() const { return m_accepted; }  // those of them that were right

  private:
    Result<> predict(std::uint32_t left, const CancelToken& cancel);

    Session& m_session;
    Sampling m_sampling;
    std::vector<Token> m_tokens;  // prompt and answer so far
    std::size_t m_prompt;
    const StepCost* m_cost;
    std::optional<Drafter> m_drafter;
    std::deque<Token> m_ready;    // known, not handed out yet
    std::uint32_t m_drafted = 0;
    std::uint32_t m_accepted = 0;
};

}  // namespace caro::infer::llama
