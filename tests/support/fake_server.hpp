// A TCP server on loopback whose every byte a test decides: scripted answers, slow ones, broken ones, TLS.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace caro::test {

// What the server knows of one client. Used on that connection's own thread.
class Connection {
  public:
    virtual ~Connection() = default;

    // The next request, head and body (by Content-Length); "" if the client went away.
    virtual std::string read_request() = 0;

    // false if the client went away.
    virtual bool write(std::string_view bytes) = 0;

    // Ends the connection by a reset instead of an orderly close.
    virtual void reset() = 0;

    // Waits until the client goes away, at most `limit`; true if it did.
    virtual bool wait_for_close(std::chrono::milliseconds limit) = 0;

    // Number of this connection, from 0.
    virtual int number() const = 0;
};

struct ServerOptions {
    std::string address = "127.0.0.1";
    std::string certificate_pem;  // with the key: the server speaks TLS
    std::string key_pem;
};

// Serves each connection by one call of the handler; the connection is closed when it returns. Stops at
// destruction, which waits for the handlers (their sockets are shut down first).
class FakeServer {
  public:
    using Handler = std::function<void(Connection&)>;

    explicit FakeServer(Handler handler, ServerOptions options = {});
    ~FakeServer();
    FakeServer(const FakeServer&) = delete;
    FakeServer& operator=(const FakeServer&) = delete;

    int port() const;
    std::string url() const;  // "http://127.0.0.1:PORT" or https://localhost:PORT

    // All requests so far, in the order they were read.
    std::vector<std::string> requests() const;

    int connections() const;

  private:
    struct Impl;
    std::unique_ptr<Impl> m_impl;
};

// A port of 127.0.0.1 where nobody listens.
int closed_port();

// An HTTP/1.1 answer with Content-Length; `head` holds further header lines, each with CRLF.
std::string http_answer(int status, std::string_view body, std::string_view head = "Content-Type: application/json\r\n");

// The content of tests/captures/NAME.http; fails the test if it is not there.
std::string capture(std::string_view name);

// A handler that answers by the first route whose text the request line contains; 404 otherwise.
struct Route {
    std::string match;   // "POST /api/generate"
    std::string answer;  // raw HTTP
};
FakeServer::Handler routes(std::vector<Route> table);

}  // namespace caro::test
