// The Hugging Face hub: where a file of a repository is, how large it is and what its hash should be.
// Protocol: the hub's HTTP API, https://huggingface.co/docs/hub/api, and the headers that its own client library reads from
// `/{repo}/resolve/{revision}/{file}`: X-Repo-Commit, X-Linked-Size, X-Linked-ETag (SHA-256 of large files), ETag.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "net/http_client.hpp"
#include "util/cancel.hpp"
#include "util/result.hpp"

namespace caro::models {

// More than this is a mistake or a lie, and sums of sizes stay far from the ends of a number.
inline constexpr std::uint64_t k_largest_remote_file = std::uint64_t{1} << 44U;  // bytes

struct HubOptions {
    net::Url endpoint;       // https://huggingface.co, or $HF_ENDPOINT
    std::string token;       // "" = none; sent to the endpoint only
    bool offline = false;    // $HF_HUB_OFFLINE
    net::HttpOptions http;
    std::chrono::milliseconds silence{30'000};   // longest pause between bytes of a file
    std::chrono::milliseconds patience{60'000};  // how long next to nothing may come

    // From HF_ENDPOINT, HF_TOKEN (or the file `token` in $HF_HOME, ~/.cache/huggingface), HF_HUB_OFFLINE. Plain http is
    // for this machine only. `ca_file`: certificate authorities besides the system's. ErrorCode::config.
    static Result<HubOptions> from_environment(const std::string& ca_file);
};

// Where the hub's own tools keep their things: $HF_HOME, else huggingface in $XDG_CACHE_HOME or ~/.cache, on every system.
std::optional<std::filesystem::path> hub_home();

// One file of a repository, as it is at one commit.
struct RemoteFile {
    std::string repo;
    std::string revision;  // commit
    std::string file;      // path in the repository
    std::uint64_t size = 0;
    std::string sha256;  // "" if the hub does not tell
    std::string etag;    // without quotes
};

// A file in a listing.
struct RepositoryFile {
    std::string file;
    std::uint64_t size = 0;
    std::string sha256;
};

struct Repository {
    std::string repo;
    std::string revision;  // commit
    std::string licence;   // "apache-2.0"; "" if not told
    bool gated = false;
    std::vector<RepositoryFile> files;
};

struct SearchHit {
    std::string repo;
    std::uint64_t downloads = 0;
    std::uint64_t likes = 0;
    std::string licence;
    bool gated = false;
};

// Stateless; every call is one or a few exchanges and returns soon after `cancel` says stop. Errors: unavailable (offline),
// not_found (404), unauthorized (401), forbidden (403: gated), rate_limited (429), network, timeout, bad_output, cancelled.
class Hub {
  public:
    explicit Hub(HubOptions options) : m_options(std::move(options)) {}

    const HubOptions& options() const noexcept { return m_options; }

    // Size, hash and commit of a file.
    Result<RemoteFile> resolve(std::string_view repo, std::string_view revision, std::string_view file,
                               const CancelToken& cancel) const;

    // All files of a repository.
    Result<Repository> list(std::string_view repo, std::string_view revision, const CancelToken& cancel) const;

    // GGUF repositories that match the words, most downloaded first.
    Result<std::vector<SearchHit>> search(std::string_view words, std::size_t limit, const CancelToken& cancel) const;

    // Bytes of the file from `offset` on, through the redirects to the hub's storage, which never sees the token.
    // The response's status is 206 if the server starts there, 200 if it starts at the beginning. Errors as above; an answer
    // of 416 is returned, not an error. `length`: so many bytes only; 0 = to the end.
    Result<net::HttpResponse> fetch(const RemoteFile& file, std::uint64_t offset, const net::BodySink& sink,
                                    const CancelToken& cancel, std::uint64_t length = 0) const;

  private:
    Result<net::HttpResponse> get(std::string_view path, const CancelToken& cancel) const;
    net::HttpRequest request(std::string_view path) const;

    HubOptions m_options;
};

// The error that a status of the hub means; `what` names what was asked for ("Qwen/Qwen2.5… on the hub").
Error hub_error(const net::HttpResponse& response, std::string_view what, bool had_token);

}  // namespace caro::models
