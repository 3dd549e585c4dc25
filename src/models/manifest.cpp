#include "models/manifest.hpp"

#include <algorithm>
#include <ctime>

#include <nlohmann/json.hpp>

#include "util/file.hpp"
#include "util/log.hpp"
#include "util/strings.hpp"
#include "util/utf8.hpp"

namespace caro::models {

namespace {

using Json = nlohmann::ordered_json;

constexpr std::uint64_t k_longest_manifest = 16U << 20U;  // bytes
constexpr std::uint64_t k_largest_number = std::uint64_t{1} << 62U;  // so that counting on from it stays a number
constexpr int k_deepest = 32;

std::string text_of(const Json& node, const char* key) {
    const auto it = node.find(key);
    return it != node.end() && it->is_string() ? it->get<std::string>() : std::string();
}

// A number that can be one of ours; 0 for others.
template <class T>
T number_of(const Json& node, const char* key) {
    const auto it = node.find(key);
    const bool natural = it != node.end() && it->is_number_unsigned() && it->get<std::uint64_t>() <= k_largest_number;
    return natural ? static_cast<T>(it->get<std::uint64_t>()) : T{};
}

ManifestEntry entry_of(const Json& node) {
    ManifestEntry entry;
    entry.file = text_of(node, "file");
    entry.name = text_of(node, "model");
    entry.repo = text_of(node, "repo");
    entry.revision = text_of(node, "revision");
    entry.source = text_of(node, "source");
    entry.licence = text_of(node, "licence");
    entry.size = number_of<std::uint64_t>(node, "size");
    entry.sha256 = text_of(node, "sha256");
    entry.downloaded = number_of<std::int64_t>(node, "downloaded");
    entry.last_used = number_of<std::int64_t>(node, "last_used");
    entry.use = number_of<std::uint64_t>(node, "use");
    entry.modified_ns = number_of<std::int64_t>(node, "modified_ns");
    return entry;
}

Json json_of(const ManifestEntry& entry) {
    const auto text = [](const std::string& value) { return to_valid_utf8(value); };
    return {{"model", text(entry.name)},     {"repo", text(entry.repo)},     {"revision", text(entry.revision)},
            {"file", text(entry.file)},      {"size", entry.size},           {"sha256", entry.sha256},
            {"downloaded", entry.downloaded}, {"last_used", entry.last_used}, {"source", entry.source},
            {"licence", text(entry.licence)}, {"use", entry.use},             {"modified_ns", entry.modified_ns}};
}

// A file name that stays in its folder.
bool is_plain_name(std::string_view file) {
    return !file.empty() && file.find_first_of(std::string_view("/\0", 2)) == std::string_view::npos && file != "." && file != "..";
}

}  // namespace

std::string own_name(std::string_view repo, std::string_view file) {
    return replace_all(repo, "/", "--") + "--" + std::string(file.substr(file.rfind('/') + 1));
}

std::string repository_name(const ManifestEntry& entry) {
    const std::string prefix = own_name(entry.repo, "");
    const bool has_own = !entry.repo.empty() && entry.file.compare(0, prefix.size(), prefix) == 0;
    return has_own ? entry.file.substr(prefix.size()) : entry.file;
}

Manifest Manifest::load(const std::filesystem::path& dir) {
    const auto text = read_file(dir / "manifest.json", k_longest_manifest);
    if (text) {
        return parse(dir, *text);
    }
    Manifest manifest;
    manifest.m_path = dir / "manifest.json";
    manifest.m_damaged = text.error().code != ErrorCode::not_found;
    return manifest;
}

Manifest Manifest::parse(const std::filesystem::path& dir, std::string_view text) {
    Manifest manifest;
    manifest.m_path = dir / "manifest.json";
    // What is nested too deeply could not be written again without exhausting the stack.
    bool flat = true;
    const Json json = Json::parse(text, [&flat](int depth, Json::parse_event_t, Json&) { return flat = flat && depth <= k_deepest; }, false);
    if (!flat || !json.is_object() || !json.contains("models") || !json["models"].is_array()) {
        LOG("{} is damaged", manifest.m_path.string());
        manifest.m_damaged = true;
        return manifest;
    }
    std::error_code error;
    for (const auto& node : json["models"]) {
        ManifestEntry entry = node.is_object() ? entry_of(node) : ManifestEntry{};
        if (is_plain_name(entry.file) && std::filesystem::is_regular_file(dir / "models" / entry.file, error)) {
            manifest.put(std::move(entry));
        }
    }
    if (const auto pins = json.find("pins"); pins != json.end() && pins->is_object()) {
        for (const auto& [name, hash] : pins->items()) {
            manifest.set_pin(name, hash.is_string() ? hash.get<std::string>() : "");
        }
    }
    Json rest = json;
    rest.erase("models");
    rest.erase("pins");
    manifest.m_rest = rest.dump();
    return manifest;
}

std::string Manifest::text() const {
    Json json = m_rest.empty() ? Json::object() : Json::parse(m_rest, nullptr, false);
    json["version"] = 1;
    Json list = Json::array();
    for (const auto& entry : m_entries) {
        list.push_back(json_of(entry));
    }
    json["models"] = std::move(list);
    if (!m_pins.empty()) {
        json["pins"] = m_pins;
    }
    return json.dump(2) + "\n";
}

Result<> Manifest::save() const {
    const std::string whole = text();
    const std::string_view parts[] = {whole};
    return write_file_atomic(m_path, parts);
}

const ManifestEntry* Manifest::find(std::string_view file) const noexcept {
    const auto it = std::find_if(m_entries.begin(), m_entries.end(), [&](const auto& entry) { return entry.file == file; });
    return it == m_entries.end() ? nullptr : &*it;
}

ManifestEntry* Manifest::find(std::string_view file) noexcept {
    return const_cast<ManifestEntry*>(std::as_const(*this).find(file));
}

ManifestEntry& Manifest::put(ManifestEntry entry) {
    if (ManifestEntry* known = find(entry.file)) {
        *known = std::move(entry);
        return *known;
    }
    return m_entries.emplace_back(std::move(entry));
}

std::string Manifest::pin(std::string_view name) const {
    const auto it = m_pins.find(name);
    return it == m_pins.end() ? "" : it->second;
}

void Manifest::set_pin(const std::string& name, const std::string& sha256) {
    if (sha256.size() == 64) {
        m_pins.emplace(to_valid_utf8(name), sha256);
    }
}

std::uint64_t Manifest::latest_use() const noexcept {
    std::uint64_t latest = 0;
    for (const auto& entry : m_entries) {
        latest = std::max(latest, entry.use);
    }
    return latest;
}

void Manifest::touch(ManifestEntry& entry) const {
    entry.use = latest_use() + 1;
    entry.last_used = std::time(nullptr);
}

}  // namespace caro::models
