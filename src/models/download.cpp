#include "models/download.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <ctime>
#include <deque>
#include <memory>
#include <thread>

#include <fmt/core.h>

#include "models/file_facts.hpp"
#include "models/gguf_header.hpp"
#include "models/part_file.hpp"
#include "models/ranges.hpp"
#include "util/log.hpp"
#include "util/sha256.hpp"
#include "util/strings.hpp"

namespace caro::models {

namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr int k_attempts = 5;  // in a row that bring nothing
constexpr std::uint64_t k_spare = 32U << 20U;  // bytes that stay free on the disk, or a tenth of a small model's size
constexpr milliseconds k_tell_every{100};
constexpr milliseconds k_rate_over{5000};
constexpr double k_slowest = 512;  // bytes a second over the hub's patience; slower is a connection that is made anew

// Several connections at once, where one alone is held back and there is enough left to be worth it.
constexpr unsigned k_connections = 4;
constexpr std::chrono::seconds k_look_after{2};              // how long one connection shows what it can
constexpr double k_fast_enough = 60e6;                       // bytes a second; hashing and disks are not much faster
constexpr std::uint64_t k_worth_it = std::uint64_t{48} << 20U;  // bytes
constexpr std::uint64_t k_smallest_piece = std::uint64_t{1} << 20U;
constexpr std::uint64_t k_largest_piece = std::uint64_t{16} << 20U;
constexpr double k_gain = 1.3;                               // less is not worth the load on the hub

std::string mega(std::uint64_t bytes) { return fmt::format("{:.1f} MB", static_cast<double>(bytes) / 1e6); }

// Rate over the last seconds.
class Meter {
  public:
    void add(std::uint64_t done) {
        m_points.push_back({Clock::now(), done});
        while (m_points.size() > 2 && m_points.back().when - m_points.front().when > k_rate_over) {
            m_points.pop_front();
        }
    }
    double rate() const {
        if (m_points.size() < 2) {
            return 0;
        }
        const double time = std::chrono::duration<double>(m_points.back().when - m_points.front().when).count();
        return time < 0.2 ? 0 : static_cast<double>(m_points.back().done - m_points.front().done) / time;
    }

  private:
    struct Point {
        Clock::time_point when;
        std::uint64_t done;
    };
    std::deque<Point> m_points;
};

// True for failures that another attempt may mend.
bool may_pass(const Error& error) {
    return error.code == ErrorCode::network || error.code == ErrorCode::timeout || error.code == ErrorCode::rate_limited;
}

Result<> pause(milliseconds time, const CancelToken& cancel) {
    const auto until = Clock::now() + time;
    while (Clock::now() < until) {
        if (cancel.should_stop()) {
            return fail(ErrorCode::cancelled, "interrupted");
        }
        std::this_thread::sleep_for(milliseconds(20));
    }
    return {};
}

class Download {
  public:
    Download(const Hub& hub, const DownloadRequest& request, const ProgressSink& progress, const CancelToken& cancel, PartFile part)
        : m_hub(hub), m_request(request), m_progress(progress), m_cancel(cancel), m_part(std::move(part)) {}

    Result<std::string> run();  // the hash
    PartFile& part() { return m_part; }

  private:
    Result<> attempts();
    Result<> attempt();
    bool take(const net::HttpResponse& response, std::string_view bytes);
    bool begin(const net::HttpResponse& response);
    void tell(std::string note = {}, std::uint64_t ahead = 0);
    bool is_held_back(const net::HttpResponse& response, Clock::time_point now);
    Result<> several();

    const Hub& m_hub;
    const DownloadRequest& m_request;
    const ProgressSink& m_progress;
    const CancelToken& m_cancel;
    PartFile m_part;
    Meter m_meter;
    Clock::time_point m_told{};
    Clock::time_point m_slow_since{};
    std::uint64_t m_slow_from = 0;
    std::optional<Error> m_failure;
    bool m_begun = false;
    Clock::time_point m_attempt_since{};
    std::uint64_t m_attempt_from = 0;
    bool m_widen = false;          // this attempt ended to go on with several connections
    bool m_tried_several = false;  // or one is known to do
    double m_rate_of_one = 0;      // bytes a second
};

// `ahead`: bytes that are here but not in the part yet.
void Download::tell(std::string note, std::uint64_t ahead) {
    const auto now = Clock::now();
    if (m_progress && (!note.empty() || now - m_told >= k_tell_every || m_part.size() == m_request.remote.size)) {
        m_told = now;
        m_meter.add(m_part.size() + ahead);
        m_progress({m_part.size() + ahead, m_request.remote.size, m_meter.rate(), false, std::move(note)});
    }
}

// Whether the answer goes on where the part ends; false sets m_failure.
bool Download::begin(const net::HttpResponse& response) {
    m_begun = true;
    const std::string_view length = response.header("content-length");
    const std::uint64_t start = response.status == 206 ? m_part.size() : 0;
    std::uint64_t sends = 0;
    std::from_chars(length.data(), length.data() + length.size(), sends);
    if (!length.empty() && start + sends != m_request.remote.size) {
        m_failure = Error{ErrorCode::checksum,
                          fmt::format("{} has {} bytes of the file, but the hub told {}", response.url.host, start + sends, m_request.remote.size),
                          "Try again later; if it stays, do not trust that server", {}};
        return false;
    }
    if (response.status == 206) {
        if (first_byte(response) == m_part.size()) {
            return true;
        }
        m_failure = Error{ErrorCode::bad_output, fmt::format("{} sent another part of the file than was asked for", response.url.host), "Try again later", {}};
        return false;
    }
    if (m_part.size() == 0) {
        return true;
    }
    LOG("{} knows no ranges: from the beginning", response.url.host);
    if (auto cleared = m_part.clear(); !cleared) {
        m_failure = std::move(cleared.error());
        return false;
    }
    return true;
}

bool Download::take(const net::HttpResponse& response, std::string_view bytes) {
    if (!m_begun && !begin(response)) {
        return false;
    }
    if (m_part.size() + bytes.size() > m_request.remote.size) {
        m_failure = Error{ErrorCode::checksum,
                          fmt::format("{} sends more than the {} bytes that the file should have", response.url.host, m_request.remote.size),
                          "Try again later; if it stays, do not trust that server", {}};
        return false;
    }
    if (auto written = m_part.append(bytes); !written) {
        m_failure = std::move(written.error());
        return false;
    }
    const auto now = Clock::now();
    if (now - m_slow_since > m_hub.options().patience) {
        const double time = std::chrono::duration<double>(now - m_slow_since).count();
        const bool slow = m_slow_since != Clock::time_point{} && static_cast<double>(m_part.size() - m_slow_from) / time < k_slowest;
        m_slow_since = now;
        m_slow_from = m_part.size();
        if (slow) {
            m_failure = Error{ErrorCode::timeout, fmt::format("{} sends next to nothing", response.url.host), "Try again later", {}};
            return false;
        }
    }
    tell();
    if (is_held_back(response, now)) {
        m_widen = true;
        return false;
    }
    return true;
}

// Whether this connection has shown that it is slow, of a server that could serve several.
bool Download::is_held_back(const net::HttpResponse& response, Clock::time_point now) {
    const auto time = now - m_attempt_since;
    if (m_tried_several || time < k_look_after || m_request.remote.size - m_part.size() < k_worth_it) {
        return false;
    }
    const double rate = static_cast<double>(m_part.size() - m_attempt_from) / std::chrono::duration<double>(time).count();
    if (rate >= k_fast_enough || (response.status != 206 && response.header("accept-ranges") != "bytes")) {
        m_tried_several = true;
        return false;
    }
    m_rate_of_one = rate;
    return true;
}

// Goes on with several connections. Ends when all is there, when that is no quicker, or when something fails; what came is
// kept, and one connection does the rest, with all its patience.
Result<> Download::several() {
    m_tried_several = true;
    LOG("one connection brings {}/s: trying {}", mega(static_cast<std::uint64_t>(m_rate_of_one)), k_connections);
    const auto since = Clock::now();
    const std::uint64_t from = m_part.size();
    bool judged = false;
    const auto quick_enough = [&](std::uint64_t ahead) {
        tell({}, ahead);
        const auto time = Clock::now() - since;
        if (judged || time < 2 * k_look_after) {
            return true;
        }
        judged = true;
        const double rate = static_cast<double>(m_part.size() + ahead - from) / std::chrono::duration<double>(time).count();
        LOG("{} connections bring {}/s", k_connections, mega(static_cast<std::uint64_t>(rate)));
        return rate >= k_gain * m_rate_of_one;
    };
    // About a second's worth: large enough that asking is a small part of the time, small enough to be lost.
    const RangePlan plan{from, k_connections, std::clamp(static_cast<std::uint64_t>(m_rate_of_one), k_smallest_piece, k_largest_piece)};
    const auto fetched = fetch_ranges(m_hub, m_request.remote, plan, [this](std::string_view bytes) { return m_part.append(bytes); },
                                      quick_enough, m_cancel);
    if (!fetched && (fetched.error().code == ErrorCode::io || m_cancel.should_stop())) {
        return fetched;
    }
    LOG("{}", fetched ? "several connections are done" : "one connection again: " + fetched.error().message);
    return {};
}

Result<> Download::attempt() {
    m_begun = false;
    m_failure.reset();
    m_slow_since = Clock::now();
    m_slow_from = m_part.size();
    m_attempt_since = m_slow_since;
    m_attempt_from = m_part.size();
    m_widen = false;
    const auto response = m_hub.fetch(
        m_request.remote, m_part.size(),
        [this](const net::HttpResponse& head, std::string_view bytes) { return take(head, bytes); }, m_cancel);
    if (m_failure) {
        return fail(std::move(*m_failure));
    }
    if (!response) {
        return fail(response.error());
    }
    if (m_widen) {
        return {};
    }
    if (response->status == 416) {
        TRY(m_part.clear());
    }
    if (m_part.size() != m_request.remote.size) {
        return fail(ErrorCode::network, fmt::format("the connection ended after {} of {}", mega(m_part.size()), mega(m_request.remote.size)),
                    "Give the same command again: it goes on where it stopped");
    }
    return {};
}

Result<> Download::attempts() {
    int in_vain = 0;
    while (m_part.size() < m_request.remote.size) {
        const std::uint64_t before = m_part.size();
        auto done = attempt();
        if (done && m_widen) {
            done = several();
        }
        if (done) {
            continue;
        }
        Error& error = done.error();
        if (m_cancel.should_stop()) {
            return fail(ErrorCode::cancelled, "interrupted", "Give the same command again: it goes on where it stopped");
        }
        in_vain = m_part.size() > before ? 0 : in_vain + 1;
        if (!may_pass(error) || in_vain >= k_attempts) {
            return done;
        }
        milliseconds wait(250 << std::min(in_vain, 5));
        for (const auto& entry : error.trail) {
            if (entry.rfind("retry-after ", 0) == 0) {
                wait = std::max(wait, milliseconds(std::min(60'000L, std::atol(entry.c_str() + 12))));
            }
        }
        tell(fmt::format("{}; trying again in {:.1f} s", error.message, static_cast<double>(wait.count()) / 1000));
        TRY(pause(wait, m_cancel));
    }
    return {};
}

Result<std::string> Download::run() {
    if (m_part.size() > m_request.remote.size) {
        TRY(m_part.clear());
    }
    tell();
    auto done = attempts();
    if (!done) {
        if (done.error().code == ErrorCode::checksum || m_part.size() == 0) {
            m_part.discard();
        }
        return fail(std::move(done.error()));
    }
    tell();
    return m_part.hash();
}

// Waits for the lock on the target; tells that it waits.
Result<FileLock> take_turn(const fs::path& lock_path, const DownloadRequest& request, const ProgressSink& progress,
                           const CancelToken& cancel) {
    for (;;) {
        auto lock = FileLock::try_acquire(lock_path);
        if (lock || lock.error().code != ErrorCode::unavailable) {
            return lock;
        }
        if (progress) {
            progress({0, request.remote.size, 0, true, ""});
        }
        TRY(pause(milliseconds(200), cancel));
    }
}

Result<> check_space(const fs::path& folder, std::uint64_t needed) {
    const auto space = free_space(folder);
    if (space && *space < needed + std::min(k_spare, needed / 10)) {
        return fail(ErrorCode::io, fmt::format("{} has {} left, but the model needs {} more", folder.string(), mega(*space), mega(needed)),
                    "Free some space, or put the cache elsewhere with XDG_CACHE_HOME");
    }
    return {};
}

// What the bytes must hash to, and where that is known from.
Result<std::string> promised_hash(const DownloadRequest& request) {
    if (!request.sha256.empty() && !request.remote.sha256.empty() && request.sha256 != request.remote.sha256) {
        return fail(ErrorCode::checksum,
                    fmt::format("the hub offers another {} than the one that was pinned ({} instead of {})", request.remote.file,
                                request.remote.sha256.substr(0, 12), request.sha256.substr(0, 12)),
                    "It may have been replaced: give the commit of the old one as revision, or look at the repository");
    }
    return request.sha256.empty() ? request.remote.sha256 : request.sha256;
}

// In the manifest; that it cannot be written is no obstacle.
void note(const Cache& cache, const DownloadRequest& request, const fs::path& target, const std::string& sha256) {
    const auto facts = facts_of(target);
    ManifestEntry entry;
    entry.file = target.filename().string();
    entry.name = request.name;
    entry.repo = request.remote.repo;
    entry.revision = request.remote.revision;
    entry.source = "hub";
    entry.licence = request.licence;
    entry.size = request.remote.size;
    entry.sha256 = sha256;
    entry.downloaded = std::time(nullptr);
    entry.modified_ns = facts ? facts->modified_ns : 0;
    if (const auto noted = cache.add(std::move(entry)); !noted) {
        LOG("the model is there, but not noted: {}", noted.error().message);
    }
}

// Two repositories may use one name, and an import may have it.
bool is_anothers(const Cache& cache, const DownloadRequest& request, const std::string& name) {
    const Manifest manifest = Manifest::load(cache.root());
    const ManifestEntry* same = manifest.find(name);
    return same != nullptr && (same->source == "import" || (!same->repo.empty() && same->repo != request.remote.repo));
}

// Whether the file need not be fetched. One of the right size whose bytes nobody has noted, or that changed, is read.
Result<bool> is_there(const Cache& cache, const DownloadRequest& request, const fs::path& target, const std::string& promised,
                      const CancelToken& cancel) {
    const auto facts = facts_of(target);
    if (!facts || facts->size != request.remote.size) {
        return false;
    }
    const Manifest manifest = Manifest::load(cache.root());
    const ManifestEntry* known = manifest.find(target.filename().string());
    const bool noted = known != nullptr && !known->sha256.empty() && known->modified_ns == facts->modified_ns;
    if (promised.empty() || (noted && request.folder.empty())) {
        return true;
    }
    TRY_ASSIGN(const std::string hash, sha256_file(target, cancel));
    if (hash == promised && request.folder.empty()) {
        note(cache, request, target, hash);
    }
    return hash == promised;
}

// A model must be one; other files are looked at by whoever reads them.
Result<> check_kind(const DownloadRequest& request, const fs::path& file) {
    if (!request.folder.empty()) {
        return {};
    }
    const auto header = read_gguf_header(file);
    return header ? Result<>() : Result<>(fail(header.error()));
}

}  // namespace

Result<fs::path> download(const Hub& hub, const Cache& cache, const DownloadRequest& request, const ProgressSink& progress,
                          const CancelToken& cancel) {
    const fs::path folder = request.folder.empty() ? cache.models_dir() : request.folder;
    TRY_ASSIGN(const std::string promised, promised_hash(request));
    std::string name = request.remote.file.substr(request.remote.file.rfind('/') + 1);
    TRY_ASSIGN(FileLock turn, take_turn(folder / ("." + name + ".lock"), request, progress, cancel));
    // Whose file lies there is looked at by the one whose turn it is: somebody may have brought it meanwhile.
    if (request.folder.empty() && is_anothers(cache, request, name)) {
        name = own_name(request.remote.repo, name);
        TRY_ASSIGN(turn, take_turn(folder / ("." + name + ".lock"), request, progress, cancel));
    }
    const fs::path target = folder / name;
    TRY_ASSIGN(const bool there, is_there(cache, request, target, promised, cancel));
    if (there) {
        return target;
    }
    const std::string key = promised.empty() ? sha256_hex(request.remote.etag + request.remote.revision) : promised;
    const fs::path part_path = folder / fmt::format("{}.{}.part", name, key.substr(0, 12));
    const auto begun = facts_of(part_path);
    TRY(check_space(folder, request.remote.size - std::min(begun ? begun->size : 0, request.remote.size)));
    TRY_ASSIGN(PartFile part, PartFile::open(part_path));
    TRY(part.read_what_is_there(cancel));
    Download run(hub, request, progress, cancel, std::move(part));
    TRY_ASSIGN(const std::string hash, run.run());
    if (!promised.empty() && hash != promised) {
        run.part().discard();
        return fail(ErrorCode::checksum, fmt::format("the bytes of {} are not those that were promised; they are thrown away", name),
                    "Try again; if it stays, the file was changed on its way or on the hub");
    }
    if (auto header = check_kind(request, part_path); !header) {
        run.part().discard();
        header.error().message = fmt::format("{} is no model that can be used: {}", request.remote.file, header.error().message);
        return fail(std::move(header.error()));
    }
    TRY(run.part().finish(target));
    if (request.folder.empty()) {
        note(cache, request, target, hash);
    }
    return target;
}

}  // namespace caro::models
