#include "net/url.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <charconv>

#include "util/strings.hpp"
#include "util/utf8.hpp"

namespace caro::net {

namespace {

constexpr std::size_t k_longest_url = 2048;

int default_port(std::string_view scheme) { return scheme == "https" ? 443 : 80; }

bool is_name_character(char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_';
}

bool is_ipv6_character(char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || c == ':' || c == '.';
}

bool is_target_character(char c) { return c > ' ' && c < 0x7F && c != '"' && c != '<' && c != '>' && c != '\\'; }

// For messages: never a part that may be a password or a key. All of it is looked at, as a password may hold any
// character and be of any length.
std::string shown(std::string_view text) {
    const std::size_t at = text.rfind('@');
    if (at != std::string_view::npos) {
        text = text.substr(at + 1);
    }
    return escape_deceptive(to_valid_utf8(text.substr(0, std::min<std::size_t>(text.find('?'), 60))));
}

tl::unexpected<Error> bad(std::string_view text, std::string_view why) {
    return fail(ErrorCode::config, fmt::format("'{}' is no usable address: {}", shown(text), why),
                "Write it like http://127.0.0.1:11434 or https://models.example.org/v1");
}

Result<int> parse_port(std::string_view whole, std::string_view digits) {
    int port = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
    if (error != std::errc() || end != digits.data() + digits.size() || port < 1 || port > 65535) {
        return bad(whole, "the port must be a number from 1 to 65535");
    }
    return port;
}

struct Parsed {
    Url url;
    bool port_given = false;
};

Result<> parse_authority(std::string_view whole, std::string_view authority, Parsed& out) {
    if (authority.find('@') != std::string_view::npos) {
        return bad(whole, "it must not hold a user name or password");
    }
    std::string_view port;
    std::string_view host = authority;
    if (!authority.empty() && authority.front() == '[') {
        const std::size_t close = authority.find(']');
        if (close == std::string_view::npos) {
            return bad(whole, "the bracket is not closed");
        }
        host = authority.substr(1, close - 1);
        port = authority.substr(close + 1);
        if (!port.empty() && port.front() != ':') {
            return bad(whole, "after the bracket only a port may follow");
        }
        out.port_given = !port.empty();
        port.remove_prefix(port.empty() ? 0 : 1);
    } else if (const std::size_t colon = authority.rfind(':'); colon != std::string_view::npos) {
        host = authority.substr(0, colon);
        port = authority.substr(colon + 1);
        out.port_given = true;
    }
    out.url.host = to_lower(host);
    const bool ipv6 = out.url.host.find(':') != std::string::npos;
    if (ipv6 && authority.front() != '[') {
        return bad(whole, "an IPv6 address must stand in brackets");
    }
    if (out.url.host.empty() || !std::all_of(out.url.host.begin(), out.url.host.end(),
                                             ipv6 ? is_ipv6_character : is_name_character)) {
        return bad(whole, "the host name is missing or has characters a host name cannot have");
    }
    out.url.port = default_port(out.url.scheme);
    if (out.port_given) {
        TRY_ASSIGN(out.url.port, parse_port(whole, port));
    }
    return {};
}

Result<Parsed> parse(std::string_view text) {
    text = trim(text);
    if (text.size() > k_longest_url) {
        return bad(text, "it is too long");
    }
    Parsed out;
    const std::size_t colon = text.find("://");
    if (colon == std::string_view::npos) {
        return bad(text, "it must begin with http:// or https://");
    }
    out.url.scheme = to_lower(text.substr(0, colon));
    if (out.url.scheme != "http" && out.url.scheme != "https") {
        return bad(text, "only http and https are understood");
    }
    std::string_view rest = text.substr(colon + 3);
    rest = rest.substr(0, rest.find('#'));
    const std::size_t slash = rest.find_first_of("/?");
    TRY(parse_authority(text, rest.substr(0, slash), out));
    if (slash != std::string_view::npos) {
        out.url.target = rest.substr(slash);
    }
    if (!std::all_of(out.url.target.begin(), out.url.target.end(), is_target_character)) {
        return bad(text, "the path has characters that must be percent-encoded");
    }
    if (!out.url.target.empty() && out.url.target.front() == '?') {
        out.url.target.insert(0, 1, '/');
    }
    if (out.url.target == "/") {
        out.url.target.clear();
    }
    return out;
}

}  // namespace

std::string Url::origin() const {
    const bool ipv6 = host.find(':') != std::string::npos;
    std::string out = scheme + "://" + (ipv6 ? "[" + host + "]" : host);
    if (port != default_port(scheme)) {
        out += ":" + std::to_string(port);
    }
    return out;
}

Url Url::with_path(std::string_view path) const {
    Url out = *this;
    out.target = out.target.substr(0, out.target.find('?'));
    while (!out.target.empty() && out.target.back() == '/') {
        out.target.pop_back();
    }
    out.target += path;
    return out;
}

Result<Url> parse_url(std::string_view text) {
    TRY_ASSIGN(Parsed parsed, parse(text));
    return std::move(parsed.url);
}

Result<Url> resolve(const Url& base, std::string_view location) {
    location = trim(location);
    if (location.find("://") != std::string_view::npos &&
        location.find("://") < location.find_first_of("/?#")) {
        return parse_url(location);
    }
    if (location.rfind("//", 0) == 0) {
        return parse_url(base.scheme + ":" + std::string(location));
    }
    if (!location.empty() && location.front() == '/') {
        return parse_url(base.origin() + std::string(location));
    }
    const std::string path = base.target.substr(0, base.target.find('?'));
    const std::size_t slash = path.rfind('/');
    const std::string folder = slash == std::string::npos ? "/" : path.substr(0, slash + 1);
    return parse_url(base.origin() + folder + std::string(location));
}

bool is_loopback(std::string_view host) {
    if (host == "localhost" || host == "::1" || host == "0:0:0:0:0:0:0:1") {
        return true;
    }
    constexpr std::string_view k_suffix = ".localhost";
    if (host.size() > k_suffix.size() && host.substr(host.size() - k_suffix.size()) == k_suffix) {
        return true;
    }
    // Dotted numbers only: 127.evil.example is somebody else's machine.
    const auto parts = split(host, '.');
    return parts.size() == 4 && parts[0] == "127" &&
           std::all_of(parts.begin() + 1, parts.end(), [](std::string_view part) {
               int value = -1;
               const auto [end, error] = std::from_chars(part.data(), part.data() + part.size(), value);
               return error == std::errc() && end == part.data() + part.size() && value >= 0 && value <= 255;
           });
}

Endpoint secure_endpoint(Url url, bool allow_insecure, bool port_given) {
    Endpoint out;
    // Servers that listen everywhere print this as their address. For a client it means this machine.
    if (url.host == "0.0.0.0" || url.host == "::") {
        url.host = url.host == "::" ? "::1" : "127.0.0.1";
    }
    out.local = is_loopback(url.host);
    if (!out.local && !url.tls()) {
        const std::string before = url.origin();
        if (allow_insecure) {
            out.unencrypted = true;
            out.note = fmt::format("{} is another machine and not encrypted: what you ask can be read on the way",
                                   before);
        } else {
            url.scheme = "https";
            if (!port_given) {
                url.port = 443;
            }
            out.note = fmt::format("{} is another machine, so {} is used instead of it", before, url.origin());
        }
    }
    out.url = std::move(url);
    return out;
}

Result<Endpoint> parse_endpoint(std::string_view text, bool allow_insecure) {
    TRY_ASSIGN(Parsed parsed, parse(text));
    return secure_endpoint(std::move(parsed.url), allow_insecure, parsed.port_given);
}

}  // namespace caro::net
