#include "net/url.hpp"

#include <gtest/gtest.h>

namespace caro::net {
namespace {

std::string text_of(std::string_view address) {
    const auto url = parse_url(address);
    return url ? url->text() : "error: " + url.error().message;
}

TEST(Url, KeepsWhatMatters) {
    EXPECT_EQ(text_of("http://127.0.0.1:11434"), "http://127.0.0.1:11434");
    EXPECT_EQ(text_of("HTTPS://Models.Example.ORG/v1/"), "https://models.example.org/v1/");
    EXPECT_EQ(text_of("http://host:80/"), "http://host");
    EXPECT_EQ(text_of("https://host:443/a?b=c#d"), "https://host/a?b=c");
    EXPECT_EQ(text_of("http://[::1]:8000/v1"), "http://[::1]:8000/v1");
    EXPECT_EQ(text_of("  http://host?x  "), "http://host/?x");
}

TEST(Url, RefusesWhatItCannotMean) {
    for (const char* bad : {"", "host:11434", "ftp://host", "http://", "http:///v1", "http://host:0", "http://host:65536",
                            "http://host:8a", "http://host:", "http://ho st", "http://h/a b", "http://[::1", "http://[::1]x",
                            "http://::1:80", "http://h\r\nX: y", "http://höst", "http://h/\"", "javascript://x"}) {
        const auto url = parse_url(bad);
        ASSERT_FALSE(url) << bad;
        EXPECT_EQ(url.error().code, ErrorCode::config) << bad;
        EXPECT_FALSE(url.error().hint.empty());
    }
}

TEST(Url, NeverHoldsOrRepeatsAPassword) {
    const std::string sure(3000, '!');
    for (const std::string& text :
         {std::string("https://me:hunter2secret@host/v1"), std::string("https://me:an@hunter2secret@host/v1"),
          std::string("https://me:a/hunter2secret@host/v1"), "https://me:hunter2secret" + sure + "@host/v1",
          std::string("ftp://me:hunter2secret@host"), std::string("https://host:x/v1?api_key=hunter2secret")}) {
        const auto url = parse_url(text);
        ASSERT_FALSE(url) << text;
        EXPECT_EQ(url.error().message.find("hunter2secret"), std::string::npos) << url.error().message;
    }
}

TEST(Url, PutsPathsBehindItsOwn) {
    EXPECT_EQ(parse_url("http://h/v1/")->with_path("/models").text(), "http://h/v1/models");
    EXPECT_EQ(parse_url("http://h")->with_path("/api/tags").text(), "http://h/api/tags");
    EXPECT_EQ(parse_url("http://h/a?b=1")->with_path("/c").text(), "http://h/a/c");
}

TEST(Url, ResolvesLocations) {
    const Url base = *parse_url("https://h:8443/a/b?q");
    const auto at = [&](std::string_view location) { return resolve(base, location)->text(); };
    EXPECT_EQ(at("/x"), "https://h:8443/x");
    EXPECT_EQ(at("c"), "https://h:8443/a/c");
    EXPECT_EQ(at("http://other/y"), "http://other/y");
    EXPECT_EQ(at("//other/y"), "https://other/y");
    EXPECT_EQ(at("/x?to=http://z"), "https://h:8443/x?to=http://z");
    EXPECT_FALSE(resolve(base, "file:///etc/passwd"));
}

TEST(Url, LoopbackIsThisMachineOnly) {
    for (const char* host : {"localhost", "a.localhost", "127.0.0.1", "127.1.2.3", "::1"}) {
        EXPECT_TRUE(is_loopback(host)) << host;
    }
    for (const char* host : {"127.evil.example", "127.0.0.1.evil.example", "localhost.evil.example", "0.0.0.0", "10.0.0.1",
                             "127.0.0.256", "127.0.0", "notlocalhost", "::2", "1270.0.0.1"}) {
        EXPECT_FALSE(is_loopback(host)) << host;
    }
}

TEST(Endpoint, NothingLeavesThisMachineUnencrypted) {
    const auto upgraded = parse_endpoint("http://gpu.example.org/v1", false);
    EXPECT_EQ(upgraded->url.text(), "https://gpu.example.org/v1");
    EXPECT_NE(upgraded->note.find("https://gpu.example.org"), std::string::npos);
    EXPECT_FALSE(upgraded->local);
    EXPECT_EQ(parse_endpoint("http://192.168.1.5:11434", false)->url.text(), "https://192.168.1.5:11434");

    const auto loopback = parse_endpoint("http://localhost:8000", false);
    EXPECT_EQ(loopback->url.text(), "http://localhost:8000");
    EXPECT_EQ(loopback->note, "");
    EXPECT_TRUE(loopback->local);

    // What a server that listens everywhere prints as its address.
    EXPECT_EQ(parse_endpoint("http://0.0.0.0:8000/v1", false)->url.text(), "http://127.0.0.1:8000/v1");
    EXPECT_EQ(parse_endpoint("http://[::]:8000/v1", false)->url.text(), "http://[::1]:8000/v1");

    const auto allowed = parse_endpoint("http://gpu.example.org", true);
    EXPECT_EQ(allowed->url.text(), "http://gpu.example.org");
    EXPECT_TRUE(allowed->unencrypted);
    EXPECT_NE(allowed->note, "");
}

}  // namespace
}  // namespace caro::net
