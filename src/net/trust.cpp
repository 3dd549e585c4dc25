#include "net/trust.hpp"

#include <fmt/core.h>
#include <openssl/err.h>
#include <openssl/x509.h>

#include <array>

namespace caro::net {

namespace {

constexpr std::array<const char*, 8> k_bundles = {
    "etc/ssl/certs/ca-certificates.crt",                 // Debian, Ubuntu, Arch, Gentoo
    "etc/pki/tls/certs/ca-bundle.crt",                   // Fedora, RHEL
    "etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",  // CentOS
    "etc/ssl/ca-bundle.pem",                             // openSUSE
    "etc/ssl/cert.pem",                                  // Alpine, macOS, FreeBSD, OpenBSD
    "usr/local/share/certs/ca-root-nss.crt",             // FreeBSD
    "usr/local/etc/openssl/cert.pem",                    // Homebrew on Intel
    "opt/homebrew/etc/openssl@3/cert.pem",               // Homebrew on Apple silicon
};

std::optional<std::string> nonempty(const EnvLookup& env, const char* name) {
    auto value = env(name);
    return value && !value->empty() ? value : std::nullopt;
}

}  // namespace

TrustSources trust_sources(const std::string& ca_file, const EnvLookup& env, const std::filesystem::path& root) {
    TrustSources out;
    const auto file = nonempty(env, "SSL_CERT_FILE");
    const auto folder = nonempty(env, "SSL_CERT_DIR");
    if (file) {
        out.files.push_back(*file);
    }
    if (folder) {
        out.folders.push_back(*folder);
    }
    if (!file && !folder) {
        for (const char* bundle : k_bundles) {
            std::error_code error;
            if (std::filesystem::is_regular_file(root / bundle, error)) {
                out.files.push_back((root / bundle).string());
                break;
            }
        }
    }
    if (!ca_file.empty()) {
        out.files.push_back(ca_file);
    }
    return out;
}

Result<void*> make_trust_store(const TrustSources& sources) {
    X509_STORE* store = X509_STORE_new();
    if (store == nullptr) {
        return fail(ErrorCode::internal, "OpenSSL has no memory for a certificate store");
    }
    for (const auto& file : sources.files) {
        if (X509_STORE_load_file(store, file.c_str()) != 1) {
            ERR_clear_error();
            X509_STORE_free(store);
            return fail(ErrorCode::config, fmt::format("{} holds no certificates that can be read", file),
                        "Check tls.ca_file and SSL_CERT_FILE: a file of PEM certificates is expected");
        }
    }
    for (const auto& folder : sources.folders) {
        if (X509_STORE_load_path(store, folder.c_str()) != 1) {
            ERR_clear_error();
            X509_STORE_free(store);
            return fail(ErrorCode::config, fmt::format("{} is no folder of certificates", folder),
                        "Check SSL_CERT_DIR");
        }
    }
    return static_cast<void*>(store);
}

}  // namespace caro::net
