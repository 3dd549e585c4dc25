// One HTTP exchange on a thread of its own. Internal to net: http_client.cpp waits, exchange.cpp talks.
//
// Name look-up, connecting and reading can block in ways that cannot be interrupted everywhere. So they happen on
// a worker thread, and the caller waits on a condition it can leave at any time: abandon() shuts the socket down,
// which wakes the worker, and a worker that still does not end (name look-up) is left to finish alone with what
// it shares.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "net/http_client.hpp"

namespace caro::net {

// How far the exchange has come; only ever grows.
enum class Stage : std::uint8_t { resolving, connecting, waiting, reading, done };

// What one hop needs to know. Copied to the worker.
struct ExchangeRequest {
    std::string method;
    Url url;
    Headers headers;  // including Authorization
    std::string body;
    std::optional<Proxy> proxy;
    std::string ca_file;
    EnvLookup env;
    std::chrono::milliseconds timeout{};  // far end of all waits; finer limits are the caller's
};

// Shared by caller and worker; every field below the mutex is guarded by it.
struct ExchangeState {
    std::mutex mutex;
    std::condition_variable changed;
    Stage stage = Stage::resolving;
    int status = 0;
    Headers headers;
    bool has_head = false;
    std::string bytes;       // body that came and was not taken yet
    bool full = false;       // the worker waits until the bytes are taken
    Error failure;           // message empty = none
    bool connect_failed = false;  // the request did not get out, so it may be sent again
    bool abandoned = false;
    int socket = -1;         // our own duplicate of the worker's socket
};

class Exchange {
  public:
    // Starts the worker. ErrorCode::internal if there can be no thread.
    static Result<Exchange> start(ExchangeRequest request);

    Exchange(Exchange&&) = default;
    Exchange& operator=(Exchange&&) = delete;
    ~Exchange();

    ExchangeState& state() { return *m_state; }

    // Makes the worker stop and waits shortly for it.
    void abandon() noexcept;

  private:
    Exchange(std::shared_ptr<ExchangeState> state, std::thread worker)
        : m_state(std::move(state)), m_worker(std::move(worker)) {}

    std::shared_ptr<ExchangeState> m_state;
    std::thread m_worker;
};

}  // namespace caro::net
