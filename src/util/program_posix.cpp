#include "util/program.hpp"

#ifdef __APPLE__
#include <mach-o/dyld.h>
#endif
#ifdef __linux__
#include <sys/auxv.h>
#endif

namespace caro {

std::optional<std::filesystem::path> program_path() {
    std::error_code error;
#ifdef __APPLE__
    char buffer[4096];
    uint32_t size = sizeof buffer;
    if (_NSGetExecutablePath(buffer, &size) != 0) {
        return std::nullopt;
    }
    auto path = std::filesystem::canonical(buffer, error);
#else
    auto path = std::filesystem::read_symlink("/proc/self/exe", error);
#ifdef __linux__
    if (error) {  // no /proc: as it was started
        const auto* started = reinterpret_cast<const char*>(::getauxval(AT_EXECFN));  // NOLINT: the kernel's own interface
        path = started != nullptr ? std::filesystem::canonical(started, error) : path;
    }
#endif
#endif
    if (error) {
        return std::nullopt;
    }
    return path;
}

}  // namespace caro
