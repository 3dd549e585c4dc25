#include "support/test_certificates.hpp"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <cctype>
#include <stdexcept>

namespace caro::test {

namespace {

EVP_PKEY* new_key() {
    EVP_PKEY* key = EVP_EC_gen("P-256");
    if (key == nullptr) {
        throw std::runtime_error("OpenSSL cannot make a key");
    }
    return key;
}

void add_extension(X509* certificate, X509* issuer, int what, const std::string& value) {
    X509V3_CTX context;
    X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
    X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, what, value.c_str());
    X509_add_ext(certificate, extension, -1);
    X509_EXTENSION_free(extension);
}

X509* new_certificate(EVP_PKEY* key, const std::string& name, int days_from, int days_to) {
    static long s_serial = 1;
    X509* certificate = X509_new();
    X509_set_version(certificate, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), s_serial++);
    X509_gmtime_adj(X509_getm_notBefore(certificate), days_from * 86400L);
    X509_gmtime_adj(X509_getm_notAfter(certificate), days_to * 86400L);
    X509_set_pubkey(certificate, key);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), "CN", MBSTRING_UTF8,
                               reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0);
    return certificate;
}

template <class Write>
std::string to_pem(Write write) {
    BIO* memory = BIO_new(BIO_s_mem());
    write(memory);
    char* data = nullptr;
    const long size = BIO_get_mem_data(memory, &data);
    std::string out(data, static_cast<std::size_t>(size));
    BIO_free(memory);
    return out;
}

std::string certificate_pem(X509* certificate) {
    return to_pem([&](BIO* out) { PEM_write_bio_X509(out, certificate); });
}

}  // namespace

struct TestAuthority::Impl {
    EVP_PKEY* key = nullptr;
    X509* certificate = nullptr;
    std::string pem;
};

TestAuthority::TestAuthority() : m_impl(std::make_unique<Impl>()) {
    m_impl->key = new_key();
    m_impl->certificate = new_certificate(m_impl->key, "caro test authority", -1, 2);
    X509_set_issuer_name(m_impl->certificate, X509_get_subject_name(m_impl->certificate));
    add_extension(m_impl->certificate, m_impl->certificate, NID_basic_constraints, "critical,CA:TRUE");
    add_extension(m_impl->certificate, m_impl->certificate, NID_key_usage, "critical,keyCertSign");
    X509_sign(m_impl->certificate, m_impl->key, EVP_sha256());
    m_impl->pem = certificate_pem(m_impl->certificate);
}

TestAuthority::~TestAuthority() {
    X509_free(m_impl->certificate);
    EVP_PKEY_free(m_impl->key);
}

const std::string& TestAuthority::pem() const { return m_impl->pem; }

Certificate TestAuthority::issue(const CertificateWish& wish) const {
    EVP_PKEY* key = new_key();
    X509* certificate = new_certificate(key, wish.host, wish.days_from, wish.days_to);
    X509* issuer = wish.self_signed ? certificate : m_impl->certificate;
    X509_set_issuer_name(certificate, X509_get_subject_name(issuer));
    const bool is_ip = std::isdigit(static_cast<unsigned char>(wish.host.front())) != 0;
    add_extension(certificate, issuer, NID_subject_alt_name, (is_ip ? "IP:" : "DNS:") + wish.host);
    X509_sign(certificate, wish.self_signed ? key : m_impl->key, EVP_sha256());
    Certificate out;
    out.pem = certificate_pem(certificate);
    out.key_pem = to_pem(
        [&](BIO* memory) { PEM_write_bio_PrivateKey(memory, key, nullptr, nullptr, 0, nullptr, nullptr); });
    X509_free(certificate);
    EVP_PKEY_free(key);
    return out;
}

}  // namespace caro::test
