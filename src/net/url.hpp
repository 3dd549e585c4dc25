// Addresses of servers: parsing, joining, and the rule that nothing leaves this machine unencrypted.
#pragma once

#include <string>
#include <string_view>

#include "util/result.hpp"

namespace caro::net {

// An absolute http or https address. Never holds a user name or password.
struct Url {
    std::string scheme;  // "http" or "https"
    std::string host;    // lower case, IPv6 without brackets
    int port = 0;        // always set
    std::string target;  // path and query, without a trailing '/' when it is only that; may be ""

    bool tls() const { return scheme == "https"; }

    // "https://host:port", the port only if it is not the scheme's own; IPv6 in brackets.
    std::string origin() const;

    // origin() and target.
    std::string text() const { return origin() + target; }

    // This address with `path` ("/api/tags") put behind its own path.
    Url with_path(std::string_view path) const;
};

// Reads an address. ErrorCode::config naming what is wrong: another scheme, a user name or password in it (they
// would end up in logs; keys belong in the environment), a bad port, characters that no address may hold.
Result<Url> parse_url(std::string_view text);

// The address a `Location` header means, seen from the page at `base`.
Result<Url> resolve(const Url& base, std::string_view location);

// True if `host` can only be this machine: localhost, *.localhost, 127.0.0.0/8, ::1.
bool is_loopback(std::string_view host);

// An address that may be used, and what the user should be told about it.
struct Endpoint {
    Url url;
    bool local = true;           // loopback
    bool unencrypted = false;    // plain http to another machine, which the user has allowed
    std::string note;            // one line; "" if there is nothing to tell
};

// Applies the rule: http to another machine becomes https (the port stays if one was given), unless
// `allow_insecure`. `port_given`: whether the user wrote a port. 0.0.0.0 and :: become this machine's address.
Endpoint secure_endpoint(Url url, bool allow_insecure, bool port_given);

// parse_url and secure_endpoint in one.
Result<Endpoint> parse_endpoint(std::string_view text, bool allow_insecure);

}  // namespace caro::net
