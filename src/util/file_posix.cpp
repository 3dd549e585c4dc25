#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <vector>

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "util/file.hpp"
#include "util/unfinished.hpp"

namespace caro {

namespace {

std::string reason() { return std::strerror(errno); }

tl::unexpected<Error> io_error(std::string_view what, const std::filesystem::path& path) {
    const int cause = errno;
    std::string hint = cause == ENOSPC || cause == EDQUOT ? "Free some space on that disk"
                       : cause == EROFS                   ? "Choose a folder on a writable disk"
                                                          : "Check that it exists and you may use it";
    return fail(ErrorCode::io, fmt::format("cannot {} {}: {}", what, path.string(), reason()),
                std::move(hint));
}

Result<> write_all(int fd, std::string_view bytes, const std::filesystem::path& path) {
    while (!bytes.empty()) {
        const ssize_t written = ::write(fd, bytes.data(), bytes.size());
        if (written < 0) {
            if (errno == EINTR) {
                continue;
            }
            return io_error("write", path);
        }
        bytes.remove_prefix(static_cast<std::size_t>(written));
    }
    return {};
}

Result<> make_parents(const std::filesystem::path& path) {
    std::vector<std::filesystem::path> missing;
    std::error_code ignored;
    for (auto dir = path.parent_path(); !dir.empty() && !std::filesystem::exists(dir, ignored);
         dir = dir.parent_path()) {
        missing.push_back(dir);
        if (dir == dir.parent_path()) {
            break;
        }
    }
    for (auto it = missing.rbegin(); it != missing.rend(); ++it) {
        if (::mkdir(it->c_str(), 0700) != 0 && errno != EEXIST) {
            return io_error("create", *it);
        }
    }
    return {};
}

Result<int> open_lock_file(const std::filesystem::path& path) {
    TRY(make_parents(path));
    const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0) {
        return io_error("create", path);
    }
    return fd;
}

}  // namespace

Result<std::string> read_file(const std::filesystem::path& path, std::uint64_t limit) {
    const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        if (errno == ENOENT || errno == ENOTDIR) {
            return fail(ErrorCode::not_found, fmt::format("{} does not exist", path.string()));
        }
        return io_error("open", path);
    }
    std::string content;
    struct stat info {};
    if (::fstat(fd, &info) == 0 && info.st_size > 0) {
        content.reserve(static_cast<std::size_t>(std::min<std::uint64_t>(
            static_cast<std::uint64_t>(info.st_size), limit)));
    }
    char buffer[65536];
    Result<std::string> result;
    while (true) {
        const ssize_t got = ::read(fd, buffer, sizeof buffer);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            result = io_error("read", path);
            break;
        }
        if (got == 0) {
            result = std::move(content);
            break;
        }
        content.append(buffer, static_cast<std::size_t>(got));
        if (content.size() > limit) {
            result = fail(ErrorCode::io, fmt::format("{} is larger than {} bytes", path.string(), limit));
            break;
        }
    }
    ::close(fd);
    return result;
}

Result<> write_file_atomic(const std::filesystem::path& path, std::span<const std::string_view> parts,
                           unsigned mode) {
    TRY(make_parents(path));
    int fd = -1;
    const UnfinishedFile temporary(path.string() + ".XXXXXX", fd);
    if (fd < 0) {
        return io_error("create a file in", path.parent_path());
    }
    Result<> result;
    for (const auto part : parts) {
        result = write_all(fd, part, path);
        if (!result) {
            break;
        }
    }
    if (result && (::fchmod(fd, static_cast<mode_t>(mode)) != 0 || ::fsync(fd) != 0)) {
        result = io_error("write", path);
    }
    if (::close(fd) != 0 && result) {
        result = io_error("write", path);
    }
    if (result && ::rename(temporary.path().c_str(), path.c_str()) != 0) {
        result = io_error("replace", path);
    }
    if (!result) {
        ::unlink(temporary.path().c_str());
    }
    return result;
}

Result<FileLock> FileLock::acquire(const std::filesystem::path& path) {
    TRY_ASSIGN(const int fd, open_lock_file(path));
    while (::flock(fd, LOCK_EX) != 0) {
        if (errno != EINTR) {
            auto error = io_error("lock", path);
            ::close(fd);
            return error;
        }
    }
    return FileLock(fd);
}

Result<FileLock> FileLock::try_acquire(const std::filesystem::path& path) {
    TRY_ASSIGN(const int fd, open_lock_file(path));
    if (::flock(fd, LOCK_EX | LOCK_NB) != 0) {
        ::close(fd);
        return fail(ErrorCode::unavailable, fmt::format("{} is locked by another process", path.string()));
    }
    return FileLock(fd);
}

FileLock& FileLock::operator=(FileLock&& other) noexcept {
    std::swap(m_fd, other.m_fd);
    return *this;
}

FileLock::~FileLock() {
    if (m_fd >= 0) {
        ::close(m_fd);
    }
}

}  // namespace caro
