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

namespace {

// Whoever looks whether a file is held has it for a moment, so one refusal tells nothing.
bool lock_soon(int fd, int kind, int attempts) noexcept {
    for (int attempt = 1; ::flock(fd, kind | LOCK_NB) != 0; ++attempt) {
        if ((errno != EWOULDBLOCK && errno != EINTR) || attempt == attempts) {
            return false;
        }
        ::usleep(1000);
    }
    return true;
}

constexpr int k_glances = 5;     // to tell a holder from somebody who looks
constexpr int k_patience = 200;  // to become a holder

}  // namespace

bool is_held(const std::filesystem::path& file) noexcept {
    const int fd = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return false;
    }
    const bool held = !lock_soon(fd, LOCK_EX, k_glances) && errno == EWOULDBLOCK;
    ::close(fd);
    return held;
}

Removal remove_unless_held(const std::filesystem::path& file) noexcept {
    const int fd = ::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0 && errno == ENOENT) {
        return Removal::missing;
    }
    if (fd >= 0 && !lock_soon(fd, LOCK_EX, k_glances) && errno == EWOULDBLOCK) {
        ::close(fd);
        return Removal::held;
    }
    // What cannot be opened, such as a link, is held by nobody.
    const bool gone = ::unlink(file.c_str()) == 0;
    const int cause = errno;
    if (fd >= 0) {
        ::close(fd);
    }
    errno = cause;
    return gone ? Removal::removed : cause == ENOENT ? Removal::missing : Removal::failed;
}

bool is_still(int fd, const std::filesystem::path& file) noexcept {
    struct stat opened {};
    struct stat named {};
    return ::fstat(fd, &opened) == 0 && ::lstat(file.c_str(), &named) == 0 && opened.st_dev == named.st_dev &&
           opened.st_ino == named.st_ino;
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
    if (m_fd >= 0 && !lock_soon(m_fd, LOCK_SH, k_patience)) {
        ::close(m_fd);
        m_fd = -1;
    }
}

ModelInUse::~ModelInUse() {
    if (m_fd >= 0) {
        ::close(m_fd);
    }
}

}  // namespace caro::models
