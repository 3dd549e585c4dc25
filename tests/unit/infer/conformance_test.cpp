// What every back end that talks to a server must do. A new row in the registry is tested here by itself; it needs one
// line in fixtures(), which says how its server is scripted. conformance_in_process_test.cpp is for the others.
#include <gtest/gtest.h>

#include <map>
#include <thread>

#include "support/fake_server.hpp"
#include "unit/infer/conformance.hpp"
#include "util/clock.hpp"
#include "util/log.hpp"
#include "util/utf8.hpp"

namespace caro::infer {
namespace {

using namespace std::chrono_literals;
using test::Connection;
using test::FakeServer;
using test::http_answer;

// How to play the server of a back end.
struct Fixture {
    std::string ask;                                              // request line of a question
    std::function<std::string(const std::string& line)> other;   // answers to all other requests
    std::string head;                                             // of a streamed answer
    std::function<std::string(const std::string& text)> piece;   // one piece of it
    std::string end;
    void (*point_to)(BackendOptions& options, const std::string& url);
    bool has_key;  // sends k_key
};

std::string json_text(const std::string& text) {
    std::string out = "\"";
    for (const char c : text) {
        out += c == '\n' ? "\\n" : c == '"' ? "\\\"" : c == '\\' ? "\\\\" : std::string(1, c);
    }
    return out + "\"";
}

const std::map<std::string, Fixture>& fixtures() {
    static const std::map<std::string, Fixture> s_fixtures = {
        {"ollama",
         {"POST /api/generate",
          [](const std::string& line) {
              return test::capture(line.find("/api/tags") != std::string::npos ? "ollama-tags" : "ollama-show-bare");
          },
          "HTTP/1.1 200 OK\r\nContent-Type: application/x-ndjson\r\n\r\n",
          [](const std::string& text) { return "{\"response\":" + json_text(text) + ",\"done\":false}\n"; },
          "{\"response\":\"\",\"done\":true,\"done_reason\":\"stop\",\"prompt_eval_count\":9,\"eval_count\":3}\n",
          [](BackendOptions& options, const std::string& url) {
              options.ollama_url = url;
              options.ollama_model = "caro-test:bare";
          },
          false}},
        {"vllm",
         {"POST /v1/chat/completions", [](const std::string&) { return test::capture("vllm-models"); },
          "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n",
          [](const std::string& text) {
              return "data: {\"choices\":[{\"delta\":{\"content\":" + json_text(text) + "},\"finish_reason\":null}]}\n\n";
          },
          "data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n"
          "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":9,\"completion_tokens\":3}}\n\ndata: [DONE]\n\n",
          [](BackendOptions& options, const std::string& url) {
              options.vllm_url = url + "/v1";
              options.vllm_model = "caro-test";
              options.vllm_key_env = "CARO_TEST_KEY";
          },
          true}},
    };
    return s_fixtures;
}

class RemoteConformance : public ConformanceBase {
  protected:
    RemoteConformance() {
        const auto found = fixtures().find(GetParam());
        if (found == fixtures().end()) {
            ADD_FAILURE() << "no fixture for the back end " << GetParam();
            std::abort();
        }
        m_fixture = &found->second;
    }

    // A server that answers questions by `answer` and everything else properly.
    std::unique_ptr<FakeServer> serve(FakeServer::Handler answer) {
        return std::make_unique<FakeServer>([this, answer = std::move(answer)](Connection& c) {
            const std::string request = c.read_request();
            const std::string line = request.substr(0, request.find("\r\n"));
            if (line.find(m_fixture->ask) != std::string::npos) {
                answer(c);
            } else if (!request.empty()) {
                c.write(m_fixture->other(line));
            }
        });
    }

    std::unique_ptr<FakeServer> serve_text(const std::string& raw) {
        return serve([raw](Connection& c) { c.write(raw); });
    }

    std::unique_ptr<Generator> connect(const FakeServer& server, std::uint32_t timeout_ms = 3000) {
        return connect(server.url(), timeout_ms);
    }

    std::unique_ptr<Generator> connect(const std::string& url, std::uint32_t timeout_ms = 3000) {
        BackendOptions options;
        options.timeout_ms = timeout_ms;
        m_fixture->point_to(options, url);
        return make(options);
    }

    std::string stream(const std::vector<std::string>& pieces) const {
        std::string out = m_fixture->head;
        for (const auto& piece : pieces) {
            out += m_fixture->piece(piece);
        }
        return out + m_fixture->end;
    }

    Result<Completion> ask(const std::string& raw, std::string* seen = nullptr) {
        const auto server = serve_text(raw);
        auto generator = connect(*server);
        const CancelToken cancel;
        return generator->generate(
            question(),
            [seen](std::string_view text) {
                EXPECT_TRUE(is_valid_utf8(text));
                if (seen != nullptr) {
                    seen->append(text);
                }
                return true;
            },
            cancel);
    }

    const Fixture* m_fixture = nullptr;
};

INSTANTIATE_TEST_SUITE_P(All, RemoteConformance, testing::ValuesIn(names(false)), name_of);

TEST_P(RemoteConformance, Answers) {
    std::string seen;
    const auto completion = ask(stream({"wc", " -l", " caf\u00e9.txt"}), &seen);
    ASSERT_TRUE(completion) << completion.error().message;
    EXPECT_EQ(completion->text, "wc -l caf\u00e9.txt");
    EXPECT_EQ(seen, completion->text);
    EXPECT_EQ(completion->stop, StopReason::end_of_answer);
    EXPECT_EQ(completion->usage.prompt_tokens, 9U);
    EXPECT_EQ(completion->usage.generated_tokens, 3U);
    EXPECT_GE(completion->timings.load, 0);
    EXPECT_GE(completion->timings.prompt, 0);
    EXPECT_GE(completion->timings.generate, 0);
}

TEST_P(RemoteConformance, KnowsItself) {
    auto generator = connect("http://127.0.0.1:" + std::to_string(test::closed_port()));
    EXPECT_EQ(generator->info().name, GetParam());
    EXPECT_TRUE(generator->info().local);
    EXPECT_NE(generator->info().device, "");
}

TEST_P(RemoteConformance, StopsAtAStopTextAndHangsUp) {
    std::atomic<bool> closed{false};
    const auto server = serve([&](Connection& c) {
        c.write(m_fixture->head + m_fixture->piece("ls") + m_fixture->piece("\nand") + m_fixture->piece(" more"));
        closed = c.wait_for_close(2s);
    });
    const CancelToken cancel;
    const auto completion = connect(*server)->generate(question(), {}, cancel);
    ASSERT_TRUE(completion) << completion.error().message;
    EXPECT_EQ(completion->text, "ls");
    EXPECT_EQ(completion->stop, StopReason::stop_text);
    for (int i = 0; i < 100 && !closed; ++i) {
        std::this_thread::sleep_for(10ms);
    }
    EXPECT_TRUE(closed) << "the server goes on generating for nobody";
}

TEST_P(RemoteConformance, TheSinkMayHaveEnough) {
    const auto server = serve_text(stream({"ls", " -l", " -a"}));
    const CancelToken cancel;
    const auto completion =
        connect(*server)->generate(question(), [](std::string_view) { return false; }, cancel);
    ASSERT_TRUE(completion) << completion.error().message;
    EXPECT_EQ(completion->stop, StopReason::sink);
    EXPECT_EQ(completion->text, "ls");
}

TEST_P(RemoteConformance, CancelInMidAnswerTakesEffectAtOnce) {
    const auto server = serve([&](Connection& c) {
        c.write(m_fixture->head);
        while (c.write(m_fixture->piece("x"))) {
            std::this_thread::sleep_for(5ms);
        }
    });
    CancelToken cancel;
    double cancelled_at = 0;
    const Stopwatch watch;
    int pieces = 0;
    const auto completion = connect(*server)->generate(
        question(),
        [&](std::string_view) {
            if (++pieces == 5) {
                cancelled_at = watch.milliseconds();
                cancel.cancel();
            }
            return true;
        },
        cancel);
    ASSERT_FALSE(completion);
    EXPECT_EQ(completion.error().code, ErrorCode::cancelled);
    EXPECT_LT(watch.milliseconds() - cancelled_at, 100);
}

TEST_P(RemoteConformance, ACancelledTokenSendsNothing) {
    const auto server = serve_text(stream({"ls"}));
    CancelToken cancel;
    cancel.cancel();
    const auto completion = connect(*server)->generate(question(), {}, cancel);
    ASSERT_FALSE(completion);
    EXPECT_EQ(completion.error().code, ErrorCode::cancelled);
    EXPECT_TRUE(server->requests().empty());
}

TEST_P(RemoteConformance, DeadlinesAndTimeLimitsHold) {
    const auto server = serve([](Connection& c) { c.wait_for_close(5s); });
    const CancelToken soon(std::chrono::steady_clock::now() + 200ms);
    const Stopwatch watch;
    const auto late = connect(*server)->generate(question(), {}, soon);
    ASSERT_FALSE(late);
    EXPECT_EQ(late.error().code, ErrorCode::timeout);
    EXPECT_LT(watch.milliseconds(), 400);

    const CancelToken never;
    const Stopwatch own;
    const auto limited = connect(*server, 200)->generate(question(), {}, never);
    ASSERT_FALSE(limited);
    EXPECT_EQ(limited.error().code, ErrorCode::timeout);
    EXPECT_LT(own.milliseconds(), 400);
}

// Connecting is http_client_test's; what follows is the server's doing, and each wait is told apart.
TEST_P(RemoteConformance, EachWaitHasItsOwnMessage) {
    const struct {
        std::string sent;
        const char* says;
    } cases[] = {{"", "did not begin to answer within 0.2 s"},
                 {m_fixture->head, "sent no part of its answer within 0.2 s"},
                 {m_fixture->head + m_fixture->piece(""), "gave no first token within 0.2 s"},
                 {m_fixture->head + m_fixture->piece("ls"), "did not finish its answer within 0.2 s"}};
    for (const auto& c : cases) {
        const auto server = serve([&](Connection& connection) {
            connection.write(c.sent);
            connection.wait_for_close(5s);
        });
        const CancelToken cancel;
        const auto completion = connect(*server, 200)->generate(question(), {}, cancel);
        ASSERT_FALSE(completion) << c.says;
        EXPECT_EQ(completion.error().code, ErrorCode::timeout) << completion.error().message;
        // The time itself is what was left of the limit.
        const std::string says(c.says);
        EXPECT_NE(completion.error().message.find(says.substr(0, says.find(" within"))), std::string::npos)
            << completion.error().message;
        EXPECT_FALSE(completion.error().hint.empty()) << c.says;
    }
}

// The bytes of one read hold thousands of records here; neither their number nor their sum may carry caro past its
// limit.
TEST_P(RemoteConformance, AFloodOfRecordsKeepsToTheLimit) {
    for (const char* beginning : {"```", "<think>", "ls"}) {
        const auto server = serve([&](Connection& c) {
            std::string many;
            for (int i = 0; i < 3000; ++i) {
                many += m_fixture->piece("a\n");
            }
            c.write(m_fixture->head + m_fixture->piece(std::string(beginning) + "\\\n"));
            while (c.write(many)) {
            }
        });
        const CancelToken cancel;
        const Stopwatch watch;
        const auto completion = connect(*server, 300)->generate(question(), {}, cancel);
        ASSERT_FALSE(completion) << beginning;
        EXPECT_TRUE(completion.error().code == ErrorCode::timeout || completion.error().code == ErrorCode::bad_output)
            << completion.error().message;
        EXPECT_LT(watch.milliseconds(), 600) << beginning;
    }
}

// Or another server would be asked after a 401.
TEST_P(RemoteConformance, ARefusalStaysOneHoweverItsTextEnds) {
    for (const auto& [status, code] :
         {std::pair{401, ErrorCode::unauthorized}, {403, ErrorCode::forbidden}, {404, ErrorCode::not_found}}) {
        const std::string head = "HTTP/1.1 " + std::to_string(status) + " No\r\n";
        const std::string large = std::string(200'000, 'x');
        for (const std::string& raw : {head + "Content-Length: 99\r\n\r\n{\"err", head + "Transfer-Encoding: chunked\r\n\r\nzz",
                                       head + "\r\n" + large, http_answer(status, large)}) {
            const auto completion = ask(raw);
            ASSERT_FALSE(completion);
            EXPECT_EQ(completion.error().code, code) << completion.error().message;
        }
        const auto silent = serve([&](Connection& c) {
            c.write(head + "Content-Length: 99\r\n\r\n{");
            c.wait_for_close(6s);
        });
        const CancelToken cancel;
        const Stopwatch watch;
        const auto completion = connect(*silent, 5000)->generate(question(), {}, cancel);
        ASSERT_FALSE(completion);
        EXPECT_EQ(completion.error().code, code) << completion.error().message;
        EXPECT_LT(watch.milliseconds(), 4000) << "its text is not worth the whole limit";
    }
}

TEST_P(RemoteConformance, AProbeCanBeCancelled) {
    FakeServer silent([](Connection& c) { c.wait_for_close(5s); });
    CancelToken cancel;
    double cancelled_at = 0;
    const Stopwatch watch;
    std::thread user([&] {
        std::this_thread::sleep_for(100ms);
        cancelled_at = watch.milliseconds();
        cancel.cancel();
    });
    EXPECT_FALSE(connect(silent.url())->is_available(3000ms, cancel).ready);
    const double returned = watch.milliseconds();
    user.join();
    EXPECT_LT(returned - cancelled_at, 100);
}

TEST_P(RemoteConformance, AvailabilityIsTruthfulAndQuick) {
    const auto server = serve_text("");
    EXPECT_TRUE(connect(*server)->is_available(1000ms, CancelToken()).ready);

    const auto check = [&](const std::string& url) {
        auto generator = connect(url);
        const Stopwatch watch;
        const Availability availability = generator->is_available(150ms, CancelToken());
        EXPECT_LT(watch.milliseconds(), 350);
        EXPECT_FALSE(availability.ready);
        EXPECT_NE(availability.why_not, "");
        EXPECT_NE(availability.how_to_fix, "");
    };
    check("http://127.0.0.1:" + std::to_string(test::closed_port()));
    FakeServer silent([](Connection& c) { c.wait_for_close(5s); });
    check(silent.url());
    FakeServer other([](Connection& c) {
        c.read_request();
        c.write(http_answer(200, "<html>", "Content-Type: text/html\r\n"));
    });
    check(other.url());
}

TEST_P(RemoteConformance, ServesSeveralQuestionsAndShutsDown) {
    const auto server = serve_text(stream({"ls"}));
    auto generator = connect(*server);
    const CancelToken cancel;
    for (int i = 0; i < 3; ++i) {
        EXPECT_TRUE(generator->generate(question(), {}, cancel));
    }
    generator->shutdown();
    generator->shutdown();
    EXPECT_FALSE(generator->generate(question(), {}, cancel));
}

TEST_P(RemoteConformance, RefusalsHaveTheirCodes) {
    const struct {
        int status;
        ErrorCode code;
    } cases[] = {{400, ErrorCode::bad_output}, {401, ErrorCode::unauthorized}, {403, ErrorCode::forbidden},
                 {404, ErrorCode::not_found},  {407, ErrorCode::network},  {408, ErrorCode::rate_limited}, {429, ErrorCode::rate_limited},
                 {500, ErrorCode::unavailable}, {502, ErrorCode::unavailable}, {503, ErrorCode::rate_limited}};
    for (const auto& c : cases) {
        const auto completion = ask(http_answer(c.status, R"({"error":"no"})"));
        ASSERT_FALSE(completion) << c.status;
        EXPECT_EQ(completion.error().code, c.code) << c.status << ": " << completion.error().message;
        EXPECT_FALSE(completion.error().message.empty());
        EXPECT_FALSE(completion.error().hint.empty()) << c.status;
    }
}

TEST_P(RemoteConformance, KeysAreNowhere) {
    if (!m_fixture->has_key) {
        GTEST_SKIP() << "this server has no keys";
    }
    std::string log;
    log::set_sink([&](std::string_view line) { log.append(line).append("\n"); });
    for (const std::string& raw : {http_answer(400, std::string("{\"error\":\"") + k_key + "\"}"), http_answer(500, k_key),
                                   m_fixture->head + k_key + "\n\n", m_fixture->head + "data: " + k_key + "\n\n",
                                   m_fixture->head + "data: " + std::string(185, '.') + k_key + "\n\n"}) {
        const auto completion = ask(raw);
        ASSERT_FALSE(completion);
        EXPECT_EQ((completion.error().message + completion.error().hint).find("sk-conf"), std::string::npos)
            << completion.error().message;
    }
    log::set_sink({});
    EXPECT_EQ(log.find("sk-conf"), std::string::npos) << log;
}

TEST_P(RemoteConformance, ByteByByteIsTheSame) {
    const std::string raw = stream({"find . ", "-name '*.caf\u00e9'", " | wc -l"});
    const auto server = serve([&](Connection& c) {
        for (const char byte : raw) {
            c.write(std::string_view(&byte, 1));
        }
    });
    const CancelToken cancel;
    const auto completion = connect(*server)->generate(question(), {}, cancel);
    ASSERT_TRUE(completion) << completion.error().message;
    EXPECT_EQ(completion->text, "find . -name '*.caf\u00e9' | wc -l");
}

TEST_P(RemoteConformance, SlowIsTheSame) {
    const std::string raw = stream({"ls", " -l"});
    const auto server = serve([&](Connection& c) {
        for (std::size_t at = 0; at < raw.size(); at += 10) {
            c.write(raw.substr(at, 10));
            std::this_thread::sleep_for(10ms);
        }
    });
    const CancelToken cancel;
    const auto completion = connect(*server)->generate(question(), {}, cancel);
    ASSERT_TRUE(completion) << completion.error().message;
    EXPECT_EQ(completion->text, "ls -l");
}

// Wherever the connection ends, the answer is either the whole one or an error, never half a command.
TEST_P(RemoteConformance, CutAtEveryOffset) {
    const std::string raw = stream({"rm", " -r", " build", "/old"});
    std::atomic<std::size_t> cut{0};
    const auto server = serve([&](Connection& c) { c.write(raw.substr(0, cut)); });
    auto generator = connect(*server);
    const CancelToken cancel;
    int whole = 0;
    for (std::size_t at = 0; at <= raw.size(); ++at) {
        cut = at;
        const auto completion = generator->generate(question(), {}, cancel);
        if (completion) {
            EXPECT_EQ(completion->text, "rm -r build/old") << "cut at " << at;
            ++whole;
        } else {
            EXPECT_TRUE(completion.error().code == ErrorCode::network || completion.error().code == ErrorCode::bad_output)
                << "cut at " << at << ": " << completion.error().message;
        }
    }
    EXPECT_GT(whole, 0);
    EXPECT_LT(whole, static_cast<int>(m_fixture->end.size()) + 2);
}

}  // namespace
}  // namespace caro::infer
