#include "net/http_client.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <ctime>
#include <thread>

#include "net/exchange.hpp"
#include "net/redact.hpp"
#include "util/clock.hpp"
#include "util/env.hpp"
#include "util/log.hpp"
#include "util/strings.hpp"

namespace caro::net {

namespace {

using Milliseconds = std::chrono::milliseconds;

constexpr int k_most_redirects = 5;
constexpr Milliseconds k_heartbeat{20};  // how often the cancel token is looked at
constexpr Milliseconds k_before_retry{100};
constexpr std::size_t k_most_error_body = 64U << 10U;
constexpr Milliseconds k_error_body_wait{1000};  // the status is known; what follows only explains it

double seconds(Milliseconds time) { return static_cast<double>(time.count()) / 1000.0; }

// One call of HttpClient::send: the hops and attempts it takes, and the clocks that run meanwhile.
class Call {
  public:
    Call(const HttpRequest& request, const HttpOptions& options, const BodySink& sink, const CancelToken& cancel)
        : m_request(request), m_options(options), m_sink(sink), m_cancel(cancel),
          m_deadline(std::chrono::steady_clock::now() + request.total_timeout) {
        if (cancel.deadline()) {
            m_deadline = std::min(m_deadline, *cancel.deadline());
        }
        m_response.url = request.url;
    }

    Result<HttpResponse> run();

  private:
    Result<> attempt();
    Result<> hop(bool& connect_failed);
    Result<ExchangeRequest> exchange_request() const;
    Result<bool> wait(ExchangeState& state);
    Result<> deliver(std::string bytes);
    Result<> check_limits(Stage stage);
    Result<bool> follow_redirect();
    Result<> pause_before_retry() const;
    Error timed_out(Stage stage) const;
    bool refused() const { return m_response.status != 0 && !m_response.ok(); }

    const HttpRequest& m_request;
    const HttpOptions& m_options;
    const BodySink& m_sink;
    const CancelToken& m_cancel;
    TimePoint m_deadline;
    TimePoint m_stage_start{};
    TimePoint m_last_bytes{};
    Stage m_stage = Stage::resolving;
    Stopwatch m_watch;
    HttpResponse m_response;
    std::string m_method;
    std::string m_body;
    std::size_t m_received = 0;
};

Result<HttpResponse> Call::run() {
    m_method = m_request.method;
    m_body = m_request.body;
    for (int redirects = 0;; ++redirects) {
        TRY(attempt());
        TRY_ASSIGN(const bool again, follow_redirect());
        if (!again) {
            m_response.total_ms = m_watch.milliseconds();
            LOG("{} {}: status {}, {} bytes, head after {:.1f} ms, all after {:.1f} ms", m_method,
                m_response.url.text(), m_response.status, m_received, m_response.head_ms, m_response.total_ms);
            return std::move(m_response);
        }
        if (redirects == k_most_redirects) {
            return fail(ErrorCode::network, fmt::format("{} redirects in a circle", m_request.url.origin()));
        }
    }
}

Result<> Call::attempt() {
    for (int attempt = 1;; ++attempt) {
        bool connect_failed = false;
        auto result = hop(connect_failed);
        if (result || !connect_failed || attempt >= m_request.connect_attempts) {
            return result;
        }
        LOG("{}; trying once more", result.error().message);
        TRY(pause_before_retry());
    }
}

Result<> Call::pause_before_retry() const {
    const TimePoint until = std::chrono::steady_clock::now() + k_before_retry;
    while (std::chrono::steady_clock::now() < until) {
        if (m_cancel.cancelled()) {
            return fail(ErrorCode::cancelled, "interrupted");
        }
        if (std::chrono::steady_clock::now() >= m_deadline) {
            return fail(timed_out(Stage::connecting));
        }
        std::this_thread::sleep_for(k_heartbeat);
    }
    return {};
}

Result<ExchangeRequest> Call::exchange_request() const {
    ExchangeRequest out;
    out.method = m_method;
    out.url = m_response.url;
    out.headers = m_request.headers;
    out.body = m_body;
    if (!m_body.empty()) {
        out.headers.emplace_back("Content-Type", "application/json");
    }
    // The key is for the server it was given for, not for whatever that one points to.
    if (!m_request.bearer.empty() && m_response.url.origin() == m_request.url.origin()) {
        out.headers.emplace_back("Authorization", "Bearer " + m_request.bearer);
    }
    out.env = m_options.env ? m_options.env : [](const char* name) { return get_env(name); };
    TRY_ASSIGN(out.proxy, proxy_for(out.url, out.env));
    out.ca_file = m_options.ca_file;
    out.timeout = m_request.total_timeout + Milliseconds(1000);
    return out;
}

Result<> Call::hop(bool& connect_failed) {
    m_response.status = 0;
    m_response.headers.clear();
    m_response.body.clear();
    m_received = 0;
    m_stage = Stage::resolving;
    m_stage_start = std::chrono::steady_clock::now();
    TRY_ASSIGN(ExchangeRequest request, exchange_request());
    TRY_ASSIGN(Exchange exchange, Exchange::start(std::move(request)));
    for (;;) {
        auto more = wait(exchange.state());
        if (!more && refused() && more.error().code != ErrorCode::cancelled) {
            // A refusal stays that refusal, however its text ends: a 401 must not turn into a broken connection, after
            // which another server might be asked.
            LOG("the text of status {} is left: {}", m_response.status, more.error().message);
            return {};
        }
        if (!more) {
            const std::lock_guard lock(exchange.state().mutex);
            connect_failed = exchange.state().connect_failed;
            return fail(std::move(more.error()));
        }
        if (!*more) {
            return {};
        }
    }
}

// Waits for news and handles them. false = the exchange is over.
Result<bool> Call::wait(ExchangeState& state) {
    std::string bytes;
    bool over = false;
    {
        std::unique_lock lock(state.mutex);
        const auto wake = std::min(std::chrono::steady_clock::now() + k_heartbeat, m_deadline);
        state.changed.wait_until(lock, wake, [&] {
            return state.stage != m_stage || !state.bytes.empty() || state.stage == Stage::done;
        });
        if (state.stage != m_stage) {
            // Look-up, connection and TLS share one limit.
            if (state.stage > Stage::connecting) {
                m_stage_start = std::chrono::steady_clock::now();
                m_last_bytes = m_stage_start;
            }
            m_stage = state.stage;
        }
        if (state.has_head && m_response.status == 0) {
            m_response.status = state.status;
            m_response.headers = state.headers;
            m_response.head_ms = m_watch.milliseconds();
        }
        bytes.swap(state.bytes);
        state.changed.notify_all();
        over = state.stage == Stage::done;
        if (over && bytes.empty() && !state.failure.message.empty()) {
            return fail(state.failure);
        }
    }
    if (!bytes.empty()) {
        TRY(deliver(std::move(bytes)));
        return !m_response.stopped;  // what is left is asked for in the next round
    }
    if (over) {
        return false;
    }
    TRY(check_limits(m_stage));
    return true;
}

Result<> Call::deliver(std::string bytes) {
    m_received += bytes.size();
    m_last_bytes = std::chrono::steady_clock::now();
    const bool to_sink = m_sink && m_response.ok();
    const std::size_t limit = m_response.ok() ? m_request.max_body : std::min(m_request.max_body, k_most_error_body);
    if (m_received > limit) {
        return fail(ErrorCode::bad_output,
                    fmt::format("the answer of {} is larger than {} KiB", m_response.url.origin(), limit / 1024));
    }
    if (!to_sink) {
        m_response.body += bytes;
    } else if (!m_sink(m_response, bytes)) {
        m_response.stopped = true;
        return {};
    }
    return check_limits(Stage::reading);
}

Result<> Call::check_limits(Stage stage) {
    if (m_cancel.cancelled()) {
        return fail(ErrorCode::cancelled, "interrupted");
    }
    const auto now = std::chrono::steady_clock::now();
    const bool late = (stage <= Stage::connecting && now - m_stage_start >= m_request.connect_timeout) ||
                      (stage == Stage::waiting && now - m_stage_start >= m_request.first_byte_timeout) ||
                      (stage == Stage::reading && m_request.idle_timeout.count() > 0 &&
                       now - m_last_bytes >= m_request.idle_timeout) ||
                      (stage == Stage::reading && refused() && now - m_stage_start >= k_error_body_wait) ||
                      now >= m_deadline;
    return late ? Result<>(fail(timed_out(stage))) : Result<>();
}

Error Call::timed_out(Stage stage) const {
    const std::string where = m_response.url.origin();
    const bool token_first = m_cancel.expired();
    const double total = token_first ? m_watch.milliseconds() / 1000.0 : seconds(m_request.total_timeout);
    switch (stage) {
        case Stage::resolving:
            return {ErrorCode::timeout,
                    fmt::format("looking up {} took longer than {:.3g} s", m_response.url.host,
                                std::min(seconds(m_request.connect_timeout), total)),
                    "Check the network connection", {}};
        case Stage::connecting:
            return {ErrorCode::timeout,
                    fmt::format("no connection to {} within {:.3g} s", where,
                                std::min(seconds(m_request.connect_timeout), total)),
                    "Is the server running, and does a firewall stand between?", {}};
        case Stage::waiting:
            return {ErrorCode::timeout,
                    fmt::format("{} did not begin to answer within {:.3g} s", where,
                                std::min(seconds(m_request.first_byte_timeout), total)),
                    "It may still be loading its model; a larger timeout_ms waits longer", {}};
        default:
            if (m_request.idle_timeout.count() > 0 && std::chrono::steady_clock::now() < m_deadline) {
                return {ErrorCode::timeout,
                        fmt::format("{} sent nothing for {:.3g} s", where, seconds(m_request.idle_timeout)),
                        "Check the network connection", {}};
            }
            if (m_received == 0) {
                return {ErrorCode::timeout, fmt::format("{} sent no part of its answer within {:.3g} s", where, total),
                        "It is busy, or its model is slow; a larger timeout_ms waits longer", {}};
            }
            return {ErrorCode::timeout, fmt::format("{} did not finish its answer within {:.3g} s", where, total),
                    "A larger timeout_ms waits longer", {}};
    }
}

// Prepares the next hop. false = the answer is final.
Result<bool> Call::follow_redirect() {
    const int status = m_response.status;
    if (m_request.redirects == Redirects::returned) {
        return false;
    }
    if (status != 301 && status != 302 && status != 303 && status != 307 && status != 308) {
        return false;
    }
    const Url from = m_response.url;
    const auto to = resolve(from, m_response.header("location"));
    if (!to) {
        return fail(ErrorCode::network, fmt::format("{} redirects to an address that cannot be used", from.origin()));
    }
    const bool same_host = to->host == from.host;
    const bool downgrade = from.tls() && !to->tls();
    // The same host on another port may be somebody else's program; only the step up to https is natural.
    const bool same_server = same_host && (to->port == from.port || (!from.tls() && to->tls()));
    // What is being asked goes to the server the user chose, so a body is never sent on to another one.
    const bool allowed = (m_request.redirects == Redirects::any_host && (m_body.empty() || same_server)) ||
                         (m_request.redirects == Redirects::same_host && same_server);
    if (!allowed || downgrade) {
        return fail(ErrorCode::network,
                    fmt::format("{} redirects to {}, which is not followed", from.origin(), to->origin()),
                    downgrade ? "It would be unencrypted" : "If you trust that server, give its address itself");
    }
    // Only 303 turns a POST into a GET here: the habit of doing so for 301 and 302 would lose the question.
    if (status == 303) {
        m_method = "GET";
        m_body.clear();
    }
    m_response.url = *to;
    return true;
}

// "Wed, 21 Oct 2015 07:28:00 GMT" without the C library's locale.
std::optional<std::time_t> parse_http_date(std::string_view text) {
    std::tm when{};
    char month[4] = {};
    const std::string copy(text);
    if (std::sscanf(copy.c_str(), "%*3s, %2d %3s %4d %2d:%2d:%2d GMT", &when.tm_mday, month, &when.tm_year,
                    &when.tm_hour, &when.tm_min, &when.tm_sec) != 6) {
        return std::nullopt;
    }
    constexpr std::string_view k_months = "JanFebMarAprMayJunJulAugSepOctNovDec";
    const std::size_t at = k_months.find(month);
    if (at == std::string_view::npos) {
        return std::nullopt;
    }
    when.tm_mon = static_cast<int>(at / 3);
    when.tm_year -= 1900;
    return ::timegm(&when);
}

}  // namespace

std::string_view HttpResponse::header(std::string_view name) const {
    const auto found = std::find_if(headers.begin(), headers.end(), [&](const auto& h) { return h.first == name; });
    return found == headers.end() ? std::string_view() : std::string_view(found->second);
}

std::optional<Milliseconds> HttpResponse::retry_after() const {
    const std::string_view value = trim(header("retry-after"));
    if (value.empty()) {
        return std::nullopt;
    }
    long whole = 0;
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), whole);
    if (error == std::errc() && end == value.data() + value.size()) {
        return whole >= 0 && whole <= 86400 ? std::optional(Milliseconds(whole * 1000)) : std::nullopt;
    }
    const auto date = parse_http_date(value);
    if (!date) {
        return std::nullopt;
    }
    return Milliseconds(std::max<long>(0, static_cast<long>(*date - std::time(nullptr))) * 1000);
}

HttpClient::HttpClient(HttpOptions options) : m_options(std::move(options)) {}

Result<HttpResponse> HttpClient::send(const HttpRequest& request, const BodySink& sink,
                                      const CancelToken& cancel) const {
    if (cancel.cancelled()) {
        return fail(ErrorCode::cancelled, "interrupted");
    }
    return Call(request, m_options, sink, cancel).run();
}

}  // namespace caro::net
