// HTTP and HTTPS as caro needs them: every wait is bounded, cancelling takes effect at once, certificates are
// verified, and a key is sent to the one server it is meant for.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "net/proxy.hpp"
#include "net/url.hpp"
#include "util/cancel.hpp"
#include "util/result.hpp"

namespace caro::net {

using Headers = std::vector<std::pair<std::string, std::string>>;

enum class Redirects : unsigned char {
    none,       // a redirect is an error that names the new address
    returned,   // a redirect is the answer
    same_host,  // followed on the same host (also from http to https, never back)
    any_host,   // followed anywhere, without the key and never from https to http
};

struct HttpRequest {
    std::string method = "GET";
    Url url;
    Headers headers;
    std::string body;    // with content type application/json
    std::string bearer;  // a key; sent to the origin of `url` only and never shown; "" = none
    Redirects redirects = Redirects::same_host;

    // Each wait has its own limit, counted from when it begins; all together have `total`.
    std::chrono::milliseconds connect_timeout{5000};      // name look-up, connection and TLS
    std::chrono::milliseconds first_byte_timeout{30000};  // from the request's end to the answer's head
    std::chrono::milliseconds total_timeout{30000};
    std::chrono::milliseconds idle_timeout{0};  // longest pause between bytes of the body; 0 = only `total` counts
    std::size_t max_body = 4U << 20U;  // bytes
    int connect_attempts = 2;          // of which all but the first only after a failed connection
};

struct HttpResponse {
    int status = 0;
    Headers headers;         // names in lower case
    std::string body;        // empty where a sink took it
    Url url;                 // the address that answered, after redirects
    bool stopped = false;    // the sink said enough
    double head_ms = 0;      // from the call to the answer's head
    double total_ms = 0;

    bool ok() const { return status >= 200 && status < 300; }

    // Value of a header by its lower-case name; "" if there is none.
    std::string_view header(std::string_view name) const;

    // The `Retry-After` header, in seconds or as a date; nullopt if there is none or it makes no sense.
    std::optional<std::chrono::milliseconds> retry_after() const;
};

// Receives the body of a 2xx answer as it comes, on the thread that called send(). `response` has status and
// headers. false = enough, which is no error.
using BodySink = std::function<bool(const HttpResponse& response, std::string_view bytes)>;

struct HttpOptions {
    std::string ca_file;  // certificate authorities (PEM) besides the system's; "" = only those
    EnvLookup env;        // for SSL_CERT_FILE, SSL_CERT_DIR and proxies; empty = the process environment
};

// Stateless but for its options: one connection per request. May be used from several threads at once.
class HttpClient {
  public:
    explicit HttpClient(HttpOptions options = {});

    // One exchange. With a sink, the body of a 2xx answer goes there; all other bodies are collected, up to the
    // limit. An answer with any status is a success here; of other than 2xx answers the body may be cut short (by a
    // limit of its own, 64 KiB and a second, or by the server). Errors: network (DNS, connection, TLS, protocol),
    // timeout, cancelled, config (CA file, proxy), bad_output (body over the limit). Returns within about 100 ms
    // after the token says stop or a limit passes, even if the system call beneath cannot be interrupted.
    Result<HttpResponse> send(const HttpRequest& request, const BodySink& sink, const CancelToken& cancel) const;

  private:
    HttpOptions m_options;
};

}  // namespace caro::net
