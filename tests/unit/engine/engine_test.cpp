#include "engine/engine.hpp"

#include <gtest/gtest.h>

#include "support/scripted_generator.hpp"

namespace caro::engine {
namespace {

class Engine : public testing::Test {
  protected:
    Engine() : m_generator(m_script) {
        m_script.info.name = "s";
        m_context.shell = context::Shell::bash;
        m_context.os = context::Os::linux_gnu;
        m_context.cwd = "/home/u/project";
        m_context.home = "/home/u";
        m_ask.request = "do it";
    }

    Result<Suggestion> answered(const std::string& text) {
        m_script.text = text;
        return suggest(m_generator, m_ask, m_context, {}, {}, m_cancel);
    }

    // Answers one after the other, the last one again and again.
    void answers(std::vector<std::string> texts) {
        m_script.generate = [this, texts](const infer::GenerateRequest& request, const infer::TokenSink&,
                                          const CancelToken&) -> Result<infer::Completion> {
            m_sampled = m_sampled || !request.sampling.greedy;
            infer::Completion completion;
            completion.text = texts[std::min<std::size_t>(m_next++, texts.size() - 1)];
            return completion;
        };
    }

    test::Script m_script;
    test::ScriptedGenerator m_generator;
    context::Context m_context;
    prompt::Ask m_ask;
    CancelToken m_cancel;
    std::size_t m_next = 0;
    bool m_sampled = false;
};

TEST_F(Engine, JudgesExactlyTheCommandThatItGives) {
    const auto made = answered("```bash\nrm -rf /\n```");
    ASSERT_TRUE(made) << made.error().message;
    EXPECT_EQ(made->command, "rm -rf /");
    EXPECT_EQ(made->report.risk, safety::Risk::critical);
    EXPECT_EQ(made->backend.name, "s");
    EXPECT_EQ(made->usage.prompt_tokens, 10U);
    EXPECT_DOUBLE_EQ(made->timings.generate, 20);
}

TEST_F(Engine, ARefusalOfTheModelIsAnErrorWithItsReason) {
    const auto made = answered("# This is not a task for the shell.");
    ASSERT_FALSE(made);
    EXPECT_EQ(made.error().code, ErrorCode::unclear);
    EXPECT_NE(made.error().message.find("not a task"), std::string::npos);
}

TEST_F(Engine, UnusableAnswersAreErrors) {
    for (const char* text : {"", "   ", "echo \x1b[2J", "\xff\xfe"}) {
        const auto made = answered(text);
        ASSERT_FALSE(made) << text;
    }
}

TEST_F(Engine, AnAnswerThatIsNoCompleteCommandIsAskedForOnceMore) {
    answers({"echo 'open", "echo 'closed'"});
    const auto made = suggest(m_generator, m_ask, m_context, {}, {}, m_cancel);
    ASSERT_TRUE(made) << made.error().message;
    EXPECT_EQ(made->command, "echo 'closed'");
    EXPECT_EQ(m_next, 2U);
}

TEST_F(Engine, AProgramThatIsNotHereIsAskedAroundOnce) {
    answers({"no-such-program-here -x", "ls -A"});
    auto made = suggest(m_generator, m_ask, m_context, {}, {}, m_cancel);
    ASSERT_TRUE(made) << made.error().message;
    EXPECT_EQ(made->command, "ls -A");
    EXPECT_TRUE(made->warnings.empty());
    m_next = 0;
    answers({"no-such-program-here -x"});
    made = suggest(m_generator, m_ask, m_context, {}, {}, m_cancel);
    ASSERT_TRUE(made);
    EXPECT_EQ(made->command, "no-such-program-here -x");
    EXPECT_EQ(m_next, 2U);
    ASSERT_EQ(made->warnings.size(), 1U);
    EXPECT_EQ(made->warnings[0], "no-such-program-here is not installed here");
}

TEST_F(Engine, AProgramThatTheUserNamesIsGivenAllTheSame) {
    m_ask.request = "use no-such-program-here for it";
    answers({"no-such-program-here -x", "ls -A"});
    const auto made = suggest(m_generator, m_ask, m_context, {}, {}, m_cancel);
    ASSERT_TRUE(made);
    EXPECT_EQ(made->command, "no-such-program-here -x");
    EXPECT_EQ(m_next, 1U);
    EXPECT_EQ(made->warnings.size(), 1U);
}

TEST_F(Engine, BuiltinsAndFunctionsAreThere) {
    for (const char* command : {"cd / && pwd", "f() { ls; }; f", "[ -e a ] && echo yes", "for i in 1 2; do printf '%s' $i; done", "$X a"}) {
        answers({command, "ls -A"});
        m_next = 0;
        const auto made = suggest(m_generator, m_ask, m_context, {}, {}, m_cancel);
        ASSERT_TRUE(made) << command;
        EXPECT_EQ(m_next, 1U) << command;
        EXPECT_TRUE(made->warnings.empty()) << command;
    }
}

TEST_F(Engine, AModelThatFailsTwiceIsNotAskedAThirdTime) {
    answers({"echo 'open"});
    EXPECT_FALSE(suggest(m_generator, m_ask, m_context, {}, {}, m_cancel));
    EXPECT_EQ(m_next, 2U);
}

TEST_F(Engine, ARefusalIsNotAskedAgain) {
    answers({"# no task", "ls"});
    EXPECT_FALSE(suggest(m_generator, m_ask, m_context, {}, {}, m_cancel));
    EXPECT_EQ(m_next, 1U);
}

TEST_F(Engine, ACommandThatWasCutIsNone) {
    m_script.generate = [](const infer::GenerateRequest&, const infer::TokenSink&,
                           const CancelToken&) -> Result<infer::Completion> {
        infer::Completion completion;
        completion.text = "rm -rf /home/u/pro";
        completion.stop = infer::StopReason::max_tokens;
        return completion;
    };
    const auto made = suggest(m_generator, m_ask, m_context, {}, {}, m_cancel);
    ASSERT_FALSE(made);
    EXPECT_EQ(made.error().code, ErrorCode::bad_output);
    EXPECT_NE(made.error().message.find("cut off"), std::string::npos);
}

TEST_F(Engine, ACutExplanationBehindTheCommandIsNoMatter) {
    m_script.generate = [](const infer::GenerateRequest&, const infer::TokenSink&,
                           const CancelToken&) -> Result<infer::Completion> {
        infer::Completion completion;
        completion.text = "```sh\nls -la\n```\nThis lists all the fil";
        completion.stop = infer::StopReason::max_tokens;
        return completion;
    };
    const auto made = suggest(m_generator, m_ask, m_context, {}, {}, m_cancel);
    ASSERT_TRUE(made) << made.error().message;
    EXPECT_EQ(made->command, "ls -la");
}

TEST_F(Engine, AModelThatRepeatsItselfIsStoppedAndAskedOnceMore) {
    std::size_t pieces = 0;
    bool varied = false;
    m_script.generate = [&](const infer::GenerateRequest& request, const infer::TokenSink& sink,
                            const CancelToken&) -> Result<infer::Completion> {
        infer::Completion completion;
        if (!request.sampling.greedy) {
            varied = request.sampling.repeat_penalty > 1;
            completion.text = "find . -name '*.py'";
            return completion;
        }
        completion.text = "find . ";
        completion.stop = infer::StopReason::max_tokens;
        for (; pieces < 1000; ++pieces) {
            completion.text += "-o -name '*.py' ";
            if (!sink("-o -name '*.py' ")) {
                completion.stop = infer::StopReason::sink;
                break;
            }
        }
        return completion;
    };
    const auto made = suggest(m_generator, m_ask, m_context, {}, {}, m_cancel);
    ASSERT_TRUE(made) << made.error().message;
    EXPECT_EQ(made->command, "find . -name '*.py'");
    EXPECT_LT(pieces, 10U);
    EXPECT_TRUE(varied);
}

TEST_F(Engine, ErrorsOfTheBackEndPassUnchanged) {
    m_script.generate = [](const infer::GenerateRequest&, const infer::TokenSink&,
                           const CancelToken&) -> Result<infer::Completion> {
        return fail(ErrorCode::rate_limited, "busy", "wait");
    };
    const auto made = suggest(m_generator, m_ask, m_context, {}, {}, m_cancel);
    ASSERT_FALSE(made);
    EXPECT_EQ(made.error().code, ErrorCode::rate_limited);
    EXPECT_EQ(made.error().hint, "wait");
}

TEST_F(Engine, WhatDeletesUnaskedIsAskedForAgain) {
    m_ask.request = "find all files in src";
    answers({"find src -type f -exec rm {} +", "find src -type f"});
    const auto made = suggest(m_generator, m_ask, m_context, {}, {}, m_cancel);
    ASSERT_TRUE(made);
    EXPECT_EQ(made->command, "find src -type f");
    EXPECT_EQ(m_next, 2U);
}

TEST_F(Engine, WhatIsRefusedWithExamplesIsAskedForWithoutThem) {
    m_ask.request = "make a hard link of a.txt named b.txt";
    answers({"# Please say what should be changed.", "ln a.txt b.txt"});
    const auto made = suggest(m_generator, m_ask, m_context, {}, {}, m_cancel);
    ASSERT_TRUE(made);
    EXPECT_EQ(made->command, "ln a.txt b.txt");
    m_ask.request = "sing me a song";
    m_next = 0;
    answers({"# That is no task for a shell.", "echo la"});
    EXPECT_EQ(suggest(m_generator, m_ask, m_context, {}, {}, m_cancel).error().code, ErrorCode::unclear);
}

TEST_F(Engine, AlternativesDifferFromTheKnownOneAndFromEachOther) {
    m_ask.request = "delete everything or list it";
    answers({"ls  -la", "ls -l", "ls -l", "ls -la", "rm -rf ~", "ls -a"});
    const auto found = alternatives(m_generator, m_ask, m_context, "ls -la", 3, m_cancel);
    ASSERT_TRUE(found);
    ASSERT_EQ(found->size(), 3U);
    EXPECT_EQ((*found)[0].command, "ls -l");
    EXPECT_EQ((*found)[1].command, "rm -rf ~");
    EXPECT_EQ((*found)[1].report.risk, safety::Risk::critical);
    EXPECT_EQ((*found)[2].command, "ls -a");
    EXPECT_TRUE(m_sampled);
}

TEST_F(Engine, AModelThatKnowsNoOtherWayEndsTheSearch) {
    answers({"ls"});
    const auto found = alternatives(m_generator, m_ask, m_context, "ls", 3, m_cancel);
    ASSERT_TRUE(found);
    EXPECT_TRUE(found->empty());
    EXPECT_LE(m_next, 9U);
}

TEST_F(Engine, TheSceneFollowsTheContext) {
    m_context.shell = context::Shell::fish;
    m_context.os = context::Os::macos;
    m_context.is_root = true;
    const safety::Scene scene = scene_of(m_context);
    EXPECT_EQ(scene.home, "/home/u");
    EXPECT_EQ(scene.cwd, "/home/u/project");
    EXPECT_TRUE(scene.is_root);
    EXPECT_EQ(scene.dialect, safety::Scene::Dialect::fish);
    EXPECT_EQ(scene.platform, safety::Scene::Platform::bsd);
}

}  // namespace
}  // namespace caro::engine
