// A download that is not finished: its bytes are always the beginning of the file, so that anybody can go on from there.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "util/cancel.hpp"
#include "util/result.hpp"
#include "util/sha256.hpp"

namespace caro::models {

// The unfinished file: its bytes, their hash, and the lock that says somebody works on it.
class PartFile {
  public:
    // Opens or creates it and holds it against prune(). ErrorCode::io; unavailable if another process has it.
    static Result<PartFile> open(const std::filesystem::path& path);
    PartFile(PartFile&& other) noexcept : m_path(std::move(other.m_path)), m_fd(other.m_fd), m_size(other.m_size), m_hash(std::move(other.m_hash)) {
        other.m_fd = -1;
    }
    PartFile& operator=(PartFile&&) = delete;
    ~PartFile();

    std::uint64_t size() const noexcept { return m_size; }  // of what was read and appended so far

    // Takes up the bytes of an earlier attempt.
    Result<> read_what_is_there(const CancelToken& cancel);
    Result<> append(std::string_view bytes);
    Result<> clear();

    // Hands the bytes to the disk and gives the file its name.
    Result<> finish(const std::filesystem::path& target);
    void discard() noexcept;
    std::string hash() { return m_hash->hex_digest(); }

  private:
    PartFile(std::filesystem::path path, int fd) : m_path(std::move(path)), m_fd(fd), m_hash(std::make_unique<Sha256>()) {}

    std::filesystem::path m_path;
    int m_fd;
    std::uint64_t m_size = 0;
    std::unique_ptr<Sha256> m_hash;
};

}  // namespace caro::models
