// Bringing a file of the hub into the cache: resumable, checked, and there whole or not at all.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>

#include "models/cache.hpp"
#include "models/hub.hpp"
#include "util/cancel.hpp"
#include "util/result.hpp"

namespace caro::models {

struct Progress {
    std::uint64_t done = 0;       // bytes
    std::uint64_t total = 0;      // bytes
    double bytes_per_s = 0;       // over the last seconds; 0 = not known yet
    bool waiting = false;         // another process is downloading the same file
    std::string note;             // something to tell in a line of its own, such as a new attempt; usually ""
};

// Called from the thread that downloads, several times a second at most.
using ProgressSink = std::function<void(const Progress&)>;

struct DownloadRequest {
    RemoteFile remote;
    std::string name;      // for the manifest
    std::string licence;
    std::string sha256;    // pinned by the catalogue or an earlier download; "" = the hub's, or noted as it comes
    std::filesystem::path folder;  // not "": any kind of file, which goes there and is not noted as a model
};

// Downloads into `cache` unless the file is there, and returns its path. Continues an unfinished download of the same bytes,
// tries again after lost connections and busy servers (with growing pauses), and lets one process work while others wait.
// Errors: those of Hub; io (full disk: the part stays and is continued next time), checksum (other bytes than promised: they
// are thrown away), bad_model (no GGUF file), cancelled (the part stays).
Result<std::filesystem::path> download(const Hub& hub, const Cache& cache, const DownloadRequest& request,
                                       const ProgressSink& progress, const CancelToken& cancel);

}  // namespace caro::models
