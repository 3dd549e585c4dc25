// caro models list, search and info
#include <fmt/core.h>

#include <algorithm>

#include "cli/commands/models.hpp"
#include "cli/exit_code.hpp"
#include "models/bundle.hpp"
#include "models/cache.hpp"
#include "models/hub.hpp"
#include "models/store.hpp"

namespace caro::cli {

namespace {

constexpr std::size_t k_hits = 20;

std::vector<models::CachedModel> cached_models() {
    const auto cache = models::Cache::of_user();
    return cache ? cache->list() : std::vector<models::CachedModel>{};
}

void add_cached(ModelRow& row, const models::CachedModel& model) {
    row.cached = model.entry;
    row.running = model.in_use;
    row.changed = model.changed;
    row.size = model.entry.size;
    row.path = model.path.string();
}

// A name that -m takes and that means just this file.
std::string name_of(const models::ManifestEntry& entry) {
    return entry.repo.empty() ? entry.file : fmt::format("{}/{}", entry.repo, models::repository_name(entry));
}

bool is_of(const models::CachedModel& model, const models::CatalogueEntry& entry) {
    return models::repository_name(model.entry) == entry.file && (model.entry.repo.empty() || model.entry.repo == entry.repo);
}

Result<models::Hub> hub_of(const Invocation& invocation) {
    TRY_ASSIGN(auto options, models::HubOptions::from_environment(invocation.config.get<std::string>("tls.ca_file")));
    return models::Hub(std::move(options));
}

// What the hub has now, compared with what is here.
Result<std::string> update_of(const ModelRow& row, const models::Hub& hub, const CancelToken& cancel) {
    if (row.path.empty()) {
        return std::string();
    }
    const bool pinned = row.entry && !row.entry->sha256.empty();
    const std::string repo = row.entry ? row.entry->repo : row.cached ? row.cached->repo : "";
    const std::string here = row.cached && !row.cached->sha256.empty() ? row.cached->sha256 : row.entry ? row.entry->sha256 : "";
    if (repo.empty() || here.empty()) {
        return std::string("unknown");
    }
    const std::string file = row.entry ? row.entry->file : models::repository_name(*row.cached);
    TRY_ASSIGN(const auto remote, hub.resolve(repo, "main", file, cancel));
    if (remote.sha256.empty()) {
        return std::string("unknown");
    }
    return std::string(remote.sha256 == here ? "current" : pinned ? "pinned" : "newer");
}

// One that cannot be asked is told and does not hide the others; one that stops all does.
Result<> look_for_updates(ModelTable& table, Invocation& invocation) {
    TRY_ASSIGN(const auto hub, hub_of(invocation));
    for (auto& row : table.rows) {
        auto update = update_of(row, hub, *invocation.cancel);
        if (update) {
            row.update = *update;
            continue;
        }
        const ErrorCode code = update.error().code;
        if (code != ErrorCode::not_found && code != ErrorCode::unauthorized && code != ErrorCode::forbidden) {
            return fail(std::move(update.error()));
        }
        row.update = "unknown";
        invocation.warnings.push_back(fmt::format("{}: {}", row.name, update.error().message));
    }
    return {};
}

void print_table(const ModelTable& table, const Invocation& invocation) {
    print_text(invocation.output == Output::plain ? list_text(table)
                                                  : structured_text(list_document(table), invocation.output));
}

}  // namespace

ModelRow row_of(const models::Reference& reference, const Invocation& invocation) {
    ModelRow row;
    row.name = reference.text();
    row.entry = reference.entry;
    row.size = reference.entry ? reference.entry->size : 0;
    row.chosen = is_chosen(reference, invocation);
    const auto path = locate(reference);
    if (!path) {
        row.problem = path.error().code == ErrorCode::bad_model ? path.error().message : "";
        return row;
    }
    std::error_code error;
    row.path = path->string();
    if (const auto size = std::filesystem::file_size(*path, error); !error) {
        row.size = size;
    }
    if (const auto& bundle = models::own_bundle(); bundle && *path == bundle->program) {
        row.inside = true;
        row.size = bundle->size;
    }
    for (const auto& model : cached_models()) {
        if (model.path == *path) {
            add_cached(row, model);
        }
    }
    return row;
}

Result<int> models_list(Invocation& invocation) {
    TRY_ASSIGN(const auto entries, models::catalogue());
    const auto cached = cached_models();
    ModelTable table;
    for (const auto& entry : entries) {
        TRY_ASSIGN(const auto reference, models::parse_reference(entry.name));
        table.rows.push_back(row_of(reference, invocation));
    }
    for (const auto& model : cached) {
        const bool listed =
            std::any_of(entries.begin(), entries.end(), [&](const auto& entry) { return is_of(model, entry); });
        if (!listed) {
            ModelRow row;
            row.name = name_of(model.entry);
            add_cached(row, model);
            const auto wanted = models::parse_reference(chosen_model(invocation));
            const auto chosen = wanted ? locate(*wanted) : Result<std::filesystem::path>(fail(wanted.error()));
            row.chosen = chosen && *chosen == model.path;
            table.rows.push_back(std::move(row));
        }
    }
    const bool any_chosen = std::any_of(table.rows.begin(), table.rows.end(), [](const auto& row) { return row.chosen; });
    if (const auto reference = models::parse_reference(chosen_model(invocation)); !any_chosen && reference) {
        // A file that lies elsewhere, the one inside this program, or one that was not fetched yet.
        table.rows.push_back(row_of(*reference, invocation));
    }
    // What is here comes first; the catalogue's own order otherwise.
    std::stable_sort(table.rows.begin(), table.rows.end(),
                     [](const ModelRow& a, const ModelRow& b) { return !a.path.empty() && b.path.empty(); });
    if (const auto cache = models::Cache::of_user()) {
        table.unfinished = cache->partial();
    }
    if (invocation.updates) {
        TRY(look_for_updates(table, invocation));
    }
    print_table(table, invocation);
    return to_int(ExitCode::ok);
}

Result<int> models_search(Invocation& invocation) {
    TRY_ASSIGN(const auto hub, hub_of(invocation));
    TRY_ASSIGN(const auto hits, hub.search(invocation.operands[1], k_hits, *invocation.cancel));
    if (invocation.output != Output::plain) {
        print_text(structured_text(search_document(hits), invocation.output));
    } else if (hits.empty()) {
        note_to_user(invocation, fmt::format("the hub has no GGUF model for '{}'", invocation.operands[1]));
    } else {
        print_text(search_text(hits));
        note_to_user(invocation, "fetch one with: caro models pull OWNER/NAME:Q4_K_M");
    }
    return to_int(ExitCode::ok);
}

Result<int> models_info(Invocation& invocation) {
    TRY_ASSIGN(const auto reference, wanted_model(invocation));
    const ModelRow row = row_of(reference, invocation);
    if (reference.kind == models::Reference::Kind::hub && row.path.empty()) {
        TRY_ASSIGN(const auto hub, hub_of(invocation));
        const std::string revision = reference.revision.empty() ? "main" : reference.revision;
        TRY_ASSIGN(const auto repository, hub.list(reference.repo, revision, *invocation.cancel));
        print_text(invocation.output == Output::plain
                       ? repository_text(repository)
                       : structured_text(repository_document(repository), invocation.output));
        return to_int(ExitCode::ok);
    }
    if (reference.kind == models::Reference::Kind::path && row.path.empty()) {
        TRY(locate(reference));
    }
    print_text(invocation.output == Output::plain ? info_text(row)
                                                  : structured_text(info_document(row), invocation.output));
    return to_int(ExitCode::ok);
}

}  // namespace caro::cli
