// Requests that delete on a server: curl -X DELETE, http DELETE, wget --method=DELETE, Invoke-RestMethod -Method Delete.
#include <algorithm>
#include <array>
#include <cctype>

#include "safety/effects.hpp"
#include "safety/paths.hpp"
#include "util/strings.hpp"

namespace caro::safety {

namespace {

// Parts of an address that name what holds the data of many, not one entry of it.
constexpr std::array<std::string_view, 13> k_holders = {"volumes", "databases", "dbs",      "namespaces", "clusters",  "droplets",  "indices",
                                                        "buckets", "keyspaces", "datasets", "vhosts",     "instances", "linodes"};

// … and that do so on a service that others use; on one's own machine they are what is being developed.
constexpr std::array<std::string_view, 19> k_holders_of_others = {"projects", "orgs", "organizations", "accounts", "tenants", "workspaces", "users",
                                                                  "customers", "apps", "servers", "environments", "backups", "snapshots", "zones",
                                                                  "domains", "collections", "tables", "repositories", "sites"};

// Servers where every address is a store of data: search engines, CouchDB, Solr.
constexpr std::array<std::string_view, 4> k_ports = {":9200/", ":5984/", ":8983/solr", ":9201/"};

// https://HOST/A/B?C → A, B
std::vector<std::string_view> parts_of(std::string_view url) {
    const auto scheme = url.find("://");
    url.remove_prefix(scheme == std::string_view::npos ? 0 : scheme + 3);
    const auto path = url.find('/');
    url = path == std::string_view::npos ? std::string_view() : url.substr(path + 1);
    std::vector<std::string_view> parts;
    for (const auto part : split(url.substr(0, url.find('?')), '/')) {
        if (!part.empty()) {
            parts.push_back(part);
        }
    }
    return parts;
}

bool deletes_store(std::string_view url) {
    if (contains(url, "recurse") || contains(url, "/_all") || contains(url, "prune") ||
        std::any_of(k_ports.begin(), k_ports.end(), [&](std::string_view port) { return contains(url, port); })) {
        return true;
    }
    const auto parts = parts_of(url);
    const auto all_globs = [](std::string_view part) { return is_all_glob(part); };
    if (std::any_of(parts.begin(), parts.end(), all_globs)) {
        return true;
    }
    const bool own = contains(url, "localhost") || contains(url, "127.0.0.1") || contains(url, "[::1]");
    const bool code_host = contains(url, "github") || contains(url, "gitlab") || contains(url, "bitbucket") || contains(url, "/api/v1/repos/");
    for (std::size_t i = 0; i < parts.size(); ++i) {
        const std::size_t below = parts.size() - i - 1;
        const bool holder = in(k_holders, parts[i]) || (!own && in(k_holders_of_others, parts[i]));
        const bool repository = code_host && ((parts[i] == "repos" && below == 2) || (parts[i] == "projects" && below == 1) ||
                                              parts[i] == "protection" || parts[i] == "protected_branches");
        if ((holder && below <= 1) || repository) {
            return true;
        }
    }
    return false;
}

}  // namespace

void Effects::requests() {
    if (m_reading.spec->output != "network" && m_spec.id != "gh" && m_spec.id != "wget") {
        return;
    }
    const auto is_delete = [](std::string_view text) { return to_lower(text) == "delete"; };
    const bool by_option = std::any_of(m_reading.options.begin(), m_reading.options.end(), [&](const GivenOption& given) {
        return !given.values.empty() && is_delete(given.values.front()->text) &&
               (given.name == "-X" || given.name == "--request" || given.name == "--method" || given.name == "-Method");
    });
    const auto& operands = m_reading.operands;
    const bool by_word = !operands.empty() && operands.front().word->text == "DELETE";
    if (!by_option && !by_word) {
        return;
    }
    for (const auto& operand : operands) {
        if (deletes_store(operand.word->text)) {
            m_judge.find("network.delete-store", shown(*operand.word), m_action.span);
            return;
        }
    }
}

}  // namespace caro::safety
