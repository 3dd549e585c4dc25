#include "support/fake_server.hpp"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <fstream>
#include <list>
#include <mutex>
#include <sstream>
#include <stdexcept>
#include <thread>

namespace caro::test {

namespace {

sockaddr_in address_of(const std::string& ip, int port) {
    sockaddr_in out{};
    out.sin_family = AF_INET;
    out.sin_port = htons(static_cast<std::uint16_t>(port));
    ::inet_pton(AF_INET, ip.c_str(), &out.sin_addr);
    return out;
}

int port_of(int socket) {
    sockaddr_in bound{};
    socklen_t size = sizeof(bound);
    ::getsockname(socket, reinterpret_cast<sockaddr*>(&bound), &size);
    return ntohs(bound.sin_port);
}

int bind_somewhere(const std::string& ip) {
    const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const sockaddr_in where = address_of(ip, 0);
    if (socket < 0 || ::bind(socket, reinterpret_cast<const sockaddr*>(&where), sizeof(where)) != 0) {
        throw std::runtime_error("cannot bind a test server to " + ip);
    }
    return socket;
}

std::size_t content_length(const std::string& head) {
    std::istringstream lines(head);
    for (std::string line; std::getline(lines, line);) {
        for (char& c : line) {
            c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
        }
        if (line.rfind("content-length:", 0) == 0) {
            return std::stoul(line.substr(15));
        }
    }
    return 0;
}

}  // namespace

struct FakeServer::Impl {
    class Peer;

    Handler handler;
    ServerOptions options;
    SSL_CTX* tls = nullptr;
    int listener = -1;
    int port = 0;
    std::thread acceptor;
    std::atomic<int> accepted{0};
    mutable std::mutex mutex;  // guards what follows
    bool stopping = false;
    std::list<std::thread> threads;
    std::vector<int> sockets;
    std::vector<std::string> requests;

    void accept_loop();
    void serve(int socket, int number);
    void set_up_tls();
};

class FakeServer::Impl::Peer final : public Connection {
  public:
    Peer(Impl& server, int socket, int number) : m_server(server), m_socket(socket), m_number(number) {}

    ~Peer() override {
        if (m_ssl != nullptr) {
            if (m_usable) {
                SSL_shutdown(m_ssl);
            }
            SSL_free(m_ssl);
        }
    }

    bool start_tls() {
        m_ssl = SSL_new(m_server.tls);
        SSL_set_fd(m_ssl, m_socket);
        m_usable = SSL_accept(m_ssl) == 1;
        return m_usable;
    }

    std::string read_request() override {
        std::size_t head_end = std::string::npos;
        while ((head_end = m_input.find("\r\n\r\n")) == std::string::npos) {
            if (!read_some()) {
                return "";
            }
        }
        const std::size_t size = head_end + 4 + content_length(m_input.substr(0, head_end));
        while (m_input.size() < size) {
            if (!read_some()) {
                return "";
            }
        }
        std::string request = m_input.substr(0, size);
        m_input.erase(0, size);
        const std::lock_guard lock(m_server.mutex);
        m_server.requests.push_back(request);
        return request;
    }

    bool write(std::string_view bytes) override {
        while (!bytes.empty()) {
            const auto n = m_ssl != nullptr ? SSL_write(m_ssl, bytes.data(), static_cast<int>(bytes.size()))
                                            : ::send(m_socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
            if (n <= 0) {
                m_usable = false;
                return false;
            }
            bytes.remove_prefix(static_cast<std::size_t>(n));
        }
        return true;
    }

    void reset() override {
        const linger hard{1, 0};
        ::setsockopt(m_socket, SOL_SOCKET, SO_LINGER, &hard, sizeof(hard));
        m_usable = false;
    }

    bool wait_for_close(std::chrono::milliseconds limit) override {
        const auto until = std::chrono::steady_clock::now() + limit;
        for (;;) {
            const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
                until - std::chrono::steady_clock::now());
            pollfd watched{m_socket, POLLIN, 0};
            if (left.count() <= 0 || ::poll(&watched, 1, static_cast<int>(left.count())) <= 0) {
                return false;
            }
            char byte = 0;
            if (::recv(m_socket, &byte, 1, 0) <= 0) {
                return true;
            }
        }
    }

    int number() const override { return m_number; }

  private:
    bool read_some() {
        char buffer[4096];
        const auto n = m_ssl != nullptr ? SSL_read(m_ssl, buffer, sizeof(buffer))
                                        : ::recv(m_socket, buffer, sizeof(buffer), 0);
        if (n <= 0) {
            m_usable = false;
            return false;
        }
        m_input.append(buffer, static_cast<std::size_t>(n));
        return true;
    }

    Impl& m_server;
    int m_socket;
    int m_number;
    SSL* m_ssl = nullptr;
    bool m_usable = true;
    std::string m_input;
};

void FakeServer::Impl::set_up_tls() {
    tls = SSL_CTX_new(TLS_server_method());
    const auto memory = [](const std::string& pem) { return BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())); };
    BIO* certificate_bio = memory(options.certificate_pem);
    X509* certificate = PEM_read_bio_X509(certificate_bio, nullptr, nullptr, nullptr);
    BIO* key_bio = memory(options.key_pem);
    EVP_PKEY* key = PEM_read_bio_PrivateKey(key_bio, nullptr, nullptr, nullptr);
    const bool fine = certificate != nullptr && key != nullptr && SSL_CTX_use_certificate(tls, certificate) == 1 &&
                      SSL_CTX_use_PrivateKey(tls, key) == 1;
    X509_free(certificate);
    EVP_PKEY_free(key);
    BIO_free(certificate_bio);
    BIO_free(key_bio);
    if (!fine) {
        throw std::runtime_error("the test server's certificate cannot be used");
    }
}

void FakeServer::Impl::serve(int socket, int number) {
    {
        Peer peer(*this, socket, number);
        if (tls == nullptr || peer.start_tls()) {
            handler(peer);
        }
    }
    const std::lock_guard lock(mutex);
    std::erase(sockets, socket);
    ::close(socket);
}

void FakeServer::Impl::accept_loop() {
    for (;;) {
        const int socket = ::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
        const std::lock_guard lock(mutex);
        if (socket < 0 || stopping) {
            if (socket >= 0) {
                ::close(socket);
            }
            return;
        }
        sockets.push_back(socket);
        threads.emplace_back([this, socket, number = accepted++] { serve(socket, number); });
    }
}

FakeServer::FakeServer(Handler handler, ServerOptions options) : m_impl(std::make_unique<Impl>()) {
    ::signal(SIGPIPE, SIG_IGN);  // of the server's TLS; the client must cope without
    m_impl->handler = std::move(handler);
    m_impl->options = std::move(options);
    if (!m_impl->options.key_pem.empty()) {
        m_impl->set_up_tls();
    }
    m_impl->listener = bind_somewhere(m_impl->options.address);
    ::listen(m_impl->listener, 64);
    m_impl->port = port_of(m_impl->listener);
    m_impl->acceptor = std::thread([impl = m_impl.get()] { impl->accept_loop(); });
}

FakeServer::~FakeServer() {
    {
        const std::lock_guard lock(m_impl->mutex);
        m_impl->stopping = true;
        ::shutdown(m_impl->listener, SHUT_RDWR);
        for (const int socket : m_impl->sockets) {
            ::shutdown(socket, SHUT_RDWR);
        }
    }
    m_impl->acceptor.join();
    for (auto& thread : m_impl->threads) {
        thread.join();
    }
    ::close(m_impl->listener);
    SSL_CTX_free(m_impl->tls);
}

int FakeServer::port() const { return m_impl->port; }

std::string FakeServer::url() const {
    return (m_impl->tls != nullptr ? "https://localhost:" : "http://" + m_impl->options.address + ":") +
           std::to_string(m_impl->port);
}

std::vector<std::string> FakeServer::requests() const {
    const std::lock_guard lock(m_impl->mutex);
    return m_impl->requests;
}

int FakeServer::connections() const { return m_impl->accepted; }

int closed_port() {
    const int socket = bind_somewhere("127.0.0.1");
    const int port = port_of(socket);
    ::close(socket);
    return port;
}

std::string http_answer(int status, std::string_view body, std::string_view head) {
    return "HTTP/1.1 " + std::to_string(status) + " Status\r\n" + std::string(head) +
           "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + std::string(body);
}

std::string capture(std::string_view name) {
    std::ifstream file(std::string(CARO_SOURCE_DIR) + "/tests/captures/" + std::string(name) + ".http",
                       std::ios::binary);
    std::ostringstream out;
    out << file.rdbuf();
    EXPECT_FALSE(out.str().empty()) << "no capture " << name;
    return out.str();
}

FakeServer::Handler routes(std::vector<Route> table) {
    return [table = std::move(table)](Connection& connection) {
        const std::string request = connection.read_request();
        const std::string line = request.substr(0, request.find("\r\n"));
        for (const auto& route : table) {
            if (line.find(route.match) != std::string::npos) {
                connection.write(route.answer);
                return;
            }
        }
        if (!request.empty()) {
            connection.write(http_answer(404, R"({"error":"no such route"})"));
        }
    };
}

}  // namespace caro::test
