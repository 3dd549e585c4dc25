#include "infer/llama/answer_tokens.hpp"

#include <algorithm>

namespace caro::infer::llama {

AnswerTokens::AnswerTokens(Session& session, TokenizedPrompt prompt, const Sampling& sampling, const StepCost* cost)
    : m_session(session), m_sampling(sampling), m_tokens(std::move(prompt.tokens)), m_prompt(m_tokens.size()),
      m_cost(cost) {
    m_session.reset_sampler();
    if (cost != nullptr && sampling.greedy && session.can_draft()) {
        m_drafter.emplace(m_tokens, prompt.constant,
                          [&session](Token token) { return session.vocabulary().ends_answer(token); });
    }
}

Result<Token> AnswerTokens::next(std::uint32_t left, const CancelToken& cancel) {
    if (m_ready.empty() && m_sampling.greedy && m_tokens.size() > m_prompt) {
        TRY(predict(left, cancel));
    } else if (m_ready.empty()) {
        if (m_tokens.size() > m_prompt) {
            TRY(m_session.evaluate(m_tokens, cancel));
        }
        m_ready.push_back(m_session.sample(m_sampling));
    }
    const Token token = m_ready.front();
    m_ready.pop_front();
    m_tokens.push_back(token);
    if (m_drafter) {
        m_drafter->add(token);
    }
    return token;
}

Result<> AnswerTokens::predict(std::uint32_t left, const CancelToken& cancel) {
    // An evaluation gives one token more than the draft has.
    const auto draft = m_drafter ? m_drafter->propose(left - 1, *m_cost) : std::vector<Token>{};
    TRY_ASSIGN(const auto found, m_session.predict(m_tokens, draft, cancel));
    m_ready.assign(found.begin(), found.end());
    const std::size_t right = found.size() - 1;
    if (m_drafter) {
        m_drafter->settle(right);
    }
    m_drafted += static_cast<std::uint32_t>(draft.size());
    m_accepted += static_cast<std::uint32_t>(right);
    return {};
}

}  // namespace caro::infer::llama
