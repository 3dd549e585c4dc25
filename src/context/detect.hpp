// The parts of gather() that decide something, so that tests can give them other machines.
#pragma once

#include "context/context.hpp"

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace caro::context {

// The shell a program name stands for: "-zsh" (login), "/bin/bash", "bash", "ash" (as sh); nullopt
// for others.
std::optional<Shell> shell_of_program(std::string_view program) noexcept;

// First executable regular file of that name in the folders of `path_variable`; nullopt if there is
// none. A name with a slash is looked for as it is. Empty entries of the variable (the working
// directory) are skipped.
std::optional<std::filesystem::path> find_tool(std::string_view name,
                                               std::string_view path_variable);

// GNU or BusyBox tools on Linux, told by what `ls` on the PATH really is.
Os linux_flavour(std::string_view path_variable);

// What the system tells about a process.
struct Process {
    int parent = 0;
    std::string name;     // as it calls itself
    std::string program;  // path of its executable; "" if not told
};

// nullopt if there is no such process or the system does not tell.
std::optional<Process> look_at_process(int id);

// The shell caro was started from: the nearest ancestor that is a known shell, looking through
// programs that only start another one (sudo, time, …); else that of `login_shell`; else sh.
Shell detect_shell(int parent, std::string_view login_shell,
                   std::optional<Process> (*look)(int) = look_at_process);

}  // namespace caro::context
