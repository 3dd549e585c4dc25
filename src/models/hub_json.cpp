#include "models/hub_json.hpp"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "util/log.hpp"
#include "util/strings.hpp"
#include "util/utf8.hpp"

namespace caro::models {

namespace {

using Json = nlohmann::json;

constexpr std::size_t k_longest_name = 96;     // of an owner or a repository; the hub's own limit
constexpr std::size_t k_longest_file = 1024;   // bytes of a path in a repository
constexpr std::size_t k_longest_part = 200;    // of one folder or file name; file systems take 255, and more is put to it
constexpr std::size_t k_longest_licence = 64;
constexpr int k_deepest = 16;
constexpr std::string_view k_name_characters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";

bool is_name(std::string_view name) noexcept {
    return !name.empty() && name.size() <= k_longest_name && name.find_first_not_of(k_name_characters) == std::string_view::npos &&
           name.front() != '.' && name.front() != '-' && name.find("..") == std::string_view::npos;
}

bool is_sha256(std::string_view text) {
    return text.size() == 64 && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

// Discards what is nested so deeply that walking it could exhaust the stack.
Json parse(std::string_view body) {
    bool flat = true;
    const auto watch = [&flat](int depth, Json::parse_event_t, Json&) { return flat = flat && depth <= k_deepest; };
    Json json = Json::parse(body, watch, false);
    return flat ? json : Json(Json::value_t::discarded);
}

std::string text_of(const Json& node, const char* key) {
    const auto it = node.find(key);
    return it != node.end() && it->is_string() ? it->get<std::string>() : std::string();
}

std::uint64_t count_of(const Json& node, const char* key) {
    const auto it = node.find(key);
    return it != node.end() && it->is_number_unsigned() ? it->get<std::uint64_t>() : 0;
}

// false, "auto" or "manual"
bool is_gated(const Json& node) {
    const auto it = node.find("gated");
    return it != node.end() && !(it->is_boolean() && !it->get<bool>()) && !it->is_null();
}

// It is shown and noted, so it has to be a word.
std::string licence_word(std::string text) {
    const bool plain = text.size() <= k_longest_licence && std::all_of(text.begin(), text.end(), [](unsigned char c) { return c > 0x20 && c < 0x7f; });
    return plain ? std::move(text) : "";
}

std::string licence_of(const Json& node) {
    if (const auto card = node.find("cardData"); card != node.end() && card->is_object()) {
        std::string licence = licence_word(text_of(*card, "license"));
        if (!licence.empty()) {
            return licence;
        }
    }
    constexpr std::string_view k_tag = "license:";
    const auto tags = node.find("tags");
    for (const auto& tag : tags != node.end() && tags->is_array() ? *tags : Json::array()) {
        if (tag.is_string() && tag.get_ref<const std::string&>().rfind(k_tag, 0) == 0) {
            return licence_word(tag.get_ref<const std::string&>().substr(k_tag.size()));
        }
    }
    return "";
}

std::optional<RepositoryFile> file_of(const Json& node) {
    std::string name = node.is_object() ? text_of(node, "rfilename") : "";
    if (!is_repository_file(name)) {
        LOG("hub: a file with the name {} is left out", escape_deceptive(to_valid_utf8(name.substr(0, 80))));
        return std::nullopt;
    }
    RepositoryFile file{std::move(name), count_of(node, "size"), ""};
    if (const auto lfs = node.find("lfs"); lfs != node.end() && lfs->is_object()) {
        const std::string hash = text_of(*lfs, "sha256");
        file.sha256 = is_sha256(hash) ? hash : "";
        file.size = count_of(*lfs, "size") != 0 ? count_of(*lfs, "size") : file.size;
    }
    file.size = file.size > k_largest_remote_file ? 0 : file.size;
    return file;
}

}  // namespace

bool is_commit(std::string_view text) noexcept {
    return text.size() >= 7 && text.size() <= 64 && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

bool is_repository_name(std::string_view text) noexcept {
    const auto slash = text.find('/');
    return slash != std::string_view::npos && is_name(text.substr(0, slash)) && is_name(text.substr(slash + 1));
}

bool is_repository_file(std::string_view text) noexcept {
    const auto is_control = [](unsigned char c) { return c < 0x20 || c == 0x7f || c == '\\'; };
    if (text.empty() || text.size() > k_longest_file || !is_valid_utf8(text) || std::any_of(text.begin(), text.end(), is_control)) {
        return false;
    }
    for (std::size_t begin = 0; begin <= text.size();) {
        const std::size_t end = std::min(text.find('/', begin), text.size());
        const std::string_view part = text.substr(begin, end - begin);
        if (part.empty() || part == "." || part == ".." || part.size() > k_longest_part) {
            return false;
        }
        begin = end + 1;
    }
    return true;
}

std::optional<Repository> parse_repository(std::string_view body, std::string_view repo, std::string_view revision) {
    const Json json = parse(body);
    if (!json.is_object() || !json.contains("siblings") || !json["siblings"].is_array()) {
        return std::nullopt;
    }
    Repository made;
    const std::string id = text_of(json, "id");
    const std::string commit = text_of(json, "sha");
    made.repo = is_repository_name(id) ? id : std::string(repo);
    made.revision = is_commit(commit) ? commit : std::string(revision);
    made.gated = is_gated(json);
    made.licence = licence_of(json);
    for (const auto& node : json["siblings"]) {
        if (auto file = file_of(node)) {
            made.files.push_back(std::move(*file));
        }
    }
    return made;
}

std::optional<std::vector<SearchHit>> parse_search(std::string_view body, std::size_t limit) {
    const Json json = parse(body);
    if (!json.is_array()) {
        return std::nullopt;
    }
    std::vector<SearchHit> hits;
    for (const auto& node : json) {
        std::string repo = node.is_object() ? text_of(node, "id") : "";
        if (is_repository_name(repo) && hits.size() < limit) {
            hits.push_back({std::move(repo), count_of(node, "downloads"), count_of(node, "likes"), licence_of(node), is_gated(node)});
        }
    }
    return hits;
}

}  // namespace caro::models
