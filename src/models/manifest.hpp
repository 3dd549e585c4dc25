// What caro's cache knows about its model files: manifest.json, one object with a list of models.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "util/result.hpp"

namespace caro::models {

// One model file of the cache.
struct ManifestEntry {
    std::string file;      // name in the models folder; the key
    std::string name;      // of the catalogue, or what the user called it; may be ""
    std::string repo;      // "owner/repo" on the hub; "" if it does not come from there
    std::string revision;  // commit it was taken from; of an import checkpoint_stamp() of its folder
    std::string source;    // "hub", "import", "file" (was found lying there)
    std::string licence;
    std::uint64_t size = 0;
    std::string sha256;              // "" = not known yet
    std::int64_t downloaded = 0;     // seconds since 1970
    std::int64_t last_used = 0;      // seconds since 1970; for people
    std::uint64_t use = 0;           // counts up with each use; decides what was used least recently
    std::int64_t modified_ns = 0;    // of the file when its hash was taken
};

// Name in the models folder of a repository's file where another repository's file has its plain name already:
// "owner--name--file.gguf".
std::string own_name(std::string_view repo, std::string_view file);

// The entry's file as its repository calls it, without folders.
std::string repository_name(const ManifestEntry& entry);

// Not safe from several threads. Other processes are kept out by the lock of whoever changes it (see Cache).
class Manifest {
  public:
    // Reads manifest.json in `dir`. A file that is missing or damaged gives an empty manifest with damaged() set for the
    // latter; entries whose file is gone are dropped.
    static Manifest load(const std::filesystem::path& dir);

    // The same for the text of a manifest.json that lies in `dir`.
    static Manifest parse(const std::filesystem::path& dir, std::string_view text);

    // Replaces the file atomically. ErrorCode::io.
    Result<> save() const;

    // What save() writes.
    std::string text() const;

    bool damaged() const noexcept { return m_damaged; }
    std::vector<ManifestEntry>& entries() noexcept { return m_entries; }
    const std::vector<ManifestEntry>& entries() const noexcept { return m_entries; }

    // Entry of a file name; nullptr if there is none.
    ManifestEntry* find(std::string_view file) noexcept;
    const ManifestEntry* find(std::string_view file) const noexcept;

    // Adds the entry, or replaces the one of the same file.
    ManifestEntry& put(ManifestEntry entry);

    // Notes a use now: the count is above all others whatever the clock says.
    void touch(ManifestEntry& entry) const;

    // The hash that the model of this catalogue name had when it was first downloaded, also after it was removed; "" if it
    // never was.
    std::string pin(std::string_view name) const;

    // Keeps the first hash of a name.
    void set_pin(const std::string& name, const std::string& sha256);

    // Highest count of uses.
    std::uint64_t latest_use() const noexcept;

  private:
    std::filesystem::path m_path;
    std::vector<ManifestEntry> m_entries;
    std::map<std::string, std::string, std::less<>> m_pins;  // by name
    std::string m_rest;  // keys of the file that this version does not know, as JSON
    bool m_damaged = false;
};

}  // namespace caro::models
