// What users add, tighten and loosen in their config.
#include "safety/user_rules.hpp"

#include <gtest/gtest.h>

#include "safety/analyzer.hpp"

namespace caro::safety {
namespace {

class UserRulesTest : public ::testing::Test {
  protected:
    ~UserRulesTest() override { use_rules({}); }

    static Report judge(std::string_view command) {
        Scene scene;
        scene.home = "/home/me";
        scene.cwd = "/home/me/project";
        return analyze(command, scene);
    }
};

TEST_F(UserRulesTest, RaiseCommandsThatMatchAPattern) {
    use_rules({.high = {"make deploy"}, .critical = {"kubectl * --context prod*"}});
    EXPECT_EQ(judge("make deploy").risk, Risk::high);
    EXPECT_EQ(judge("make deploy VERSION=1").risk, Risk::high);
    EXPECT_EQ(judge("sudo m'ak'e   deploy").risk, Risk::high) << "wrappers and quotes do not hide it";
    EXPECT_EQ(judge("make deployment").risk, Risk::moderate);
    EXPECT_EQ(judge("kubectl get pods --context production").risk, Risk::critical);
    const Report report = judge("make deploy");
    EXPECT_EQ(report.findings.front().rule, "user.rule");
    EXPECT_NE(report.reason.find("make deploy"), std::string::npos);
    EXPECT_FALSE(report.read_only);
}

TEST_F(UserRulesTest, RaiseWhatOnlyReads) {
    use_rules({.moderate = {"cat *"}});
    EXPECT_EQ(judge("cat notes").risk, Risk::moderate);
    EXPECT_EQ(judge("ls").risk, Risk::safe);
}

TEST_F(UserRulesTest, NeverLower) {
    use_rules({.moderate = {"rm *"}});
    EXPECT_EQ(judge("rm -rf /").risk, Risk::critical);
}

TEST_F(UserRulesTest, AllowLowersARuleToModerateButDoesNotHideIt) {
    EXPECT_EQ(judge("git push --force").risk, Risk::high);
    use_rules({.allow = {"git.force-push"}});
    const Report report = judge("git push --force");
    EXPECT_EQ(report.risk, Risk::moderate);
    ASSERT_FALSE(report.findings.empty());
    EXPECT_FALSE(report.read_only);
    EXPECT_EQ(judge("git push --force; rm -rf /").risk, Risk::critical) << "other rules still count";
}

TEST_F(UserRulesTest, AllowDropsAModerateFinding) {
    EXPECT_EQ(judge("frobnicate x").risk, Risk::moderate);
    use_rules({.allow = {"command.unknown"}});
    EXPECT_EQ(judge("frobnicate x").risk, Risk::safe);
    EXPECT_FALSE(judge("frobnicate x").read_only);
}

TEST_F(UserRulesTest, WhatCouldNotBeReadCannotBeAllowed) {
    use_rules({.allow = {"parse.incomplete", "user.rule"}, .high = {"ls"}});
    EXPECT_GE(judge("echo \"unclosed").risk, Risk::high);
    EXPECT_EQ(judge("ls").risk, Risk::high);
}

}  // namespace
}  // namespace caro::safety
