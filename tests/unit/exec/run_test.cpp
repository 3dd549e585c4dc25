#include "exec/run.hpp"

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <thread>

#include <gtest/gtest.h>
#include <unistd.h>

#include "exec/edit.hpp"
#include "support/temp_dir.hpp"
#include "util/file.hpp"

namespace caro::exec {
namespace {

RunOptions capture() {
    RunOptions options;
    options.capture_stdout = true;
    return options;
}

TEST(Run, GivesStatusAndOutputOfTheCommand) {
    const auto result = run("printf '%s' \"$((6 * 7))\"; exit 9", context::Shell::sh, capture());
    ASSERT_TRUE(result) << result.error().message;
    EXPECT_EQ(result->captured, "42");
    EXPECT_EQ(result->exit_code, 9);
}

TEST(Run, TheBytesReachTheShellUnchanged) {
    const auto result = run("cat <<'END'\n$HOME `x` \"q\" \\ 文 *\nEND", context::Shell::bash, capture());
    ASSERT_TRUE(result);
    EXPECT_EQ(result->captured, "$HOME `x` \"q\" \\ 文 *\n");
}

TEST(Run, UsesTheShellThatWasChosen) {
    const auto result = run("[[ a == a ]] && echo ${BASH_VERSION:+bash}", context::Shell::bash, capture());
    ASSERT_TRUE(result);
    EXPECT_EQ(result->captured, "bash\n");
}

TEST(Run, ASignalIsToldAsShellsDo) {
    const auto result = run("kill -TERM $$", context::Shell::sh, {});
    ASSERT_TRUE(result);
    EXPECT_EQ(result->exit_code, 128 + SIGTERM);
}

TEST(Run, LargeOutputDoesNotBlock) {
    const auto result = run("head -c 3000000 /dev/zero", context::Shell::sh, capture());
    ASSERT_TRUE(result);
    EXPECT_EQ(result->captured.size(), 3000000U);
}

TEST(Run, TheCommandHasDefaultSignals) {
    std::signal(SIGPIPE, SIG_IGN);
    const auto result = run("trap | grep -c PIPE; yes | head -n 1", context::Shell::bash, capture());
    std::signal(SIGPIPE, SIG_DFL);
    ASSERT_TRUE(result);
    EXPECT_EQ(result->captured, "0\ny\n");
}

TEST(Run, AShellThatIsNotThereIsNamed) {
    const std::string path = std::getenv("PATH");
    setenv("PATH", "/caro-nowhere", 1);
    const auto result = run("true", context::Shell::fish, {});
    setenv("PATH", path.c_str(), 1);
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().code, ErrorCode::not_found);
    EXPECT_NE(result.error().message.find("fish"), std::string::npos);
}

TEST(Run, WhatIsToBeDoneMeanwhileIsDoneWhileItRuns) {
    const test::TempDir dir;
    const std::string mark = (dir.path() / "mark").string();
    RunOptions options;
    options.meanwhile = [&] { std::ofstream(mark) << "done"; };
    // Ends well only if the file appears while it waits.
    const auto result = run("for i in 1 2 3 4 5 6 7 8 9; do test -s '" + mark + "' && exit 7; sleep 1; done", context::Shell::sh, options);
    ASSERT_TRUE(result);
    EXPECT_EQ(result->exit_code, 7);
}

TEST(Run, ASignalToTheProgramIsPassedOn) {
    std::thread sender([] {
        std::this_thread::sleep_for(std::chrono::milliseconds(300));
        ::kill(::getpid(), SIGTERM);
    });
    const auto result = run("trap 'exit 9' TERM; for i in 1 2 3 4 5 6 7 8 9; do sleep 1; done", context::Shell::sh, {});
    sender.join();
    ASSERT_TRUE(result);
    EXPECT_EQ(result->exit_code, 9);
}

class Edit : public testing::Test {
  protected:
    void SetUp() override {
        setenv("TMPDIR", m_dir.path().c_str(), 1);
        unsetenv("VISUAL");
    }
    void TearDown() override {
        unsetenv("TMPDIR");
        unsetenv("EDITOR");
    }
    bool nothing_left() const { return std::filesystem::is_empty(m_dir.path()); }
    test::TempDir m_dir;
};

TEST_F(Edit, ReturnsWhatWasSavedAndLeavesNothing) {
    setenv("EDITOR", "sed -i s/one/two/", 1);
    const auto text = edit_text("echo one 'x y'");
    ASSERT_TRUE(text) << text.error().message;
    EXPECT_EQ(*text, "echo two 'x y'");
    EXPECT_TRUE(nothing_left());
}

TEST_F(Edit, KeepsSeveralLinesAndInnerNewlines) {
    setenv("EDITOR", "true", 1);
    EXPECT_EQ(edit_text("a \\\n  b").value(), "a \\\n  b");
}

TEST_F(Edit, AnEditorThatFailsIsAnError) {
    setenv("EDITOR", "caro-no-such-editor", 1);
    const auto text = edit_text("x");
    ASSERT_FALSE(text);
    EXPECT_NE(text.error().hint.find("EDITOR"), std::string::npos);
    EXPECT_TRUE(nothing_left());
}

TEST_F(Edit, AFolderThatCannotBeWrittenIsAnError) {
    setenv("TMPDIR", "/caro-no-such-folder", 1);
    EXPECT_FALSE(edit_text("x"));
}

}  // namespace
}  // namespace caro::exec
