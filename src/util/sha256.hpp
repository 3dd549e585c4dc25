// SHA-256 (FIPS 180-4) through OpenSSL's EVP interface.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "util/cancel.hpp"
#include "util/result.hpp"

namespace caro {

// Incremental hash: update() any number of times, then hex_digest() once.
class Sha256 {
  public:
    Sha256();
    ~Sha256();
    Sha256(const Sha256&) = delete;
    Sha256& operator=(const Sha256&) = delete;

    void update(std::string_view bytes);

    // 64 lower-case hexadecimal digits; the object must not be used afterwards.
    std::string hex_digest();

  private:
    struct Impl;
    std::unique_ptr<Impl> m_impl;
};

// Hash of a short text.
std::string sha256_hex(std::string_view bytes);

// Hash of a whole file, read in pieces; stops with ErrorCode::cancelled when the token says so.
Result<std::string> sha256_file(const std::filesystem::path& path, const CancelToken& cancel);

}  // namespace caro
