// Real TLS on loopback, with an authority made for the test.
#include <gtest/gtest.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <thread>

#include "net/http_client.hpp"
#include "net/trust.hpp"
#include "support/fake_server.hpp"
#include "support/test_certificates.hpp"
#include "util/clock.hpp"

namespace caro::net {
namespace {

using namespace std::chrono_literals;
using test::Certificate;
using test::CertificateWish;
using test::Connection;
using test::FakeServer;
using test::http_answer;

class Tls : public testing::Test {
  protected:
    Tls() {
        m_folder = std::filesystem::temp_directory_path() / ("caro-tls-" + std::to_string(::getpid()));
        std::filesystem::create_directories(m_folder);
        m_ca_file = (m_folder / "ca.pem").string();
        std::ofstream(m_ca_file) << m_authority.pem();
    }
    ~Tls() override { std::filesystem::remove_all(m_folder); }

    FakeServer serve(const CertificateWish& wish, const std::string& answer = http_answer(200, "secret word")) {
        const Certificate certificate = m_authority.issue(wish);
        return FakeServer(
            [answer](Connection& c) {
                if (!c.read_request().empty()) {
                    c.write(answer);
                }
            },
            {"127.0.0.1", certificate.pem, certificate.key_pem});
    }

    Result<HttpResponse> get(const std::string& address, std::string ca_file, const std::string& key = "",
                             Redirects redirects = HttpRequest().redirects) {
        HttpRequest request;
        request.url = *parse_url(address);
        request.bearer = key;
        request.redirects = redirects;
        request.total_timeout = 5s;
        HttpOptions options{std::move(ca_file), [](const char*) { return std::nullopt; }};
        const CancelToken cancel;
        return HttpClient(options).send(request, {}, cancel);
    }

    std::string refusal(const CertificateWish& wish) {
        FakeServer server = serve(wish);
        const auto response = get(server.url(), m_ca_file, "sk-key-for-the-real-server");
        EXPECT_TRUE(server.requests().empty()) << "something was sent before the certificate was checked";
        if (response) {
            return "accepted";
        }
        EXPECT_EQ(response.error().code, ErrorCode::network);
        EXPECT_FALSE(response.error().hint.empty());
        return response.error().message;
    }

    test::TestAuthority m_authority;
    std::filesystem::path m_folder;
    std::string m_ca_file;
};

TEST_F(Tls, AGoodCertificateIsBelieved) {
    FakeServer server = serve({});
    const auto response = get(server.url(), m_ca_file, "sk-key");
    ASSERT_TRUE(response) << response.error().message;
    EXPECT_EQ(response->body, "secret word");
    EXPECT_NE(server.requests().at(0).find("Bearer sk-key"), std::string::npos);
}

TEST_F(Tls, AddressesCanHaveCertificatesToo) {
    CertificateWish wish;
    wish.host = "127.0.0.1";
    FakeServer server = serve(wish);
    EXPECT_TRUE(get("https://127.0.0.1:" + std::to_string(server.port()), m_ca_file));
    EXPECT_FALSE(get("https://localhost:" + std::to_string(server.port()), m_ca_file));
}

TEST_F(Tls, Expired) {
    CertificateWish wish;
    wish.days_from = -20;
    wish.days_to = -10;
    EXPECT_NE(refusal(wish).find("has expired"), std::string::npos);
}

TEST_F(Tls, NotYetValid) {
    CertificateWish wish;
    wish.days_from = 10;
    wish.days_to = 20;
    EXPECT_NE(refusal(wish).find("not valid yet"), std::string::npos);
}

TEST_F(Tls, WrongHost) {
    CertificateWish wish;
    wish.host = "other.example";
    EXPECT_NE(refusal(wish).find("is for another name"), std::string::npos);
}

TEST_F(Tls, SelfSigned) {
    CertificateWish wish;
    wish.self_signed = true;
    EXPECT_NE(refusal(wish).find("signed by itself"), std::string::npos);
}

TEST_F(Tls, UnknownAuthority) {
    FakeServer server = serve({});
    const auto response = get(server.url(), "");
    ASSERT_FALSE(response);
    EXPECT_NE(response.error().message.find("authority this machine does not know"), std::string::npos)
        << response.error().message;
    EXPECT_NE(response.error().hint.find("tls.ca_file"), std::string::npos);
    EXPECT_TRUE(server.requests().empty());
}

TEST_F(Tls, PlainServerBehindHttps) {
    FakeServer server([](Connection& c) {
        c.write(http_answer(400, "plain"));
        c.wait_for_close(2s);
    });
    const auto response = get("https://localhost:" + std::to_string(server.port()), m_ca_file);
    ASSERT_FALSE(response);
    EXPECT_NE(response.error().message.find("does not speak TLS"), std::string::npos) << response.error().message;
}

TEST_F(Tls, ASilentHandshakeHasItsLimitAndCanBeCancelled) {
    FakeServer server([](Connection& c) { c.wait_for_close(5s); });
    HttpRequest request;
    request.url = *parse_url("https://localhost:" + std::to_string(server.port()));
    request.connect_timeout = 200ms;
    const CancelToken cancel;
    const Stopwatch watch;
    const auto response = HttpClient().send(request, {}, cancel);
    ASSERT_FALSE(response);
    EXPECT_EQ(response.error().code, ErrorCode::timeout);
    EXPECT_LT(watch.milliseconds(), 500);
}

TEST_F(Tls, AnUnreadableAuthorityFileIsAConfigurationError) {
    FakeServer server = serve({});
    const std::string nonsense = (m_folder / "nonsense.pem").string();
    std::ofstream(nonsense) << "hello";
    for (const std::string& file : {nonsense, (m_folder / "missing.pem").string()}) {
        const auto response = get(server.url(), file);
        ASSERT_FALSE(response);
        EXPECT_EQ(response.error().code, ErrorCode::config);
        EXPECT_NE(response.error().message.find(file), std::string::npos);
    }
}

TEST_F(Tls, NoStepDownToPlainHttp) {
    FakeServer plain([](Connection& c) {
        c.read_request();
        c.write(http_answer(200, "plain"));
    });
    FakeServer server = serve({}, http_answer(302, "", "Location: http://localhost:" + std::to_string(plain.port()) + "\r\n"));
    const auto response = get(server.url(), m_ca_file, "sk-key");
    ASSERT_FALSE(response);
    EXPECT_NE(response.error().message.find("not followed"), std::string::npos);
    EXPECT_TRUE(plain.requests().empty());
}

TEST_F(Tls, ARedirectToAnotherHostNeverHasTheKey) {
    CertificateWish wish;
    wish.host = "127.0.0.1";
    FakeServer other = serve(wish);
    const std::string there = "Location: https://127.0.0.1:" + std::to_string(other.port()) + "/x\r\n";
    FakeServer server = serve({}, http_answer(302, "", there));
    const std::string address = "https://localhost:" + std::to_string(server.port());
    for (const Redirects policy : {Redirects::none, Redirects::same_host}) {
        const auto refused = get(address, m_ca_file, "sk-key", policy);
        ASSERT_FALSE(refused);
        EXPECT_NE(refused.error().message.find("not followed"), std::string::npos) << refused.error().message;
    }
    EXPECT_TRUE(other.requests().empty());
    const auto followed = get(address, m_ca_file, "sk-key", Redirects::any_host);
    ASSERT_TRUE(followed) << followed.error().message;
    EXPECT_EQ(followed->body, "secret word");
    EXPECT_NE(server.requests().back().find("sk-key"), std::string::npos);
    ASSERT_EQ(other.requests().size(), 1U);
    EXPECT_EQ(other.requests()[0].find("sk-key"), std::string::npos);
    EXPECT_EQ(other.requests()[0].find("Authorization"), std::string::npos);
}

TEST_F(Tls, TheHostOfARedirectIsCheckedToo) {
    CertificateWish wish;
    wish.host = "elsewhere.example";
    FakeServer other = serve(wish);
    FakeServer server = serve({}, http_answer(302, "", "Location: https://127.0.0.1:" + std::to_string(other.port()) + "/\r\n"));
    const auto response = get("https://localhost:" + std::to_string(server.port()), m_ca_file, "sk-key", Redirects::any_host);
    ASSERT_FALSE(response);
    EXPECT_EQ(response.error().code, ErrorCode::network);
    EXPECT_TRUE(other.requests().empty());
}

TEST_F(Tls, AServerThatDropsTheConnectionIsNoSignal) {
    // Without care the TLS library's write raises SIGPIPE, which ends the program.
    ::signal(SIGPIPE, SIG_DFL);
    const Certificate certificate = m_authority.issue();
    FakeServer server(
        [](Connection& c) {
            c.read_request();
            c.write("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc");
            c.reset();
        },
        {"127.0.0.1", certificate.pem, certificate.key_pem});
    ::signal(SIGPIPE, SIG_DFL);
    for (int i = 0; i < 20; ++i) {
        const auto response = get(server.url(), m_ca_file);
        ASSERT_FALSE(response);
        EXPECT_EQ(response.error().code, ErrorCode::network);
    }
}

TEST_F(Tls, EnvironmentReplacesTheSystemsAuthorities) {
    const EnvLookup env = [](const char* name) -> std::optional<std::string> {
        return std::string_view(name) == "SSL_CERT_FILE" ? std::optional<std::string>("/my/roots.pem") : std::nullopt;
    };
    EXPECT_EQ(trust_sources("", env).files, std::vector<std::string>{"/my/roots.pem"});
    EXPECT_EQ(trust_sources("/my/ca.pem", env).files, (std::vector<std::string>{"/my/roots.pem", "/my/ca.pem"}));
}

TEST_F(Tls, TheSystemsAuthoritiesAreFoundWhereSystemsKeepThem) {
    const EnvLookup none = [](const char*) { return std::nullopt; };
    for (const char* place : {"etc/ssl/certs/ca-certificates.crt", "etc/pki/tls/certs/ca-bundle.crt", "etc/ssl/cert.pem"}) {
        const auto root = m_folder / std::to_string(std::hash<std::string>()(place));
        std::filesystem::create_directories((root / place).parent_path());
        std::ofstream(root / place) << m_authority.pem();
        const TrustSources found = trust_sources("", none, root);
        ASSERT_EQ(found.files.size(), 1U) << place;
        EXPECT_EQ(found.files[0], (root / place).string());
    }
    EXPECT_TRUE(trust_sources("", none, m_folder / "nothing").files.empty());
}

}  // namespace
}  // namespace caro::net
