// What the back ends that speak HTTP have in common: one server, its key, and what its refusals mean.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "net/http_client.hpp"
#include "net/url.hpp"
#include "util/cancel.hpp"
#include "util/result.hpp"

namespace caro::infer::remote {

struct Server {
    std::string name;  // as messages call it: "Ollama", "the vLLM server"
    net::Endpoint endpoint;
    std::string key;       // secret; "" = none
    std::string key_name;  // where the key comes from, or should: "CARO_VLLM_API_KEY"
    std::string address_setting;  // what to change if the address is wrong: "vllm.url"
    std::chrono::milliseconds timeout{30000};
    net::HttpClient client;
    std::optional<TimePoint> deadline;  // of everything one answer takes; see start_clock()

    // From here on `timeout` counts for all requests together, not for each.
    void start_clock() { deadline = std::chrono::steady_clock::now() + timeout; }

    // "Ollama (http://127.0.0.1:11434)"
    std::string text() const;

    std::vector<std::string> secrets() const;

    // A request for `path` below the server's address, with key and time limits; POST if there is a body.
    net::HttpRequest request(std::string_view path, std::string body = {}) const;
};

// What a server said in its own error format; understands Ollama's, OpenAI's and FastAPI's. Fit to be shown, without
// keys; "" if there is nothing.
std::string server_message(const Server& server, std::string_view body);

// The error an answer other than 2xx stands for. Every kind has its own code and hint; 404 is ErrorCode::not_found
// and left for the caller to refine.
Error status_error(const Server& server, const net::HttpResponse& response);

// One whole answer. As HttpClient::send, but other answers than 2xx are errors, and where the server asks to be
// given time (408, 429 or 503 with Retry-After) it gets it once, if the deadline allows.
Result<net::HttpResponse> exchange(const Server& server, const net::HttpRequest& request, const net::BodySink& sink,
                                   const CancelToken& cancel);

// A CancelToken ends early in is_available(): it stops after `budget`, which counts for the whole probe.
net::HttpRequest probe(const Server& server, std::string_view path, std::chrono::milliseconds budget);

}  // namespace caro::infer::remote
