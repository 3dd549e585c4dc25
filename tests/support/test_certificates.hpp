// A certificate authority that exists only while a test runs.
#pragma once

#include <memory>
#include <string>

namespace caro::test {

struct Certificate {
    std::string pem;
    std::string key_pem;
};

struct CertificateWish {
    std::string host = "localhost";  // name, or an IPv4 address
    int days_from = -1;              // validity, in days from now
    int days_to = 1;
    bool self_signed = false;
};

class TestAuthority {
  public:
    TestAuthority();
    ~TestAuthority();

    // The authority's own certificate.
    const std::string& pem() const;

    Certificate issue(const CertificateWish& wish = {}) const;

  private:
    struct Impl;
    std::unique_ptr<Impl> m_impl;
};

}  // namespace caro::test
