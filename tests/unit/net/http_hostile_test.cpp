// Servers, proxies and callers that mean harm.
#include <gtest/gtest.h>

#include "net/http_client.hpp"
#include "support/fake_server.hpp"
#include "util/clock.hpp"

namespace caro::net {
namespace {

using namespace std::chrono_literals;
using test::Connection;
using test::FakeServer;
using test::http_answer;

HttpRequest get(const std::string& address) {
    HttpRequest request;
    request.url = *parse_url(address);
    request.total_timeout = 4s;
    return request;
}

Result<HttpResponse> send(const HttpRequest& request) {
    const CancelToken cancel;
    return HttpClient().send(request, {}, cancel);
}

// Such a name is let go unencrypted, so it must not be looked up anywhere.
TEST(HttpHostile, NamesBelowLocalhostAreThisMachine) {
    FakeServer server([](Connection& c) {
        c.read_request();
        c.write(http_answer(200, "here"));
    });
    const auto response = send(get("http://models.localhost:" + std::to_string(server.port())));
    ASSERT_TRUE(response) << response.error().message;
    EXPECT_EQ(response->body, "here");
    EXPECT_NE(server.requests().at(0).find("Host: models.localhost:"), std::string::npos);
}

// What a proxy says to CONNECT is its own affair: no answer of the server, and the key is not for it.
TEST(HttpHostile, AProxyThatRefusesIsNoAnswer) {
    for (const int status : {200, 401, 403, 407, 502}) {
        FakeServer proxy([&](Connection& c) {
            c.read_request();
            c.write(http_answer(status, "no"));
        });
        HttpOptions options;
        options.env = [&](const char* name) -> std::optional<std::string> {
            return std::string_view(name) == "https_proxy" ? std::optional("http://me:hunter2@" + proxy.url().substr(7))
                                                           : std::nullopt;
        };
        HttpRequest request = get("https://far.example/x");
        request.bearer = "sk-not-for-the-proxy";
        const CancelToken cancel;
        const auto response = HttpClient(options).send(request, {}, cancel);
        ASSERT_FALSE(response) << status;
        EXPECT_EQ(response.error().code, ErrorCode::network) << status;
        EXPECT_EQ(response.error().message.find("hunter2"), std::string::npos);
        for (const std::string& sent : proxy.requests()) {
            EXPECT_EQ(sent.rfind("CONNECT far.example:443 ", 0), 0U) << sent;
            EXPECT_EQ(sent.find("sk-not"), std::string::npos) << sent;
        }
    }
}

TEST(HttpHostile, HeadersCannotBeSmuggledIn) {
    FakeServer server([](Connection& c) {
        c.read_request();
        c.write(http_answer(200, "here"));
    });
    HttpRequest request = get(server.url());
    request.bearer = "sk-key\r\nX-Evil: 1";
    EXPECT_FALSE(send(request));
    request = get(server.url());
    request.headers = {{"X-Ours", "a\r\nX-Evil: 1"}};
    EXPECT_FALSE(send(request));
    for (const std::string& sent : server.requests()) {
        EXPECT_EQ(sent.find("X-Evil"), std::string::npos) << sent;
    }
}

// Each of these grows for as long as the server likes, until a limit holds.
TEST(HttpHostile, EndlessHeadsAndFramingAreCutOff) {
    const std::string ok = "HTTP/1.1 200 OK\r\n";
    const std::string chunked = ok + "Transfer-Encoding: chunked\r\n\r\n";
    const std::string kilobyte(1024, 'x');
    for (const auto& [beginning, repeated] : std::vector<std::pair<std::string, std::string>>{
             {"HTTP/1.1 200 ", kilobyte},                        // a status line without end
             {ok, "X-A: b\r\n"},                                 // headers without end
             {ok + "X-A: ", kilobyte},                           // one header without end
             {chunked + "1;", kilobyte},                         // a chunk extension without end
             {chunked + "0\r\n", "X-A: b\r\n"},                  // trailers without end
             {"", "HTTP/1.1 100 Continue\r\n\r\n"}}) {  // never an answer
        FakeServer server([&](Connection& c) {
            c.read_request();
            std::string many;
            while (many.size() < 65536) {
                many += repeated;
            }
            c.write(beginning);
            while (c.write(many)) {
            }
        });
        HttpRequest request = get(server.url());
        request.total_timeout = 1000ms;
        const Stopwatch watch;
        const auto response = send(request);
        EXPECT_LT(watch.milliseconds(), 1300) << beginning << repeated.substr(0, 20);
        EXPECT_FALSE(response) << beginning << repeated.substr(0, 20);
    }
}

TEST(HttpHostile, UsesTheProxyOnlyOffThisMachine) {
    FakeServer proxy([](Connection& c) {
        c.read_request();
        c.write(http_answer(200, "via proxy"));
    });
    HttpOptions options;
    options.env = [&](const char* name) -> std::optional<std::string> {
        return std::string_view(name) == "http_proxy" ? std::optional(proxy.url()) : std::nullopt;
    };
    const CancelToken cancel;
    const auto response = HttpClient(options).send(get("http://far.example/x"), {}, cancel);
    ASSERT_TRUE(response) << response.error().message;
    EXPECT_EQ(response->body, "via proxy");
    EXPECT_EQ(proxy.requests().at(0).rfind("GET http://far.example/x HTTP/1.1", 0), 0U) << proxy.requests().at(0);

    FakeServer local([](Connection& c) {
        c.read_request();
        c.write(http_answer(200, "direct"));
    });
    EXPECT_EQ(HttpClient(options).send(get(local.url()), {}, cancel)->body, "direct");
}

}  // namespace
}  // namespace caro::net
