#include "infer/llama/drafter.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace caro::infer::llama {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr Token k_end = 99;

bool ends(Token token) { return token == k_end; }

// Any number of tokens for the price of one.
StepCost free_drafts() {
    StepCost cost;
    for (std::size_t n = 1; n <= StepCost::k_most; ++n) {
        cost.note(n, 40);
    }
    return cost;
}

StepCost drafts_at(double one, double more) {
    StepCost cost;
    cost.note(1, one);
    for (std::size_t n = 2; n <= StepCost::k_most; ++n) {
        cost.note(n, one + more * static_cast<double>(n - 1));
    }
    return cost;
}

Drafter drafter(std::vector<Token> examples, const std::vector<Token>& request, const std::vector<Token>& answer) {
    const std::size_t own = examples.size();
    examples.insert(examples.end(), request.begin(), request.end());
    Drafter made(std::move(examples), own, ends);
    for (const Token token : answer) {
        made.add(token);
    }
    return made;
}

TEST(Drafter, GoesOnAsTheRequestDoes) {
    auto made = drafter({50, 51}, {1, 2, 3, 4, 5}, {70, 2, 3});
    EXPECT_THAT(made.propose(2, free_drafts()), ElementsAre(4, 5));
}

TEST(Drafter, KnowsNothingOfTokensItNeverSaw) {
    auto made = drafter({50, 51}, {1, 2, 3}, {70});
    EXPECT_THAT(made.propose(7, free_drafts()), IsEmpty());
}

TEST(Drafter, MoreTokensThatAgreeCountMore) {
    auto made = drafter({1, 2, 3, 10, 0, 9, 2, 3, 20, 0, 8, 2, 3, 20}, {60}, {1, 2, 3});
    EXPECT_THAT(made.propose(1, free_drafts()), ElementsAre(10));
}

TEST(Drafter, TheRequestIsBelievedBeforeTheExamples) {
    auto made = drafter({2, 3, 10, 2, 3, 10, 2, 3, 10}, {2, 3, 20}, {2, 3});
    EXPECT_THAT(made.propose(1, free_drafts()), ElementsAre(20));
}

TEST(Drafter, TheMostFrequentAndThenTheLatestContinuation) {
    auto often = drafter({2, 3, 10, 2, 3, 20, 2, 3, 10, 2, 3, 30}, {60}, {2, 3});
    EXPECT_THAT(often.propose(1, free_drafts()), ElementsAre(10));
    auto late = drafter({2, 3, 10, 4, 2, 3, 20, 5}, {60}, {2, 3});
    EXPECT_THAT(late.propose(1, free_drafts()), ElementsAre(20));
}

TEST(Drafter, NothingFollowsTheEnd) {
    auto made = drafter({1, 2, 3, k_end, 7}, {60}, {1, 2});
    EXPECT_THAT(made.propose(7, free_drafts()), ElementsAre(3));
}

TEST(Drafter, NeverMoreThanAskedFor) {
    auto made = drafter({50}, {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}, {1, 2});
    EXPECT_THAT(made.propose(0, free_drafts()), IsEmpty());
    EXPECT_THAT(made.propose(1, free_drafts()), ElementsAre(3));
    EXPECT_LE(made.propose(100, free_drafts()).size(), Drafter::k_longest);
}

TEST(Drafter, ADraftMustBeExpectedToPay) {
    auto made = drafter({50}, {1, 2, 3, 4, 5}, {1, 2});
    EXPECT_THAT(made.propose(7, drafts_at(40, 40)), IsEmpty());
    EXPECT_THAT(made.propose(7, StepCost()), IsEmpty()) << "no cost is known yet";
    EXPECT_FALSE(made.propose(7, drafts_at(40, 1)).empty());
}

// Every guess is wrong: what is lost stays below a quarter of a token and two percent.
TEST(Drafter, WrongGuessesSoonEnd) {
    std::vector<Token> request;
    for (Token token = 1; token <= 40; ++token) {
        request.insert(request.end(), {token, token + 1000});
    }
    auto made = drafter({50}, request, {});
    const auto cost = drafts_at(40, 3);
    double lost = 0;
    constexpr int k_tokens = 40;
    for (Token token = 1; token <= k_tokens; ++token) {
        made.add(token);  // never followed by what followed it in the request
        const auto draft = made.propose(7, cost);
        lost += cost.relative(draft.size() + 1) - 1;
        made.settle(0);
    }
    EXPECT_GT(lost, 0) << "nothing was tried";
    EXPECT_LE(lost, 0.25 + 0.02 * k_tokens);
}

TEST(Drafter, RightGuessesEarnLongerDrafts) {
    std::vector<Token> request;
    for (Token token = 1; token <= 60; ++token) {
        request.push_back(token);
    }
    auto made = drafter({500}, request, {1});
    const auto cost = drafts_at(40, 8);
    const std::size_t at_first = made.propose(7, cost).size();
    for (Token token = 2; token <= 30; ++token) {
        made.add(token);
    }
    made.settle(10);
    EXPECT_GT(made.propose(7, cost).size(), at_first);
}

}  // namespace
}  // namespace caro::infer::llama
