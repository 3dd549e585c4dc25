#include "net/exchange.hpp"

#include <cpp-httplib/httplib.h>
#include <fmt/core.h>
#include <openssl/x509_vfy.h>

#include <system_error>

#include "net/socket_guard.hpp"
#include "net/trust.hpp"
#include "util/log.hpp"
#include "util/strings.hpp"

namespace caro::net {

namespace {

constexpr std::size_t k_buffered = 1U << 20U;  // body bytes the worker reads ahead
constexpr std::chrono::milliseconds k_farewell{50};

using State = std::shared_ptr<ExchangeState>;

void advance(ExchangeState& state, Stage stage) {
    const std::lock_guard lock(state.mutex);
    state.stage = std::max(state.stage, stage);
    state.changed.notify_all();
}

// A socket was made: keep a handle on it, by which the caller can wake this thread.
void take_socket(ExchangeState& state, int socket) {
    const std::lock_guard lock(state.mutex);
    close_descriptor(state.socket);
    state.socket = duplicate_socket(socket);
    state.stage = std::max(state.stage, Stage::connecting);
    state.changed.notify_all();
}

bool take_head(ExchangeState& state, const httplib::Response& response) {
    const std::lock_guard lock(state.mutex);
    state.status = response.status;
    for (const auto& [name, value] : response.headers) {
        state.headers.emplace_back(to_lower(name), value);
    }
    state.has_head = true;
    state.stage = std::max(state.stage, Stage::reading);
    state.changed.notify_all();
    return !state.abandoned;
}

bool take_bytes(ExchangeState& state, const char* data, std::size_t size) {
    std::unique_lock lock(state.mutex);
    state.bytes.append(data, size);
    state.changed.notify_all();
    state.changed.wait(lock, [&] { return state.abandoned || state.bytes.size() < k_buffered; });
    return !state.abandoned;
}

Error certificate_error(const Url& url, long reason) {
    const std::string where = url.origin();
    const std::string hint = "If this server is yours, name its certificate authority's file in tls.ca_file";
    switch (reason) {
        case X509_V_ERR_CERT_HAS_EXPIRED:
            return {ErrorCode::network, fmt::format("the certificate of {} has expired", where),
                    "Its owner must renew it; check this machine's clock too", {}};
        case X509_V_ERR_CERT_NOT_YET_VALID:
            return {ErrorCode::network, fmt::format("the certificate of {} is not valid yet", where),
                    "Check this machine's clock", {}};
        case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
            return {ErrorCode::network, fmt::format("the certificate of {} is signed by itself only", where), hint, {}};
        case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
        case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
        case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
        case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
            return {ErrorCode::network,
                    fmt::format("the certificate of {} comes from an authority this machine does not know", where),
                    hint, {}};
        default:
            return {ErrorCode::network,
                    fmt::format("the certificate of {} cannot be trusted: {}", where,
                                X509_verify_cert_error_string(reason)),
                    hint, {}};
    }
}

Error connection_error(const ExchangeRequest& request, Stage stage) {
    const std::string& host = request.proxy ? request.proxy->host : request.url.host;
    const std::string_view role = request.proxy ? "proxy " : "";
    if (stage == Stage::resolving) {
        return {ErrorCode::network, fmt::format("no address is known for {}{}", role, host),
                "Check the name and the network connection", {}};
    }
    const int port = request.proxy ? request.proxy->port : request.url.port;
    return {ErrorCode::network, fmt::format("nothing answers at {}{}, port {}", role, host, port),
            "Is the server running, and is this its address?", {}};
}

Error proxy_error(const std::string& where, int status) {
    if (status == 407) {
        return {ErrorCode::network, fmt::format("the proxy on the way to {} asks for a name and password", where),
                "Put them in its variable: https_proxy=http://user:password@host:port", {}};
    }
    return {ErrorCode::network,
            fmt::format("the proxy does not let us through to {}{}", where,
                        status > 0 ? fmt::format(" (status {})", status) : ""),
            "Check https_proxy; no_proxy names servers to reach without it", {}};
}

// What a failure inside the library means to a user.
Error describe(const ExchangeRequest& request, const httplib::Result& result, Stage stage) {
    const std::string where = request.url.origin();
    switch (result.error()) {
        case httplib::Error::Connection: return connection_error(request, stage);
        case httplib::Error::ConnectionTimeout:
        case httplib::Error::Timeout:
            return {ErrorCode::timeout, fmt::format("{} did not answer in time", where), "", {}};
        case httplib::Error::SSLServerVerification:
            return certificate_error(request.url, static_cast<long>(result.ssl_backend_error()));
        case httplib::Error::SSLServerHostnameVerification:
            return {ErrorCode::network, fmt::format("the certificate of {} is for another name", where),
                    "Use the name the certificate was made for", {}};
        case httplib::Error::SSLConnection:
            return {ErrorCode::network, fmt::format("{} does not speak TLS as it should", where),
                    "Is this the right port? Off this machine caro uses https only", {}};
        case httplib::Error::ProxyConnection: return proxy_error(where, result ? result->status : 0);
        case httplib::Error::Write:
        case httplib::Error::Read:
        case httplib::Error::ConnectionClosed:
            if (stage == Stage::reading) {
                return {ErrorCode::network, fmt::format("the connection to {} broke in the middle of the answer", where),
                        "Try again; if it happens often, look at the server's log", {}};
            }
            return {ErrorCode::network, fmt::format("{} closed the connection without a proper answer", where),
                    "Is this the right address and port?", {}};
        default:
            return {ErrorCode::network,
                    fmt::format("the exchange with {} failed: {}", where, httplib::to_string(result.error())), "", {}};
    }
}

httplib::Request make_request(const ExchangeRequest& in, const State& state) {
    httplib::Request out;
    out.method = in.method;
    out.path = in.url.target.empty() ? "/" : in.url.target;
    for (const auto& [name, value] : in.headers) {
        out.headers.emplace(name, value);
    }
    out.body = in.body;
    out.response_handler = [state](const httplib::Response& response) { return take_head(*state, response); };
    out.content_receiver = [state](const char* data, std::size_t size, std::size_t, std::size_t) {
        return take_bytes(*state, data, size);
    };
    return out;
}

// RFC 6761 sets the names below "localhost" aside for this machine, but not every resolver knows: asked in the DNS, one
// could be anybody's, and is_loopback() lets them go unencrypted.
void pin_to_loopback(httplib::ClientImpl& client, const std::string& host) {
    if (is_loopback(host) && host.ends_with(".localhost")) {
        client.set_hostname_addr_map({{host, "127.0.0.1"}});
    }
}

void configure(httplib::ClientImpl& client, const ExchangeRequest& request, const State& state) {
    // The caller keeps the finer limits; these only make sure that a forgotten worker ends.
    client.set_connection_timeout(request.timeout);
    client.set_read_timeout(request.timeout);
    client.set_write_timeout(request.timeout);
    client.set_follow_location(false);
    client.set_path_encode(false);
    client.set_decompress(false);
    client.set_tcp_nodelay(true);
    pin_to_loopback(client, request.url.host);
    client.set_socket_options([state](socket_t socket) { take_socket(*state, static_cast<int>(socket)); });
    client.set_header_writer([state](httplib::Stream& stream, httplib::Headers& headers) {
        advance(*state, Stage::waiting);
        return httplib::detail::write_headers(stream, headers);
    });
    if (request.proxy) {
        client.set_proxy(request.proxy->host, request.proxy->port);
        if (!request.proxy->user.empty()) {
            client.set_proxy_basic_auth(request.proxy->user, request.proxy->password);
        }
    }
}

Result<std::unique_ptr<httplib::ClientImpl>> make_client(const ExchangeRequest& request) {
    if (!request.url.tls()) {
        return std::make_unique<httplib::ClientImpl>(request.url.host, request.url.port);
    }
    TRY_ASSIGN(void* store, make_trust_store(trust_sources(request.ca_file, request.env)));
    auto client = std::make_unique<httplib::SSLClient>(request.url.host, request.url.port);
    client->set_ca_cert_store(store);  // owns it from here on
    return client;
}

void fail_exchange(ExchangeState& state, Error error, bool connect_failed = false) {
    const std::lock_guard lock(state.mutex);
    state.failure = std::move(error);
    state.connect_failed = connect_failed;
    state.stage = Stage::done;
    state.changed.notify_all();
}

void run(const ExchangeRequest& request, const State& state) {
    auto client = make_client(request);
    if (!client) {
        fail_exchange(*state, std::move(client.error()));
        return;
    }
    configure(**client, request, state);
    const httplib::Result result = (*client)->send(make_request(request, state));
    Stage stage{};
    {
        const std::lock_guard lock(state->mutex);
        stage = state->stage;
    }
    // Where a proxy refuses, the library hands out its answer as if it were the server's.
    if (!result || result.error() == httplib::Error::ProxyConnection) {
        const bool unsent = result.error() == httplib::Error::Connection && stage <= Stage::connecting;
        fail_exchange(*state, describe(request, result, stage), unsent);
        return;
    }
    if (!state->has_head) {  // an answer that may have no body (204) passes the handler by
        take_head(*state, *result);
    }
    advance(*state, Stage::done);
}

void run_guarded(const ExchangeRequest& request, const State& state) noexcept {
    try {
        run(request, state);
    } catch (const std::exception& error) {
        try {
            fail_exchange(*state, {ErrorCode::internal, fmt::format("the HTTP library failed: {}", error.what()), "", {}});
        } catch (...) {  // out of memory: the caller's time limit still ends the wait
        }
    } catch (...) {
        fail_exchange(*state, {ErrorCode::internal, "the HTTP library failed", "", {}});
    }
}

}  // namespace

Result<Exchange> Exchange::start(ExchangeRequest request) {
    auto state = std::make_shared<ExchangeState>();
    const BlockedSignals no_signals;
    try {
        std::thread worker([request = std::move(request), state] { run_guarded(request, state); });
        return Exchange(std::move(state), std::move(worker));
    } catch (const std::system_error& error) {
        return fail(ErrorCode::internal, fmt::format("no thread can be started: {}", error.what()));
    }
}

void Exchange::abandon() noexcept {
    if (!m_worker.joinable()) {
        return;
    }
    bool done = false;
    {
        std::unique_lock lock(m_state->mutex);
        m_state->abandoned = true;
        shut_down_socket(m_state->socket);
        m_state->changed.notify_all();
        done = m_state->changed.wait_for(lock, k_farewell, [&] { return m_state->stage == Stage::done; });
    }
    if (done) {
        m_worker.join();
    } else {
        LOG("left a blocked connection behind");
        m_worker.detach();
    }
}

Exchange::~Exchange() {
    abandon();
    if (m_state) {
        const std::lock_guard lock(m_state->mutex);
        close_descriptor(m_state->socket);
        m_state->socket = -1;
    }
}

}  // namespace caro::net
