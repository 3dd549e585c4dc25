#include "util/sha256.hpp"

#include <fmt/core.h>
#include <openssl/evp.h>

#include <array>
#include <fstream>
#include <vector>

namespace caro {

struct Sha256::Impl {
    EVP_MD_CTX* context = EVP_MD_CTX_new();
};

Sha256::Sha256() : m_impl(std::make_unique<Impl>()) {
    EVP_DigestInit_ex(m_impl->context, EVP_sha256(), nullptr);
}

Sha256::~Sha256() { EVP_MD_CTX_free(m_impl->context); }

void Sha256::update(std::string_view bytes) {
    EVP_DigestUpdate(m_impl->context, bytes.data(), bytes.size());
}

std::string Sha256::hex_digest() {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned length = 0;
    EVP_DigestFinal_ex(m_impl->context, digest.data(), &length);
    std::string hex;
    hex.reserve(std::size_t{length} * 2);
    for (unsigned i = 0; i < length; ++i) {
        hex += fmt::format("{:02x}", digest[i]);
    }
    return hex;
}

std::string sha256_hex(std::string_view bytes) {
    Sha256 hash;
    hash.update(bytes);
    return hash.hex_digest();
}

Result<std::string> sha256_file(const std::filesystem::path& path, const CancelToken& cancel) {
    std::ifstream file(path, std::ios::binary);
    if (!file) {
        return fail(ErrorCode::not_found, fmt::format("cannot open {}", path.string()));
    }
    Sha256 hash;
    std::vector<char> buffer(1 << 20);
    while (file) {
        if (cancel.should_stop()) {
            return fail(ErrorCode::cancelled, "interrupted");
        }
        file.read(buffer.data(), static_cast<std::streamsize>(buffer.size()));
        hash.update({buffer.data(), static_cast<std::size_t>(file.gcount())});
    }
    if (file.bad()) {
        return fail(ErrorCode::io, fmt::format("cannot read {}", path.string()));
    }
    return hash.hex_digest();
}

}  // namespace caro
