#include "net/http_client.hpp"

#include <gtest/gtest.h>

#include <csignal>
#include <ctime>
#include <thread>

#include "support/fake_server.hpp"
#include "util/clock.hpp"
#include "util/log.hpp"

namespace caro::net {
namespace {

using namespace std::chrono_literals;
using test::Connection;
using test::FakeServer;
using test::http_answer;

HttpRequest get(const std::string& address) {
    HttpRequest request;
    request.url = *parse_url(address);
    request.connect_timeout = 2s;
    request.first_byte_timeout = 2s;
    request.total_timeout = 4s;
    return request;
}

Result<HttpResponse> send(const HttpRequest& request, const BodySink& sink = {}) {
    const CancelToken cancel;
    return HttpClient().send(request, sink, cancel);
}

TEST(HttpClient, GivesStatusHeadersAndBody) {
    FakeServer server([](Connection& c) {
        c.read_request();
        c.write(http_answer(404, "nothing", "X-Thing: A b\r\n"));
    });
    const auto response = send(get(server.url() + "/x?y=1"));
    ASSERT_TRUE(response) << response.error().message;
    EXPECT_EQ(response->status, 404);
    EXPECT_EQ(response->body, "nothing");
    EXPECT_EQ(response->header("x-thing"), "A b");
    EXPECT_GT(response->head_ms, 0);
    EXPECT_GE(response->total_ms, response->head_ms);
    const std::string sent = server.requests().at(0);
    EXPECT_EQ(sent.substr(0, sent.find("\r\n")), "GET /x?y=1 HTTP/1.1");
}

TEST(HttpClient, PostsJsonWithTheKey) {
    FakeServer server([](Connection& c) {
        c.read_request();
        c.write(http_answer(200, "{}"));
    });
    HttpRequest request = get(server.url());
    request.method = "POST";
    request.body = std::string(5000, 'x');  // large bodies must not wait for "100 Continue"
    request.bearer = "sk-key";
    const Stopwatch watch;
    ASSERT_TRUE(send(request));
    EXPECT_LT(watch.milliseconds(), 900);
    const std::string sent = server.requests().at(0);
    EXPECT_NE(sent.find("Authorization: Bearer sk-key\r\n"), std::string::npos);
    EXPECT_NE(sent.find("Content-Type: application/json\r\n"), std::string::npos);
    EXPECT_EQ(sent.find("Expect:"), std::string::npos);
    EXPECT_EQ(sent.substr(sent.size() - 5000), request.body);
}

TEST(HttpClient, StreamsAsBytesComeOnTheCallersThread) {
    FakeServer server([](Connection& c) {
        c.read_request();
        c.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
        for (const char* piece : {"one", "two", "six"}) {
            c.write("3\r\n" + std::string(piece) + "\r\n");
            std::this_thread::sleep_for(150ms);
        }
        c.write("0\r\n\r\n");
    });
    std::string seen;
    double first = 0;
    const Stopwatch watch;
    const auto caller = std::this_thread::get_id();
    const auto response = send(get(server.url()), [&](const HttpResponse& head, std::string_view bytes) {
        EXPECT_EQ(head.status, 200);
        EXPECT_EQ(std::this_thread::get_id(), caller);
        first = first == 0 ? watch.milliseconds() : first;
        seen += bytes;
        return true;
    });
    ASSERT_TRUE(response) << response.error().message;
    EXPECT_EQ(seen, "onetwosix");
    EXPECT_LT(first, 140);
    EXPECT_GT(watch.milliseconds(), 290);
    EXPECT_EQ(response->body, "");
}

TEST(HttpClient, ASinkMayHaveEnough) {
    std::atomic<bool> closed{false};
    FakeServer server([&](Connection& c) {
        c.read_request();
        c.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n");
        closed = c.wait_for_close(2s);
    });
    const Stopwatch watch;
    const auto response = send(get(server.url()), [](const HttpResponse&, std::string_view) { return false; });
    ASSERT_TRUE(response) << response.error().message;
    EXPECT_TRUE(response->stopped);
    EXPECT_LT(watch.milliseconds(), 500);
    for (int i = 0; i < 100 && !closed; ++i) {
        std::this_thread::sleep_for(10ms);
    }
    EXPECT_TRUE(closed) << "the connection was left open";
}

// Where a server may leave us waiting, and how to cut that short.
struct Stall {
    const char* name;
    const char* sent;  // what the server sends before it falls silent
    const char* says;  // what we say of it
};

class Stalls : public testing::TestWithParam<Stall> {};

TEST_P(Stalls, CancelTakesEffectAtOnce) {
    FakeServer server([](Connection& c) {
        c.read_request();
        c.write(GetParam().sent);
        c.wait_for_close(5s);
    });
    CancelToken cancel;
    double cancelled_at = 0;
    const Stopwatch watch;
    std::thread user([&] {
        std::this_thread::sleep_for(200ms);
        cancelled_at = watch.milliseconds();
        cancel.cancel();
    });
    const auto response = HttpClient().send(
        get(server.url()), [](const HttpResponse&, std::string_view) { return true; }, cancel);
    const double returned = watch.milliseconds();
    user.join();
    ASSERT_FALSE(response);
    EXPECT_EQ(response.error().code, ErrorCode::cancelled);
    EXPECT_LT(returned - cancelled_at, 100);
}

TEST_P(Stalls, EachWaitHasItsLimit) {
    FakeServer server([](Connection& c) {
        c.read_request();
        c.write(GetParam().sent);
        c.wait_for_close(5s);
    });
    HttpRequest request = get(server.url());
    request.first_byte_timeout = 200ms;
    request.total_timeout = 400ms;
    const Stopwatch watch;
    const auto response = send(request, [](const HttpResponse&, std::string_view) { return true; });
    ASSERT_FALSE(response);
    EXPECT_EQ(response.error().code, ErrorCode::timeout);
    EXPECT_LT(watch.milliseconds(), 550);
    EXPECT_NE(response.error().message.find(GetParam().says), std::string::npos) << response.error().message;
}

INSTANTIATE_TEST_SUITE_P(
    Http, Stalls,
    testing::Values(Stall{"BeforeTheAnswer", "", "did not begin to answer within 0.2 s"},
                    Stall{"InTheHead", "HTTP/1.1 200 OK\r\nX-", "did not begin to answer within 0.2 s"},
                    Stall{"AfterTheHead", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n",
                          "sent no part of its answer within 0.4 s"},
                    Stall{"InTheBody", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab",
                          "did not finish its answer within 0.4 s"}),
    [](const auto& param) { return std::string(param.param.name); });

TEST(HttpClient, ADeadlineOfTheTokenCounts) {
    FakeServer server([](Connection& c) {
        c.read_request();
        c.wait_for_close(5s);
    });
    const CancelToken cancel(std::chrono::steady_clock::now() + 150ms);
    const Stopwatch watch;
    const auto response = HttpClient().send(get(server.url()), {}, cancel);
    ASSERT_FALSE(response);
    EXPECT_EQ(response.error().code, ErrorCode::timeout);
    EXPECT_LT(watch.milliseconds(), 300);
}

// 192.0.2.0/24 is set aside for documentation; whether a packet there is dropped or refused, nothing may hang.
TEST(HttpClient, ConnectingCanBeCancelled) {
    CancelToken cancel;
    std::thread user([&] {
        std::this_thread::sleep_for(100ms);
        cancel.cancel();
    });
    HttpRequest request = get("https://192.0.2.1");
    const Stopwatch watch;
    const auto response = HttpClient().send(request, {}, cancel);
    user.join();
    ASSERT_FALSE(response);
    EXPECT_LT(watch.milliseconds(), 300);
}

TEST(HttpClient, ConnectingHasItsOwnLimit) {
    HttpRequest request = get("https://192.0.2.1");
    request.connect_timeout = 150ms;
    const Stopwatch watch;
    const auto response = send(request);
    ASSERT_FALSE(response);
    EXPECT_TRUE(response.error().code == ErrorCode::timeout || response.error().code == ErrorCode::network);
    EXPECT_LT(watch.milliseconds(), 600);
}

TEST(HttpClient, NobodyListens) {
    const int port = test::closed_port();
    const Stopwatch watch;
    const auto response = send(get("http://127.0.0.1:" + std::to_string(port)));
    ASSERT_FALSE(response);
    EXPECT_EQ(response.error().code, ErrorCode::network);
    EXPECT_EQ(response.error().message, "nothing answers at 127.0.0.1, port " + std::to_string(port));
    EXPECT_LT(watch.milliseconds(), 1000);
}

TEST(HttpClient, OneMoreTryOnConnectErrorsOnly) {
    // The server comes up between the two attempts.
    const int port = test::closed_port();
    HttpRequest request = get("http://127.0.0.1:" + std::to_string(port));
    const Stopwatch watch;
    ASSERT_FALSE(send(request));
    EXPECT_GE(watch.milliseconds(), 95);  // waited once
    request.connect_attempts = 1;
    const Stopwatch once;
    ASSERT_FALSE(send(request));
    EXPECT_LT(once.milliseconds(), 95);

    FakeServer server([](Connection& c) {
        c.read_request();
        c.reset();
    });
    ASSERT_FALSE(send(get(server.url())));
    EXPECT_EQ(server.requests().size(), 1U) << "a request that may have been handled must not be sent twice";
}

TEST(HttpClient, NoSuchName) {
    const auto response = send(get("https://no-such-host.invalid"));
    ASSERT_FALSE(response);
    EXPECT_EQ(response.error().code, ErrorCode::network);
    EXPECT_NE(response.error().message.find("no address is known for no-such-host.invalid"), std::string::npos)
        << response.error().message;
}

TEST(HttpClient, LimitsTheBody) {
    FakeServer server([](Connection& c) {
        c.read_request();
        c.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
        while (c.write("400\r\n" + std::string(1024, 'x') + "\r\n")) {
        }
    });
    HttpRequest request = get(server.url());
    request.max_body = 100000;
    const auto response = send(request);
    ASSERT_FALSE(response);
    EXPECT_EQ(response.error().code, ErrorCode::bad_output);
    EXPECT_NE(response.error().message.find("larger than 97 KiB"), std::string::npos);
}

TEST(HttpClient, ABelievableLengthIsNoReasonToReserve) {
    FakeServer server([](Connection& c) {
        c.read_request();
        c.write("HTTP/1.1 200 OK\r\nContent-Length: 99999999999999\r\n\r\nabc");
    });
    const auto response = send(get(server.url()));
    ASSERT_FALSE(response);
    EXPECT_EQ(response.error().code, ErrorCode::network);
    EXPECT_NE(response.error().message.find("broke in the middle"), std::string::npos) << response.error().message;
}

TEST(HttpClient, GarbageIsAnError) {
    for (const char* garbage : {"", "\r\n\r\n", "SSH-2.0-OpenSSH_9.2\r\n", "HTTP/1.1 abc\r\n\r\n",
                                "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nabcdef",
                                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"}) {
        FakeServer server([&](Connection& c) {
            c.read_request();
            c.write(garbage);
        });
        const auto response = send(get(server.url()));
        ASSERT_FALSE(response) << garbage;
        EXPECT_EQ(response.error().code, ErrorCode::network) << garbage;
    }
}

TEST(HttpClient, EverySplitOfAnAnswerIsTheSameAnswer) {
    const std::string raw = test::capture("ollama-unknown-model");
    for (std::size_t cut = 0; cut < raw.size(); cut += 7) {
        FakeServer server([&](Connection& c) {
            c.read_request();
            c.write(raw.substr(0, cut));
            std::this_thread::sleep_for(2ms);
            c.write(raw.substr(cut));
        });
        const auto response = send(get(server.url()));
        ASSERT_TRUE(response) << cut << ": " << response.error().message;
        EXPECT_EQ(response->status, 404);
        EXPECT_EQ(response->body, R"({"error":"model 'no-such-model' not found"})");
    }
}

TEST(HttpClient, FollowsRedirectsOnTheSameServerWithTheKey) {
    FakeServer server([](Connection& c) {
        const std::string request = c.read_request();
        c.write(request.rfind("POST /old ", 0) == 0 ? http_answer(308, "", "Location: /new\r\n") : http_answer(200, "done"));
    });
    HttpRequest request = get(server.url() + "/old");
    request.method = "POST";
    request.body = "{}";
    request.bearer = "sk-key-for-this-one";
    const auto response = send(request);
    ASSERT_TRUE(response) << response.error().message;
    EXPECT_EQ(response->body, "done");
    EXPECT_EQ(response->url.target, "/new");
    ASSERT_EQ(server.requests().size(), 2U);
    EXPECT_EQ(server.requests()[1].rfind("POST /new ", 0), 0U);
    EXPECT_NE(server.requests()[1].find("sk-key-for-this-one"), std::string::npos);
}

TEST(HttpClient, NeverCarriesTheKeyToAnotherServer) {
    FakeServer other([](Connection& c) {
        c.read_request();
        c.write(http_answer(200, "other"));
    });
    FakeServer server([&](Connection& c) {
        c.read_request();
        c.write(http_answer(302, "", "Location: http://localhost:" + std::to_string(other.port()) + "/\r\n"));
    });
    HttpRequest request = get(server.url());
    request.bearer = "sk-key-for-this-one";
    for (const Redirects policy : {Redirects::none, Redirects::same_host}) {
        request.redirects = policy;
        const auto response = send(request);
        ASSERT_FALSE(response);
        EXPECT_NE(response.error().message.find("not followed"), std::string::npos);
        EXPECT_TRUE(other.requests().empty());
    }
    request.redirects = Redirects::any_host;
    const auto response = send(request);
    ASSERT_TRUE(response) << response.error().message;
    EXPECT_EQ(response->body, "other");
    ASSERT_EQ(other.requests().size(), 1U);
    EXPECT_EQ(other.requests()[0].find("sk-key"), std::string::npos);
    EXPECT_EQ(other.requests()[0].find("Authorization"), std::string::npos);

    // What was asked stays with the server that was chosen.
    request.method = "POST";
    request.body = "{}";
    EXPECT_FALSE(send(request));
    EXPECT_EQ(other.requests().size(), 1U);
}

TEST(HttpClient, RedirectsInACircleEnd) {
    FakeServer server([](Connection& c) {
        c.read_request();
        c.write(http_answer(302, "", "Location: /again\r\n"));
    });
    const auto response = send(get(server.url()));
    ASSERT_FALSE(response);
    EXPECT_NE(response.error().message.find("circle"), std::string::npos);
    EXPECT_LE(server.requests().size(), 7U);
}

TEST(HttpClient, KeysAreInNoLogAndNoError) {
    std::string log;
    log::set_sink([&](std::string_view line) { log.append(line).append("\n"); });
    FakeServer server([](Connection& c) {
        c.read_request();
        c.write(http_answer(401, "{}"));
    });
    HttpRequest request = get(server.url());
    request.bearer = "sk-key-never-shown";
    ASSERT_TRUE(send(request));
    request.url = *parse_url("http://127.0.0.1:" + std::to_string(test::closed_port()));
    const auto refused = send(request);
    log::set_sink({});
    ASSERT_FALSE(refused);
    EXPECT_NE(log, "");
    EXPECT_EQ((log + refused.error().message + refused.error().hint).find("sk-key"), std::string::npos) << log;
}

TEST(HttpClient, RetryAfterIsSecondsOrADate) {
    HttpResponse response;
    const auto with = [&](const std::string& value) {
        response.headers = {{"retry-after", value}};
        return response.retry_after();
    };
    EXPECT_EQ(with("2"), 2000ms);
    EXPECT_EQ(with("0"), 0ms);
    EXPECT_EQ(with("-1"), std::nullopt);
    EXPECT_EQ(with("soon"), std::nullopt);
    EXPECT_EQ(with("Wed, 21 Oct 2015 07:28:00 GMT"), 0ms);
    char date[64];
    const std::time_t later = std::time(nullptr) + 60;
    std::strftime(date, sizeof(date), "%a, %d %b %Y %H:%M:%S GMT", std::gmtime(&later));
    ASSERT_TRUE(with(date));
    EXPECT_NEAR(static_cast<double>(with(date)->count()), 60000, 2000);
    response.headers.clear();
    EXPECT_EQ(response.retry_after(), std::nullopt);
}

}  // namespace
}  // namespace caro::net
