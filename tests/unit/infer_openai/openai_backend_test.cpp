#include "infer/openai/openai_backend.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <nlohmann/json.hpp>

#include "infer/openai/protocol.hpp"
#include "infer/registry.hpp"
#include "support/fake_server.hpp"
#include "support/scoped_env.hpp"
#include "util/log.hpp"

namespace caro::infer::openai {
namespace {

using namespace std::chrono_literals;
using test::capture;
using test::Connection;
using test::FakeServer;
using test::http_answer;
using test::ScopedEnv;

constexpr const char* k_sse = "Content-Type: text/event-stream\r\n";

class OpenAi : public testing::Test {
  protected:
    static std::unique_ptr<Generator> connect(const FakeServer& server, const std::string& model = "caro-test") {
        BackendOptions options;
        options.vllm_url = server.url() + "/v1";
        options.vllm_model = model;
        options.vllm_key_env = "CARO_TEST_KEY";
        options.timeout_ms = 3000;
        return std::move(*make(options));
    }

    static GenerateRequest request() {
        GenerateRequest out;
        out.prompt.system = "Answer with one shell command.";
        out.prompt.examples = {{true, "show the date"}, {false, "date"}};
        out.prompt.turns = {{true, "count the lines of notes.txt"}};
        out.prompt.stop = {"\n"};
        out.max_tokens = 160;
        return out;
    }

    static Result<Completion> generate(Generator& generator) {
        const CancelToken cancel;
        return generator.generate(request(), {}, cancel);
    }

    static nlohmann::json last_body(const FakeServer& server) {
        const std::string text = server.requests().back();
        return nlohmann::json::parse(text.substr(text.find("\r\n\r\n") + 4));
    }

    static FakeServer answering(const std::string& answer) {
        return FakeServer(test::routes({{"GET /v1/models", capture("vllm-models")}, {"POST /v1/chat/completions", answer}}));
    }

    test::CleanServerEnv m_env;
    ScopedEnv m_key{"CARO_TEST_KEY", "sk-caro-test-key"};
};

TEST_F(OpenAi, AnswersFromARecording) {
    FakeServer server = answering(capture("vllm-chat-stream"));
    auto vllm = connect(server);
    const auto completion = generate(*vllm);
    ASSERT_TRUE(completion) << completion.error().message;
    EXPECT_EQ(completion->text, "```bash\nwc -l notes.txt\n```");
    EXPECT_EQ(completion->stop, StopReason::end_of_answer);
    EXPECT_EQ(completion->usage.prompt_tokens, 25U);
    EXPECT_EQ(completion->usage.generated_tokens, 11U);
    EXPECT_EQ(vllm->info().model, "caro-test");
}

TEST_F(OpenAi, SendsWhatIsAskedFor) {
    FakeServer server = answering(capture("vllm-chat-stream"));
    ASSERT_TRUE(generate(*connect(server)));
    const std::string head = server.requests().back();
    EXPECT_NE(head.find("Authorization: Bearer sk-caro-test-key\r\n"), std::string::npos);
    const auto body = last_body(server);
    EXPECT_EQ(body["model"], "caro-test");
    EXPECT_EQ(body["stream"], true);
    EXPECT_EQ(body["max_tokens"], 100);
    EXPECT_NEAR(body["temperature"].get<double>(), 0.1, 1e-6);
    ASSERT_EQ(body["messages"].size(), 4U);
    EXPECT_EQ(body["messages"][0]["role"], "system");
    EXPECT_EQ(body["messages"][2]["role"], "assistant");
    EXPECT_EQ(body["messages"][3]["content"], "count the lines of notes.txt");
}

TEST_F(OpenAi, TakesTheFirstServedModel) {
    FakeServer server = answering(capture("vllm-chat-stream"));
    auto vllm = connect(server, "");
    ASSERT_TRUE(generate(*vllm));
    EXPECT_EQ(vllm->info().model, "caro-test");
    EXPECT_EQ(vllm->info().context_tokens, 4096U);
}

TEST_F(OpenAi, ModelsWithoutASystemRoleAreServedToo) {
    FakeServer server([](Connection& c) {
        const std::string text = c.read_request();
        c.write(text.find("\"role\":\"system\"") != std::string::npos
                    ? http_answer(400, R"({"error":{"message":"System role not supported"}})")
                    : capture("vllm-chat-stream"));
    });
    ASSERT_TRUE(generate(*connect(server)));
    EXPECT_EQ(last_body(server)["messages"][0]["content"], "Answer with one shell command.\n\nshow the date");
}

TEST_F(OpenAi, AServerThatDoesNotStreamIsReadToo) {
    FakeServer server = answering(capture("vllm-chat"));
    const auto completion = generate(*connect(server));
    ASSERT_TRUE(completion) << completion.error().message;
    EXPECT_EQ(completion->text, "```bash\nwc -l notes.txt\n```");
    EXPECT_EQ(completion->usage.generated_tokens, 11U);
}

TEST_F(OpenAi, AKeyIsAskedForOrRefused) {
    FakeServer server = answering(capture("vllm-wrong-key"));
    const auto refused = generate(*connect(server));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::unauthorized);
    EXPECT_NE(refused.error().message.find("does not accept the key from CARO_TEST_KEY"), std::string::npos)
        << refused.error().message;

    const ScopedEnv none("CARO_TEST_KEY", nullptr);
    const auto missing = generate(*connect(server));
    ASSERT_FALSE(missing);
    EXPECT_EQ(missing.error().code, ErrorCode::unauthorized);
    EXPECT_EQ(missing.error().hint, "Put the key in CARO_TEST_KEY");
    EXPECT_NE(connect(server, "")->is_available(500ms, CancelToken()).ready, false);
}

TEST_F(OpenAi, TheCommonKeyIsASecondChoice) {
    const ScopedEnv common("OPENAI_API_KEY", "sk-common-key");
    FakeServer server = answering(capture("vllm-chat-stream"));
    const auto sent_with = [&](const char* key_env) {
        BackendOptions options;
        options.vllm_url = server.url() + "/v1";
        options.vllm_model = "caro-test";
        options.vllm_key_env = key_env;
        EXPECT_TRUE(generate(**make(options)));
        return server.requests().back();
    };
    {
        const ScopedEnv own("CARO_VLLM_API_KEY", "sk-own-key");
        EXPECT_NE(sent_with("CARO_VLLM_API_KEY").find("Bearer sk-own-key\r\n"), std::string::npos);
    }
    EXPECT_NE(sent_with("CARO_VLLM_API_KEY").find("Bearer sk-common-key\r\n"), std::string::npos);
    // Who names another variable means that one: the key of another provider is not for this server.
    EXPECT_NE(sent_with("CARO_TEST_KEY").find("Bearer sk-caro-test-key\r\n"), std::string::npos);
    const ScopedEnv none("CARO_TEST_KEY", nullptr);
    EXPECT_EQ(sent_with("CARO_TEST_KEY").find("Authorization"), std::string::npos);
}

TEST_F(OpenAi, AKeyCannotSmuggleHeaders) {
    const ScopedEnv bad("CARO_TEST_KEY", "sk-a\r\nX-Evil: 1");
    BackendOptions options;
    options.vllm_url = "http://127.0.0.1:1/v1";
    options.vllm_key_env = "CARO_TEST_KEY";
    const auto made = make(options);
    ASSERT_FALSE(made);
    EXPECT_EQ(made.error().code, ErrorCode::config);
    EXPECT_EQ(made.error().message.find("sk-a"), std::string::npos);
}

TEST_F(OpenAi, AKeyIsNoReasonToGoAnywhere) {
    const ScopedEnv common("OPENAI_API_KEY", "sk-common-key");
    BackendOptions options;
    auto vllm = std::move(*make(options));
    EXPECT_EQ(vllm->info().device, "");
    const auto completion = generate(*vllm);
    ASSERT_FALSE(completion);
    EXPECT_EQ(completion.error().code, ErrorCode::unavailable);
    EXPECT_NE(completion.error().hint.find("vllm.url"), std::string::npos);
    EXPECT_FALSE(vllm->is_available(100ms, CancelToken()).ready);
}

TEST_F(OpenAi, AddressesComeFromSettingsThenEnvironment) {
    const auto info = [](const std::string& url) {
        BackendOptions options;
        options.vllm_url = url;
        return (*make(options))->info();
    };
    const ScopedEnv base("OPENAI_BASE_URL", "https://far.example/v1");
    EXPECT_EQ(info("").device, "https://far.example");
    EXPECT_FALSE(info("").automatic) << "only vllm.url may make caro use a server unasked";
    EXPECT_EQ(info("http://127.0.0.1:8000").device, "http://127.0.0.1:8000");
    EXPECT_TRUE(info("http://127.0.0.1:8000").automatic);
    EXPECT_EQ(info("http://gpu.example:8000").device, "https://gpu.example:8000");
    EXPECT_EQ(info("http://gpu.example:8000").notes.size(), 1U);
    const ScopedEnv none("OPENAI_BASE_URL", nullptr);
    const ScopedEnv old("OPENAI_API_BASE", "http://127.0.0.1:9/v1");
    EXPECT_EQ(info("").device, "http://127.0.0.1:9");
}

TEST_F(OpenAi, ABareAddressMeansVersionOne) {
    FakeServer server = answering(capture("vllm-chat-stream"));
    BackendOptions options;
    options.vllm_url = server.url();
    ASSERT_TRUE(generate(**make(options)));
}

TEST_F(OpenAi, UnknownModelsAndWrongAddressesAreToldApart) {
    FakeServer server = answering(capture("vllm-unknown-model"));
    const auto unknown = generate(*connect(server, "no-such-model"));
    ASSERT_FALSE(unknown);
    EXPECT_EQ(unknown.error().code, ErrorCode::not_found);
    EXPECT_NE(unknown.error().message.find("no model 'no-such-model'"), std::string::npos) << unknown.error().message;
    EXPECT_EQ(unknown.error().hint, "Set vllm.model to one it serves: caro-test");
    EXPECT_EQ(connect(server, "no-such-model")->is_available(500ms, CancelToken()).how_to_fix, unknown.error().hint);

    // A refused key is told as one, and so leads to no other server.
    FakeServer locked(test::routes({{"GET /v1/models", capture("vllm-models-no-key")},
                                    {"POST /v1/chat/completions", capture("vllm-unknown-model")}}));
    EXPECT_EQ(generate(*connect(locked)).error().code, ErrorCode::unauthorized);

    FakeServer other(test::routes({{"/", capture("vllm-wrong-path")}}));
    const auto wrong = generate(*connect(other));
    ASSERT_FALSE(wrong);
    EXPECT_EQ(wrong.error().hint, "Check vllm.url: it usually ends in /v1");
}

TEST_F(OpenAi, AProxyWhoseServerIsDownIsToldApart) {
    FakeServer server = answering(http_answer(502, "\n<html><h1>502 Bad Gateway</h1></html>", "Content-Type: text/html\r\n"));
    const auto completion = generate(*connect(server));
    ASSERT_FALSE(completion);
    EXPECT_EQ(completion.error().code, ErrorCode::unavailable);
    EXPECT_EQ(completion.error().message, "the model server behind " + server.url() + " does not answer (status 502)");
    EXPECT_EQ(completion.error().hint, "The proxy works; start the model server behind it");
}

TEST_F(OpenAi, ServerFailuresHaveNames) {
    const std::string event = "data: {\"choices\":[{\"delta\":{\"content\":\"ls\"},\"finish_reason\":null}]}\n\n";
    const struct {
        const char* what;
        std::string answer;
        ErrorCode code;
        const char* says;
    } cases[] = {
        {"forbidden", http_answer(403, R"({"error":{"message":"not for you"}})"), ErrorCode::forbidden, "not for you"},
        {"request time-out", http_answer(408, "{}"), ErrorCode::rate_limited, "busy"},
        {"too many", http_answer(429, R"({"error":{"message":"slow down"}})"), ErrorCode::rate_limited, "slow down"},
        {"engine dead", capture("vllm-engine-dead"), ErrorCode::unavailable, "EngineCore"},
        {"worker died", capture("vllm-worker-died"), ErrorCode::unavailable, "in the middle of its answer"},
        {"too long", capture("vllm-too-long"), ErrorCode::usage, "too long"},
        {"bad request", capture("vllm-bad-json"), ErrorCode::bad_output, "does not understand"},
        {"not json", http_answer(200, "data: <html>\n\n", k_sse), ErrorCode::bad_output, "no answer"},
        {"no utf-8", http_answer(200, "data: \xFF\n\n", k_sse), ErrorCode::bad_output, "UTF-8"},
        {"truncated", http_answer(200, event, k_sse), ErrorCode::network, "ends in the middle"},
        {"empty", http_answer(200, "data: [DONE]\n\n", k_sse), ErrorCode::bad_output, "empty answer"},
        {"nothing", http_answer(200, "", k_sse), ErrorCode::network, "ends in the middle"},
        {"endless", http_answer(200, "data: " + std::string(1 << 21, 'x'), k_sse), ErrorCode::bad_output, "too long"},
    };
    for (const auto& c : cases) {
        FakeServer server = answering(c.answer);
        const auto completion = generate(*connect(server));
        ASSERT_FALSE(completion) << c.what;
        EXPECT_EQ(completion.error().code, c.code) << c.what << ": " << completion.error().message;
        EXPECT_NE(completion.error().message.find(c.says), std::string::npos) << c.what << ": " << completion.error().message;
    }
}

TEST_F(OpenAi, WaitsOnceWhereTheServerAsksForIt) {
    std::atomic<int> calls{0};
    FakeServer server([&](Connection& c) {
        c.read_request();
        c.write(++calls == 1 ? http_answer(429, "{}", "Retry-After: 1\r\n") : capture("vllm-chat-stream"));
    });
    auto vllm = connect(server);
    const auto start = std::chrono::steady_clock::now();
    ASSERT_TRUE(generate(*vllm));
    EXPECT_GE(std::chrono::steady_clock::now() - start, 950ms);
    EXPECT_EQ(calls, 2);
}

TEST_F(OpenAi, DoesNotWaitTwiceNorTooLong) {
    FakeServer again([](Connection& c) {
        c.read_request();
        c.write(http_answer(429, "{}", "Retry-After: 0\r\n"));
    });
    const auto twice = generate(*connect(again));
    ASSERT_FALSE(twice);
    EXPECT_EQ(twice.error().code, ErrorCode::rate_limited);
    EXPECT_EQ(again.requests().size(), 2U);

    FakeServer later([](Connection& c) {
        c.read_request();
        c.write(http_answer(503, "{}", "Retry-After: 60\r\n"));
    });
    const auto start = std::chrono::steady_clock::now();
    ASSERT_FALSE(generate(*connect(later)));
    EXPECT_LT(std::chrono::steady_clock::now() - start, 500ms);
    EXPECT_EQ(later.requests().size(), 1U);
}

TEST_F(OpenAi, KeysAreInNoErrorEvenIfTheServerRepeatsThem) {
    std::string log;
    log::set_sink([&](std::string_view line) { log.append(line).append("\n"); });
    for (const int status : {400, 401, 403, 404, 429, 500}) {
        FakeServer server([&](Connection& c) {
            const std::string text = c.read_request();
            c.write(http_answer(status, R"({"error":{"message":"bad key sk-caro-test-key in Bearer sk-caro-test-key"}})"));
        });
        const auto completion = generate(*connect(server));
        ASSERT_FALSE(completion);
        const Error& error = completion.error();
        EXPECT_EQ((error.message + error.hint).find("sk-caro"), std::string::npos) << error.message;
    }
    FakeServer mid = answering(http_answer(200, "data: {\"error\":\"key sk-caro-test-key\"}\n\n", k_sse));
    const auto broken = generate(*connect(mid));
    ASSERT_FALSE(broken);
    EXPECT_EQ(broken.error().message.find("sk-caro"), std::string::npos) << broken.error().message;
    log::set_sink({});
    EXPECT_EQ(log.find("sk-caro"), std::string::npos) << log;
}

TEST(OpenAiProtocol, OddEventsAreNoCrash) {
    for (const char* odd : {"", "null", "[]", "1", "\"x\"", "{}", "{\"choices\":1}", "{\"choices\":[1]}",
                            "{\"choices\":[{}]}", "{\"choices\":[{\"delta\":7}]}", "{\"choices\":[{\"delta\":{\"content\":[]}}]}",
                            "{\"choices\":[],\"usage\":{\"prompt_tokens\":-5,\"completion_tokens\":1e300}}"}) {
        const auto piece = parse_event(odd);
        if (piece) {
            EXPECT_EQ(piece->text, "") << odd;
        }
    }
    EXPECT_FALSE(parse_event("{}"));
    EXPECT_FALSE(parse_models("{\"data\":7}"));
    EXPECT_EQ(parse_models("{\"data\":[1,{},{\"id\":\"m\"}]}")->size(), 1U);
}

TEST(OpenAiProtocol, CachedTokensAreRead) {
    const auto piece = parse_event(
        R"({"choices":[],"usage":{"prompt_tokens":30,"completion_tokens":5,"prompt_tokens_details":{"cached_tokens":20}}})");
    ASSERT_TRUE(piece && piece->usage);
    EXPECT_EQ(piece->usage->cached_tokens, 20U);
    EXPECT_EQ(piece->usage->prompt_tokens, 30U);
}

}  // namespace
}  // namespace caro::infer::openai
