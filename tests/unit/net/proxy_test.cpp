#include "net/proxy.hpp"

#include <gtest/gtest.h>

#include <map>

namespace caro::net {
namespace {

EnvLookup env_of(std::map<std::string, std::string> values) {
    return [values = std::move(values)](const char* name) -> std::optional<std::string> {
        const auto found = values.find(name);
        return found == values.end() ? std::nullopt : std::optional(found->second);
    };
}

std::string proxy_text(std::string_view url, std::map<std::string, std::string> values) {
    const auto proxy = proxy_for(*parse_url(url), env_of(std::move(values)));
    if (!proxy) {
        return "error: " + proxy.error().message;
    }
    return *proxy ? (*proxy)->host + ":" + std::to_string((*proxy)->port) : "none";
}

TEST(Proxy, FollowsTheScheme) {
    EXPECT_EQ(proxy_text("https://a.example", {{"HTTPS_PROXY", "http://p:3128"}}), "p:3128");
    EXPECT_EQ(proxy_text("https://a.example", {{"http_proxy", "http://p:3128"}}), "none");
    EXPECT_EQ(proxy_text("http://a.example", {{"http_proxy", "p:1"}, {"HTTP_PROXY", "q:2"}}), "p:1");
    EXPECT_EQ(proxy_text("https://a.example", {{"ALL_PROXY", "p:9"}}), "p:9");
    EXPECT_EQ(proxy_text("https://a.example", {{"HTTPS_PROXY", ""}}), "none");
}

TEST(Proxy, NeverForThisMachine) {
    EXPECT_EQ(proxy_text("http://localhost:11434", {{"http_proxy", "p:1"}, {"all_proxy", "p:1"}}), "none");
    EXPECT_EQ(proxy_text("http://127.0.0.1", {{"http_proxy", "p:1"}}), "none");
}

TEST(Proxy, NoProxyNamesExceptions) {
    const auto with = [](std::string_view url, const char* none) {
        return proxy_text(url, {{"https_proxy", "p:1"}, {"NO_PROXY", none}});
    };
    EXPECT_EQ(with("https://a.corp.example", "corp.example"), "none");
    EXPECT_EQ(with("https://a.corp.example", "x, .corp.example"), "none");
    EXPECT_EQ(with("https://a.corp.example", "*"), "none");
    EXPECT_EQ(with("https://acorp.example", "corp.example"), "p:1");
    EXPECT_EQ(with("https://a.example:8443", "a.example:8443"), "none");
    EXPECT_EQ(with("https://a.example", "a.example:8443"), "p:1");
    EXPECT_EQ(with("https://10.1.2.3", "192.168.0.0/16,10.0.0.0/8"), "none");
    EXPECT_EQ(with("https://10.1.2.3", "10.1.2.3/32"), "none");
    EXPECT_EQ(with("https://10.1.2.3", "0.0.0.0/0"), "none");
    for (const char* other : {"10.2.0.0/16", "10.0.0.0/33", "10.0.0.0/", "10.0.0/8", "10.0.0.0/8x", "/8", "a/8"}) {
        EXPECT_EQ(with("https://10.1.2.3", other), "p:1") << other;
    }
    EXPECT_EQ(with("https://a.example", "0.0.0.0/0"), "p:1") << "a name is in no network";
}

TEST(Proxy, CredentialsAreReadAndNeverShown) {
    const auto proxy = proxy_for(*parse_url("https://a.example"), env_of({{"https_proxy", "http://me:p%40ss@p:8080/"}}));
    ASSERT_TRUE(proxy && *proxy);
    EXPECT_EQ((*proxy)->user, "me");
    EXPECT_EQ((*proxy)->password, "p@ss");
    EXPECT_EQ((*proxy)->host, "p");
    const auto bad = proxy_for(*parse_url("https://a.example"), env_of({{"https_proxy", "socks5://me:topsecret@p"}}));
    ASSERT_FALSE(bad);
    EXPECT_EQ(bad.error().code, ErrorCode::config);
    EXPECT_EQ((bad.error().message + bad.error().hint).find("topsecret"), std::string::npos);
}

}  // namespace
}  // namespace caro::net
