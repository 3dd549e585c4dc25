#include "context/detect.hpp"

#include "util/strings.hpp"

#include <algorithm>
#include <array>

namespace caro::context {

namespace {

namespace fs = std::filesystem;

// Programs between caro and the shell that were only asked to start something.
constexpr std::array<std::string_view, 11> k_starters = {
    "sudo", "doas", "time", "timeout", "nice", "nohup", "env", "ionice", "setsid", "strace", "su"};
constexpr int k_levels = 6;

std::string_view base_name(std::string_view program) {
    const auto slash = program.rfind('/');
    return slash == std::string_view::npos ? program : program.substr(slash + 1);
}

bool is_executable_file(const fs::path& path) {
    std::error_code error;
    const auto status = fs::status(path, error);
    constexpr auto k_any = fs::perms::owner_exec | fs::perms::group_exec | fs::perms::others_exec;
    return !error && fs::is_regular_file(status) &&
           (status.permissions() & k_any) != fs::perms::none;
}

}  // namespace

std::optional<Shell> shell_of_program(std::string_view program) noexcept {
    std::string_view name = base_name(program);
    if (!name.empty() && name.front() == '-') {
        name.remove_prefix(1);
    }
    if (name == "ash" || name == "busybox" || name == "ksh" || name == "mksh" || name == "posh") {
        return Shell::sh;
    }
    if (name == "rbash") {
        return Shell::bash;
    }
    return parse_shell(name);
}

std::optional<fs::path> find_tool(std::string_view name, std::string_view path_variable) {
    if (name.empty()) {
        return std::nullopt;
    }
    if (name.find('/') != std::string_view::npos) {
        const fs::path path{std::string(name)};
        return is_executable_file(path) ? std::optional(path) : std::nullopt;
    }
    for (const auto folder : split(path_variable, ':')) {
        const fs::path path = fs::path(std::string(folder)) / std::string(name);
        if (!folder.empty() && is_executable_file(path)) {
            return path;
        }
    }
    return std::nullopt;
}

Os linux_flavour(std::string_view path_variable) {
    const auto tool = find_tool("ls", path_variable);
    if (!tool) {
        return Os::linux_gnu;
    }
    std::error_code error;
    const std::string real = fs::canonical(*tool, error).filename().string();
    const bool small =
        real.find("busybox") != std::string::npos || real.find("toybox") != std::string::npos;
    return small ? Os::linux_busybox : Os::linux_gnu;
}

Shell detect_shell(int parent, std::string_view login_shell, std::optional<Process> (*look)(int)) {
    for (int level = 0; level < k_levels && parent > 0; ++level) {
        const auto process = look(parent);
        if (!process) {
            break;
        }
        // A script's process is named after the script; its executable is the shell.
        for (const std::string_view name :
             {std::string_view(process->name), std::string_view(process->program)}) {
            if (const auto shell = shell_of_program(name)) {
                return *shell;
            }
        }
        if (std::find(k_starters.begin(), k_starters.end(), base_name(process->name)) ==
            k_starters.end()) {
            break;
        }
        parent = process->parent;
    }
    return shell_of_program(login_shell).value_or(Shell::sh);
}

}  // namespace caro::context
