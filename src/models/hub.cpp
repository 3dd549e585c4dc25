#include "models/hub.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cctype>
#include <thread>

#include <fmt/core.h>

#include "models/hub_json.hpp"
#include "util/env.hpp"
#include "util/file.hpp"
#include "util/log.hpp"
#include "util/strings.hpp"
#include "util/utf8.hpp"

namespace caro::models {

namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr std::string_view k_hub = "https://huggingface.co";
constexpr int k_most_redirects = 5;

bool is_true(const std::optional<std::string>& value) {
    const std::string text = to_lower(value.value_or(""));
    return text == "1" || text == "true" || text == "yes" || text == "on";
}

// The token that the hub's own tools keep.
std::string stored_token() {
    std::vector<std::filesystem::path> places;
    if (const auto file = get_env_nonempty("HF_TOKEN_PATH")) {
        places.emplace_back(*file);
    }
    if (const auto home = hub_home()) {
        places.push_back(*home / "token");
    }
    for (const auto& place : places) {
        if (const auto text = read_file(place, 4096)) {
            return std::string(trim(*text));
        }
    }
    return "";
}

// A path for an address: everything but letters, digits and a few marks as %XX.
std::string escaped(std::string_view text) {
    std::string out;
    for (const char c : text) {
        const bool plain = std::isalnum(static_cast<unsigned char>(c)) != 0 || std::string_view("-._~/").find(c) != std::string_view::npos;
        out += plain ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
    return out;
}

std::uint64_t number(std::string_view text) {
    std::uint64_t value = 0;
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value;
}

// W/"abc" → abc
std::string plain_etag(std::string_view text) {
    if (text.substr(0, 2) == "W/") {
        text.remove_prefix(2);
    }
    while (!text.empty() && text.front() == '"') {
        text.remove_prefix(1);
    }
    while (!text.empty() && text.back() == '"') {
        text.remove_suffix(1);
    }
    return std::string(text);
}

bool is_sha256(std::string_view text) {
    return text.size() == 64 && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

bool is_redirect(int status) { return status == 301 || status == 302 || status == 303 || status == 307 || status == 308; }

// What the hub cannot answer at the moment it is asked again, after growing pauses. Its other answers are its answers.
Result<net::HttpResponse> send_patiently(const net::HttpOptions& options, const net::HttpRequest& ask, const CancelToken& cancel) {
    constexpr milliseconds k_first_pause{250};
    constexpr int k_attempts = 3;
    milliseconds pause = k_first_pause;
    for (int attempt = 1;; ++attempt) {
        auto response = net::HttpClient(options).send(ask, {}, cancel);
        const bool passing = response && (response->status == 500 || response->status == 502 || response->status == 503 || response->status == 504);
        if (!passing || attempt == k_attempts) {
            return response;
        }
        LOG("{} answered {}: once more", ask.url.host, response->status);
        for (const auto until = std::chrono::steady_clock::now() + pause; std::chrono::steady_clock::now() < until && !cancel.should_stop();) {
            std::this_thread::sleep_for(milliseconds(20));
        }
        pause *= 3;
    }
}

// Over the network bytes come encrypted; on this machine, where test hubs and mirrors run, they need not.
bool is_private(const net::Url& url) { return url.tls() || net::is_loopback(url.host); }

// Aims the request at where the answer points to. The token stays with its origin, and nothing leaves this machine unencrypted.
Result<> follow(net::HttpRequest& ask, const net::HttpResponse& answer) {
    TRY_ASSIGN(const net::Url next, net::resolve(ask.url, answer.header("location")));
    if ((ask.url.tls() && !next.tls()) || !is_private(next)) {
        return fail(ErrorCode::network, fmt::format("{} redirects to an unencrypted address", ask.url.origin()), "Try again later; if it stays, do not trust that server");
    }
    ask.bearer = next.origin() == ask.url.origin() ? ask.bearer : "";
    ask.url = next;
    return {};
}

Error bad_answer(const net::Url& url) {
    return {ErrorCode::bad_output, fmt::format("{} did not answer as the hub does", url.origin()),
            "Check HF_ENDPOINT, or try again later", {}};
}

}  // namespace

std::optional<std::filesystem::path> hub_home() {
    if (const auto home = get_env_nonempty("HF_HOME")) {
        return std::filesystem::path(*home);
    }
    if (const auto cache = get_env_nonempty("XDG_CACHE_HOME")) {
        return std::filesystem::path(*cache) / "huggingface";
    }
    const auto home = home_dir();
    return home ? std::optional(*home / ".cache" / "huggingface") : std::nullopt;
}

Result<HubOptions> HubOptions::from_environment(const std::string& ca_file) {
    HubOptions options;
    const auto endpoint = get_env_nonempty("HF_ENDPOINT");
    auto where = net::parse_endpoint(endpoint.value_or(std::string(k_hub)), false);
    if (!where) {
        return fail(ErrorCode::config, "HF_ENDPOINT: " + where.error().message, where.error().hint);
    }
    options.endpoint = where->url;
    options.token = get_env_nonempty("HF_TOKEN").value_or("");
    if (options.token.empty()) {
        options.token = get_env_nonempty("HUGGING_FACE_HUB_TOKEN").value_or("");
    }
    if (options.token.empty()) {
        options.token = stored_token();
    }
    if (options.token.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.") != std::string::npos) {
        return fail(ErrorCode::config, "the hub's token holds characters that no token has", "Check HF_TOKEN");
    }
    options.offline = is_true(get_env("HF_HUB_OFFLINE"));
    options.http.ca_file = ca_file;
    return options;
}

Error hub_error(const net::HttpResponse& response, std::string_view what, bool had_token) {
    const std::string where = response.url.host;
    switch (response.status) {
        case 401:
            return {ErrorCode::unauthorized,
                    had_token ? fmt::format("{} does not accept the token for {}", where, what)
                              : fmt::format("{} wants a token for {}, or there is no such repository", where, what),
                    had_token ? "Make a new token on the hub and put it into HF_TOKEN" : "Check the name; for a private or gated model put a token into HF_TOKEN", {}};
        case 403:
            return {ErrorCode::forbidden, fmt::format("{} does not let you have {}", where, what),
                    "It may be gated: accept its terms on its page on the hub, and put your token into HF_TOKEN", {}};
        case 404:
            return {ErrorCode::not_found, fmt::format("{} has no {}", where, what),
                    "Check the names of repository, file and revision: caro models search WORDS", {}};
        case 408:
        case 429:
            return {ErrorCode::rate_limited, fmt::format("{} is asked too often", where), "Try again in some minutes, or with a token in HF_TOKEN", {}};
        default:
            return {ErrorCode::network, fmt::format("{} answered {} for {}", where, response.status, what),
                    response.status >= 500 ? "The hub has a problem of its own: try again later" : "Check HF_ENDPOINT", {}};
    }
}

net::HttpRequest Hub::request(std::string_view path) const {
    net::HttpRequest request;
    request.url = m_options.endpoint.with_path(path);
    request.bearer = m_options.token;
    request.headers = {{"User-Agent", "caro"}, {"Accept-Encoding", "identity"}};
    request.connect_timeout = seconds(10);
    request.first_byte_timeout = seconds(30);
    request.total_timeout = seconds(60);
    return request;
}

Result<net::HttpResponse> Hub::get(std::string_view path, const CancelToken& cancel) const {
    if (m_options.offline) {
        return fail(ErrorCode::unavailable, "HF_HUB_OFFLINE is set, so the hub is not asked", "Unset it to go on-line");
    }
    return send_patiently(m_options.http, request(path), cancel);
}

Result<RemoteFile> Hub::resolve(std::string_view repo, std::string_view revision, std::string_view file,
                                const CancelToken& cancel) const {
    if (m_options.offline) {
        return fail(ErrorCode::unavailable, "HF_HUB_OFFLINE is set, so the hub is not asked", "Unset it to go on-line");
    }
    RemoteFile remote{std::string(repo), std::string(revision), std::string(file), 0, "", ""};
    auto ask = request(fmt::format("/{}/resolve/{}/{}", escaped(repo), escaped(revision), escaped(file)));
    ask.method = "HEAD";
    ask.redirects = net::Redirects::returned;
    for (int redirects = 0; redirects <= k_most_redirects; ++redirects) {
        TRY_ASSIGN(const net::HttpResponse response, send_patiently(m_options.http, ask, cancel));
        const bool redirect = is_redirect(response.status);
        if (!redirect && !response.ok()) {
            return fail(hub_error(response, fmt::format("{}/{}", repo, file), !m_options.token.empty()));
        }
        // The facts stand in the hub's own answer; the storage it points to knows less.
        const auto header = [&](std::string_view name) { return std::string(response.header(name)); };
        remote.revision = is_commit(header("x-repo-commit")) ? header("x-repo-commit") : remote.revision;
        const std::string linked = plain_etag(header("x-linked-etag"));
        if (!linked.empty() || (!redirect && remote.etag.empty())) {
            remote.etag = linked.empty() ? plain_etag(header("etag")) : linked;
            remote.sha256 = is_sha256(remote.etag) ? remote.etag : "";
        }
        if (!header("x-linked-size").empty()) {
            remote.size = number(header("x-linked-size"));
        } else if (!redirect && remote.size == 0) {
            remote.size = number(header("content-length"));
        }
        if (!redirect || (remote.size > 0 && !remote.etag.empty())) {
            break;
        }
        TRY(follow(ask, response));
    }
    if (remote.size == 0 || remote.size > k_largest_remote_file) {
        return fail(bad_answer(m_options.endpoint));
    }
    LOG("hub: {}/{} at {}: {} bytes, hash {}", remote.repo, remote.file, remote.revision, remote.size,
        remote.sha256.empty() ? "not told" : remote.sha256);
    return remote;
}

Result<Repository> Hub::list(std::string_view repo, std::string_view revision, const CancelToken& cancel) const {
    TRY_ASSIGN(const net::HttpResponse response,
               get(fmt::format("/api/models/{}/revision/{}?blobs=true", escaped(repo), escaped(revision)), cancel));
    if (!response.ok()) {
        return fail(hub_error(response, fmt::format("repository {}", repo), !m_options.token.empty()));
    }
    auto listing = parse_repository(response.body, repo, revision);
    return listing ? Result<Repository>(std::move(*listing)) : Result<Repository>(fail(bad_answer(m_options.endpoint)));
}

Result<std::vector<SearchHit>> Hub::search(std::string_view words, std::size_t limit, const CancelToken& cancel) const {
    TRY_ASSIGN(const net::HttpResponse response,
               get(fmt::format("/api/models?search={}&filter=gguf&sort=downloads&direction=-1&limit={}", replace_all(escaped(words), "/", "%2F"), limit),
                   cancel));
    if (!response.ok()) {
        return fail(hub_error(response, "search", !m_options.token.empty()));
    }
    auto hits = parse_search(response.body, limit);
    return hits ? Result<std::vector<SearchHit>>(std::move(*hits)) : Result<std::vector<SearchHit>>(fail(bad_answer(m_options.endpoint)));
}

Result<net::HttpResponse> Hub::fetch(const RemoteFile& file, std::uint64_t offset, const net::BodySink& sink,
                                     const CancelToken& cancel, std::uint64_t length) const {
    if (m_options.offline) {
        return fail(ErrorCode::unavailable, "HF_HUB_OFFLINE is set, so the hub is not asked", "Unset it to go on-line");
    }
    auto ask = request(fmt::format("/{}/resolve/{}/{}", escaped(file.repo), escaped(file.revision), escaped(file.file)));
    ask.redirects = net::Redirects::returned;
    ask.total_timeout = std::chrono::hours(48);
    ask.idle_timeout = m_options.silence;
    ask.max_body = SIZE_MAX;
    if (length > 0) {
        ask.headers.emplace_back("Range", fmt::format("bytes={}-{}", offset, offset + length - 1));
    } else if (offset > 0) {
        ask.headers.emplace_back("Range", fmt::format("bytes={}-", offset));
    }
    net::HttpResponse response;
    for (int redirects = 0;; ++redirects) {
        TRY_ASSIGN(response, net::HttpClient(m_options.http).send(ask, sink, cancel));
        if (!is_redirect(response.status)) {
            break;
        }
        if (redirects == k_most_redirects) {
            return fail(ErrorCode::network, fmt::format("{} redirects in a circle", m_options.endpoint.origin()));
        }
        TRY(follow(ask, response));
    }
    if (!response.ok() && response.status != 416) {
        Error error = hub_error(response, fmt::format("{}/{}", file.repo, file.file), !m_options.token.empty());
        if (const auto after = response.retry_after()) {
            error.trail.push_back(fmt::format("retry-after {}", after->count()));
        }
        return fail(std::move(error));
    }
    return response;
}

}  // namespace caro::models
