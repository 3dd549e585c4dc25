#include "cli/model_fetch.hpp"

#include <fmt/core.h>
#include <unistd.h>

#include <algorithm>

#include "cli/error_text.hpp"
#include "models/cache.hpp"
#include "models/hub.hpp"
#include "models/store.hpp"
#include "ui/progress.hpp"
#include "ui/question.hpp"
#include "ui/terminal.hpp"
#include "util/env.hpp"
#include "util/strings.hpp"
#include "util/utf8.hpp"

namespace caro::cli {

namespace {

constexpr std::string_view k_main = "main";

// Fills in file, licence and size from the repository's listing.
Result<> look_into(ModelOffer& offer, const models::Hub& hub, const std::string& revision, const CancelToken& cancel) {
    models::Reference& wanted = offer.reference;
    auto listing = hub.list(wanted.repo, revision, cancel);
    if (!listing) {
        // A file that is named needs no listing; mirrors may have none.
        const bool fatal = wanted.file.empty() || listing.error().code != ErrorCode::bad_output;
        return fatal ? Result<>(fail(std::move(listing.error()))) : Result<>();
    }
    if (wanted.file.empty()) {
        std::vector<std::string> files;
        for (const auto& file : listing->files) {
            files.push_back(file.file);
        }
        auto chosen = models::choose_file(files, wanted.quant);
        if (!chosen) {
            chosen.error().message = fmt::format("{}: {}", wanted.repo, chosen.error().message);
            return fail(std::move(chosen.error()));
        }
        wanted.file = *chosen;
        offer.label = wanted.text();
    }
    offer.licence = listing->licence;
    if (listing->gated) {
        offer.note = "It is gated: its terms must be accepted on the hub first";
    }
    return {};
}

void tell(const Invocation& invocation, std::string_view text) {
    if (!invocation.quiet && invocation.output == Output::plain) {
        print_note(text, invocation.color);
    }
}

// After a download: the least recently used ones go, never the new one, the one in use or the configured one.
void make_room(const models::Cache& cache, const std::filesystem::path& fetched, Invocation& invocation) {
    const auto limit = parse_size(invocation.config.get<std::string>("models.max_size")).value_or(0);
    if (limit == 0) {
        return;
    }
    const models::ModelInUse keep(fetched);
    std::optional<models::ModelInUse> configured;
    if (const auto path = models::find(invocation.config.get<std::string>("model"))) {
        configured.emplace(*path);
    }
    const auto pruned = cache.prune(limit, false);
    if (!pruned) {
        invocation.warnings.push_back("no room was made: " + pruned.error().message);
    } else if (!pruned->removed.empty()) {
        invocation.warnings.push_back(
            fmt::format("removed to stay below models.max_size: {}", join(pruned->removed, ", ")));
    }
}

}  // namespace

Result<models::Hub> hub_of(const Invocation& invocation) {
    TRY_ASSIGN(auto options, models::HubOptions::from_environment(invocation.config.get<std::string>("tls.ca_file")));
    return models::Hub(std::move(options));
}

ui::Progress::Form progress_form(const Invocation& invocation) {
    if (invocation.quiet || invocation.output != Output::plain) {
        return ui::Progress::Form::none;
    }
    const bool can_redraw = invocation.stderr_tty && get_env("TERM") != "dumb";
    return can_redraw ? ui::Progress::Form::bar : ui::Progress::Form::lines;
}

Result<std::filesystem::path> download_shown(const models::Hub& hub, const models::Cache& cache,
                                             const models::DownloadRequest& request, const std::string& label,
                                             const Invocation& invocation) {
    ui::Progress bar(progress_form(invocation), invocation.color, ui::terminal_width(STDERR_FILENO), label);
    bool waited = false;
    const auto show = [&](const models::Progress& progress) {
        if (!progress.note.empty()) {
            bar.clear();
            tell(invocation, progress.note);
        }
        if (progress.waiting && !waited) {
            tell(invocation, "another caro is fetching this model; waiting for it");
        }
        waited = waited || progress.waiting;
        if (!progress.waiting) {
            bar.update(progress.done, progress.total);
        }
    };
    auto path = models::download(hub, cache, request, show, *invocation.cancel);
    bar.clear();
    if (!path) {
        // What the server said about trying again is for the download itself.
        auto& trail = path.error().trail;
        trail.erase(std::remove_if(trail.begin(), trail.end(),
                                   [](const std::string& entry) { return entry.rfind("retry-after ", 0) == 0; }),
                    trail.end());
        return fail(std::move(path.error()));
    }
    return path;
}

Result<ModelOffer> offer_of(const models::Reference& reference) {
    if (reference.kind == models::Reference::Kind::path) {
        return fail(ErrorCode::usage, fmt::format("{} means a file of this machine", reference.text()),
                    "To fetch one, name a model of 'caro models list' or owner/name/file.gguf of the hub");
    }
    ModelOffer offer;
    offer.reference = reference;
    offer.label = reference.text();
    if (reference.entry) {
        offer.licence = reference.entry->licence;
        offer.permissive = reference.entry->permissive;
        offer.note = offer.permissive ? "" : reference.entry->note;
        offer.size = reference.entry->size;
    }
    return offer;
}

Result<> ask_hub(ModelOffer& offer, const Invocation& invocation) {
    TRY_ASSIGN(const auto hub, hub_of(invocation));
    models::Reference& wanted = offer.reference;
    const std::string revision = wanted.revision.empty() ? std::string(k_main) : wanted.revision;
    if (!wanted.entry) {
        TRY(look_into(offer, hub, revision, *invocation.cancel));
    }
    TRY_ASSIGN(offer.remote, hub.resolve(wanted.repo, revision, wanted.file, *invocation.cancel));
    offer.size = offer.remote->size;
    return {};
}

std::string described(const ModelOffer& offer) {
    const std::string size = offer.size == 0 ? "size unknown" : size_text(offer.size);
    return fmt::format("{} ({}, {})", offer.label, size, offer.licence.empty() ? "licence unknown" : offer.licence);
}

Result<bool> ask_to_fetch(const ModelOffer& offer, int fd, const Invocation& invocation) {
    const std::string size = offer.size == 0 ? "" : fmt::format("{}, ", size_text(offer.size));
    const std::string licence = offer.licence.empty() ? "licence unknown" : offer.licence;
    const std::string question =
        escape_deceptive(fmt::format("{}Download {}, {}{}?", offer.note.empty() ? "" : offer.note + ". ", offer.label,
                                     size, licence));
    switch (ui::ask_yes_no(fd, STDERR_FILENO, question, invocation.color, *invocation.cancel)) {
        case ui::Reply::yes: return true;
        case ui::Reply::no: return false;
        case ui::Reply::interrupted: break;
    }
    return fail(ErrorCode::cancelled, "interrupted");
}

Result<std::filesystem::path> fetch(ModelOffer& offer, Invocation& invocation) {
    if (!offer.remote) {
        TRY(ask_hub(offer, invocation));
    }
    TRY_ASSIGN(const auto hub, hub_of(invocation));
    TRY_ASSIGN(const auto cache, models::Cache::of_user());
    models::DownloadRequest request;
    request.remote = *offer.remote;
    request.licence = offer.licence;
    if (offer.reference.entry) {
        request.name = offer.reference.entry->name;
        request.sha256 = offer.reference.entry->sha256;
        if (request.sha256.empty()) {
            request.sha256 = cache.pinned(request.name);
        }
    }
    TRY_ASSIGN(const auto path, download_shown(hub, cache, request, offer.label, invocation));
    make_room(cache, path, invocation);
    return path;
}

QuestionTerminal::QuestionTerminal(const Invocation& invocation) {
    if (!invocation.no_input && invocation.output == Output::plain && invocation.stderr_tty) {
        m_fd = invocation.stdin_tty ? STDIN_FILENO : ui::open_controlling_terminal();
    }
}

QuestionTerminal::~QuestionTerminal() {
    if (m_fd >= 0 && m_fd != STDIN_FILENO) {
        ::close(m_fd);
    }
}

}  // namespace caro::cli
