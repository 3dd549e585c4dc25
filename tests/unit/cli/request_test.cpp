#include "cli/request.hpp"

#include "cli/color.hpp"
#include "cli/error_text.hpp"
#include "cli/exit_code.hpp"

#include <gtest/gtest.h>

namespace caro::cli {
namespace {

std::string problem(std::string_view text) {
    const auto request = valid_request(text);
    EXPECT_TRUE(request || request.error().code == ErrorCode::usage);
    EXPECT_TRUE(request || !request.error().hint.empty());
    return request ? "" : request.error().message;
}

TEST(ValidRequest, TakesPlainText) {
    EXPECT_EQ(*valid_request("  list files \n"), "list files");
    EXPECT_EQ(*valid_request("a\tb\r\nc"), "a b  c");
    EXPECT_EQ(*valid_request("列出文件"), "列出文件");
    EXPECT_EQ(*valid_request("zeige große Dateien"), "zeige große Dateien");
    EXPECT_EQ(*valid_request(std::string(k_request_limit, 'a')), std::string(k_request_limit, 'a'));
}

TEST(ValidRequest, RefusesTheRest) {
    EXPECT_EQ(problem(""), "there is no request");
    EXPECT_EQ(problem(" \t\n "), "there is no request");
    EXPECT_EQ(problem(std::string(k_request_limit + 1, 'a')),
              "the request has 8193 bytes; at most 8192 are allowed");
    EXPECT_EQ(problem("a\x1b[31mb"), "the request holds a control character (byte 0x1b)");
    EXPECT_EQ(problem("a\x7f"), "the request holds a control character (byte 0x7f)");
    EXPECT_EQ(problem(std::string_view("a\0b", 3)),
              "the request holds a control character (byte 0x00)");
    EXPECT_EQ(problem("a\xff"), "the request is not valid UTF-8");
    EXPECT_EQ(problem("a\xc0\xaf"), "the request is not valid UTF-8");
    EXPECT_EQ(problem("cut \xe5\x88"), "the request is not valid UTF-8");
}

TEST(DecideColor, FollowsTheConventions) {
    using Variables = std::vector<std::pair<std::string, std::string>>;
    const auto decide = [](std::string_view when, bool terminal, const Variables& variables) {
        return decide_color(when, terminal, [&](const char* name) -> std::optional<std::string> {
            for (const auto& [key, value] : variables) {
                if (key == name) {
                    return value;
                }
            }
            return std::nullopt;
        });
    };
    EXPECT_TRUE(decide("auto", true, {{"TERM", "xterm"}}));
    EXPECT_TRUE(decide("auto", true, {}));
    EXPECT_FALSE(decide("auto", false, {{"TERM", "xterm"}}));
    EXPECT_FALSE(decide("auto", true, {{"TERM", "dumb"}}));
    EXPECT_FALSE(decide("auto", true, {{"NO_COLOR", "1"}}));
    EXPECT_TRUE(decide("auto", true, {{"NO_COLOR", ""}}));
    EXPECT_TRUE(decide("auto", false, {{"FORCE_COLOR", "1"}}));
    EXPECT_TRUE(decide("auto", false, {{"CLICOLOR_FORCE", "1"}}));
    EXPECT_FALSE(decide("auto", false, {{"CLICOLOR_FORCE", "0"}}));
    EXPECT_FALSE(decide("auto", true, {{"NO_COLOR", "1"}, {"FORCE_COLOR", "1"}}));
    EXPECT_TRUE(decide("always", false, {{"NO_COLOR", "1"}}));
    EXPECT_FALSE(decide("never", true, {{"FORCE_COLOR", "1"}}));
}

TEST(ErrorText, TellsCauseRemedyAndWhereToFindHelp) {
    EXPECT_EQ(error_text({ErrorCode::io, "cannot write", "Free some space", {}}, false),
              "caro: error: cannot write\n  fix: Free some space\n");
    EXPECT_EQ(error_text({ErrorCode::usage, "no", "", {}}, false),
              "caro: error: no\n  try 'caro --help'\n");
    EXPECT_EQ(error_text({ErrorCode::io, "gone", "", {"reading x", "starting"}}, false),
              "caro: error: starting: reading x: gone\n");
}

TEST(ErrorText, ShowsWhatCouldDeceive) {
    const std::string text = error_text({ErrorCode::io, "a\x1b[2Jb\nc", "\u202e", {}}, false);
    EXPECT_EQ(text, "caro: error: a\\x1b[2Jb c\n  fix: \\u202e\n");
}

TEST(ErrorText, IsADocumentForScripts) {
    const Error error{ErrorCode::not_found, "no \"x\"", "", {}};
    EXPECT_EQ(
        error_document(error, Output::json, ExitCode::no_backend),
        "{\n  \"error\": {\n    \"code\": \"not_found\",\n    \"message\": \"no \\\"x\\\"\",\n"
        "    \"hint\": \"\"\n  },\n  \"exit_code\": 4\n}\n");
    EXPECT_EQ(
        error_document(error, Output::yaml, ExitCode::no_backend),
        "error:\n  code: \"not_found\"\n  message: \"no \\\"x\\\"\"\n  hint: \"\"\nexit_code: 4\n");
}

TEST(ErrorText, SurvivesBytesThatAreNoText) {
    const Error error{ErrorCode::io, "bad \xff name", "", {}};
    EXPECT_NE(error_document(error, Output::json, ExitCode::failed).find("bad \uFFFD name"), std::string::npos);
}

TEST(ExitCodes, AreOneTableWithoutDoublesInOrder) {
    int last = -1;
    for (const auto& row : exit_codes()) {
        EXPECT_GT(to_int(row.code), last) << row.name;
        last = to_int(row.code);
    }
}

TEST(ExitCodes, EveryErrorHasAStatusOfTheTable) {
    for (int code = 0; code <= static_cast<int>(ErrorCode::internal); ++code) {
        const ExitCode status = exit_code_of(static_cast<ErrorCode>(code));
        EXPECT_NE(status, ExitCode::ok);
        const auto rows = exit_codes();
        EXPECT_TRUE(std::any_of(rows.begin(), rows.end(),
                                [&](const auto& row) { return row.code == status; }));
    }
    EXPECT_EQ(exit_code_of(ErrorCode::unclear), ExitCode::unclear);
    EXPECT_EQ(exit_code_of(ErrorCode::blocked), ExitCode::refused);
    EXPECT_EQ(exit_code_of(ErrorCode::bad_model), ExitCode::bad_model);
    EXPECT_EQ(exit_code_of(ErrorCode::cancelled), ExitCode::interrupted);
}

}  // namespace
}  // namespace caro::cli
