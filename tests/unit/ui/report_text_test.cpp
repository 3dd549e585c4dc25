#include "ui/report_text.hpp"

#include <gtest/gtest.h>

#include "ui/clipboard.hpp"
#include "util/strings.hpp"
#include "util/utf8.hpp"

namespace caro::ui {
namespace {

engine::Suggestion risky() {
    engine::Suggestion suggestion;
    suggestion.command = "rm -rf /";
    suggestion.explanation = "Deletes everything that there is on this machine, and then some more of what is mounted";
    suggestion.report.risk = safety::Risk::critical;
    suggestion.report.reason = "Deletes /, which the system or your home needs";
    for (int i = 0; i < 3; ++i) {
        suggestion.report.findings.push_back(
            {"delete.protected", safety::Risk::critical, suggestion.report.reason, 0, 8, "ls -la /"});
    }
    return suggestion;
}

TEST(Describe, SaysEachReasonOnceWithWhatIsSafer) {
    const std::string text = describe(risky(), false, 100);
    EXPECT_NE(text.find("critical"), std::string::npos);
    EXPECT_EQ(text.find("Deletes /,"), text.rfind("Deletes /,"));
    EXPECT_NE(text.find("safer: ls -la /"), std::string::npos);
}

TEST(Describe, NoLineIsWiderThanTheTerminal) {
    engine::Suggestion suggestion = risky();
    suggestion.report.findings[0].message = "文字化け と とても長い説明 がここにあります 文字化け と とても長い説明 文字";
    for (const std::size_t width : {20U, 31U, 40U, 77U, 120U}) {
        const std::string text = describe(suggestion, false, width);
        for (const auto line : split(text, '\n')) {
            EXPECT_LE(display_width(line), width) << line;
        }
    }
}

TEST(Describe, SendsNoControlCharacterOfOthersToTheTerminal) {
    engine::Suggestion suggestion = risky();
    suggestion.explanation = "a\x1b[2Jb";
    suggestion.report.findings[0].message = "c\x1b]0;title\x07";
    suggestion.report.findings[0].safer = "d\r\x1b[A";
    suggestion.warnings = {"e\x1b[8m"};
    const std::string text = describe(suggestion, false, 80);
    EXPECT_EQ(text.find('\x1b'), std::string::npos);
    EXPECT_EQ(text.find('\r'), std::string::npos);
    EXPECT_EQ(text.find('\x07'), std::string::npos);
}

TEST(WarningLine, IsThereFromHighOn) {
    safety::Report report;
    report.risk = safety::Risk::moderate;
    EXPECT_EQ(warning_line(report), "");
    report.risk = safety::Risk::high;
    EXPECT_NE(warning_line(report).find("high risk"), std::string::npos);
    report.reason = "because";
    EXPECT_NE(warning_line(report).find("because"), std::string::npos);
}

TEST(Osc52, EncodesAndWraps) {
    EXPECT_EQ(osc52("ls -la", false, false), "\x1b]52;c;bHMgLWxh\x07");
    EXPECT_EQ(osc52("a", false, false), "\x1b]52;c;YQ==\x07");
    EXPECT_EQ(osc52("ab", false, false), "\x1b]52;c;YWI=\x07");
    EXPECT_EQ(osc52("", false, false), "\x1b]52;c;\x07");
    EXPECT_EQ(osc52("a", true, false), "\x1bPtmux;\x1b\x1b]52;c;YQ==\x07\x1b\\");
}

}  // namespace
}  // namespace caro::ui
