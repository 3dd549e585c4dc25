#include "models/ranges.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <condition_variable>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <fmt/core.h>

namespace caro::models {

namespace {

using std::chrono::milliseconds;

constexpr milliseconds k_look_every{100};

class RangeFetch {
  public:
    RangeFetch(const Hub& hub, const RemoteFile& file, const RangePlan& plan) : m_hub(hub), m_file(file), m_plan(plan) {}

    Result<> run(const InOrderSink& sink, const AheadSink& go_on, const CancelToken& cancel);

  private:
    void work();
    Result<std::string> piece(std::uint64_t number);
    bool take_number(std::uint64_t& number);
    std::uint64_t pieces() const { return (m_file.size - m_plan.offset + m_plan.piece - 1) / m_plan.piece; }
    Result<> hand_on(const InOrderSink& sink, const AheadSink& go_on, const CancelToken& cancel);
    void stop();

    const Hub& m_hub;
    const RemoteFile& m_file;
    const RangePlan& m_plan;

    CancelToken m_stop;  // for the connections
    std::mutex m_mutex;
    std::condition_variable m_changed;
    std::uint64_t m_next = 0;    // piece that nobody fetches yet
    std::uint64_t m_handed = 0;  // pieces that were handed on
    std::uint64_t m_ahead = 0;   // bytes that are here and were not
    std::map<std::uint64_t, std::string> m_done;
    std::optional<Error> m_failure;
};

// The next piece to fetch, as soon as there is room for it; false = no more.
bool RangeFetch::take_number(std::uint64_t& number) {
    std::unique_lock lock(m_mutex);
    m_changed.wait(lock, [this] { return m_stop.cancelled() || m_next >= pieces() || m_next <= m_handed + m_plan.connections; });
    if (m_stop.cancelled() || m_next >= pieces()) {
        return false;
    }
    number = m_next++;
    return true;
}

Result<std::string> RangeFetch::piece(std::uint64_t number) {
    const std::uint64_t begin = m_plan.offset + number * m_plan.piece;
    const std::uint64_t length = std::min(m_plan.piece, m_file.size - begin);
    std::string bytes;
    bytes.reserve(static_cast<std::size_t>(length));
    bool fits = true;
    const auto response = m_hub.fetch(
        m_file, begin,
        [&](const net::HttpResponse& head, std::string_view more) {
            fits = head.status == 206 && first_byte(head) == begin && bytes.size() + more.size() <= length;
            if (fits) {
                bytes += more;
                const std::lock_guard lock(m_mutex);
                m_ahead += more.size();
            }
            return fits;
        },
        m_stop, length);
    if (!response) {
        return fail(response.error());
    }
    if (!fits || response->status != 206) {
        return fail(ErrorCode::checksum, fmt::format("{} sent another part of the file than was asked for", response->url.host));
    }
    if (bytes.size() != length) {
        return fail(ErrorCode::network, fmt::format("the connection to {} ended early", response->url.host));
    }
    return bytes;
}

void RangeFetch::work() {
    for (std::uint64_t number = 0; take_number(number);) {
        auto bytes = piece(number);
        const std::lock_guard lock(m_mutex);
        if (bytes) {
            m_done[number] = std::move(*bytes);
        } else {
            m_failure = m_failure ? m_failure : std::move(bytes.error());
            m_stop.cancel();
        }
        m_changed.notify_all();
    }
}

void RangeFetch::stop() {
    const std::lock_guard lock(m_mutex);
    m_stop.cancel();
    m_changed.notify_all();
}

Result<> RangeFetch::hand_on(const InOrderSink& sink, const AheadSink& go_on, const CancelToken& cancel) {
    while (m_handed < pieces()) {
        std::string bytes;
        std::uint64_t ahead = 0;
        {
            std::unique_lock lock(m_mutex);
            m_changed.wait_for(lock, k_look_every, [this] { return m_failure || m_done.count(m_handed) > 0; });
            // What came before a failure is still worth keeping.
            if (const auto found = m_done.find(m_handed); found != m_done.end()) {
                bytes = std::move(found->second);
                m_done.erase(found);
            } else if (m_failure) {
                return fail(*m_failure);
            }
            ahead = m_ahead;
        }
        if (cancel.should_stop()) {
            return fail(ErrorCode::cancelled, "interrupted");
        }
        if (!bytes.empty()) {
            TRY(sink(bytes));
            const std::lock_guard lock(m_mutex);
            ++m_handed;
            m_ahead -= bytes.size();
            ahead = m_ahead;
            m_changed.notify_all();
        }
        if (!go_on(ahead)) {
            return {};
        }
    }
    return {};
}

Result<> RangeFetch::run(const InOrderSink& sink, const AheadSink& go_on, const CancelToken& cancel) {
    std::vector<std::thread> threads;
    for (unsigned i = 0; i < m_plan.connections; ++i) {
        threads.emplace_back([this] { work(); });
    }
    auto outcome = hand_on(sink, go_on, cancel);
    stop();
    for (auto& thread : threads) {
        thread.join();
    }
    return outcome;
}

}  // namespace

std::optional<std::uint64_t> first_byte(const net::HttpResponse& response) {
    // bytes 100-199/200
    constexpr std::string_view k_unit = "bytes ";
    const std::string_view range = response.header("content-range");
    std::uint64_t first = 0;
    if (range.substr(0, k_unit.size()) != k_unit ||
        std::from_chars(range.data() + k_unit.size(), range.data() + range.size(), first).ec != std::errc()) {
        return std::nullopt;
    }
    return first;
}

Result<> fetch_ranges(const Hub& hub, const RemoteFile& file, const RangePlan& plan, const InOrderSink& sink, const AheadSink& go_on,
                      const CancelToken& cancel) {
    return RangeFetch(hub, file, plan).run(sink, go_on, cancel);
}

}  // namespace caro::models
