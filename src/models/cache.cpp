#include "models/cache.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <fstream>

#include <fmt/core.h>

#include "models/file_facts.hpp"
#include "models/gguf_header.hpp"
#include "util/env.hpp"
#include "util/log.hpp"
#include "util/sha256.hpp"
#include "util/strings.hpp"

namespace caro::models {

namespace {

namespace fs = std::filesystem;

constexpr std::int64_t k_touch_every = 60;  // seconds; a use shortly after another is not worth a write

bool ends_with(std::string_view text, std::string_view end) {
    return text.size() >= end.size() && text.substr(text.size() - end.size()) == end;
}

std::vector<std::string> gguf_files(const fs::path& dir) {
    std::vector<std::string> names;
    std::error_code error;
    for (const auto& item : fs::directory_iterator(dir, error)) {
        const std::string name = item.path().filename().string();
        std::error_code ignored;
        if (ends_with(name, ".gguf") && item.is_regular_file(ignored)) {
            names.push_back(name);
        }
    }
    return names;
}

// Full weights that are about to be quantised lie beside the unfinished file that they are for.
constexpr std::string_view k_full_weights = ".part.full";

// The file whose holder works on this unfinished one.
fs::path worked_on(const fs::path& part) {
    return ends_with(part.string(), k_full_weights) ? part.parent_path() / part.stem() : part;
}

// What can be told about a file that the manifest does not know.
ManifestEntry entry_for(const fs::path& file) {
    ManifestEntry entry;
    entry.file = file.filename().string();
    entry.source = "file";
    const auto facts = facts_of(file);
    entry.size = facts ? facts->size : 0;
    return entry;
}

// The prompt states and vocabulary tables that were made for a model file.
void remove_states(const fs::path& state_dir, const std::string& file) {
    const std::string stem = fs::path(file).stem().string() + "-";
    std::error_code error;
    std::vector<fs::path> mine;
    for (const auto& item : fs::directory_iterator(state_dir, error)) {
        const std::string name = item.path().filename().string();
        // <model>-<12 hexadecimal digits>.<kind>
        const std::string_view rest = std::string_view(name).substr(std::min(stem.size(), name.size()));
        if (name.compare(0, stem.size(), stem) == 0 && rest.find('.') == 12) {
            mine.push_back(item.path());
        }
    }
    for (const auto& path : mine) {
        fs::remove(path, error);
    }
}

}  // namespace

Result<Cache> Cache::of_user() {
    const auto dir = cache_dir();
    if (!dir) {
        return fail(ErrorCode::io, "there is no home folder to keep models in", "Set HOME or XDG_CACHE_HOME");
    }
    return Cache(*dir);
}

Result<FileLock> Cache::lock() const { return FileLock::acquire(m_root / "manifest.lock"); }

std::vector<CachedModel> Cache::list() const {
    const Manifest manifest = Manifest::load(m_root);
    std::vector<CachedModel> models;
    for (const auto& name : gguf_files(models_dir())) {
        CachedModel model;
        model.path = models_dir() / name;
        const ManifestEntry* known = manifest.find(name);
        model.entry = known != nullptr ? *known : entry_for(model.path);
        const auto facts = facts_of(model.path);
        model.changed = known != nullptr && facts && !known->sha256.empty() &&
                        (facts->size != known->size || facts->modified_ns != known->modified_ns);
        if (facts) {
            model.entry.size = facts->size;
        }
        model.in_use = is_held(model.path);
        models.push_back(std::move(model));
    }
    std::sort(models.begin(), models.end(), [](const CachedModel& a, const CachedModel& b) {
        return a.entry.use != b.entry.use ? a.entry.use > b.entry.use : a.entry.file < b.entry.file;
    });
    return models;
}

std::optional<CachedModel> Cache::find(std::string_view name) const {
    auto models = list();
    const auto it = std::find_if(models.begin(), models.end(), [&](const CachedModel& model) {
        return model.entry.file == name || model.entry.name == name || model.entry.repo == name ||
               fs::path(model.entry.file).stem() == name;
    });
    return it == models.end() ? std::nullopt : std::optional(*it);
}

std::vector<PartialFile> Cache::partial() const {
    std::vector<PartialFile> parts;
    std::error_code error;
    for (const auto& item : fs::directory_iterator(models_dir(), error)) {
        if (const std::string name = item.path().filename().string(); ends_with(name, ".part") || ends_with(name, k_full_weights)) {
            std::error_code ignored;
            const auto size = item.file_size(ignored);
            parts.push_back({item.path(), ignored ? 0 : size});
        }
    }
    return parts;
}

void Cache::touch(const fs::path& file) const noexcept {
    try {
        const std::string name = file.filename().string();
        const std::int64_t now = std::time(nullptr);
        const auto recent = [&](const Manifest& manifest) {
            const ManifestEntry* entry = manifest.find(name);
            const std::int64_t since = entry != nullptr ? now - entry->last_used : k_touch_every;
            return entry != nullptr && entry->use == manifest.latest_use() && since >= 0 && since < k_touch_every;
        };
        if (file.parent_path() != models_dir() || recent(Manifest::load(m_root))) {
            return;
        }
        const auto held = FileLock::try_acquire(m_root / "manifest.lock");
        if (!held) {
            return;
        }
        Manifest manifest = Manifest::load(m_root);
        ManifestEntry* entry = manifest.find(name);
        if (entry == nullptr) {
            entry = &manifest.put(entry_for(file));
        }
        manifest.touch(*entry);
        // It has just been used, so it is sound as it is now; check_header() need not read it again.
        if (const auto facts = facts_of(file); facts && entry->sha256.empty()) {
            entry->size = facts->size;
            entry->modified_ns = facts->modified_ns;
        }
        if (const auto saved = manifest.save(); !saved) {
            LOG("last use not noted: {}", saved.error().message);
        }
    } catch (const std::exception& error) {
        LOG("last use not noted: {}", error.what());
    }
}

std::string Cache::pinned(std::string_view name) const { return Manifest::load(m_root).pin(name); }

Result<> Cache::check(const fs::path& file, std::string_view promised, const CancelToken& cancel) const {
    const Manifest manifest = Manifest::load(m_root);
    const ManifestEntry* known = file.parent_path() == models_dir() ? manifest.find(file.filename().string()) : nullptr;
    const auto facts = facts_of(file);
    const bool same = known != nullptr && facts && known->modified_ns != 0 && known->size == facts->size && known->modified_ns == facts->modified_ns;
    if (same) {
        return peek_gguf_header(file);
    }
    TRY(read_gguf_header(file));
    // What the user put here may be replaced by the user; what was fetched or made may not change by itself.
    const bool ours = known != nullptr && !known->sha256.empty() && (known->source == "hub" || known->source == "import");
    return ours ? check_bytes(*known, promised, cancel) : Result<>();
}

Result<> Cache::check_bytes(const ManifestEntry& known, std::string_view promised, const CancelToken& cancel) const {
    CachedModel model;
    model.entry = known;
    model.path = models_dir() / known.file;
    LOG("{} is not as it was noted: reading all of it", model.path.string());
    TRY_ASSIGN(const VerifyReport report, verify(model, promised, {}, cancel));
    if (report.state == VerifyReport::State::good) {
        return {};
    }
    return fail(ErrorCode::bad_model, fmt::format("{} has changed since it was {}", model.path.string(), known.source == "hub" ? "downloaded" : "made"),
                fmt::format("Remove it and get it again: caro models rm {}", known.file));
}

Result<> Cache::add(ManifestEntry entry) const {
    TRY_ASSIGN(const FileLock held, lock());
    Manifest manifest = Manifest::load(m_root);
    manifest.touch(entry);
    if (!entry.name.empty() && entry.source == "hub") {
        manifest.set_pin(entry.name, entry.sha256);
    }
    manifest.put(std::move(entry));
    return manifest.save();
}

Result<> Cache::remove(std::string_view file) const {
    TRY_ASSIGN(const FileLock held, lock());
    return remove_locked(file);
}

Result<> Cache::remove_locked(std::string_view file) const {
    const fs::path path = models_dir() / std::string(file);
    const bool plain = !file.empty() && file != "." && file != ".." && file.find('/') == std::string_view::npos;
    switch (plain ? remove_unless_held(path) : Removal::missing) {
        case Removal::removed: break;
        case Removal::held:
            return fail(ErrorCode::unavailable, fmt::format("{} is in use by a running caro", file), "Try again when it has ended");
        case Removal::missing:
            return fail(ErrorCode::not_found, fmt::format("there is no model file {}", file), "See: caro models list");
        case Removal::failed:
            return fail(ErrorCode::io, fmt::format("cannot remove {}: {}", path.string(), std::strerror(errno)),
                        "Check that you may write to that folder");
    }
    remove_states(m_root / "state", std::string(file));
    std::error_code ignored;
    fs::remove_all(m_root / "config" / path.stem(), ignored);
    Manifest manifest = Manifest::load(m_root);  // which leaves out what is gone
    return manifest.save();
}

Result<PruneReport> Cache::prune(std::uint64_t limit, bool partial_too) const {
    PruneReport report;
    for (const auto& part : partial_too ? partial() : std::vector<PartialFile>{}) {
        if (!is_held(worked_on(part.path)) && remove_unless_held(part.path) == Removal::removed) {
            report.removed.push_back(part.path.filename().string());
            report.freed += part.size;
        }
    }
    const auto total = [](const std::vector<CachedModel>& models) {
        std::uint64_t bytes = 0;
        for (const auto& model : models) {
            bytes += model.entry.size;
        }
        return bytes;
    };
    report.kept = total(list());
    if (report.kept <= limit) {
        return report;
    }
    // Held from the look to the last removal: two that prune at once with different orders would otherwise leave nothing.
    TRY_ASSIGN(const FileLock held, lock());
    const auto models = list();
    report.kept = total(models);
    // From the least recently used on; the first of the list stays whatever its size.
    for (std::size_t i = models.size(); i > 1 && report.kept > limit; --i) {
        const CachedModel& model = models[i - 1];
        auto removed = remove_locked(model.entry.file);
        if (removed) {
            report.removed.push_back(model.entry.file);
            report.freed += model.entry.size;
            report.kept -= model.entry.size;
        } else if (removed.error().code == ErrorCode::unavailable) {
            report.in_use.push_back(model.entry.file);
        } else if (removed.error().code != ErrorCode::not_found) {
            return fail(std::move(removed.error()));
        }
    }
    return report;
}

Result<VerifyReport> Cache::verify(const CachedModel& model, std::string_view promised, const FractionSink& progress,
                                   const CancelToken& cancel) const {
    VerifyReport report;
    report.expected = promised.empty() ? model.entry.sha256 : std::string(promised);
    const auto facts = facts_of(model.path);
    if (!facts) {
        return fail(ErrorCode::not_found, fmt::format("{} does not exist", model.path.string()), "See: caro models list");
    }
    std::ifstream in(model.path, std::ios::binary);
    std::string buffer(std::size_t{4} << 20U, '\0');
    Sha256 hash;
    for (std::uint64_t done = 0; in;) {
        in.read(buffer.data(), static_cast<std::streamsize>(buffer.size()));
        const auto got = static_cast<std::size_t>(in.gcount());
        hash.update({buffer.data(), got});
        done += got;
        if (cancel.should_stop()) {
            return fail(ErrorCode::cancelled, "interrupted");
        }
        if (progress && facts->size > 0) {
            progress(static_cast<double>(done) / static_cast<double>(facts->size));
        }
    }
    if (!in.eof()) {
        return fail(ErrorCode::io, fmt::format("cannot read {}", model.path.string()), "Check the disk, and that you may read it");
    }
    report.actual = hash.hex_digest();
    report.state = report.expected.empty()             ? VerifyReport::State::noted
                   : report.actual != report.expected ? VerifyReport::State::wrong
                                                       : VerifyReport::State::good;
    if (report.state != VerifyReport::State::wrong && !read_gguf_header(model.path)) {
        report.state = VerifyReport::State::damaged;
    }
    if (report.state == VerifyReport::State::good || report.state == VerifyReport::State::noted) {
        ManifestEntry entry = model.entry;
        entry.sha256 = report.actual;
        entry.size = facts->size;
        entry.modified_ns = facts->modified_ns;
        if (const auto noted = add(std::move(entry)); !noted) {
            LOG("the outcome is not noted: {}", noted.error().message);
        }
    }
    return report;
}

Result<std::size_t> Cache::rebuild() const {
    TRY_ASSIGN(const FileLock held, lock());
    Manifest manifest = Manifest::load(m_root);
    for (const auto& name : gguf_files(models_dir())) {
        if (manifest.find(name) == nullptr) {
            manifest.put(entry_for(models_dir() / name));
        }
    }
    TRY(manifest.save());
    return manifest.entries().size();
}

}  // namespace caro::models
