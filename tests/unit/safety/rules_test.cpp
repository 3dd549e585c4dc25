// Every rule's own examples.
#include "safety/rules.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "safety/analyzer.hpp"

namespace caro::safety {
namespace {

Scene scene() {
    Scene scene;
    scene.home = "/home/me";
    scene.cwd = "/home/me/project";
    return scene;
}

bool has_rule(const Report& report, const std::string& id) {
    return std::any_of(report.findings.begin(), report.findings.end(),
                       [&](const Finding& finding) { return finding.rule == id; });
}

std::string ids(const Report& report) {
    std::string all;
    for (const auto& finding : report.findings) {
        all += finding.rule + " ";
    }
    return all;
}

class RuleTest : public ::testing::TestWithParam<std::size_t> {
  protected:
    const Rule& rule() const { return rules()[GetParam()]; }
};

TEST_P(RuleTest, FindsItsMatches) {
    ASSERT_FALSE(rule().match.empty()) << rule().id << " needs examples";
    for (const auto& command : rule().match) {
        const Report report = analyze(command, scene());
        EXPECT_TRUE(has_rule(report, rule().id)) << rule().id << ": " << command << " got: " << ids(report);
        EXPECT_GE(report.risk, rule().risk) << command;
        EXPECT_FALSE(report.read_only) << command;
    }
}

TEST_P(RuleTest, LeavesItsIgnoresAlone) {
    ASSERT_FALSE(rule().ignore.empty()) << rule().id << " needs examples";
    for (const auto& command : rule().ignore) {
        EXPECT_FALSE(has_rule(analyze(command, scene()), rule().id)) << rule().id << ": " << command;
    }
}

TEST_P(RuleTest, SaysWhy) {
    EXPECT_FALSE(rule().why.empty()) << rule().id;
    EXPECT_NE(rule().why.back(), '.') << rule().id;
}

INSTANTIATE_TEST_SUITE_P(All, RuleTest, ::testing::Range<std::size_t>(0, rules().size()), [](const auto& parameter) {
    std::string name = parameter.param < rules().size() ? rules()[parameter.param].id : "none";
    std::replace_if(name.begin(), name.end(), [](char c) { return std::isalnum(static_cast<unsigned char>(c)) == 0; }, '_');
    return name;
});

TEST(Rules, AreAllTestedAndHaveDistinctNames) {
    EXPECT_GT(rules().size(), 30U);
    std::set<std::string> names;
    for (const auto& rule : rules()) {
        EXPECT_TRUE(names.insert(rule.id).second) << rule.id;
    }
}

TEST(ShellWord, IsOneWordForAShell) {
    EXPECT_EQ(shell_word("/etc/fstab"), "/etc/fstab");
    EXPECT_EQ(shell_word("/home/u/My Files"), "'/home/u/My Files'");
    EXPECT_EQ(shell_word("/home/u/My Files/*.txt"), "'/home/u/My Files/'*.txt");
    EXPECT_EQ(shell_word("it's"), "'it'\\''s'");
    EXPECT_EQ(shell_word("~/a b"), "~/'a b'");
    EXPECT_EQ(shell_word("-rf"), "./-rf");
    EXPECT_EQ(shell_word("$HOME;reboot"), "'$HOME;reboot'");
    EXPECT_EQ(shell_word("größe"), "größe");
}

// A word that begins with a capital letter begins a sentence, not a command.
bool is_command(std::string_view safer) { return !safer.empty() && (safer.front() < 'A' || safer.front() > 'Z'); }

// The corpus has what is risky for other reasons (tests/safety/safer.py).
TEST(Safer, ParsesAsOneHarmlessCommandWhateverTheNameIs) {
    Scene here = scene();
    for (const char* name : {"My Files", "it's", "a;reboot", "$(reboot)", "`reboot`", "a b/*", "-rf", "x > y", "a\nreboot", "\"", "a&", "#x", "!x"}) {
        for (const Rule& rule : rules()) {
            const Finding finding = make_finding(rule.id, name, 0, 1);
            if (!is_command(finding.safer) || rule.safer.find("{target}") == std::string::npos) {
                continue;
            }
            if (rule.safer.substr(0, 8) == "{target}" && std::string_view(name).find('*') != std::string_view::npos) {
                continue;  // there it is the name of a program, which is no pattern
            }
            const Report report = analyze(finding.safer, here);
            EXPECT_TRUE(report.fully_parsed) << finding.safer;
            EXPECT_LE(report.risk, Risk::moderate) << rule.id << ": " << finding.safer;
        }
    }
    EXPECT_EQ(make_finding("delete.files", "…/…", 0, 1).safer, "");
}

}  // namespace
}  // namespace caro::safety
