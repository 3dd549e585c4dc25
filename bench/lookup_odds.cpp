// How often each kind of guess is right: the table in src/infer/llama/drafter.cpp. Answers the requests of standard input, one
// a line, and prints for each kind (as Drafter numbers them) how many guesses were right, of how many.
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <string>
#include <vector>

#include "context/context.hpp"
#include "infer/llama/answer_tokens.hpp"
#include "infer/llama/session.hpp"
#include "infer/registry.hpp"
#include "prompt/prompt.hpp"

namespace {

using namespace caro;
using namespace caro::infer::llama;

constexpr std::uint32_t k_most_tokens = 160;

template <class T>
T value_of(Result<T> result) {
    if (!result) {
        std::fprintf(stderr, "lookup_odds: %s\n", result.error().message.c_str());
        std::exit(1);
    }
    return std::move(*result);
}

// Adds what came of all guesses of one answer.
void answer(Session& session, const std::string& ask, std::vector<Drafter::Record>& sums) {
    const CancelToken cancel;
    const auto prompt = value_of(session.tokenize(prompt::build({ask, ""}, context::Context()), k_most_tokens));
    value_of(session.evaluate(prompt.tokens, cancel));
    AnswerTokens tokens(session, prompt, infer::Sampling::precise(), nullptr);
    Drafter drafter(prompt.tokens, prompt.constant, [](Token) { return false; });
    const std::vector<Drafter::Record> before(drafter.records().begin(), drafter.records().end());
    Token token = value_of(tokens.next(k_most_tokens, cancel));
    drafter.add(token);
    // The first token is never guessed.
    const std::vector<Drafter::Record> first(drafter.records().begin(), drafter.records().end());
    for (std::uint32_t left = k_most_tokens - 1; left > 0 && !session.vocabulary().ends_answer(token) &&
                                                 session.vocabulary().piece(token).find('\n') == std::string::npos;
         --left) {
        token = value_of(tokens.next(left, cancel));
        drafter.add(token);
    }
    sums.resize(before.size());
    for (std::size_t kind = 0; kind < sums.size(); ++kind) {
        sums[kind].right += drafter.records()[kind].right - first[kind].right;
        sums[kind].tries += drafter.records()[kind].tries - first[kind].tries;
    }
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 3) {
        std::fputs("usage: lookup_odds MODEL THREADS < requests\n", stderr);
        return 2;
    }
    infer::BackendOptions options;
    options.model_path = argv[1];
    options.threads = std::atoi(argv[2]);
    const CancelToken cancel;
    const auto session = value_of(Session::load(options, std::nullopt, cancel));
    std::vector<Drafter::Record> sums;
    for (std::string ask; std::getline(std::cin, ask);) {
        answer(*session, ask, sums);
    }
    for (std::size_t kind = 0; kind < sums.size(); ++kind) {
        const double odds = sums[kind].tries == 0 ? 25 : 100 * (sums[kind].right + 0.5) / (sums[kind].tries + 2);
        std::printf("%zu token%s alike, %s, %s: %.0f of %.0f, %.0f %%\n", kind / 8 + 1, kind / 8 == 0 ? "" : "s",
                    kind / 4 % 2 == 1 ? "own" : "examples",
                    std::vector<const char*>{"single", "unanimous", "majority", "minority"}[kind % 4], sums[kind].right,
                    sums[kind].tries, odds);
    }
    return 0;
}
