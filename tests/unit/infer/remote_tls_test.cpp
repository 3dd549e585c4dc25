// The back ends behind real TLS, at an address that is not loopback: what is written as http:// goes out as https.
#include <gtest/gtest.h>

#include <fstream>

#include "infer/registry.hpp"
#include "support/fake_server.hpp"
#include "support/network_address.hpp"
#include "support/scoped_env.hpp"
#include "support/temp_dir.hpp"
#include "support/test_certificates.hpp"

namespace caro::infer {
namespace {

using test::Connection;
using test::FakeServer;

class RemoteTls : public testing::Test {
  protected:
    void SetUp() override {
        const auto address = test::network_address();
        if (!address) {
            GTEST_SKIP() << "this machine has no address but loopback";
        }
        m_address = *address;
        m_options.ca_file = (m_folder.path() / "ca.pem").string();
        m_options.vllm_key_env = "CARO_TEST_KEY";
        m_options.timeout_ms = 1500;
        std::ofstream(m_options.ca_file) << m_authority.pem();
    }

    FakeServer serve(bool tls) {
        test::CertificateWish wish;
        wish.host = m_address;
        const test::Certificate certificate = tls ? m_authority.issue(wish) : test::Certificate{};
        return FakeServer(test::routes({{"GET /v1/models", test::capture("vllm-models")},
                                        {"POST /v1/chat/completions", test::capture("vllm-chat-stream")}}),
                          {"0.0.0.0", certificate.pem, certificate.key_pem});
    }

    Result<Completion> ask(int port) {
        m_options.vllm_url = "http://" + m_address + ":" + std::to_string(port) + "/v1";
        m_vllm = std::move(*(*find_backend("vllm"))->make(m_options));
        GenerateRequest request;
        request.prompt.turns = {{true, "count the lines of notes.txt"}};
        const CancelToken cancel;
        return m_vllm->generate(request, {}, cancel);
    }

    test::CleanServerEnv m_env;
    test::ScopedEnv m_key{"CARO_TEST_KEY", "sk-tls-test-key"};
    test::TestAuthority m_authority;
    test::TempDir m_folder;
    std::string m_address;
    BackendOptions m_options;
    std::unique_ptr<Generator> m_vllm;
};

TEST_F(RemoteTls, HttpOffThisMachineBecomesHttps) {
    FakeServer server = serve(true);
    const auto completion = ask(server.port());
    ASSERT_TRUE(completion) << completion.error().message;
    EXPECT_NE(server.requests().back().find("Bearer sk-tls-test-key"), std::string::npos);
    EXPECT_FALSE(m_vllm->info().local);
    ASSERT_EQ(m_vllm->info().notes.size(), 1U);
    EXPECT_NE(m_vllm->info().notes[0].find("https://" + m_address), std::string::npos);
}

TEST_F(RemoteTls, NothingIsSentToAServerWithoutTls) {
    FakeServer server = serve(false);
    const auto completion = ask(server.port());
    ASSERT_FALSE(completion);
    // It depends on the server whether it hangs up or waits for more.
    EXPECT_TRUE(completion.error().code == ErrorCode::network || completion.error().code == ErrorCode::timeout);
    for (const std::string& request : server.requests()) {
        EXPECT_EQ(request.find("sk-tls"), std::string::npos);
        EXPECT_EQ(request.find("notes.txt"), std::string::npos);
    }
}

TEST_F(RemoteTls, PlainHttpOnlyWhereTheUserAllowsIt) {
    FakeServer server = serve(false);
    m_options.allow_insecure = true;
    const auto completion = ask(server.port());
    ASSERT_TRUE(completion) << completion.error().message;
    EXPECT_EQ(m_vllm->info().notes.size(), 2U) << "one for the text, one for the key";
}

TEST_F(RemoteTls, AnUnknownAuthorityIsRefused) {
    FakeServer server = serve(true);
    m_options.ca_file.clear();
    const auto completion = ask(server.port());
    ASSERT_FALSE(completion);
    EXPECT_EQ(completion.error().code, ErrorCode::network);
    EXPECT_TRUE(server.requests().empty());
}

}  // namespace
}  // namespace caro::infer
