#include "infer/llama/mapped_file.hpp"

#include <array>
#include <bit>
#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "util/file.hpp"
#include "util/log.hpp"
#include "util/sha256.hpp"
#include "util/unfinished.hpp"

namespace caro::infer::llama {

namespace {

constexpr std::array<char, 8> k_magic = {'C', 'A', 'R', 'O', 'M', 'A', 'P', '1'};
constexpr std::size_t k_alignment = 64;

// On disk in the byte order of the machine: a state is never moved between machines, and the key would differ.
struct Header {
    std::array<char, 8> magic;
    std::array<char, 64> key;  // SHA-256, hexadecimal
    std::uint64_t payload_size;
    std::uint64_t payload_check;
    std::array<char, 40> reserved;
};
static_assert(sizeof(Header) == 2 * k_alignment);

// A multiply-and-rotate hash over eight independent lanes, so that checking tens of megabytes costs a few
// milliseconds. It guards against damage, not against an attacker: whoever can write the cache can replace caro.
std::uint64_t checksum(std::span<const std::uint8_t> bytes) {
    constexpr std::uint64_t k_multiplier = 0x9E3779B97F4A7C15ULL;
    std::array<std::uint64_t, 8> lanes{};
    for (std::size_t i = 0; i < lanes.size(); ++i) {
        lanes[i] = k_multiplier * (i + 1);
    }
    std::size_t at = 0;
    for (; at + 64 <= bytes.size(); at += 64) {
        for (std::size_t i = 0; i < 8; ++i) {
            std::uint64_t word = 0;
            std::memcpy(&word, bytes.data() + at + i * 8, 8);
            lanes[i] = std::rotl(lanes[i] ^ word, 29) * k_multiplier;
        }
    }
    std::uint64_t result = bytes.size();
    for (; at < bytes.size(); ++at) {
        result = (std::rotl(result, 7) ^ bytes[at]) * k_multiplier;
    }
    for (const std::uint64_t lane : lanes) {
        result = (std::rotl(result, 31) ^ lane) * k_multiplier;
    }
    return result;
}

std::array<char, 64> fixed_key(std::string_view key) {
    std::array<char, 64> fixed{};
    const std::string digest = sha256_hex(key);
    std::copy_n(digest.begin(), fixed.size(), fixed.begin());
    return fixed;
}

}  // namespace

std::optional<MappedFile> MappedFile::open(const std::filesystem::path& path, std::string_view key) {
    const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        LOG("no cache file at {}: {}", path.string(), std::strerror(errno));
        return std::nullopt;
    }
    struct stat info {};
    if (::fstat(fd, &info) != 0 || !S_ISREG(info.st_mode) ||
        static_cast<std::uint64_t>(info.st_size) < sizeof(Header)) {
        ::close(fd);
        LOG("cache file {} is too short", path.string());
        return std::nullopt;
    }
    const auto size = static_cast<std::size_t>(info.st_size);
    int flags = MAP_PRIVATE;
#ifdef MAP_POPULATE
    flags |= MAP_POPULATE;  // every byte is read anyway; one call is cheaper than 10,000 page faults
#endif
    void* base = ::mmap(nullptr, size, PROT_READ, flags, fd, 0);
    ::close(fd);
    if (base == MAP_FAILED) {
        LOG("cannot map cache file {}: {}", path.string(), std::strerror(errno));
        return std::nullopt;
    }
    MappedFile state(base, size);
    Header header{};
    std::memcpy(&header, base, sizeof header);
    if (header.magic != k_magic || header.payload_size != size - sizeof header) {
        LOG("cache file {} is damaged or cut short", path.string());
        return std::nullopt;
    }
    if (header.key != fixed_key(key)) {
        LOG("cache file {} was made for another model, prompt or engine", path.string());
        return std::nullopt;
    }
    state.m_payload = {static_cast<const std::uint8_t*>(base) + sizeof header, size - sizeof header};
    if (checksum(state.m_payload) != header.payload_check) {
        LOG("cache file {} is damaged", path.string());
        return std::nullopt;
    }
    return state;
}

Result<> MappedFile::save(const std::filesystem::path& path, std::string_view key,
                           std::span<const std::uint8_t> payload) {
    std::filesystem::path lock_path = path;
    lock_path += ".lock";
    auto lock = FileLock::try_acquire(lock_path);
    if (!lock) {
        if (lock.error().code == ErrorCode::unavailable) {
            return {};
        }
        return fail(std::move(lock.error()));
    }
    const UnfinishedFile noted(lock_path.string());
    Header header{};
    header.magic = k_magic;
    header.key = fixed_key(key);
    header.payload_size = payload.size();
    header.payload_check = checksum(payload);
    const std::string_view parts[] = {
        {reinterpret_cast<const char*>(&header), sizeof header},
        {reinterpret_cast<const char*>(payload.data()), payload.size()},
    };
    auto result = write_file_atomic(path, parts);
    std::error_code ignored;
    std::filesystem::remove(lock_path, ignored);
    return result;
}

MappedFile::MappedFile(MappedFile&& other) noexcept
    : m_base(other.m_base), m_size(other.m_size), m_payload(other.m_payload) {
    other.m_base = nullptr;
}

MappedFile& MappedFile::operator=(MappedFile&& other) noexcept {
    std::swap(m_base, other.m_base);
    std::swap(m_size, other.m_size);
    std::swap(m_payload, other.m_payload);
    return *this;
}

MappedFile::~MappedFile() {
    if (m_base != nullptr) {
        ::munmap(m_base, m_size);
    }
}

Result<std::string> model_fingerprint(const std::filesystem::path& path, std::uint64_t offset) {
    const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    struct stat info {};
    if (fd < 0 || ::fstat(fd, &info) != 0) {
        const std::string why = std::strerror(errno);
        if (fd >= 0) {
            ::close(fd);
        }
        return fail(ErrorCode::not_found, fmt::format("cannot open the model {}: {}", path.string(), why),
                    "Check the path, or name another model with --model");
    }
    constexpr std::size_t k_sample = 64 * 1024;
    std::vector<char> sample(2 * k_sample);
    ssize_t got = ::pread(fd, sample.data(), k_sample, static_cast<off_t>(offset));
    std::size_t filled = got > 0 ? static_cast<std::size_t>(got) : 0;
    if (static_cast<std::uint64_t>(info.st_size) > k_sample) {
        got = ::pread(fd, sample.data() + filled, k_sample, info.st_size - static_cast<off_t>(k_sample));
        filled += got > 0 ? static_cast<std::size_t>(got) : 0;
    }
    ::close(fd);
#ifdef __APPLE__
    const auto modified = info.st_mtimespec;
#else
    const auto modified = info.st_mtim;
#endif
    return fmt::format("{}:{}:{}.{}:{}{}", path.filename().string(), info.st_size, modified.tv_sec, modified.tv_nsec,
                       sha256_hex({sample.data(), filled}), offset == 0 ? "" : fmt::format(":{}", offset));
}

}  // namespace caro::infer::llama
