// caro's own folder of models: $XDG_CACHE_HOME/caro with models/, manifest.json and state/. Any number of processes may use it
// at once: what changes it holds a lock, and every file appears whole or not at all.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "models/manifest.hpp"
#include "util/cancel.hpp"
#include "util/file.hpp"
#include "util/result.hpp"

namespace caro::models {

// A model file and what is known about it.
struct CachedModel {
    ManifestEntry entry;
    std::filesystem::path path;
    bool in_use = false;   // a running caro holds it
    bool changed = false;  // size or time differ from when its hash was taken
};

// A download that was not finished.
struct PartialFile {
    std::filesystem::path path;
    std::uint64_t size = 0;
};

struct VerifyReport {
    enum class State : std::uint8_t {
        good,     // the bytes are what they were promised to be
        noted,    // nothing was promised; the hash has been noted for the next time
        wrong,    // other bytes
        damaged,  // no GGUF file
    };
    State state = State::good;
    std::string expected;  // SHA-256 or ""
    std::string actual;
};

struct PruneReport {
    std::vector<std::string> removed;  // file names
    std::vector<std::string> in_use;   // would have been removed, but a running caro holds them
    std::uint64_t freed = 0;           // bytes
    std::uint64_t kept = 0;            // bytes of models that are left
};

// 0 … 1 of a long step.
using FractionSink = std::function<void(double)>;

class Cache {
  public:
    explicit Cache(std::filesystem::path root) : m_root(std::move(root)) {}

    // The user's cache. ErrorCode::io if there is no home folder to put it in. Nothing is created.
    static Result<Cache> of_user();

    const std::filesystem::path& root() const noexcept { return m_root; }
    std::filesystem::path models_dir() const { return m_root / "models"; }

    // All models, last used first; files that the manifest lacks are listed too (source "file"). Works on a cache that
    // cannot be written.
    std::vector<CachedModel> list() const;

    // The model with this file name, catalogue name or "owner/repo".
    std::optional<CachedModel> find(std::string_view name) const;

    std::vector<PartialFile> partial() const;

    // Notes that a file of this cache is being used. Cheap, and never an error: a cache that is busy or cannot be written is
    // left as it is.
    void touch(const std::filesystem::path& file) const noexcept;

    // The hash a catalogue model was first downloaded with, which a later download must have; "" if it never was.
    std::string pinned(std::string_view name) const;

    // Looks whether a model file is sound before the engine gets it. Always: its size, time and first bytes. Where these are not
    // as noted, or nothing is: its whole header. Where a file of this cache that was downloaded or made here has changed: all of
    // it, which must have the hash it had (`promised`, where that is not "", else the noted one). `file` may lie anywhere.
    // ErrorCode::bad_model, io, cancelled.
    Result<> check(const std::filesystem::path& file, std::string_view promised, const CancelToken& cancel) const;

    // Adds or replaces an entry; one from the hub with a catalogue name pins that name's hash. ErrorCode::io.
    Result<> add(ManifestEntry entry) const;

    // Removes a model with what was kept for it. ErrorCode::unavailable if a running caro holds it, not_found.
    Result<> remove(std::string_view file) const;

    // Removes models until at most `limit` bytes are left, least recently used first, but never one that is in use and
    // never the last one. With `partial_too`, unfinished downloads that nobody works on go first.
    Result<PruneReport> prune(std::uint64_t limit, bool partial_too) const;

    // Reads all of a model and compares its hash with the manifest's (or with `promised`, where that is not ""); notes
    // the outcome. ErrorCode::io, cancelled.
    Result<VerifyReport> verify(const CachedModel& model, std::string_view promised, const FractionSink& progress,
                                const CancelToken& cancel) const;

    // Makes the manifest anew from the files that are there, keeping what is known about them. Number of models.
    Result<std::size_t> rebuild() const;

    // Held while the manifest is changed.
    Result<FileLock> lock() const;

  private:
    Result<> check_bytes(const ManifestEntry& known, std::string_view promised, const CancelToken& cancel) const;
    Result<> remove_locked(std::string_view file) const;

    std::filesystem::path m_root;
};

// Marks a model file as in use until destruction, so that no other process removes it. Does nothing for a file that cannot
// be opened.
class ModelInUse {
  public:
    explicit ModelInUse(const std::filesystem::path& file);
    ~ModelInUse();
    ModelInUse(ModelInUse&& other) noexcept : m_fd(other.m_fd) { other.m_fd = -1; }
    ModelInUse(const ModelInUse&) = delete;
    ModelInUse& operator=(const ModelInUse&) = delete;
    ModelInUse& operator=(ModelInUse&&) = delete;

  private:
    int m_fd = -1;
};

}  // namespace caro::models
