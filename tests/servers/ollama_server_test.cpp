// The Ollama back end against a real server; tests/servers/ollama.sh brings one. Without it these are skipped.
#include <fmt/core.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <functional>
#include <string>
#include <vector>

#include "infer/ollama/ollama_backend.hpp"
#include "infer/registry.hpp"
#include "support/scoped_env.hpp"
#include "util/clock.hpp"
#include "util/env.hpp"

namespace caro::infer::ollama {
namespace {

using namespace std::chrono_literals;

// Longer than any sane answer takes on two busy processors; only a hang reaches it.
constexpr std::uint32_t k_timeout_ms = 300'000;

class RealOllama : public testing::Test {
  protected:
    void SetUp() override {
        if (!get_env_nonempty("CARO_TEST_OLLAMA_URL")) {
            GTEST_SKIP() << "no server; run: tests/servers/ollama.sh run PROGRAM";
        }
    }

    static std::string variable(const std::string& name) { return get_env(("CARO_TEST_OLLAMA_" + name).c_str()).value_or(""); }
    static std::string chat() { return variable("MODEL"); }
    static std::string bare() { return variable("BARE_MODEL"); }

    static std::unique_ptr<Generator> connect(const std::string& model, const std::string& url = variable("URL")) {
        BackendOptions options;
        options.ollama_url = url;
        options.ollama_model = model;
        options.timeout_ms = k_timeout_ms;
        options.threads = 2;
        return std::move(*make(options));
    }

    static GenerateRequest ask(const std::string& text, std::uint32_t max_tokens) {
        GenerateRequest out;
        out.prompt.system = "You translate English into ONE POSIX shell command. Output only the command.";
        out.prompt.turns = {{true, text}};
        out.max_tokens = max_tokens;
        return out;
    }

    // A request that keeps the model busy for a long time.
    static GenerateRequest long_ask() { return ask("Count from one to five hundred in words, one per line.", 2000); }

    test::CleanServerEnv m_env;
};

// The processes that a server runs its models in. A child is listed with the thread that started it.
std::vector<pid_t> children_of(pid_t parent) {
    std::vector<pid_t> out;
    std::error_code error;
    for (const auto& thread : std::filesystem::directory_iterator(fmt::format("/proc/{}/task", parent), error)) {
        std::ifstream file(thread.path() / "children");
        for (pid_t child = 0; file >> child;) {
            out.push_back(child);
        }
    }
    return out;
}

TEST_F(RealOllama, IsReadyAndNamesItsModel) {
    auto ollama = connect("");
    const Availability availability = ollama->is_available(5000ms, CancelToken());
    EXPECT_TRUE(availability.ready) << availability.why_not;
    EXPECT_EQ(ollama->info().model.substr(0, 10), "caro-test:") << "the best installed one, when none is named";
    EXPECT_TRUE(ollama->info().local);
    EXPECT_TRUE(ollama->info().notes.empty()) << "bound to loopback: nothing to warn of; " << ollama->info().notes[0];
}

TEST_F(RealOllama, AnswersPieceByPiece) {
    auto ollama = connect(chat());
    std::vector<std::string> pieces;
    const TokenSink sink = [&](std::string_view piece) {
        pieces.emplace_back(piece);
        return true;
    };
    const CancelToken cancel;
    const auto completion = ollama->generate(ask("list all files larger than 10 MB under /var/log", 32), sink, cancel);
    ASSERT_TRUE(completion) << completion.error().message;
    EXPECT_NE(completion->text.find("find /var/log"), std::string::npos) << completion->text;
    EXPECT_GT(pieces.size(), 5U) << "it comes as it is made, not all at once";
    std::string whole;
    for (const std::string& piece : pieces) {
        whole += piece;
    }
    EXPECT_EQ(whole, completion->text);
    EXPECT_GT(completion->usage.generated_tokens, 5U);
    EXPECT_GT(completion->timings.generate, 0);
    EXPECT_GT(ollama->info().measured_tokens_per_s, 0);
}

// Imported without a template, this model would never see the system text: a quarter of the tokens is missing then.
TEST_F(RealOllama, TheSystemTextArrivesWhateverTheTemplate) {
    const CancelToken cancel;
    const auto with_template = connect(chat())->generate(ask("print the date", 4), {}, cancel);
    ASSERT_TRUE(with_template) << with_template.error().message;
    const auto without = connect(bare())->generate(ask("print the date", 4), {}, cancel);
    ASSERT_TRUE(without) << without.error().message;
    EXPECT_GT(without->usage.prompt_tokens, 20U);
    EXPECT_EQ(without->usage.prompt_tokens, with_template->usage.prompt_tokens);
}

TEST_F(RealOllama, StopsAtTheLimitOfTokens) {
    const CancelToken cancel;
    const auto completion = connect(chat())->generate(ask("list all files", 3), {}, cancel);
    ASSERT_TRUE(completion) << completion.error().message;
    EXPECT_EQ(completion->stop, StopReason::max_tokens);
    EXPECT_LE(completion->usage.generated_tokens, 3U);
    EXPECT_GT(completion->usage.prompt_tokens, 20U) << "an answer read to its end tells what it took";
}

TEST_F(RealOllama, EnoughIsNoError) {
    auto ollama = connect(chat());
    int pieces = 0;
    const CancelToken cancel;
    const auto completion = ollama->generate(long_ask(), [&](std::string_view) { return ++pieces < 3; }, cancel);
    ASSERT_TRUE(completion) << completion.error().message;
    EXPECT_EQ(completion->stop, StopReason::sink);
    EXPECT_EQ(pieces, 3);
}

TEST_F(RealOllama, CancelledInMidAnswerItEndsAtOnceAndTheServerIsFreeAgain) {
    auto ollama = connect(chat());
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
    const auto completion = ollama->generate(long_ask(), sink, cancel);
    ASSERT_FALSE(completion);
    EXPECT_EQ(completion.error().code, ErrorCode::cancelled);
    EXPECT_LT(since_cancel.milliseconds(), 2000);
    // Two thousand tokens would take more than half a minute; a server that went on with them would be busy.
    const CancelToken never;
    const Stopwatch watch;
    const auto next = ollama->generate(ask("print the date", 4), {}, never);
    ASSERT_TRUE(next) << next.error().message;
    EXPECT_LT(watch.milliseconds(), 20'000);
}

TEST_F(RealOllama, AnUnknownModelNamesTheCommandThatBringsIt) {
    auto ollama = connect("no-such-model:1b");
    const Availability availability = ollama->is_available(5000ms, CancelToken());
    EXPECT_FALSE(availability.ready);
    EXPECT_EQ(availability.how_to_fix, "Run: ollama pull no-such-model:1b");
    const CancelToken cancel;
    const auto completion = ollama->generate(ask("list files", 8), {}, cancel);
    ASSERT_FALSE(completion);
    EXPECT_EQ(completion.error().code, ErrorCode::not_found);
    EXPECT_EQ(completion.error().hint, "Run: ollama pull no-such-model:1b");
}

// The last two use a server of their own, because they break it.
class BrokenOllama : public RealOllama {
  protected:
    void SetUp() override {
        RealOllama::SetUp();
        if (variable("VICTIM_URL").empty()) {
            GTEST_SKIP() << "no second server that may be killed";
        }
        m_pid = static_cast<pid_t>(std::stol(variable("VICTIM_PID")));
    }

    // Generates until the third piece has come, then calls `strike`; what comes of it.
    Result<Completion> strike_in_mid_answer(const std::function<void()>& strike) const {
        int pieces = 0;
        const TokenSink sink = [&](std::string_view) {
            if (++pieces == 3) {
                strike();
            }
            return true;
        };
        const CancelToken cancel;
        return connect(chat(), variable("VICTIM_URL"))->generate(long_ask(), sink, cancel);
    }

    pid_t m_pid = 0;
};

TEST_F(BrokenOllama, AModelProcessThatDiesIsAnErrorAndTheNextRequestWorks) {
    const auto completion = strike_in_mid_answer([&] {
        for (const pid_t runner : children_of(m_pid)) {
            ::kill(runner, SIGKILL);
        }
    });
    ASSERT_FALSE(completion);
    EXPECT_FALSE(completion.error().message.empty());
    EXPECT_FALSE(completion.error().hint.empty());
    const CancelToken cancel;
    const auto next = connect(chat(), variable("VICTIM_URL"))->generate(ask("print the date", 4), {}, cancel);
    EXPECT_TRUE(next) << next.error().message;
}

TEST_F(BrokenOllama, AServerThatDiesIsAnErrorAtOnce) {
    Stopwatch since_kill;
    const auto completion = strike_in_mid_answer([&] {
        const auto runners = children_of(m_pid);
        ::kill(m_pid, SIGKILL);
        for (const pid_t runner : runners) {
            ::kill(runner, SIGKILL);
        }
        since_kill.restart();
    });
    ASSERT_FALSE(completion);
    EXPECT_EQ(completion.error().code, ErrorCode::network) << completion.error().message;
    EXPECT_LT(since_kill.milliseconds(), 5000);
    // And from then on nothing answers there.
    auto ollama = connect(chat(), variable("VICTIM_URL"));
    const Availability availability = ollama->is_available(2000ms, CancelToken());
    EXPECT_FALSE(availability.ready);
    EXPECT_EQ(availability.how_to_fix, "Start it with: ollama serve");
}

}  // namespace
}  // namespace caro::infer::ollama
