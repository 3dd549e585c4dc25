#include "infer/ollama/ollama_backend.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <thread>
#include <nlohmann/json.hpp>

#include "infer/ollama/exposure.hpp"
#include "infer/registry.hpp"
#include "support/fake_server.hpp"
#include "support/network_address.hpp"
#include "support/scoped_env.hpp"

namespace caro::infer::ollama {
namespace {

using namespace std::chrono_literals;
using test::capture;
using test::Connection;
using test::FakeServer;
using test::http_answer;
using test::Route;
using test::routes;

class Ollama : public testing::Test {
  protected:
    std::unique_ptr<Generator> connect(const FakeServer& server, const std::string& model = "") {
        BackendOptions options;
        options.ollama_url = server.url();
        options.ollama_model = model;
        options.timeout_ms = 3000;
        options.threads = 2;
        return std::move(*make(options));
    }

    static GenerateRequest request() {
        GenerateRequest out;
        out.prompt.system = "Answer with one shell command.";
        out.prompt.turns = {{true, "count the lines of notes.txt"}};
        out.prompt.stop = {"\n"};
        out.max_tokens = 24;
        return out;
    }

    static Result<Completion> generate(Generator& generator) {
        const CancelToken cancel;
        return generator.generate(request(), {}, cancel);
    }

    // Body of the last request to a path.
    static nlohmann::json body_to(const FakeServer& server, const std::string& path) {
        nlohmann::json out;
        for (const std::string& text : server.requests()) {
            if (text.rfind("POST " + path + " ", 0) == 0) {
                out = nlohmann::json::parse(text.substr(text.find("\r\n\r\n") + 4));
            }
        }
        return out;
    }

    test::CleanServerEnv m_env;
};

std::vector<Route> recorded(const std::string& answer) {
    return {{"GET /api/tags", capture("ollama-tags")},
            {"POST /api/show", capture("ollama-show-bare")},
            {"POST /api/generate", answer}};
}

TEST_F(Ollama, AnswersFromARecording) {
    FakeServer server(routes(recorded(capture("ollama-generate-raw"))));
    auto ollama = connect(server, "caro-test:bare");
    const auto completion = generate(*ollama);
    ASSERT_TRUE(completion) << completion.error().message;
    EXPECT_EQ(completion->text, "```bash\nwc -l notes.txt\n```");
    EXPECT_EQ(completion->stop, StopReason::end_of_answer);
    EXPECT_EQ(completion->usage.prompt_tokens, 25U);
    EXPECT_EQ(completion->usage.generated_tokens, 11U);
    EXPECT_GT(completion->timings.load + completion->timings.prompt, 0);
}

TEST_F(Ollama, SendsTheSystemTextWhateverTheTemplate) {
    FakeServer server(routes(recorded(capture("ollama-generate-raw"))));
    auto ollama = connect(server, "caro-test:bare");
    ASSERT_TRUE(generate(*ollama));
    const auto body = body_to(server, "/api/generate");
    EXPECT_EQ(body["raw"], true);
    EXPECT_EQ(body["prompt"],
              "<|im_start|>system\nAnswer with one shell command.<|im_end|>\n"
              "<|im_start|>user\ncount the lines of notes.txt<|im_end|>\n<|im_start|>assistant\n");
    EXPECT_EQ(body["model"], "caro-test:bare");
    EXPECT_EQ(body["keep_alive"], "5m");
    const auto& options = body["options"];
    EXPECT_NEAR(options["temperature"].get<double>(), 0.1, 1e-6);
    EXPECT_EQ(options["top_k"], 10);
    EXPECT_NEAR(options["top_p"].get<double>(), 0.3, 1e-6);
    EXPECT_EQ(options["num_predict"], 24);
    EXPECT_EQ(options["num_thread"], 2);
    EXPECT_FALSE(options.contains("num_ctx")) << "another window makes the server load the model anew";
}

TEST_F(Ollama, OtherModelsGetMessages) {
    const std::string show = http_answer(200, R"({"template":"{{ .System }} {{ .Prompt }}","details":{"family":"llama"}})");
    FakeServer server(routes({{"POST /api/show", show}, {"POST /api/chat", capture("ollama-chat")}}));
    auto ollama = connect(server, "llama3.2:3b");
    const auto completion = generate(*ollama);
    ASSERT_TRUE(completion) << completion.error().message;
    EXPECT_EQ(completion->text, "```bash\nwc -l notes.txt\n```");
    const auto messages = body_to(server, "/api/chat")["messages"];
    ASSERT_EQ(messages.size(), 2U);
    EXPECT_EQ(messages[0]["role"], "system");
    EXPECT_EQ(messages[1]["content"], "count the lines of notes.txt");
}

TEST_F(Ollama, ReasoningModelsAreAskedNotToThink) {
    const std::string show =
        http_answer(200, R"({"template":"{{ .Messages }}","details":{"family":"qwen3"},"capabilities":["thinking"]})");
    FakeServer server(routes({{"POST /api/show", show}, {"POST /api/chat", capture("ollama-chat")}}));
    ASSERT_TRUE(generate(*connect(server, "qwen3:4b")));
    EXPECT_EQ(body_to(server, "/api/chat")["think"], false);
}

TEST_F(Ollama, TakesTheBestInstalledModel) {
    FakeServer server(routes(recorded(capture("ollama-generate-raw"))));
    auto ollama = connect(server);
    EXPECT_EQ(ollama->info().model, "");
    ASSERT_TRUE(generate(*ollama));
    EXPECT_EQ(ollama->info().model, "caro-test:chat");
    EXPECT_GT(ollama->info().measured_tokens_per_s, 0);
    EXPECT_EQ(ollama->info().context_tokens, 32768U);
    EXPECT_TRUE(ollama->info().local);
}

TEST_F(Ollama, LongPromptsGetAWindowThatHoldsThem) {
    FakeServer server(routes(recorded(capture("ollama-generate-raw"))));
    auto ollama = connect(server, "caro-test:bare");
    GenerateRequest long_one = request();
    long_one.prompt.turns[0].text = std::string(30000, 'x');
    const CancelToken cancel;
    ASSERT_TRUE(ollama->generate(long_one, {}, cancel));
    EXPECT_EQ(body_to(server, "/api/generate")["options"]["num_ctx"], 10240);
}

TEST_F(Ollama, CreativeSamplingIsPassedOn) {
    FakeServer server(routes(recorded(capture("ollama-generate-raw"))));
    auto ollama = connect(server, "caro-test:bare");
    GenerateRequest creative = request();
    creative.sampling = Sampling::creative(7);
    const CancelToken cancel;
    ASSERT_TRUE(ollama->generate(creative, {}, cancel));
    const auto options = body_to(server, "/api/generate")["options"];
    EXPECT_NEAR(options["temperature"].get<double>(), 0.7, 1e-6);
    EXPECT_EQ(options["seed"], 7);
    EXPECT_EQ(options["top_k"], 40);
}

TEST_F(Ollama, KeepAliveMayBeANumber) {
    FakeServer server(routes(recorded(capture("ollama-generate-raw"))));
    for (const auto& [given, sent] : std::vector<std::pair<std::string, nlohmann::json>>{
             {"-1", -1}, {"300", 300}, {"1h30m", "1h30m"}, {"0", 0}}) {
        BackendOptions options;
        options.ollama_url = server.url();
        options.ollama_model = "caro-test:bare";
        options.ollama_keep_alive = given;
        ASSERT_TRUE(generate(**make(options)));
        EXPECT_EQ(body_to(server, "/api/generate")["keep_alive"], sent) << given;
    }
}

TEST_F(Ollama, AMissingModelIsNamedWithTheExactRemedy) {
    FakeServer server(routes({{"GET /api/tags", capture("ollama-tags")}, {"POST /api/show", capture("ollama-show-unknown")}}));
    auto ollama = connect(server, "qwen2.5-coder:7b");
    const auto completion = generate(*ollama);
    ASSERT_FALSE(completion);
    EXPECT_EQ(completion.error().code, ErrorCode::not_found);
    EXPECT_EQ(completion.error().hint, "Run: ollama pull qwen2.5-coder:7b");
    const Availability available = ollama->is_available(500ms, CancelToken());
    EXPECT_FALSE(available.ready);
    EXPECT_EQ(available.how_to_fix, "Run: ollama pull qwen2.5-coder:7b");
    for (const auto& sent : server.requests()) {
        EXPECT_EQ(sent.find("/api/pull"), std::string::npos);
    }
}

TEST_F(Ollama, WithoutAnyModelOneIsSuggested) {
    FakeServer server(routes({{"GET /api/tags", http_answer(200, R"({"models":[]})")}}));
    const auto completion = generate(*connect(server));
    ASSERT_FALSE(completion);
    EXPECT_EQ(completion.error().code, ErrorCode::not_found);
    EXPECT_EQ(completion.error().hint, "Run: ollama pull qwen2.5-coder:1.5b");
}

TEST_F(Ollama, AServerThatIsNotThere) {
    BackendOptions options;
    options.ollama_url = "http://127.0.0.1:" + std::to_string(test::closed_port());
    auto ollama = std::move(*make(options));
    const auto completion = generate(*ollama);
    ASSERT_FALSE(completion);
    EXPECT_EQ(completion.error().code, ErrorCode::network);
    EXPECT_EQ(completion.error().hint, "Start it with: ollama serve");
    EXPECT_EQ(ollama->is_available(150ms, CancelToken()).how_to_fix, "Start it with: ollama serve");
}

TEST_F(Ollama, AProbeKeepsToItsBudget) {
    FakeServer server([](Connection& c) {
        c.read_request();
        c.wait_for_close(5s);
    });
    auto ollama = connect(server);
    const auto start = std::chrono::steady_clock::now();
    EXPECT_FALSE(ollama->is_available(150ms, CancelToken()).ready);
    EXPECT_LT(std::chrono::steady_clock::now() - start, 300ms);
}

TEST_F(Ollama, AllWaitsTogetherKeepToTheLimit) {
    // Each step alone is within the limit of one second; together they are not.
    FakeServer server([](Connection& c) {
        const std::string line = c.read_request();
        std::this_thread::sleep_for(600ms);
        c.write(line.find("/api/tags") != std::string::npos ? capture("ollama-tags") : capture("ollama-show-bare"));
    });
    BackendOptions options;
    options.ollama_url = server.url();
    options.timeout_ms = 1000;
    auto ollama = std::move(*make(options));
    const auto start = std::chrono::steady_clock::now();
    const auto completion = generate(*ollama);
    ASSERT_FALSE(completion);
    EXPECT_EQ(completion.error().code, ErrorCode::timeout);
    EXPECT_LT(std::chrono::steady_clock::now() - start, 1200ms);
}

TEST_F(Ollama, ServerFailuresHaveNames) {
    const struct {
        const char* what;
        std::string answer;
        ErrorCode code;
        const char* says;
    } cases[] = {
        {"busy", http_answer(503, R"({"error":"server busy, please try again"})"), ErrorCode::rate_limited, "server busy"},
        {"forbidden", capture("ollama-forbidden-host"), ErrorCode::forbidden, "refuses"},
        {"memory", http_answer(500, R"({"error":"model requires more system memory (9 GiB) than is available"})"),
         ErrorCode::unavailable, "system memory"},
        {"died", capture("ollama-runner-died"), ErrorCode::unavailable, "in the middle of its answer"},
        {"not json", http_answer(200, "<html>hello</html>"), ErrorCode::bad_output, "no answer"},
        {"other json", http_answer(200, "{\"x\":1}\n"), ErrorCode::bad_output, "no answer"},
        {"no utf-8", http_answer(200, "{\"response\":\"\xFF\",\"done\":false}\n"), ErrorCode::bad_output, "UTF-8"},
        {"truncated", http_answer(200, "{\"response\":\"ls\",\"done\":false}\n"), ErrorCode::network, "ends in the middle"},
        {"empty", http_answer(200, "{\"response\":\"\",\"done\":true}\n"), ErrorCode::bad_output, "empty answer"},
        {"endless", http_answer(200, "{\"response\":\"" + std::string(1 << 21, 'x')), ErrorCode::bad_output, "too long"},
    };
    for (const auto& c : cases) {
        FakeServer server(routes(recorded(c.answer)));
        GenerateRequest endless = request();
        endless.prompt.stop.clear();
        const CancelToken cancel;
        const auto completion = connect(server, "caro-test:bare")->generate(endless, {}, cancel);
        ASSERT_FALSE(completion) << c.what;
        EXPECT_EQ(completion.error().code, c.code) << c.what << ": " << completion.error().message;
        EXPECT_NE(completion.error().message.find(c.says), std::string::npos) << c.what << ": " << completion.error().message;
    }
}

TEST_F(Ollama, TheTokenLimitIsTold) {
    FakeServer server(routes(recorded(capture("ollama-generate-length"))));
    const auto completion = generate(*connect(server, "caro-test:bare"));
    ASSERT_TRUE(completion) << completion.error().message;
    EXPECT_EQ(completion->stop, StopReason::max_tokens);
}

TEST_F(Ollama, AddressesComeFromConfigurationThenEnvironment) {
    const auto device = [](const std::string& url, const char* host) {
        const test::ScopedEnv env("OLLAMA_HOST", host);
        BackendOptions options;
        options.ollama_url = url;
        return (*make(options))->info();
    };
    EXPECT_EQ(device("", nullptr).device, "http://127.0.0.1:11434");
    EXPECT_EQ(device("", "localhost:99").device, "http://localhost:99");
    EXPECT_EQ(device("localhost:77", "localhost:99").device, "http://localhost:77");
    EXPECT_TRUE(device("", "localhost:99").automatic);

    const BackendInfo far = device("", "gpu.example");
    EXPECT_EQ(far.device, "https://gpu.example:11434");
    EXPECT_FALSE(far.local);
    EXPECT_FALSE(far.automatic) << "a variable of another program must not send requests off this machine";
    ASSERT_EQ(far.notes.size(), 1U);
    EXPECT_NE(far.notes[0].find("another machine"), std::string::npos);
    EXPECT_TRUE(device("gpu.example", nullptr).automatic);
}

TEST_F(Ollama, AnOpenServerIsPointedOut) {
    const test::ScopedEnv env("OLLAMA_HOST", "0.0.0.0:1");
    FakeServer server(routes(recorded(capture("ollama-generate-raw"))));
    auto ollama = connect(server, "caro-test:bare");
    ASSERT_TRUE(ollama->is_available(500ms, CancelToken()).ready);
    ASSERT_EQ(ollama->info().notes.size(), 1U);
    EXPECT_NE(ollama->info().notes[0].find("OLLAMA_HOST"), std::string::npos);
}

TEST_F(Ollama, ExposureIsSeenFromOutsideAddresses) {
    FakeServer hidden([](Connection&) {});
    EXPECT_EQ(exposed_at(hidden.port(), 200ms), std::nullopt);

    if (!test::network_address()) {
        GTEST_SKIP() << "this machine has no address but loopback";
    }
    FakeServer open([](Connection&) {}, {"0.0.0.0", "", ""});
    EXPECT_TRUE(exposed_at(open.port(), 200ms));
}

TEST_F(Ollama, AfterShutdownNothingIsSent) {
    FakeServer server(routes(recorded(capture("ollama-generate-raw"))));
    auto ollama = connect(server, "caro-test:bare");
    ollama->shutdown();
    ollama->shutdown();
    EXPECT_FALSE(generate(*ollama));
    EXPECT_FALSE(ollama->is_available(100ms, CancelToken()).ready);
    EXPECT_EQ(server.connections(), 0);
}

}  // namespace
}  // namespace caro::infer::ollama
