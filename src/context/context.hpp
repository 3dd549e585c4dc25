// Facts about the machine and shell a command is meant for.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace caro::context {

enum class Os : uint8_t { linux_gnu, linux_busybox, macos, freebsd, windows };

// The shell a command is written for.
enum class Shell : uint8_t { bash, zsh, fish, sh, dash, powershell };

std::string_view to_string(Os os) noexcept;
std::string_view to_string(Shell shell) noexcept;

// "bash", "zsh", …, also "pwsh"; nullopt for anything else.
std::optional<Shell> parse_shell(std::string_view name) noexcept;

struct Context {
    Os os = Os::linux_gnu;
    Shell shell = Shell::bash;
    std::filesystem::path cwd;
    std::optional<std::filesystem::path> home;
    bool is_root = false;
};

// Looks at the running system; never blocks on the network and reads no file contents. The shell is that
// of the parent process if it is a known one, else $SHELL, else sh.
Context gather();

// True if an executable of that name is on PATH.
bool has_tool(std::string_view name);

}  // namespace caro::context
