#include "net/redact.hpp"

#include <gtest/gtest.h>

namespace caro::net {
namespace {

const std::vector<std::string> k_secrets = {"sk-very-secret-key"};

TEST(Redact, SecretsNeverPass) {
    EXPECT_EQ(redact("key sk-very-secret-key, again sk-very-secret-key!", k_secrets), "key ***, again ***!");
    EXPECT_EQ(redact("Authorization: Bearer some-other-token-123", {}), "Authorization: Bearer ***");
    EXPECT_EQ(redact("authorization: bearer abcdefgh12345", {}), "authorization: bearer ***");
    EXPECT_EQ(redact("a bearer token is needed", {}), "a bearer token is needed");
    EXPECT_EQ(redact("short", std::vector<std::string>{"ort"}), "short");
}

TEST(Redact, ServerTextIsOneHarmlessLine) {
    const std::string shown = quote_server_text("\x1b[31mbad\x1b[0m\nkey sk-very-secret-key \xFF", k_secrets);
    EXPECT_EQ(shown.find('\x1b'), std::string::npos);
    EXPECT_EQ(shown.find('\n'), std::string::npos);
    EXPECT_EQ(shown.find("sk-very"), std::string::npos);
}

TEST(Redact, NoHalfSecretAtTheCut) {
    const std::string text = std::string(290, 'x') + "sk-very-secret-key" + std::string(100, 'y');
    const std::string shown = quote_server_text(text, k_secrets);
    EXPECT_LT(shown.size(), 320U);
    EXPECT_EQ(shown.find("sk-"), std::string::npos);
}

}  // namespace
}  // namespace caro::net
