// Texts made from the tables. After a wanted change: CARO_TEST_ACCEPT=1 ctest -R Golden, and read
// the difference.
#include "support/golden.hpp"

#include "cli/render.hpp"
#include "cli/text_wrap.hpp"
#include "cli/version.hpp"
#include "util/strings.hpp"
#include "util/utf8.hpp"

#include <gtest/gtest.h>

#include <sstream>

namespace caro::cli {
namespace {

void expect_narrow(const std::string& text) {
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
        EXPECT_LE(display_width(line), 80U) << line;
    }
}

TEST(Golden, Help) {
    test::expect_golden("tests/golden/help.txt", help_text());
    expect_narrow(help_text());
}

TEST(Golden, HelpOfEveryCommand) {
    std::string all;
    for (const auto& row : commands()) {
        all += "$ caro " + std::string(row.name) + " --help\n" + help_text(row) + "\n";
        expect_narrow(help_text(row));
    }
    test::expect_golden("tests/golden/help-commands.txt", all);
}

TEST(Golden, Completions) {
    for (const auto* shell : {"bash", "zsh", "fish"}) {
        const auto script = completions(shell);
        ASSERT_TRUE(script);
        test::expect_golden(std::string("tests/golden/completions.") + shell, *script);
    }
}

TEST(Golden, ManualPage) {
    const std::string page = manual_page();
    const std::string version_part = "caro " + std::string(version());
    ASSERT_NE(page.find(version_part), std::string::npos);
    test::expect_golden("tests/golden/caro.1", replace_all(page, version_part, "caro VERSION"));
}

TEST(Golden, Documents) {
    test::expect_golden("docs/cli.md", cli_markdown());
    test::expect_golden("docs/config.md", config_markdown());
    test::expect_golden("docs/exit-codes.md", exit_codes_markdown());
}

TEST(Help, BeginsWithExamples) {
    const std::string help = help_text();
    EXPECT_LT(help.find("Examples:"), help.find("Commands:"));
    EXPECT_LT(help.find("Examples:"), help.find("--shell"));
}

TEST(Wrapped, BreaksAtSpaces) {
    EXPECT_EQ(wrapped("aaa bbb ccc", 7, "  "), "aaa bbb\n  ccc");
    EXPECT_EQ(wrapped("aaa bbb ccc", 6, ""), "aaa\nbbb\nccc");
    EXPECT_EQ(wrapped("aaaaaaaaaa b", 4, ""), "aaaaaaaaaa\nb");
    EXPECT_EQ(wrapped("", 4, ""), "");
}

}  // namespace
}  // namespace caro::cli
