#include "prompt/prompt.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace caro::prompt {
namespace {

using testing::HasSubstr;

struct Case {
    const char* name;
    std::string output;
    std::string command;
};

void PrintTo(const Case& value, std::ostream* out) {
    *out << value.name;
}

class ExtractCommand : public testing::TestWithParam<Case> {};

TEST_P(ExtractCommand, IsFound) {
    const auto answer = extract(GetParam().output);
    ASSERT_TRUE(answer.has_value()) << answer.error().message;
    EXPECT_FALSE(answer->refused) << answer->reason;
    EXPECT_EQ(answer->command, GetParam().command);
}

INSTANTIATE_TEST_SUITE_P(
    Plain, ExtractCommand,
    testing::Values(Case{"bare", "ls -la", "ls -la"}, Case{"spaces", "  \n ls -la \n", "ls -la"},
                    Case{"crlf", "ls -la\r\n", "ls -la"}, Case{"bom", "\xEF\xBB\xBFls", "ls"},
                    Case{"dollar", "$ ls -la", "ls -la"}, Case{"two_prompts", "$ $ ls", "ls"},
                    Case{"percent", "% ls", "ls"},
                    Case{"powershell_prompt", "PS C:\\Users\\ann> Get-ChildItem", "Get-ChildItem"},
                    Case{"label", "Command: ls -la", "ls -la"},
                    Case{"bold_label", "**Command:** `ls -la`", "ls -la"},
                    Case{"backticks", "`ls -la`", "ls -la"}, Case{"bold", "**ls -la**", "ls -la"},
                    Case{"bold_backticks", "**`ls -la`**", "ls -la"},
                    Case{"substitution_kept", "echo `date`", "echo `date`"},
                    Case{"two_substitutions_kept", "`which cat` `which tac`",
                         "`which cat` `which tac`"},
                    Case{"variable_kept", "$HOME/bin/tool", "$HOME/bin/tool"},
                    Case{"assignment", "LANG=C sort words.txt", "LANG=C sort words.txt"},
                    Case{"capital_command", "Get-ChildItem -Recurse -Filter *.txt",
                         "Get-ChildItem -Recurse -Filter *.txt"},
                    Case{"capital_tool", "Rscript plot.R", "Rscript plot.R"},
                    Case{"non_ascii_argument", "grep -r 'Grüße' .", "grep -r 'Grüße' ."},
                    Case{"tab_in_quotes", "cut -d'\t' -f2 x", "cut -d'\t' -f2 x"},
                    Case{"group", "{ echo a; echo b; }", "{ echo a; echo b; }"}));

INSTANTIATE_TEST_SUITE_P(
    Comments, ExtractCommand,
    testing::Values(Case{"trailing", "ls -la  # list all", "ls -la"},
                    Case{"hash_in_quotes", "grep '# TODO' x", "grep '# TODO' x"},
                    Case{"hash_in_double_quotes", "echo \"a # b\"", "echo \"a # b\""},
                    Case{"hash_in_word", "echo a#b ${#x} $#", "echo a#b ${#x} $#"},
                    Case{"escaped_hash", "echo \\# x", "echo \\# x"},
                    Case{"sed_hash", "sed -i '/^#/d' f", "sed -i '/^#/d' f"},
                    Case{"comment_line_first", "# list the files\nls", "ls"},
                    Case{"shebang", "```bash\n#!/bin/bash\nls\n```", "ls"}));

INSTANTIATE_TEST_SUITE_P(
    Prose, ExtractCommand,
    testing::Values(Case{"before", "Here is the command:\n\nls -la", "ls -la"},
                    Case{"sure", "Sure! You can use this:\nls -la", "ls -la"},
                    Case{"after", "ls -la\n\nThis lists all files.", "ls -la"},
                    Case{"inline_code", "You can use `ls -la` to list all files.", "ls -la"},
                    Case{"german", "Der Befehl lautet:\nls -la", "ls -la"},
                    Case{"chinese", "以下是命令：\nls -la", "ls -la"},
                    Case{"think", "<think>\nThe user wants `rm`.\n</think>\n\nls -la", "ls -la"},
                    Case{"think_lost_opening", "so rm -rf x\n</think>\nls -la", "ls -la"},
                    Case{"two_thinks", "<think>a</think><think>b</think>ls", "ls"}));

INSTANTIATE_TEST_SUITE_P(
    Fences, ExtractCommand,
    testing::Values(Case{"bash", "```bash\nls -la\n```", "ls -la"},
                    Case{"no_language", "```\nls -la\n```", "ls -la"},
                    Case{"crlf", "```bash\r\nls -la\r\n```\r\n", "ls -la"},
                    Case{"unclosed", "```sh\nls -la", "ls -la"},
                    Case{"one_line", "```ls -la```", "ls -la"},
                    Case{"one_line_language", "```bash ls -la```", "ls -la"},
                    Case{"one_line_script", "```sh script.sh```", "sh script.sh"},
                    Case{"prose_around", "Run this:\n```bash\nls -la\n```\nIt lists files.",
                         "ls -la"},
                    Case{"first_of_two", "```\nls\n```\nor\n```\nrm x\n```", "ls"},
                    Case{"prompts_inside", "```console\n$ mkdir a\n$ ls a\n```", "mkdir a && ls a"},
                    Case{"steps", "```bash\nmkdir a\ncp x a\n```", "mkdir a && cp x a"},
                    Case{"alternative", "```bash\nls\n# or with details\nls -la\n```", "ls"},
                    Case{"comment_inside", "```bash\n# all files\nls -la\n```", "ls -la"}));

INSTANTIATE_TEST_SUITE_P(
    Joins, ExtractCommand,
    testing::Values(Case{"backslash", "find . \\\n  -name '*.c' \\\n  -print",
                         "find . -name '*.c' -print"},
                    Case{"pipe", "cat x |\nsort |\nuniq", "cat x | sort | uniq"},
                    Case{"and", "mkdir a &&\ncd a", "mkdir a && cd a"},
                    Case{"loop", "```\nfor f in *; do\n  echo $f\n  ls $f\ndone\n```",
                         "for f in *; do echo $f; ls $f; done"},
                    Case{"loop_do_alone", "```\nfor f in *\ndo\n  echo $f;\ndone\n```",
                         "for f in *; do echo $f; done"},
                    Case{"nested",
                         "```\nfor f in *; do\n  if [ -f $f ]; then\n    cat $f\n  else\n    ls "
                         "$f\n  fi\ndone\nls\n```",
                         "for f in *; do if [ -f $f ]; then cat $f; else ls $f; fi; done && ls"},
                    Case{"escaped_backslash_ends", "echo a\\\\\nrm x", "echo a\\\\"}));

INSTANTIATE_TEST_SUITE_P(
    Json, ExtractCommand,
    testing::Values(Case{"command", R"({"command": "ls -la"})", "ls -la"},
                    Case{"cmd", R"({"explanation": "x", "cmd": "ls"})", "ls"},
                    Case{"fenced", "```json\n{\"command\": \"ls -la\"}\n```", "ls -la"},
                    Case{"escapes", R"({"command": "grep \"a b\" x"})", "grep \"a b\" x"},
                    Case{"backticks_inside", R"({"command": "`ls`"})", "ls"}));

class ExtractRefusal : public testing::TestWithParam<Case> {};

TEST_P(ExtractRefusal, IsRefused) {
    const auto answer = extract(GetParam().output);
    ASSERT_TRUE(answer.has_value()) << answer.error().message;
    EXPECT_TRUE(answer->refused) << answer->command;
    EXPECT_EQ(answer->command, "");
    EXPECT_THAT(answer->reason, HasSubstr(GetParam().command));
}

INSTANTIATE_TEST_SUITE_P(
    Kinds, ExtractRefusal,
    testing::Values(Case{"hash", "# This is not a task for the shell.",
                         "This is not a task for the shell."},
                    Case{"hash_no_space", "#no", "no"},
                    Case{"hash_in_fence", "```\n# Not a task.\n```", "Not a task."},
                    Case{"hash_then_prose", "# Not a task.\nPlease say more.", "Not a task."},
                    Case{"sorry", "I'm sorry, but I can't help with that.", "I'm sorry"},
                    Case{"curly_apostrophe", "I\xE2\x80\x99m sorry, no.", "sorry"},
                    Case{"please", "Please provide more details.", "Please provide"},
                    Case{"echo", "echo \"Please specify a file\"", "Please specify a file"},
                    Case{"echo_single", "echo 'Sorry, I cannot do that'", "Sorry"},
                    Case{"fact", "The capital of France is Paris.", "Paris"},
                    Case{"poem", "The sea is vast and deep,", "sea"},
                    Case{"chinese", "你好！有什么可以帮您？", ""},
                    Case{"json", R"({"command": "", "reason": "too vague"})", "too vague"}));

struct BadCase {
    const char* name;
    std::string output;
    const char* message;
};

void PrintTo(const BadCase& value, std::ostream* out) {
    *out << value.name;
}

class ExtractBad : public testing::TestWithParam<BadCase> {};

TEST_P(ExtractBad, IsAnError) {
    const auto answer = extract(GetParam().output);
    ASSERT_FALSE(answer.has_value()) << answer->command << answer->reason;
    EXPECT_EQ(answer.error().code, ErrorCode::bad_output);
    EXPECT_THAT(answer.error().message, HasSubstr(GetParam().message));
    EXPECT_FALSE(answer.error().hint.empty());
}

INSTANTIATE_TEST_SUITE_P(
    Kinds, ExtractBad,
    testing::Values(BadCase{"empty", "", "empty"}, BadCase{"blank", " \n\t\n", "empty"},
                    BadCase{"only_fence", "```bash", "empty"},
                    BadCase{"empty_fence", "```bash\n```", "empty"},
                    BadCase{"only_prompt", "$ ", "empty"},
                    BadCase{"think_unclosed", "<think>rm -rf /", "empty"},
                    BadCase{"nul", std::string("ls\0-la", 6), "U+0000"},
                    BadCase{"escape", "ls \x1b[8m; rm x\x1b[0m", "U+001B"},
                    BadCase{"lone_carriage_return", "rm -rf x\rls", "U+000D"},
                    BadCase{"backspace", "rm x\b\b\b\bls", "U+0008"},
                    BadCase{"c1_csi",
                            "ls \xC2\x9B"
                            "2J",
                            "U+009B"},
                    BadCase{"bidi_override",
                            "echo \xE2\x80\xAE"
                            "fdp.exe",
                            "U+202E"},
                    BadCase{"bidi_isolate", "echo \xE2\x81\xA6x", "U+2066"},
                    BadCase{"zero_width", "r\xE2\x80\x8Bm x", "U+200B"},
                    BadCase{"json_hides_escape", R"({"command": "ls \u001b[2J"})", "U+001B"},
                    BadCase{"json_hides_nul", R"({"command": "ls\u0000 x"})", "U+0000"},
                    BadCase{"invalid_utf8", "ls \xFF\xFE", "UTF-8"},
                    BadCase{"overlong", "ls \xC0\xAF", "UTF-8"},
                    BadCase{"open_quote", "awk '{\n print\n}' x", "quote"},
                    BadCase{"heredoc", "```\ncat <<E > x\nhi\nE\n```", "several lines"},
                    BadCase{"loop_unfinished", "```\nfor f in *; do\n  echo $f\n```",
                            "several lines"},
                    BadCase{"json_without_command", R"({"a": 1})", "JSON"},
                    BadCase{"too_long", std::string(70'000, 'a'), "too long"},
                    BadCase{"command_too_long", "echo " + std::string(9'000, 'a'), "too long"}));

// Whatever comes in, what comes out is one line of harmless text, or nothing.
TEST(Extract, OutputIsAlwaysOneCleanLine) {
    const std::string pieces[] = {
        "`",        "```",  "\n", "#",   " ",  "'",       "\"",
        "\\",       "ls",   "$ ", "{",   "}",  "<think>", "</think>",
        "A b c d.", "\x1b", "|",  "<<E", "do", "**",      "{\"command\":\"x\"}"};
    std::uint32_t state = 12345;
    for (int round = 0; round < 20'000; ++round) {
        std::string text;
        for (int i = 0; i < 8; ++i) {
            state = state * 1664525U + 1013904223U;
            text += pieces[(state >> 16) % std::size(pieces)];
        }
        const auto answer = extract(text);
        if (!answer) {
            EXPECT_FALSE(answer.error().message.empty());
            continue;
        }
        EXPECT_EQ(answer->refused, answer->command.empty()) << text;
        EXPECT_EQ(answer->command.find_first_of("\n\r\x1b"), std::string::npos) << text;
    }
}

TEST(Extract, IsStable) {
    for (const char* command : {"ls -la", "find . -name '*.c' | wc -l", "echo `date`",
                                "for f in *; do echo \"$f\"; done"}) {
        const auto once = extract(command);
        ASSERT_TRUE(once.has_value());
        const auto twice = extract(once->command);
        ASSERT_TRUE(twice.has_value());
        EXPECT_EQ(once->command, command);
        EXPECT_EQ(twice->command, command);
    }
}

}  // namespace
}  // namespace caro::prompt
