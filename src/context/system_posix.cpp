// What the running system tells: processes, folders, user.
#include "context/context.hpp"
#include "context/detect.hpp"
#include "util/env.hpp"
#include "util/file.hpp"

#include <charconv>
#include <unistd.h>

#ifdef __APPLE__
#include <libproc.h>
#include <sys/proc_info.h>
#endif

namespace caro::context {

namespace {

constexpr const char* k_default_path = "/usr/local/bin:/usr/bin:/bin";

Os running_os() {
#if defined(__APPLE__)
    return Os::macos;
#elif defined(__FreeBSD__) || defined(__OpenBSD__) || defined(__NetBSD__) || defined(__DragonFly__)
    return Os::freebsd;
#else
    return linux_flavour(get_env_nonempty("PATH").value_or(k_default_path));
#endif
}

}  // namespace

#ifdef __APPLE__

std::optional<Process> look_at_process(int id) {
    proc_bsdinfo info{};
    if (proc_pidinfo(id, PROC_PIDTBSDINFO, 0, &info, sizeof info) !=
        static_cast<int>(sizeof info)) {
        return std::nullopt;
    }
    char path[PROC_PIDPATHINFO_MAXSIZE] = {};
    proc_pidpath(id, path, sizeof path);
    return Process{static_cast<int>(info.pbi_ppid), info.pbi_comm, path};
}

#else

std::optional<Process> look_at_process(int id) {
    const std::filesystem::path folder = std::filesystem::path("/proc") / std::to_string(id);
    const auto stat = read_file(folder / "stat", 4096);
    if (!stat) {
        return std::nullopt;
    }
    // "123 (name) S 45 …"; the name may hold spaces and parentheses itself.
    const auto open = stat->find('(');
    const auto close = stat->rfind(')');
    if (open == std::string::npos || close == std::string::npos || close + 4 >= stat->size()) {
        return std::nullopt;
    }
    Process process;
    process.name = stat->substr(open + 1, close - open - 1);
    std::from_chars(stat->data() + close + 4, stat->data() + stat->size(), process.parent);
    std::error_code error;
    process.program = std::filesystem::read_symlink(folder / "exe", error).string();
    return process;
}

#endif

Context gather() {
    Context context;
    context.os = running_os();
    context.shell = detect_shell(static_cast<int>(::getppid()), get_env("SHELL").value_or(""));
    std::error_code error;
    context.cwd = std::filesystem::current_path(error);
    context.home = home_dir();
    context.is_root = ::geteuid() == 0;
    return context;
}

bool has_tool(std::string_view name) {
    return find_tool(name, get_env_nonempty("PATH").value_or(k_default_path)).has_value();
}

}  // namespace caro::context
