#include "net/proxy.hpp"

#include <fmt/core.h>

#include <charconv>
#include <cstdint>
#include <optional>

#include "util/strings.hpp"

namespace caro::net {

namespace {

std::optional<std::string> either_case(const EnvLookup& env, const char* lower, const char* upper) {
    auto value = env(lower);
    if (!value || value->empty()) {
        value = env(upper);
    }
    return value && !value->empty() ? value : std::nullopt;
}

// Reads "10.1.2.3".
std::optional<std::uint32_t> ipv4(std::string_view text) {
    std::uint32_t out = 0;
    const auto parts = split(text, '.');
    for (const std::string_view part : parts) {
        unsigned value = 256;
        const auto [end, error] = std::from_chars(part.data(), part.data() + part.size(), value);
        if (error != std::errc() || end != part.data() + part.size() || value > 255) {
            return std::nullopt;
        }
        out = out << 8U | value;
    }
    return parts.size() == 4 ? std::optional(out) : std::nullopt;
}

// "10.0.0.0/8"
bool network_covers(std::string_view network, std::size_t slash, const Url& url) {
    const auto base = ipv4(network.substr(0, slash));
    const auto host = ipv4(url.host);
    const std::string_view digits = network.substr(slash + 1);
    unsigned bits = 33;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), bits);
    if (!base || !host || error != std::errc() || end != digits.data() + digits.size() || bits > 32) {
        return false;
    }
    return bits == 0 || (*base ^ *host) >> (32 - bits) == 0;
}

// One entry of NO_PROXY: a host, a domain with or without a leading dot, each with or without a port, a network of IPv4
// addresses, or "*".
bool entry_covers(std::string_view entry, const Url& url) {
    if (entry == "*") {
        return true;
    }
    if (const std::size_t slash = entry.find('/'); slash != std::string_view::npos) {
        return network_covers(entry, slash, url);
    }
    std::string name = to_lower(entry);
    const std::size_t colon = name.rfind(':');
    if (colon != std::string::npos && name.find(':') == colon) {
        if (name.substr(colon + 1) != std::to_string(url.port)) {
            return false;
        }
        name.resize(colon);
    }
    if (!name.empty() && name.front() == '[') {
        name = name.substr(1, name.find(']') - 1);
    }
    while (!name.empty() && (name.front() == '.' || name.front() == '*')) {
        name.erase(0, 1);
    }
    if (name.empty()) {
        return false;
    }
    const std::string& host = url.host;
    return host == name || (host.size() > name.size() && host.compare(host.size() - name.size(), name.size(), name) == 0 &&
                            host[host.size() - name.size() - 1] == '.');
}

bool is_excluded(const Url& url, const std::string& no_proxy) {
    for (const std::string_view part : split(no_proxy, ',')) {
        if (!trim(part).empty() && entry_covers(trim(part), url)) {
            return true;
        }
    }
    return false;
}

Result<Proxy> parse_proxy(std::string_view text) {
    std::string rest(trim(text));
    if (rest.find("://") == std::string::npos) {
        rest.insert(0, "http://");
    }
    Proxy out;
    // Here, and only here, an address may hold a user name and password.
    const std::size_t start = rest.find("://") + 3;
    const std::size_t end = rest.find('/', start);
    const std::size_t at = rest.rfind('@', end);
    if (at != std::string::npos && at >= start) {
        const std::string user_info = rest.substr(start, at - start);
        const std::size_t colon = user_info.find(':');
        out.user = percent_decoded(user_info.substr(0, colon));
        out.password = colon == std::string::npos ? "" : percent_decoded(user_info.substr(colon + 1));
        rest.erase(start, at + 1 - start);
    }
    const auto url = parse_url(rest);
    if (!url || url->tls()) {
        return fail(ErrorCode::config, "the proxy given in the environment cannot be used",
                    "caro understands http://[user:password@]host:port in HTTPS_PROXY, HTTP_PROXY and ALL_PROXY");
    }
    out.host = url->host;
    out.port = url->port;
    return out;
}

}  // namespace

Result<std::optional<Proxy>> proxy_for(const Url& url, const EnvLookup& env) {
    if (is_loopback(url.host)) {
        return std::nullopt;
    }
    auto value = url.tls() ? either_case(env, "https_proxy", "HTTPS_PROXY")
                           : either_case(env, "http_proxy", "HTTP_PROXY");
    if (!value) {
        value = either_case(env, "all_proxy", "ALL_PROXY");
    }
    if (!value) {
        return std::nullopt;
    }
    if (const auto none = either_case(env, "no_proxy", "NO_PROXY"); none && is_excluded(url, *none)) {
        return std::nullopt;
    }
    TRY_ASSIGN(Proxy proxy, parse_proxy(*value));
    return std::optional<Proxy>(std::move(proxy));
}

}  // namespace caro::net
