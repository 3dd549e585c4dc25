// What the file system tells about a model file, and who holds it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>

namespace caro::models {

struct FileFacts {
    std::uint64_t size = 0;
    std::int64_t modified_ns = 0;  // since 1970
};

// nullopt if there is no such file.
std::optional<FileFacts> facts_of(const std::filesystem::path& file) noexcept;

// True if a running process has marked the file with ModelInUse (or is downloading it).
bool is_held(const std::filesystem::path& file) noexcept;

// Removes the file unless somebody holds it, with nobody being able to take hold between the two.
enum class Removal : std::uint8_t { removed, held, missing, failed };  // failed: errno tells why
Removal remove_unless_held(const std::filesystem::path& file) noexcept;

// True if the path still means the open file: nobody has removed or replaced it since.
bool is_still(int fd, const std::filesystem::path& file) noexcept;

// Bytes that may still be written to the disk of `folder` (or of its nearest parent that exists); nullopt if that cannot be told.
std::optional<std::uint64_t> free_space(const std::filesystem::path& folder) noexcept;

}  // namespace caro::models
