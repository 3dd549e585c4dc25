// A loaded model with one context: tokens in, logits out. RAII over llama.cpp's C API; no exceptions.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "infer/generator.hpp"
#include "infer/llama/prompt_tokens.hpp"
#include "infer/llama/step_cost.hpp"
#include "infer/llama/vocabulary.hpp"
#include "infer/registry.hpp"
#include "util/cancel.hpp"
#include "util/result.hpp"

namespace caro::infer::llama {

class Session {
  public:
    // Loads the model and makes a context. With a vocabulary table of that model the engine's own vocabulary,
    // three quarters of the loading time, is left out. Stops within a few ms of cancel(). ErrorCode::not_found,
    // bad_model (damaged, or no model at all), io (out of memory) or cancelled.
    static Result<std::unique_ptr<Session>> load(const BackendOptions& options, std::optional<VocabTable> table,
                                                 const CancelToken& cancel);

    ~Session();
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;

    // Applies the model's chat template (ChatML if it has none that is known). What the user wrote is never
    // read as control tokens. Piped text is shortened to k_piped_tokens, and to what fits the context with `room` tokens to
    // spare. ErrorCode::usage if all else does not fit.
    Result<TokenizedPrompt> tokenize(const prompt::Prompt& prompt, std::size_t room);

    // Brings the context to exactly `tokens`: keeps the longest common beginning and evaluates the rest, so that
    // logits of the last token are ready. Returns how many tokens needed no evaluation. `progress`, if given,
    // hears the fraction that is done; evaluation then goes in smaller steps.
    Result<std::size_t> evaluate(std::span<const Token> tokens, const CancelToken& cancel,
                                 const std::function<void(double)>& progress = {});

    // Brings the context to `tokens` and returns the most likely ones that follow: one, and one more for each token of
    // `draft` that was right, from its beginning on. All are evaluated at once; the draft has at most
    // Drafter::k_longest tokens.
    Result<std::vector<Token>> predict(std::span<const Token> tokens, std::span<const Token> draft,
                                       const CancelToken& cancel);

    // What evaluating several tokens at once took so far.
    const StepCost& step_cost() const;

    // False for models whose state cannot be taken back token by token: drafts do not pay there.
    bool can_draft() const;

    // The most likely next token.
    Token most_likely() const;

    // The next token drawn by the given sampling; keeps the sampler's history until reset_sampler().
    Token sample(const Sampling& sampling);
    void reset_sampler();

    Vocabulary& vocabulary();

    // Evaluated state of the first `count` tokens, which must be all the context holds; see restore().
    std::vector<std::uint8_t> export_state(std::span<const Token> tokens);

    // Puts a state made by export_state() for exactly these tokens into the context. False if it does not fit.
    bool restore(std::span<const std::uint8_t> state, std::span<const Token> tokens);

    // What the state depends on besides model and tokens: engine version and context parameters.
    std::string engine_key() const;

    std::string device() const;
    std::string model_description() const;
    std::uint64_t memory_bytes() const;
    std::uint32_t context_tokens() const;
    std::size_t tokens_held() const;

  private:
    Session();
    Result<> load_model(const BackendOptions& options, const std::optional<VocabTable>& table, int cores,
                        const CancelToken& cancel);
    Result<> make_context(const BackendOptions& options);

    struct Impl;
    std::unique_ptr<Impl> m_impl;
};

}  // namespace caro::infer::llama
