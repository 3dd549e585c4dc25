#include "models/download.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <fstream>
#include <mutex>
#include <thread>

#include "models/ranges.hpp"
#include "support/fake_server.hpp"
#include "support/temp_dir.hpp"
#include "util/clock.hpp"
#include "util/sha256.hpp"

namespace caro::models {
namespace {

using namespace std::chrono_literals;
using test::Connection;
using test::FakeServer;

std::string some_bytes(std::size_t size) {
    std::string bytes(size, '\0');
    std::uint32_t state = 1;
    for (char& byte : bytes) {
        state = state * 1664525U + 1013904223U;
        byte = static_cast<char>(state >> 24U);
    }
    return bytes;
}

// The first byte a request asks for, and the last.
std::pair<std::size_t, std::size_t> range_of(const std::string& request, std::size_t size) {
    const auto at = request.find("bytes=");
    if (at == std::string::npos) {
        return {0, size - 1};
    }
    char* end = nullptr;
    const std::size_t first = std::strtoull(request.c_str() + at + 6, &end, 10);
    const std::size_t last = std::strtoull(end + 1, nullptr, 10);
    return {first, last == 0 ? size - 1 : last};
}

std::string head_for(std::size_t first, std::size_t last, std::size_t size, std::size_t shift = 0) {
    return "HTTP/1.1 206 Partial Content\r\nContent-Length: " + std::to_string(last + 1 - first) + "\r\nContent-Range: bytes " +
           std::to_string(first + shift) + "-" + std::to_string(last + shift) + "/" + std::to_string(size) + "\r\n\r\n";
}

class DownloadTest : public testing::Test {
  protected:
    Hub hub_at(const FakeServer& server) {
        HubOptions options;
        options.endpoint = *net::parse_url(server.url());
        options.http.env = [](const char*) { return std::nullopt; };
        options.silence = 300ms;
        options.patience = 700ms;
        return Hub(std::move(options));
    }
    RemoteFile file() const { return {"o/n", "0123456789abcdef", "x.bin", m_bytes.size(), sha256_hex(m_bytes), "e"}; }
    void expect_whole(const FakeServer& server) {
        DownloadRequest request;
        request.remote = file();
        request.folder = m_dir.path() / "files";
        const Stopwatch watch;
        const auto path = download(hub_at(server), Cache(m_dir.path() / "caro"), request, {}, m_cancel);
        ASSERT_TRUE(path) << path.error().message;
        EXPECT_LT(watch.milliseconds(), 10'000);
        std::ifstream in(*path, std::ios::binary);
        EXPECT_EQ(std::string((std::istreambuf_iterator<char>(in)), {}), m_bytes);
    }

    test::TempDir m_dir;
    std::string m_bytes = some_bytes(5000);
    CancelToken m_cancel;
};

TEST_F(DownloadTest, AServerThatFallsSilentIsLeft) {
    const FakeServer server([&](Connection& c) {
        const auto [first, last] = range_of(c.read_request(), m_bytes.size());
        c.write(head_for(first, last, m_bytes.size()) + m_bytes.substr(first, c.number() == 0 ? 1000 : std::string::npos));
        if (c.number() == 0) {
            c.wait_for_close(20s);
        }
    });
    expect_whole(server);
    ASSERT_EQ(server.connections(), 2);
    EXPECT_NE(server.requests()[1].find("bytes=1000-"), std::string::npos) << server.requests()[1];
}

TEST_F(DownloadTest, ATrickleIsLeftToo) {
    const FakeServer server([&](Connection& c) {
        const auto [first, last] = range_of(c.read_request(), m_bytes.size());
        c.write(head_for(first, last, m_bytes.size()));
        if (c.number() > 0) {
            c.write(std::string_view(m_bytes).substr(first));
            return;
        }
        for (std::size_t i = first; i <= last && c.write(m_bytes.substr(i, 1)); ++i) {
            std::this_thread::sleep_for(20ms);
        }
    });
    expect_whole(server);
    EXPECT_EQ(server.connections(), 2);
}

class RangesTest : public DownloadTest {
  protected:
    RangesTest() { m_bytes = some_bytes(1'000'123); }

    void answer(Connection& c, std::size_t shift = 0) {
        const auto [first, last] = range_of(c.read_request(), m_bytes.size());
        send(c, first, last, shift);
    }
    void send(Connection& c, std::size_t first, std::size_t last, std::size_t shift = 0) {
        std::this_thread::sleep_for(std::chrono::milliseconds((first / 100'000 * 7) % 5 * 8));  // they end in another order
        c.write(head_for(first, last, m_bytes.size(), shift) + m_bytes.substr(first, last + 1 - first));
    }
    Result<> fetch(const FakeServer& server, std::string& got, const AheadSink& go_on = [](std::uint64_t) { return true; }) {
        const auto take = [&got](std::string_view bytes) -> Result<> {
            got += bytes;
            return {};
        };
        return fetch_ranges(hub_at(server), file(), {1000, 4, 100'000}, take, go_on, m_cancel);
    }
};

TEST_F(RangesTest, PiecesComeInOrder) {
    const FakeServer server([&](Connection& c) { answer(c); });
    std::string got;
    const auto fetched = fetch(server, got);
    ASSERT_TRUE(fetched) << fetched.error().message;
    EXPECT_EQ(got, m_bytes.substr(1000));
    EXPECT_EQ(server.connections(), 10);
}

TEST_F(RangesTest, WhatCameBeforeAFailureIsRight) {
    const FakeServer server([&](Connection& c) { answer(c, c.number() == 6 ? 1 : 0); });
    std::string got;
    const auto fetched = fetch(server, got);
    ASSERT_FALSE(fetched);
    EXPECT_EQ(fetched.error().code, ErrorCode::checksum);
    EXPECT_EQ(got, m_bytes.substr(1000, got.size()));
    EXPECT_LT(got.size(), m_bytes.size() - 1000);
}

TEST_F(RangesTest, AServerThatSendsAllIsNone) {
    const FakeServer server([&](Connection& c) {
        c.read_request();
        c.write(test::http_answer(200, m_bytes));
    });
    std::string got;
    EXPECT_EQ(fetch(server, got).error().code, ErrorCode::checksum);
    EXPECT_EQ(got, "");
}

TEST_F(RangesTest, ItStopsAtAWord) {
    const FakeServer server([&](Connection& c) {
        // By what is asked for: which connection asks for the first piece is a matter of chance.
        const auto [first, last] = range_of(c.read_request(), m_bytes.size());
        if (first < 200'000) {
            return send(c, first, last);
        }
        c.wait_for_close(20s);
    });
    std::string got;
    const Stopwatch watch;
    EXPECT_TRUE(fetch(server, got, [&](std::uint64_t) { return got.empty(); }));
    EXPECT_EQ(got, m_bytes.substr(1000, got.size()));
    m_cancel.cancel();
    EXPECT_EQ(fetch(server, got).error().code, ErrorCode::cancelled);
    EXPECT_LT(watch.milliseconds(), 5000);
}

}  // namespace
}  // namespace caro::models
