#include "models/part_file.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <thread>

#include <fmt/core.h>

#include "models/file_facts.hpp"

namespace caro::models {

namespace {

namespace fs = std::filesystem;

tl::unexpected<Error> cannot(std::string_view what, const fs::path& path) {
    const int cause = errno;
    const bool full = cause == ENOSPC || cause == EDQUOT;
    return fail(ErrorCode::io, fmt::format("cannot {} {}: {}", what, path.string(), std::strerror(cause)),
                full ? "Free some space and give the same command again: it goes on where it stopped"
                     : "Check that the folder exists and you may write there, or set XDG_CACHE_HOME");
}

}  // namespace

PartFile::~PartFile() {
    if (m_fd >= 0) {
        ::close(m_fd);
    }
}

void PartFile::discard() noexcept { ::unlink(m_path.c_str()); }

Result<PartFile> PartFile::open(const fs::path& path) {
    std::error_code error;
    fs::create_directories(path.parent_path(), error);
    for (int attempt = 0; attempt < 100; ++attempt) {
        const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
        if (fd < 0) {
            return cannot("create", path);
        }
        PartFile part(path, fd);
        // The lock tells prune() that it is being worked on. Who prunes may have come first, and taken the file away.
        if (::flock(fd, LOCK_EX | LOCK_NB) == 0 && is_still(fd, path)) {
            return part;
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    return fail(ErrorCode::unavailable, fmt::format("another process works on {}", path.string()), "Try again when it has ended");
}

Result<> PartFile::read_what_is_there(const CancelToken& cancel) {
    std::string buffer(std::size_t{1} << 20U, '\0');
    for (;;) {
        const ssize_t got = ::read(m_fd, buffer.data(), buffer.size());
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            return cannot("read", m_path);
        }
        if (got == 0) {
            return {};
        }
        m_hash->update({buffer.data(), static_cast<std::size_t>(got)});
        m_size += static_cast<std::uint64_t>(got);
        if (cancel.should_stop()) {
            return fail(ErrorCode::cancelled, "interrupted");
        }
    }
}

Result<> PartFile::append(std::string_view bytes) {
    m_hash->update(bytes);
    while (!bytes.empty()) {
        const ssize_t written = ::write(m_fd, bytes.data(), bytes.size());
        if (written < 0 && errno == EINTR) {
            continue;
        }
        if (written < 0) {
            return cannot("write", m_path);
        }
        m_size += static_cast<std::uint64_t>(written);
        bytes.remove_prefix(static_cast<std::size_t>(written));
    }
    return {};
}

Result<> PartFile::clear() {
    if (::ftruncate(m_fd, 0) != 0 || ::lseek(m_fd, 0, SEEK_SET) != 0) {
        return cannot("empty", m_path);
    }
    m_size = 0;
    m_hash = std::make_unique<Sha256>();
    return {};
}

Result<> PartFile::finish(const fs::path& target) {
    if (::fsync(m_fd) != 0) {
        return cannot("write", m_path);
    }
    if (::rename(m_path.c_str(), target.c_str()) != 0) {
        return cannot("put in place", target);
    }
    const int folder = ::open(target.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder >= 0) {
        ::fsync(folder);
        ::close(folder);
    }
    return {};
}

}  // namespace caro::models
