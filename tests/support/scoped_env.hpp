// Environment variables for the length of a test.
#pragma once

#include <cstdlib>
#include <optional>
#include <string>

namespace caro::test {

class ScopedEnv {
  public:
    // A null value removes the variable.
    ScopedEnv(const char* name, const char* value) : m_name(name) {
        if (const char* old = std::getenv(name)) {
            m_old = old;
        }
        value != nullptr ? ::setenv(name, value, 1) : ::unsetenv(name);
    }
    ~ScopedEnv() { m_old ? ::setenv(m_name.c_str(), m_old->c_str(), 1) : ::unsetenv(m_name.c_str()); }
    ScopedEnv(const ScopedEnv&) = delete;
    ScopedEnv& operator=(const ScopedEnv&) = delete;

  private:
    std::string m_name;
    std::optional<std::string> m_old;
};

// None of the variables that point to servers, keys, proxies or certificates.
struct CleanServerEnv {
    ScopedEnv ollama{"OLLAMA_HOST", nullptr};
    ScopedEnv base_url{"OPENAI_BASE_URL", nullptr};
    ScopedEnv old_base_url{"OPENAI_API_BASE", nullptr};
    ScopedEnv openai_key{"OPENAI_API_KEY", nullptr};
    ScopedEnv own_key{"CARO_VLLM_API_KEY", nullptr};
    ScopedEnv proxy{"http_proxy", nullptr};
    ScopedEnv proxy_upper{"HTTP_PROXY", nullptr};
    ScopedEnv tls_proxy{"https_proxy", nullptr};
    ScopedEnv tls_proxy_upper{"HTTPS_PROXY", nullptr};
    ScopedEnv all_proxy{"all_proxy", nullptr};
    ScopedEnv all_proxy_upper{"ALL_PROXY", nullptr};
};

}  // namespace caro::test
