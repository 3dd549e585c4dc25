#include "models/file_facts.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "models/cache.hpp"

namespace caro::models {

std::optional<FileFacts> facts_of(const std::filesystem::path& file) noexcept {
    struct stat info {};
    if (::stat(file.c_str(), &info) != 0 || !S_ISREG(info.st_mode)) {
        return std::nullopt;
    }
#ifdef __APPLE__
    const auto& when = info.st_mtimespec;
#else
    const auto& when = info.st_mtim;
#endif
    return FileFacts{static_cast<std::uint64_t>(info.st_size),
                     static_cast<std::int64_t>(when.tv_sec) * 1'000'000'000 + when.tv_nsec};
}

bool is_held(const std::filesystem::path& file) noexcept {
    const int fd = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return false;
    }
    const bool held = ::flock(fd, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK;
    ::close(fd);
    return held;
}

std::optional<std::uint64_t> free_space(const std::filesystem::path& folder) noexcept {
    std::error_code error;
    std::filesystem::path at = folder;
    while (!at.empty() && !std::filesystem::exists(at, error) && at != at.parent_path()) {
        at = at.parent_path();
    }
    const auto space = std::filesystem::space(at, error);
    return error ? std::nullopt : std::optional<std::uint64_t>(space.available);
}

ModelInUse::ModelInUse(const std::filesystem::path& file) : m_fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC)) {
    // Somebody who looks whether the file is held has it for a moment.
    for (int attempt = 0; m_fd >= 0 && ::flock(m_fd, LOCK_SH | LOCK_NB) != 0; ++attempt) {
        if (errno != EWOULDBLOCK || attempt == 10) {
            ::close(m_fd);
            m_fd = -1;
            return;
        }
        ::usleep(1000);
    }
}

ModelInUse::~ModelInUse() {
    if (m_fd >= 0) {
        ::close(m_fd);
    }
}

}  // namespace caro::models
