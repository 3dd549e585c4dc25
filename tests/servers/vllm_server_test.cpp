// The back end for OpenAI-compatible servers against a real vLLM; tests/servers/vllm.sh brings one, on request.
#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <vector>

#include "infer/openai/openai_backend.hpp"
#include "infer/registry.hpp"
#include "support/scoped_env.hpp"
#include "util/clock.hpp"
#include "util/env.hpp"

namespace caro::infer::openai {
namespace {

using namespace std::chrono_literals;

class RealVllm : public testing::Test {
  protected:
    void SetUp() override {
        if (!get_env_nonempty("CARO_TEST_VLLM_URL")) {
            GTEST_SKIP() << "no server; run: tests/servers/vllm.sh test PROGRAM";
        }
    }

    static std::string variable(const std::string& name) {
        return get_env(("CARO_TEST_VLLM_" + name).c_str()).value_or("");
    }

    // `key`: as the user would have it in the environment; "" = none.
    static std::unique_ptr<Generator> connect(const std::string& key, const std::string& model = "") {
        const test::ScopedEnv env("CARO_VLLM_API_KEY", key.c_str());
        BackendOptions options;
        options.vllm_url = variable("URL");
        options.vllm_model = model;
        options.vllm_key_env = "CARO_VLLM_API_KEY";
        options.timeout_ms = 90'000;
        return std::move(*make(options));
    }

    static GenerateRequest ask(std::uint32_t max_tokens) {
        GenerateRequest out;
        out.prompt.system = "You translate English into ONE POSIX shell command. Output only the command.";
        out.prompt.turns = {{true, "list all files larger than 10 MB under /var/log"}};
        out.max_tokens = max_tokens;
        return out;
    }

    test::CleanServerEnv m_env;
};

TEST_F(RealVllm, AnswersPieceByPiece) {
    auto vllm = connect(variable("KEY"));
    const Availability availability = vllm->is_available(5000ms, CancelToken());
    EXPECT_TRUE(availability.ready) << availability.why_not;
    std::vector<std::string> pieces;
    const TokenSink sink = [&](std::string_view piece) {
        pieces.emplace_back(piece);
        return true;
    };
    const CancelToken cancel;
    const auto completion = vllm->generate(ask(32), sink, cancel);
    ASSERT_TRUE(completion) << completion.error().message;
    EXPECT_NE(completion->text.find("find /var/log"), std::string::npos) << completion->text;
    EXPECT_GT(pieces.size(), 5U);
    EXPECT_EQ(vllm->info().model, variable("MODEL"));
    EXPECT_GT(vllm->info().measured_tokens_per_s, 0);
}

TEST_F(RealVllm, StopsAtTheLimitOfTokensAndTellsWhatItTook) {
    const CancelToken cancel;
    const auto completion = connect(variable("KEY"))->generate(ask(3), {}, cancel);
    ASSERT_TRUE(completion) << completion.error().message;
    EXPECT_EQ(completion->stop, StopReason::max_tokens);
    EXPECT_GT(completion->usage.prompt_tokens, 20U);
    EXPECT_EQ(completion->usage.generated_tokens, 3U);
}

TEST_F(RealVllm, WhatTheServerKnewAlreadyIsCounted) {
    GenerateRequest request = ask(3);
    for (int i = 0; i < 100; ++i) {  // the server keeps whole blocks, of 128 tokens on a CPU
        request.prompt.system += " Think of rule number " + std::to_string(i) + ".";
    }
    auto vllm = connect(variable("KEY"));
    const CancelToken cancel;
    ASSERT_TRUE(vllm->generate(request, {}, cancel));
    const auto again = vllm->generate(request, {}, cancel);
    ASSERT_TRUE(again) << again.error().message;
    EXPECT_GE(again->usage.cached_tokens, 128U);
    EXPECT_LE(again->usage.cached_tokens, again->usage.prompt_tokens);
}

TEST_F(RealVllm, AWrongOrMissingKeyIsToldApartAndNeverShown) {
    for (const std::string key : {"", "a-wrong-key-4711"}) {
        const CancelToken cancel;
        const auto completion = connect(key, variable("MODEL"))->generate(ask(8), {}, cancel);
        ASSERT_FALSE(completion);
        EXPECT_EQ(completion.error().code, ErrorCode::unauthorized) << completion.error().message;
        EXPECT_EQ((completion.error().message + completion.error().hint).find("4711"), std::string::npos);
        EXPECT_FALSE(completion.error().hint.empty());
    }
}

TEST_F(RealVllm, AnUnknownModelIsNamed) {
    const CancelToken cancel;
    const auto completion = connect(variable("KEY"), "no-such-model")->generate(ask(8), {}, cancel);
    ASSERT_FALSE(completion);
    EXPECT_EQ(completion.error().code, ErrorCode::not_found) << completion.error().message;
    EXPECT_NE(completion.error().message.find("no-such-model"), std::string::npos);
}

TEST_F(RealVllm, CancelledInMidAnswerItEndsAtOnceAndTheServerIsFreeAgain) {
    auto vllm = connect(variable("KEY"));
    CancelToken cancel;
    Stopwatch since_cancel;
    int pieces = 0;
    const TokenSink sink = [&](std::string_view) {
        if (++pieces == 3) {
            cancel.cancel();
            since_cancel.restart();
        }
        return true;
    };
    GenerateRequest request = ask(2000);
    request.prompt.turns = {{true, "Count from one to five hundred in words, one per line."}};
    const auto completion = vllm->generate(request, sink, cancel);
    ASSERT_FALSE(completion);
    EXPECT_EQ(completion.error().code, ErrorCode::cancelled);
    EXPECT_LT(since_cancel.milliseconds(), 2000);
    const CancelToken never;
    EXPECT_TRUE(vllm->generate(ask(4), {}, never));
}

}  // namespace
}  // namespace caro::infer::openai
