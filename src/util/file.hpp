// Reading and writing whole files so that nothing is ever half-written.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>

#include "util/result.hpp"

namespace caro {

// The whole file, at most `limit` bytes (a longer file is an error, ErrorCode::io). ErrorCode::not_found
// if there is none.
Result<std::string> read_file(const std::filesystem::path& path, std::uint64_t limit);

// Replaces `path` by the concatenation of `parts`: writes a temporary file beside it, flushes it to disk and
// renames it. On any failure (full disk, no permission) the old file stays and the temporary is removed.
// Missing parent folders are created with mode 0700; `mode` is that of the new file.
Result<> write_file_atomic(const std::filesystem::path& path, std::span<const std::string_view> parts,
                           unsigned mode = 0600);

// An advisory lock on a file, held until destruction; released by the system if the process dies.
class FileLock {
  public:
    // Creates `path` if needed and waits for the lock. ErrorCode::io if the file cannot be created.
    static Result<FileLock> acquire(const std::filesystem::path& path);

    // As acquire(), but returns ErrorCode::unavailable at once if somebody else holds it.
    static Result<FileLock> try_acquire(const std::filesystem::path& path);

    FileLock(FileLock&& other) noexcept : m_fd(other.m_fd) { other.m_fd = -1; }
    FileLock& operator=(FileLock&& other) noexcept;
    FileLock(const FileLock&) = delete;
    FileLock& operator=(const FileLock&) = delete;
    ~FileLock();

  private:
    explicit FileLock(int fd) : m_fd(fd) {}
    int m_fd = -1;
};

}  // namespace caro
