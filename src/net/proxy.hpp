// Which proxy, if any, stands between this machine and a server.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "net/url.hpp"
#include "util/result.hpp"

namespace caro::net {

struct Proxy {
    std::string host;
    int port = 0;
    std::string user;      // "" if the proxy asks for none
    std::string password;  // secret
};

// Looks up an environment variable; nullopt or "" if it is not set.
using EnvLookup = std::function<std::optional<std::string>(const char*)>;

// The proxy for `url` by HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY (lower case first). Loopback is never
// proxied. ErrorCode::config if the variable's value cannot be used.
Result<std::optional<Proxy>> proxy_for(const Url& url, const EnvLookup& env);

}  // namespace caro::net
