#include "context/context.hpp"

#include <array>
#include <utility>

namespace caro::context {

namespace {

constexpr std::array<std::pair<Shell, std::string_view>, 6> k_shells = {{{Shell::bash, "bash"},
                                                                         {Shell::zsh, "zsh"},
                                                                         {Shell::fish, "fish"},
                                                                         {Shell::sh, "sh"},
                                                                         {Shell::dash, "dash"},
                                                                         {Shell::powershell, "powershell"}}};

}  // namespace

std::string_view to_string(Os os) noexcept {
    switch (os) {
        case Os::linux_gnu: return "Linux";
        case Os::linux_busybox: return "Linux with BusyBox";
        case Os::macos: return "macOS";
        case Os::freebsd: return "FreeBSD";
        case Os::windows: return "Windows";
    }
    return "Linux";
}

std::string_view to_string(Shell shell) noexcept {
    for (const auto& [value, name] : k_shells) {
        if (value == shell) {
            return name;
        }
    }
    return "sh";
}

std::optional<Shell> parse_shell(std::string_view name) noexcept {
    if (name == "pwsh") {
        return Shell::powershell;
    }
    for (const auto& [value, text] : k_shells) {
        if (text == name) {
            return value;
        }
    }
    return std::nullopt;
}

}  // namespace caro::context
