#include "infer/ollama/address.hpp"

#include "util/strings.hpp"

namespace caro::infer::ollama {

namespace {

struct Parts {
    std::string_view scheme = "http";
    std::string_view host;  // with brackets if it has them
    std::string_view port = "11434";
    std::string_view path;
};

Parts take_apart(std::string_view value) {
    Parts out;
    if (const std::size_t at = value.find("://"); at != std::string_view::npos) {
        out.scheme = value.substr(0, at);
        out.port = "";  // the scheme's own
        value.remove_prefix(at + 3);
    }
    const std::size_t slash = value.find('/');
    if (slash != std::string_view::npos) {
        out.path = value.substr(slash);
        value = value.substr(0, slash);
    }
    const std::size_t bracket = value.rfind(']');
    const std::size_t colon = value.rfind(':');
    const bool bare_ipv6 = bracket == std::string_view::npos && value.find(':') != colon;
    const bool has_port = !bare_ipv6 && colon != std::string_view::npos &&
                          (bracket == std::string_view::npos || colon > bracket);
    out.host = has_port ? value.substr(0, colon) : value;
    if (has_port && colon + 1 < value.size()) {
        out.port = value.substr(colon + 1);
    }
    return out;
}

}  // namespace

Address parse_ollama_host(std::string_view value) {
    value = trim(value);
    while (value.size() >= 2 && (value.front() == '"' || value.front() == '\'') && value.back() == value.front()) {
        value = trim(value.substr(1, value.size() - 2));
    }
    const Parts parts = take_apart(value);
    Address out;
    std::string host(parts.host);
    if (host == "0.0.0.0" || host == "[::]" || host == "::") {
        out.everywhere = true;
        host = "127.0.0.1";
    } else if (host.empty()) {
        host = "127.0.0.1";
    } else if (host.find(':') != std::string::npos && host.front() != '[') {
        host = "[" + host + "]";
    }
    out.url = std::string(parts.scheme) + "://" + host + (parts.port.empty() ? "" : ":") + std::string(parts.port) +
              std::string(parts.path);
    return out;
}

}  // namespace caro::infer::ollama
