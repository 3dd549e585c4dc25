#include "infer/llama/drafter.hpp"

#include <algorithm>

namespace caro::infer::llama {

namespace {

// How clearly the places that were found agree on what follows.
enum Agreement : std::size_t { single, unanimous, majority, minority, k_agreements };

// Of a hundred guesses of each kind, how many were right in answers to eval/tasks/dev, as bench/lookup.py --odds prints them:
// [tokens that agree - 1][found in the request or the answer][Agreement].
constexpr double k_odds[4][2][k_agreements] = {
    {{11, 31, 15, 14}, {48, 65, 10, 14}},
    {{42, 87, 32, 18}, {75, 70, 30, 25}},
    {{42, 88, 46, 30}, {62, 50, 30, 25}},
    {{61, 94, 42, 7}, {57, 60, 64, 25}},
};
constexpr double k_belief = 8;  // guesses of this answer that weigh as much as the table

constexpr double k_margin = 1.03;  // by which a longer draft must look better than a shorter one
// Most that drafts may have cost more than they saved, in evaluations of one token: at the start and for each token.
constexpr double k_credit = 0.25;
constexpr double k_credit_each = 0.02;

}  // namespace

Drafter::Drafter(std::vector<Token> prompt, std::size_t own, std::function<bool(Token)> ends)
    : m_tokens(std::move(prompt)), m_own(own), m_prompt(m_tokens.size()), m_ends(std::move(ends)) {
    for (std::size_t kind = 0; kind < k_kinds; ++kind) {
        const std::size_t source = kind / k_agreements;
        m_records[kind] = {k_odds[source / 2][source % 2][kind % k_agreements] / 100 * k_belief, k_belief};
    }
}

// How many tokens before `end` are the same as the last ones of all.
std::size_t Drafter::common_suffix(std::size_t end) const {
    const std::size_t most = std::min(end, k_context);
    std::size_t length = 0;
    while (length < most && m_tokens[end - 1 - length] == m_tokens[m_tokens.size() - 1 - length]) {
        ++length;
    }
    return length;
}

std::optional<Drafter::Guess> Drafter::guess() const {
    struct Follower {
        Token token;
        std::size_t times;
    };
    std::vector<Follower> followers;  // in the order in which they were last seen
    std::size_t longest = 1;
    bool own = false;
    std::size_t places = 0;
    for (std::size_t at = 1; at < m_tokens.size(); ++at) {
        const std::size_t length = common_suffix(at);
        const bool is_own = at >= m_own;
        if (length < longest || (length == longest && own && !is_own)) {
            continue;
        }
        if (length > longest || is_own != own) {
            followers.clear();
            places = 0;
            longest = length;
            own = is_own;
        }
        const auto known = std::find_if(followers.begin(), followers.end(),
                                        [&](const Follower& follower) { return follower.token == m_tokens[at]; });
        Follower seen{m_tokens[at], 1};
        if (known != followers.end()) {
            seen.times += known->times;
            followers.erase(known);
        }
        followers.push_back(seen);
        ++places;
    }
    if (followers.empty()) {
        return std::nullopt;
    }
    const Follower* best = &followers.front();
    for (const Follower& follower : followers) {
        best = follower.times >= best->times ? &follower : best;
    }
    const Agreement agreement = places == 1              ? single
                                : best->times == places  ? unanimous
                                : 2 * best->times >= places ? majority
                                                            : minority;
    return Guess{best->token, ((longest - 1) * 2 + (own ? 1 : 0)) * k_agreements + agreement};
}

void Drafter::add(Token token) {
    if (const auto guessed = guess()) {
        Record& record = m_records[guessed->kind];
        record.tries += 1;
        record.right += guessed->token == token ? 1 : 0;
    }
    m_tokens.push_back(token);
}

std::vector<Token> Drafter::propose(std::size_t most, const StepCost& cost) {
    const std::size_t written = m_tokens.size();
    const double credit = k_credit + k_credit_each * static_cast<double>(written - m_prompt) + m_saved - m_spent;
    std::size_t chosen = 0;
    double chosen_cost = 1;
    double best_rate = 1;  // tokens expected in the time of one
    double chance = 1;     // that the draft is right so far
    double expected = 1;
    for (std::size_t length = 1; length <= std::min(most, k_longest); ++length) {
        const double step = cost.relative(length + 1);
        const auto guessed = guess();
        if (!guessed || step == 0 || m_ends(guessed->token)) {
            break;
        }
        const Record& record = m_records[guessed->kind];
        chance *= record.right / record.tries;
        expected += chance;
        m_tokens.push_back(guessed->token);
        if (expected / step > best_rate * k_margin && step - 1 <= credit) {
            chosen = length;
            chosen_cost = step;
            best_rate = expected / step;
        }
    }
    const auto begin = m_tokens.begin() + static_cast<std::ptrdiff_t>(written);
    std::vector<Token> draft(begin, begin + static_cast<std::ptrdiff_t>(chosen));
    m_tokens.resize(written);
    m_spent += chosen_cost - 1;
    return draft;
}

}  // namespace caro::infer::llama
