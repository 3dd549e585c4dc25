// Evaluated prompt prefixes on disk: one file per model and prompt, read back instead of evaluating again.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "util/result.hpp"

namespace caro::infer::llama {

// A state file mapped into memory; unmapped on destruction.
class PrefixState {
  public:
    // Maps `path` if it is whole, undamaged and was written for exactly `key`; nullopt otherwise (the caller
    // evaluates the prefix and writes a new one; the reason is logged).
    static std::optional<PrefixState> open(const std::filesystem::path& path, std::string_view key);

    // Writes a state file atomically under a lock; does nothing if another process is writing the same one.
    static Result<> save(const std::filesystem::path& path, std::string_view key,
                         std::span<const std::uint8_t> payload);

    // The bytes given to save().
    std::span<const std::uint8_t> payload() const noexcept { return m_payload; }

    PrefixState(PrefixState&& other) noexcept;
    PrefixState& operator=(PrefixState&&) = delete;
    PrefixState(const PrefixState&) = delete;
    PrefixState& operator=(const PrefixState&) = delete;
    ~PrefixState();

  private:
    PrefixState(void* base, std::size_t size) : m_base(base), m_size(size) {}

    void* m_base = nullptr;
    std::size_t m_size = 0;
    std::span<const std::uint8_t> m_payload;
};

// A cheap identity of a model file: name, size, modification time and a hash of its head and tail. Hashing the
// whole gigabyte would cost more than the state saves.
Result<std::string> model_fingerprint(const std::filesystem::path& path);

}  // namespace caro::infer::llama
