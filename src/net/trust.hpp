// Which certificate authorities are believed.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "net/proxy.hpp"
#include "util/result.hpp"

namespace caro::net {

// Where certificate authorities are read from. Files and folders in the order they are loaded.
struct TrustSources {
    std::vector<std::string> files;
    std::vector<std::string> folders;  // hashed, as SSL_CERT_DIR holds them
};

// SSL_CERT_FILE and SSL_CERT_DIR replace the system's bundle, as they do for other programs; `ca_file` is added to
// either. The system's bundle is the first of the well-known places below `root` that exists: a statically linked
// OpenSSL only knows that of the system it was built on.
TrustSources trust_sources(const std::string& ca_file, const EnvLookup& env, const std::filesystem::path& root = "/");

// An OpenSSL X509_STORE (as void*, to keep OpenSSL out of headers) with all of them; the caller owns it.
// ErrorCode::config if `ca_file` or what the environment names cannot be read as certificates.
Result<void*> make_trust_store(const TrustSources& sources);

}  // namespace caro::net
