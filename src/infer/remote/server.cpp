#include "infer/remote/server.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <thread>

#include "infer/json_internal.hpp"
#include "net/redact.hpp"
#include "util/log.hpp"
#include "util/strings.hpp"

namespace caro::infer::remote {

namespace {

using Milliseconds = std::chrono::milliseconds;

constexpr Milliseconds k_connect_limit{5000};

// The message inside a body, in whichever of the known shapes it is.
std::string raw_message(std::string_view body) {
    const auto json = parse_json(body);
    if (!json) {
        return std::string(body);  // cut when it is redacted, not before
    }
    const Json& error = member(*json, "error");
    if (error.is_object()) {
        return text_of(error, "message");  // OpenAI, vLLM
    }
    if (error.is_string()) {
        return error.get<std::string>();  // Ollama; vLLM for 401
    }
    for (const char* key : {"detail", "message", "object"}) {  // FastAPI, others
        if (std::string text = text_of(*json, key); !text.empty()) {
            return text;
        }
    }
    return {};
}

std::string with_reason(std::string text, const std::string& reason) {
    return reason.empty() ? text : text + ": " + reason;
}

Error unauthorized(const Server& server) {
    const std::string variable = server.key_name.empty() ? "the key's environment variable" : server.key_name;
    if (server.key.empty()) {
        return {ErrorCode::unauthorized, fmt::format("{} asks for a key and none is set", server.text()),
                fmt::format("Put the key in {}", variable), {}};
    }
    return {ErrorCode::unauthorized, fmt::format("{} does not accept the key from {}", server.text(), variable),
            fmt::format("Check the value of {}", variable), {}};
}

bool is_too_long(const std::string& message) {
    return message.find("context length") != std::string::npos ||
           message.find("context size") != std::string::npos || message.find("input length") != std::string::npos;
}

Error client_error(const Server& server, int status, const std::string& reason) {
    if (status == 413 || is_too_long(reason)) {
        return {ErrorCode::usage, with_reason(fmt::format("the request is too long for {}", server.text()), reason),
                "Say it shorter, or pipe in less", {}};
    }
    return {ErrorCode::bad_output,
            with_reason(fmt::format("{} does not understand the request (status {})", server.text(), status), reason),
            "It may be a server of another kind or version", {}};
}

// Sleeps in small steps; false if the token stops it.
bool rest(Milliseconds time, const CancelToken& cancel) {
    const auto until = std::chrono::steady_clock::now() + time;
    while (std::chrono::steady_clock::now() < until) {
        if (cancel.should_stop()) {
            return false;
        }
        std::this_thread::sleep_for(std::min(Milliseconds(20), time));
    }
    return true;
}

bool is_busy(int status) { return status == 408 || status == 429 || status == 503; }

}  // namespace

std::string Server::text() const { return fmt::format("{} ({})", name, endpoint.url.origin()); }

std::vector<std::string> Server::secrets() const {
    return key.empty() ? std::vector<std::string>() : std::vector<std::string>{key};
}

net::HttpRequest Server::request(std::string_view path, std::string body) const {
    net::HttpRequest out;
    out.method = body.empty() ? "GET" : "POST";
    out.url = endpoint.url.with_path(path);
    out.body = std::move(body);
    out.bearer = key;
    Milliseconds left = timeout;
    if (deadline) {
        left = std::chrono::duration_cast<Milliseconds>(*deadline - std::chrono::steady_clock::now());
        left = std::clamp(left, Milliseconds(1), timeout);
    }
    out.connect_timeout = std::min(k_connect_limit, left);
    out.first_byte_timeout = left;
    out.total_timeout = left;
    return out;
}

net::HttpRequest probe(const Server& server, std::string_view path, Milliseconds budget) {
    net::HttpRequest out = server.request(path);
    out.connect_timeout = budget;
    out.first_byte_timeout = budget;
    out.total_timeout = budget;
    out.connect_attempts = 1;
    return out;
}

std::string server_message(const Server& server, std::string_view body) {
    if (const std::string_view text = trim(body); !text.empty() && text.front() == '<') {
        return "";  // a proxy's page for browsers says nothing that the status does not
    }
    return net::quote_server_text(raw_message(body), server.secrets());
}

Error status_error(const Server& server, const net::HttpResponse& response) {
    const std::string reason = server_message(server, response.body);
    const int status = response.status;
    if (status == 401) {
        return unauthorized(server);
    }
    if (status == 403) {
        return {ErrorCode::forbidden, with_reason(fmt::format("{} refuses to serve this", server.text()), reason),
                server.key.empty() ? "Ask who runs it what this machine may do there"
                                   : fmt::format("Ask who runs it what the key in {} may do", server.key_name),
                {}};
    }
    if (status == 404 || status == 405) {
        return {ErrorCode::not_found, with_reason(fmt::format("{} does not know this request", server.text()), reason),
                fmt::format("Check {}", server.address_setting), {}};
    }
    if (status == 407) {
        return {ErrorCode::network,
                fmt::format("the proxy on the way to {} asks for a name and password", server.endpoint.url.origin()),
                "Put them in its variable: http_proxy=http://user:password@host:port", {}};
    }
    if (is_busy(status)) {
        return {ErrorCode::rate_limited, with_reason(fmt::format("{} is busy (status {})", server.text(), status), reason),
                "Try again in a moment", {}};
    }
    if (status == 502 || status == 504) {
        return {ErrorCode::unavailable,
                with_reason(fmt::format("the model server behind {} does not answer (status {})",
                                        server.endpoint.url.origin(), status),
                            reason),
                "The proxy works; start the model server behind it", {}};
    }
    if (status >= 500) {
        return {ErrorCode::unavailable, with_reason(fmt::format("{} failed (status {})", server.text(), status), reason),
                "Look at the server's log", {}};
    }
    return client_error(server, status, reason);
}

Result<net::HttpResponse> exchange(const Server& server, const net::HttpRequest& request, const net::BodySink& sink,
                                   const CancelToken& cancel) {
    const auto started = std::chrono::steady_clock::now();
    net::HttpRequest attempt = request;
    for (bool again = false;; again = true) {
        TRY_ASSIGN(net::HttpResponse response, server.client.send(attempt, sink, cancel));
        if (response.ok()) {
            return response;
        }
        const auto pause = response.retry_after();
        const auto spent =
            std::chrono::duration_cast<Milliseconds>(std::chrono::steady_clock::now() - started);
        const Milliseconds left = request.total_timeout - spent;
        const bool in_time = pause && *pause < left &&
                             (!cancel.deadline() || std::chrono::steady_clock::now() + *pause < *cancel.deadline());
        if (again || !is_busy(response.status) || !in_time) {
            return fail(status_error(server, response));
        }
        LOG("{} asks to wait {} ms", server.text(), pause->count());
        if (!rest(*pause, cancel)) {
            return cancel.cancelled() ? fail(ErrorCode::cancelled, "interrupted") : fail(status_error(server, response));
        }
        attempt.total_timeout = left - *pause;
    }
}

}  // namespace caro::infer::remote
