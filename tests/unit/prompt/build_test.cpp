#include "prompt/pack.hpp"
#include "prompt/piped.hpp"
#include "prompt/prompt.hpp"
#include "util/utf8.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>

namespace caro::prompt {
namespace {

using context::Context;
using context::Os;
using context::Shell;
using testing::HasSubstr;
using testing::Not;

std::string tail_of(const Ask& ask, const Context& context = {}) {
    return build(ask, context).turns.back().text;
}

TEST(Build, ConstantPartDoesNotDependOnTheRequest) {
    Context one;
    Context other;
    other.cwd = "/elsewhere";
    other.os = Os::macos;
    other.shell = Shell::zsh;
    const Prompt a = build({"list files", ""}, one);
    const Prompt b = build({"something else", "piped"}, other);
    EXPECT_EQ(a.system, b.system);
    ASSERT_EQ(a.examples.size(), b.examples.size());
    for (std::size_t i = 0; i < a.examples.size(); ++i) {
        EXPECT_EQ(a.examples[i].text, b.examples[i].text);
    }
}

TEST(Build, TailIsOnlyTheRequestOnLinuxWithBash) {
    const Prompt prompt = build({"  xyzzy plugh \n", ""}, Context{});
    ASSERT_EQ(prompt.turns.size(), 1U);
    EXPECT_TRUE(prompt.turns[0].user);
    EXPECT_EQ(prompt.turns[0].text, "xyzzy plugh");
    EXPECT_THAT(prompt.stop, testing::ElementsAre("\n"));
}

TEST(Build, RequestBecomesOneLineWithoutControls) {
    EXPECT_EQ(tail_of({"a\r\n\tb \x1b[1mc\x7f", ""}), "a b [1mc");
    EXPECT_EQ(tail_of({"列出文件", ""}), "列出文件");
    EXPECT_EQ(tail_of({"", ""}), "");
}

TEST(Build, HintsOnlyWhereTheTargetDiffers) {
    Context context;
    context.shell = Shell::dash;
    EXPECT_THAT(tail_of({"x", ""}, context), HasSubstr("POSIX sh"));
    context.shell = Shell::zsh;
    EXPECT_EQ(tail_of({"x", ""}, context), "x");
    context.os = Os::macos;
    EXPECT_THAT(tail_of({"x", ""}, context), HasSubstr("macOS"));
    context.os = Os::linux_busybox;
    EXPECT_THAT(tail_of({"x", ""}, context), HasSubstr("busybox"));
}

TEST(Build, PipedInputGoesWithTheRequestThatAsksAboutIt) {
    const Prompt prompt = build({"why", "line 1\nline 2\n"}, {});
    EXPECT_EQ(prompt.turns.back().text, "why");
    EXPECT_EQ(prompt.turns.back().piped, "line 1\nline 2");
    EXPECT_EQ(turn_text(prompt.turns.back()), "why\nStandard input begins:\nline 1\nline 2");
    EXPECT_EQ(build({"why", "  \n\n"}, {}).turns.back().piped, "");
}

TEST(Build, AnErrorMessageBringsExamplesLikeIt) {
    const std::string log = "starting\nbind(): Address already in use (0.0.0.0:4321)\nbye\n";
    const Prompt prompt = build({"why", log}, {});
    ASSERT_GE(prompt.turns.size(), 3U);
    const Turn& nearest = prompt.turns[prompt.turns.size() - 2];
    EXPECT_FALSE(nearest.user);
    EXPECT_THAT(nearest.text, testing::StartsWith("ss -ltnp"));
    for (const Turn& turn : build({"count them", "a,b\n1,2\n"}, {}).turns) {
        EXPECT_THAT(turn.text, Not(HasSubstr("ss -ltnp")));
    }
    context::Context power;
    power.shell = Shell::powershell;
    EXPECT_EQ(build({"why", log}, power).turns.size(), 1U);
}

TEST(Build, EveryShellHasItsOwnFamily) {
    Context context;
    context.shell = Shell::fish;
    const Prompt fish = build({"x", ""}, context);
    context.shell = Shell::powershell;
    const Prompt power = build({"x", ""}, context);
    EXPECT_THAT(fish.system, HasSubstr("fish"));
    EXPECT_THAT(power.system, HasSubstr("PowerShell"));
    EXPECT_FALSE(fish.examples.empty());
    EXPECT_FALSE(power.examples.empty());
}

TEST(Pack, PosixHasFortyExamplesAndTeachesRefusal) {
    const Pack& pack = pack_of("posix");
    EXPECT_FALSE(pack.rules.empty());
    EXPECT_GE(pack.examples.size(), 80U);
    std::size_t bytes = pack.rules.size();
    std::size_t refusals = 0;
    for (const Turn& turn : pack.examples) {
        bytes += turn.text.size();
        refusals += !turn.user && turn.text.front() == '#' ? 1 : 0;
    }
    EXPECT_GE(refusals, 3U);
    EXPECT_LT(bytes, 5'000U);  // about 1,500 tokens with the template around it
}

TEST(Pack, ExamplesAlternateAreUniqueAndExtractToThemselves) {
    for (const char* family : {"posix", "fish", "powershell"}) {
        const Pack& pack = pack_of(family);
        ASSERT_EQ(pack.examples.size() % 2, 0U);
        std::set<std::string> asks;
        for (std::size_t i = 0; i < pack.examples.size(); i += 2) {
            EXPECT_TRUE(pack.examples[i].user);
            EXPECT_FALSE(pack.examples[i + 1].user);
            EXPECT_TRUE(asks.insert(pack.examples[i].text).second) << pack.examples[i].text;
            const std::string& command = pack.examples[i + 1].text;
            const auto answer = extract(command);
            ASSERT_TRUE(answer.has_value()) << command;
            EXPECT_EQ(answer->refused, command.front() == '#') << command;
            if (!answer->refused) {
                EXPECT_EQ(answer->command, command);
            }
        }
    }
}

TEST(Pack, BadExamplesAreNamedByLine) {
    const auto broken =
        parse_pack("rules", "{\"ask\":\"a\",\"command\":\"b\"}\n\n{\"ask\":\"a\"}\n");
    ASSERT_FALSE(broken.has_value());
    EXPECT_EQ(broken.error().code, ErrorCode::config);
    EXPECT_THAT(broken.error().message, HasSubstr("line 3"));
    EXPECT_FALSE(parse_pack("rules", "not json").has_value());
    const auto right = parse_pack(" rules \n", "{\"ask\":\"a\",\"command\":\"b\"}\n");
    ASSERT_TRUE(right.has_value());
    EXPECT_EQ(right->rules, "rules");
    EXPECT_EQ(right->examples.size(), 2U);
}

TEST(Pack, UnknownFamilyIsEmpty) {
    EXPECT_TRUE(pack_of("tcsh").rules.empty());
}

}  // namespace
}  // namespace caro::prompt
