// Servers that misbehave in every way we can think of, drawn at random. Whatever they do: an answer or an error in
// time, never half a command, and no key in anything that is shown. CARO_TEST_FAULT_RUNS says how many (150; 1,000
// under the sanitizers), and CARO_TEST_FAULT_SEED repeats a sequence.
#include <gtest/gtest.h>

#include <cstdlib>
#include <random>
#include <thread>

#include "infer/registry.hpp"
#include "support/fake_server.hpp"
#include "support/scoped_env.hpp"
#include "util/clock.hpp"
#include "util/log.hpp"

namespace caro::infer {
namespace {

using namespace std::chrono_literals;
using test::Connection;
using test::FakeServer;
using test::http_answer;

constexpr const char* k_key = "sk-fault-test-key-1234567890";
constexpr std::uint32_t k_limit_ms = 250;
// Time for a loaded machine to get round to it, over and above the limit.
constexpr double k_slack_ms = 1500;

#ifndef CARO_TEST_FAULT_RUNS
#define CARO_TEST_FAULT_RUNS 150
#endif

unsigned number_from_env(const char* name, unsigned fallback) {
    const char* value = std::getenv(name);
    return value == nullptr ? fallback : static_cast<unsigned>(std::strtoul(value, nullptr, 10));
}

class Faults {
  public:
    explicit Faults(unsigned seed) : m_random(seed) {}

    unsigned below(unsigned limit) { return static_cast<unsigned>(m_random() % limit); }

    std::string garbage(std::size_t size) {
        std::string out;
        for (std::size_t i = 0; i < size; ++i) {
            out.push_back(static_cast<char>(below(256)));
        }
        return out;
    }

    // Some bytes of `text` changed.
    std::string damaged(std::string text) {
        for (unsigned i = 0; i <= below(8); ++i) {
            text[below(static_cast<unsigned>(text.size()))] = static_cast<char>(below(256));
        }
        return text;
    }

    // One way to answer `good`. Decided before the connection comes, so that a seed gives the same sequence.
    // `repeated` is something the client sent, which some servers repeat in their errors.
    FakeServer::Handler misbehaviour(const std::string& good, const std::string& repeated) {
        const std::size_t at = below(static_cast<unsigned>(good.size()));
        const int status = static_cast<int>(100 + below(500));
        const std::string noise = garbage(below(3000));
        const std::string broken = damaged(good);
        switch (below(16)) {
            case 0: return [](Connection&) {};
            case 1: return [](Connection& c) { c.reset(); };
            case 2:
                return [](Connection& c) {
                    c.read_request();
                    c.reset();
                };
            case 3: return answer(good.substr(0, at));
            case 4: return answer(good.substr(0, at), true);
            case 5: return stall(good.substr(0, at));
            case 6: return dribble(good);
            case 7: return answer(noise);
            case 8: return answer(broken);
            case 9: return answer(http_answer(status, "{\"error\":\"key " + repeated + "\"}"));
            case 10: return answer(http_answer(status, noise));
            case 11: return answer("HTTP/1.1 200 OK\r\nContent-Length: 18446744073709551615\r\n\r\n{");
            case 12: return answer("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\nxx");
            case 13: return answer("HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:9/\r\nContent-Length: 0\r\n\r\n");
            case 14: return flood("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
            default: return answer(good);
        }
    }

  private:
    static FakeServer::Handler answer(std::string text, bool reset = false) {
        return [text = std::move(text), reset](Connection& c) {
            c.read_request();
            c.write(text);
            if (reset) {
                c.reset();
            }
        };
    }
    static FakeServer::Handler stall(std::string text) {
        return [text = std::move(text)](Connection& c) {
            c.read_request();
            c.write(text);
            c.wait_for_close(5s);
        };
    }
    static FakeServer::Handler dribble(std::string text) {
        return [text = std::move(text)](Connection& c) {
            c.read_request();
            for (const char byte : text) {
                if (!c.write(std::string_view(&byte, 1))) {
                    return;
                }
                std::this_thread::sleep_for(1ms);
            }
        };
    }
    static FakeServer::Handler flood(std::string head) {
        return [head = std::move(head)](Connection& c) {
            c.read_request();
            c.write(head);
            const std::string chunk = "1000\r\n" + std::string(4096, 'x') + "\r\n";
            while (c.write(chunk)) {
            }
        };
    }

    std::mt19937 m_random;
};

struct Target {
    std::string name;
    std::string good;  // the answer to a question
    std::string text;  // and its command
};

TEST(Faults, AnAnswerOrAnErrorInTimeAndNoKey) {
    const test::CleanServerEnv env;
    const test::ScopedEnv key("CARO_TEST_KEY", k_key);
    const unsigned runs = number_from_env("CARO_TEST_FAULT_RUNS", CARO_TEST_FAULT_RUNS);
    const unsigned seed = number_from_env("CARO_TEST_FAULT_SEED", std::random_device{}());
    SCOPED_TRACE("CARO_TEST_FAULT_SEED=" + std::to_string(seed));
    Faults faults(seed);
    std::string shown;
    log::set_sink([&](std::string_view line) { shown.append(line).append("\n"); });
    const std::vector<Target> targets = {
        {"ollama", test::capture("ollama-generate-raw"), "```bash\nwc -l notes.txt\n```"},
        {"vllm", test::capture("vllm-chat-stream"), "```bash\nwc -l notes.txt\n```"},
    };
    unsigned good = 0;
    double slowest = 0;
    for (unsigned run = 0; run < runs; ++run) {
        const Target& target = targets[run % targets.size()];
        FakeServer server(faults.misbehaviour(target.good, target.name == "vllm" ? k_key : "none"));
        BackendOptions options;
        options.timeout_ms = k_limit_ms;
        options.ollama_url = server.url();
        options.ollama_model = run % 4 < 2 ? "caro-test:bare" : "";
        options.vllm_url = server.url() + "/v1";
        options.vllm_model = run % 4 < 2 ? "caro-test" : "";
        options.vllm_key_env = "CARO_TEST_KEY";
        auto generator = std::move(*(*find_backend(target.name))->make(options));
        GenerateRequest request;
        request.prompt.turns = {{true, "count the lines of notes.txt"}};
        const CancelToken cancel;
        const Stopwatch watch;
        const auto completion = generator->generate(request, {}, cancel);
        slowest = std::max(slowest, watch.milliseconds());
        if (completion) {
            ++good;
            // Damage inside the JSON texts may change the command; what must not happen is a shorter one.
            EXPECT_GE(completion->text.size() + 8, target.text.size()) << "run " << run << ": " << completion->text;
        } else {
            EXPECT_FALSE(completion.error().message.empty()) << "run " << run;
            shown += completion.error().message + "\n" + completion.error().hint + "\n";
        }
        const Availability availability = generator->is_available(100ms, CancelToken());
        shown += availability.why_not + "\n" + availability.how_to_fix + "\n";
        generator->shutdown();
    }
    log::set_sink({});
    EXPECT_LT(slowest, k_limit_ms + k_slack_ms);
    EXPECT_EQ(shown.find(k_key), std::string::npos);
    EXPECT_EQ(shown.find("1234567890"), std::string::npos) << "half a key";
    RecordProperty("good_answers", static_cast<int>(good));
    RecordProperty("slowest_ms", static_cast<int>(slowest));
}

}  // namespace
}  // namespace caro::infer
