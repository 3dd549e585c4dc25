// Settings that switch a protection off.
#include "safety/guards.hpp"

#include <gtest/gtest.h>

#include "safety/analyzer.hpp"

namespace caro::safety {
namespace {

TEST(Guards, KnowTheLinesOfAFile) {
    EXPECT_EQ(weakened_by("/etc/pacman.conf", "SigLevel = Never"), "security.guard-off");
    EXPECT_EQ(weakened_by("/home/me/.ssh/config", "Host *\n  StrictHostKeyChecking no"), "network.trusts-anybody");
    EXPECT_EQ(weakened_by("/etc/apt/sources.list.d/x.list", "deb [trusted=yes] http://x.example ./"), "security.guard-off");
    EXPECT_EQ(weakened_by("/etc/default/grub", "GRUB_CMDLINE_LINUX=\"quiet mitigations=off\""), "security.guard-off");
}

TEST(Guards, LeaveOtherLinesAndFilesAlone) {
    EXPECT_EQ(weakened_by("/etc/pacman.conf", "SigLevel = Required"), "");
    EXPECT_EQ(weakened_by("/etc/pacman.conf", "# SigLevel = Never"), "");
    EXPECT_EQ(weakened_by("notes.txt", "SigLevel = Never"), "");
    EXPECT_EQ(weakened_by("/home/me/.ssh/config", "Host web\n  User me"), "");
}

TEST(Guards, KnowVariables) {
    EXPECT_TRUE(weakens("NODE_TLS_REJECT_UNAUTHORIZED", "0"));
    EXPECT_TRUE(weakens("GIT_SSL_NO_VERIFY", "true"));
    EXPECT_FALSE(weakens("NODE_TLS_REJECT_UNAUTHORIZED", "1"));
    EXPECT_FALSE(weakens("GIT_SSL_NO_VERIFY", "false"));
    EXPECT_FALSE(weakens("NODE_ENV", "0"));
}

TEST(Guards, KnowSettingsByTheirNames) {
    EXPECT_TRUE(trusts_anybody("ssl_verify", "false"));
    EXPECT_TRUE(trusts_anybody("--insecure-skip-tls-verify", "true"));
    EXPECT_FALSE(trusts_anybody("ssl_verify", "true"));
    EXPECT_FALSE(trusts_anybody("verbose", "false"));
}

TEST(Guards, SeeTheValueThatSedPutsBehindAName) {
    const Scene scene;
    EXPECT_EQ(analyze("sed -i '/^#*PermitRootLogin/s/no/yes/' /etc/ssh/sshd_config", scene).risk, Risk::high);
    EXPECT_EQ(analyze("sed -i '/^#*PermitRootLogin/s/yes/no/' /etc/ssh/sshd_config", scene).risk, Risk::moderate);
}

}  // namespace
}  // namespace caro::safety
