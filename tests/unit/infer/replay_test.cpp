// Every recorded exchange of tests/captures once more over a socket: whole, byte by byte, slowly, and cut at every
// offset. A new recording is tested by lying there.
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <thread>

#include "infer/registry.hpp"
#include "support/fake_server.hpp"
#include "support/scoped_env.hpp"

namespace caro::infer {
namespace {

using namespace std::chrono_literals;
using test::Connection;
using test::FakeServer;

std::vector<std::string> recordings() {
    std::vector<std::string> out;
    for (const auto& file : std::filesystem::directory_iterator(std::string(CARO_SOURCE_DIR) + "/tests/captures")) {
        if (file.path().extension() == ".http") {
            out.push_back(file.path().stem().string());
        }
    }
    std::sort(out.begin(), out.end());
    return out;
}

bool starts_with(const std::string& text, std::string_view with) { return text.rfind(with, 0) == 0; }

// What came of a question, in a form that can be compared.
struct Outcome {
    bool answered = false;
    std::string text;
    Usage usage;
    ErrorCode code = ErrorCode::internal;
    std::string message;
};

class Replay : public testing::TestWithParam<std::string> {
  protected:
    Replay() : m_raw(test::capture(GetParam())), m_server([this](Connection& c) { serve(c); }) {
        BackendOptions options;
        options.timeout_ms = 5000;
        options.ollama_url = m_server.url();
        options.vllm_url = m_server.url() + "/v1";
        // Lists of models are asked for where no model is named.
        options.ollama_model = place() == "GET /api/tags" ? "" : "caro-test:bare";
        options.vllm_model = place() == "GET /v1/models" ? "" : "caro-test";
        m_options = options;
    }

    // The request that this recording answers.
    static std::string_view place() {
        const std::string& name = GetParam();
        return starts_with(name, "ollama-tags")   ? "GET /api/tags"
               : starts_with(name, "ollama-show") ? "POST /api/show"
               : starts_with(name, "ollama-")     ? "POST /api/generate"
               : starts_with(name, "vllm-models") ? "GET /v1/models"
                                                  : "POST /v1/chat/completions";
    }

    void serve(Connection& c) {
        const std::string line = c.read_request();
        if (starts_with(line, place())) {
            m_send(c);
            return;
        }
        for (const auto& [match, name] : {std::pair{"GET /api/tags", "ollama-tags"},
                                          {"POST /api/show", "ollama-show-bare"},
                                          {"POST /api/generate", "ollama-generate-raw"},
                                          {"POST /api/chat", "ollama-chat"},
                                          {"GET /v1/models", "vllm-models"},
                                          {"POST /v1/chat/completions", "vllm-chat-stream"}}) {
            if (starts_with(line, match)) {
                c.write(test::capture(name));
            }
        }
    }

    std::unique_ptr<Generator> connect() {
        return std::move(*(*find_backend(starts_with(GetParam(), "ollama-") ? "ollama" : "vllm"))->make(m_options));
    }

    static Outcome ask(Generator& generator) {
        GenerateRequest request;
        request.prompt.turns = {{true, "count the lines of notes.txt"}};
        const CancelToken cancel;
        const auto completion = generator.generate(request, {}, cancel);
        if (!completion) {
            return {false, "", {}, completion.error().code, completion.error().message};
        }
        return {true, completion->text, completion->usage, {}, ""};
    }

    Outcome ask_with(std::function<void(Connection&)> send) {
        m_send = std::move(send);
        return ask(*connect());
    }

    Outcome whole() {
        return ask_with([this](Connection& c) { c.write(m_raw); });
    }

    static void expect_same(const Outcome& got, const Outcome& wanted) {
        EXPECT_EQ(got.answered, wanted.answered) << got.message;
        EXPECT_EQ(got.text, wanted.text);
        EXPECT_EQ(got.usage.prompt_tokens, wanted.usage.prompt_tokens);
        EXPECT_EQ(got.usage.generated_tokens, wanted.usage.generated_tokens);
        EXPECT_EQ(got.code, wanted.code) << got.message;
        EXPECT_EQ(got.message, wanted.message);
    }

    test::CleanServerEnv m_env;
    const std::string m_raw;
    std::function<void(Connection&)> m_send;
    FakeServer m_server;
    BackendOptions m_options;
};

INSTANTIATE_TEST_SUITE_P(All, Replay, testing::ValuesIn(recordings()), [](const auto& param) {
    std::string name = param.param;
    std::replace(name.begin(), name.end(), '-', '_');
    return name;
});

TEST_P(Replay, ByteByByteIsTheSame) {
    expect_same(ask_with([this](Connection& c) {
                    for (const char byte : m_raw) {
                        c.write(std::string_view(&byte, 1));
                    }
                }),
                whole());
}

TEST_P(Replay, SlowIsTheSame) {
    expect_same(ask_with([this](Connection& c) {
                    const std::size_t step = m_raw.size() / 25 + 1;
                    for (std::size_t at = 0; at < m_raw.size(); at += step) {
                        c.write(m_raw.substr(at, step));
                        std::this_thread::sleep_for(8ms);
                    }
                }),
                whole());
}

// Wherever the connection ends: the whole answer or an error, never half a command; and a refusal stays that refusal
// from the moment its head is known.
TEST_P(Replay, CutAtEveryOffset) {
    const Outcome wanted = whole();
    const std::size_t head = m_raw.find("\r\n\r\n") + 4;
    // The two descriptions of a model are long and hold no answer: every 37th offset of their bodies will do.
    const std::size_t step = m_raw.size() > 10'000 ? 37 : 1;
    std::atomic<std::size_t> cut{0};
    m_send = [&](Connection& c) { c.write(m_raw.substr(0, cut)); };
    // A list or description that was read once is kept, so each of those needs a new connection.
    const bool once = place() == "POST /api/generate" || place() == "POST /v1/chat/completions";
    auto generator = connect();
    for (std::size_t at = 0; at < m_raw.size(); at += at < head ? 1 : step) {
        cut = at;
        if (!once) {
            generator = connect();
        }
        const Outcome got = ask(*generator);
        SCOPED_TRACE("cut at " + std::to_string(at));
        if (got.answered) {
            EXPECT_TRUE(wanted.answered);
            ASSERT_EQ(got.text, wanted.text);
            continue;
        }
        EXPECT_FALSE(got.message.empty());
        if (at >= head && (wanted.code == ErrorCode::unauthorized || wanted.code == ErrorCode::forbidden)) {
            ASSERT_EQ(got.code, wanted.code) << got.message;
        }
        ASSERT_TRUE(got.code == ErrorCode::network || got.code == ErrorCode::bad_output ||
                    (!wanted.answered && got.code == wanted.code))
            << got.message;
    }
}

}  // namespace
}  // namespace caro::infer
