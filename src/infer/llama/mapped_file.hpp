// A cache file with a key and a checksum, written atomically and mapped read-only.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string_view>

#include "util/result.hpp"

namespace caro::infer::llama {

// Maps one payload; unmapped on destruction. Movable; the payload stays where it is.
class MappedFile {
  public:
    // Maps `path` if it is whole, undamaged and was written for exactly `key`; nullopt otherwise (the reason is
    // logged; the caller makes the content anew).
    static std::optional<MappedFile> open(const std::filesystem::path& path, std::string_view key);

    // Writes a file atomically under a lock; does nothing if another process is writing the same one.
    static Result<> save(const std::filesystem::path& path, std::string_view key,
                         std::span<const std::uint8_t> payload);

    // The bytes given to save(); aligned to 64.
    std::span<const std::uint8_t> payload() const noexcept { return m_payload; }

    MappedFile(MappedFile&& other) noexcept;
    MappedFile& operator=(MappedFile&& other) noexcept;
    MappedFile(const MappedFile&) = delete;
    MappedFile& operator=(const MappedFile&) = delete;
    ~MappedFile();

  private:
    MappedFile(void* base, std::size_t size) : m_base(base), m_size(size) {}

    void* m_base = nullptr;
    std::size_t m_size = 0;
    std::span<const std::uint8_t> m_payload;
};

// A cheap identity of a model file: name, size, modification time and a hash of its head and tail. Hashing the
// whole gigabyte would cost more than the caches save.
Result<std::string> model_fingerprint(const std::filesystem::path& path, std::uint64_t offset = 0);

}  // namespace caro::infer::llama
