#include "context/detect.hpp"

#include "support/temp_dir.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <map>
#include <unistd.h>

namespace caro::context {
namespace {

namespace fs = std::filesystem;

void make_tool(const fs::path& path, bool executable = true) {
    fs::create_directories(path.parent_path());
    std::ofstream(path) << "#!/bin/sh\n";
    fs::permissions(path, executable ? fs::perms::owner_all : fs::perms::owner_read);
}

TEST(ShellOfProgram, KnowsShellsByAnySpelling) {
    EXPECT_EQ(shell_of_program("bash"), Shell::bash);
    EXPECT_EQ(shell_of_program("-zsh"), Shell::zsh);
    EXPECT_EQ(shell_of_program("/usr/bin/fish"), Shell::fish);
    EXPECT_EQ(shell_of_program("/bin/dash"), Shell::dash);
    EXPECT_EQ(shell_of_program("sh"), Shell::sh);
    EXPECT_EQ(shell_of_program("ash"), Shell::sh);
    EXPECT_EQ(shell_of_program("/bin/busybox"), Shell::sh);
    EXPECT_EQ(shell_of_program("pwsh"), Shell::powershell);
    EXPECT_EQ(shell_of_program("rbash"), Shell::bash);
    for (const auto* other : {"", "-", "vim", "tcsh", "nu", "bashful", "/usr/lib/bash/loader"}) {
        EXPECT_EQ(shell_of_program(other), std::nullopt) << other;
    }
}

// The processes of the made-up machine of the test below.
std::map<int, Process> g_processes;

std::optional<Process> look_at_made_up(int id) {
    const auto found = g_processes.find(id);
    return found == g_processes.end() ? std::nullopt : std::optional(found->second);
}

TEST(DetectShell, GoesByTheParent) {
    g_processes = {{10, {1, "zsh", "/usr/bin/zsh"}}};
    EXPECT_EQ(detect_shell(10, "/bin/bash", look_at_made_up), Shell::zsh);
}

TEST(DetectShell, AShellCalledByAnotherNameCountsByThatName) {
    g_processes = {{10, {1, "sh", "/usr/bin/dash"}}};
    EXPECT_EQ(detect_shell(10, "/bin/bash", look_at_made_up), Shell::sh);
}

TEST(DetectShell, AScriptIsToldByItsExecutable) {
    g_processes = {{10, {1, "deploy.sh", "/usr/bin/bash"}}};
    EXPECT_EQ(detect_shell(10, "/usr/bin/fish", look_at_made_up), Shell::bash);
}

TEST(DetectShell, LooksThroughProgramsThatStartOthers) {
    g_processes = {{10, {11, "sudo", "/usr/bin/sudo"}},
                   {11, {12, "timeout", ""}},
                   {12, {1, "fish", "/bin/fish"}}};
    EXPECT_EQ(detect_shell(10, "/bin/bash", look_at_made_up), Shell::fish);
}

TEST(DetectShell, OtherParentsLeaveItToTheLoginShell) {
    g_processes = {{10, {11, "vim", "/usr/bin/vim"}}, {11, {1, "fish", "/bin/fish"}}};
    EXPECT_EQ(detect_shell(10, "/usr/bin/zsh", look_at_made_up), Shell::zsh);
    EXPECT_EQ(detect_shell(99, "/usr/bin/zsh", look_at_made_up), Shell::zsh);
    EXPECT_EQ(detect_shell(10, "", look_at_made_up), Shell::sh);
    EXPECT_EQ(detect_shell(10, "/usr/sbin/nologin", look_at_made_up), Shell::sh);
}

TEST(DetectShell, SurvivesAnEndlessChain) {
    g_processes = {{10, {10, "sudo", ""}}};
    EXPECT_EQ(detect_shell(10, "/bin/bash", look_at_made_up), Shell::bash);
}

TEST(FindTool, TakesTheFirstExecutableFile) {
    const test::TempDir root;
    make_tool(root.path() / "a" / "tool", false);
    make_tool(root.path() / "b" / "tool");
    make_tool(root.path() / "c" / "tool");
    fs::create_directories(root.path() / "a" / "folder");
    const std::string path = (root.path() / "a").string() + "::" + (root.path() / "none").string() +
                             ":" + (root.path() / "b").string() + ":" +
                             (root.path() / "c").string();
    EXPECT_EQ(find_tool("tool", path), root.path() / "b" / "tool");
    EXPECT_EQ(find_tool("folder", path), std::nullopt);
    EXPECT_EQ(find_tool("other", path), std::nullopt);
    EXPECT_EQ(find_tool("", path), std::nullopt);
    EXPECT_TRUE(find_tool((root.path() / "b" / "tool").string(), ""));
    EXPECT_FALSE(find_tool((root.path() / "a" / "tool").string(), ""));
}

TEST(FindTool, NeverTakesOneFromTheWorkingDirectory) {
    const test::TempDir root;
    make_tool(root.path() / "tool");
    const fs::path before = fs::current_path();
    fs::current_path(root.path());
    EXPECT_FALSE(find_tool("tool", ":/nowhere:"));
    EXPECT_FALSE(find_tool("tool", ""));
    fs::current_path(before);
}

TEST(LinuxFlavour, IsToldByWhatLsIs) {
    const test::TempDir root;
    make_tool(root.path() / "gnu" / "ls");
    make_tool(root.path() / "bin" / "busybox");
    fs::create_directories(root.path() / "small");
    fs::create_symlink(root.path() / "bin" / "busybox", root.path() / "small" / "ls");
    EXPECT_EQ(linux_flavour((root.path() / "gnu").string()), Os::linux_gnu);
    EXPECT_EQ(linux_flavour((root.path() / "small").string()), Os::linux_busybox);
    EXPECT_EQ(
        linux_flavour((root.path() / "gnu").string() + ":" + (root.path() / "small").string()),
        Os::linux_gnu);
    EXPECT_EQ(linux_flavour("/nowhere"), Os::linux_gnu);
}

TEST(LookAtProcess, TellsAboutThisOne) {
    const auto self = look_at_process(static_cast<int>(::getpid()));
    ASSERT_TRUE(self);
    EXPECT_EQ(self->parent, static_cast<int>(::getppid()));
    EXPECT_NE(self->program.find("context_test"), std::string::npos);
    EXPECT_EQ(self->name.substr(0, 12), "context_test");
    EXPECT_FALSE(look_at_process(-5));
}

TEST(Gather, TellsAboutThisMachine) {
    const Context context = gather();
    EXPECT_EQ(context.cwd, fs::current_path());
    EXPECT_EQ(context.is_root, ::geteuid() == 0);
}

TEST(HasTool, FindsWhatEverySystemHas) {
    EXPECT_TRUE(has_tool("ls"));
    EXPECT_FALSE(has_tool("no-such-tool-here"));
}

}  // namespace
}  // namespace caro::context
