// caro models pull
#include <fmt/core.h>

#include "cli/commands/models.hpp"
#include "cli/exit_code.hpp"
#include "cli/model_fetch.hpp"
#include "models/cache.hpp"
#include "models/store.hpp"
#include "util/strings.hpp"
#include "util/utf8.hpp"

namespace caro::cli {

namespace {

void print_outcome(const ModelRow& row, bool fetched, const Invocation& invocation) {
    if (invocation.output == Output::plain) {
        print_text(row.path + "\n");
        return;
    }
    Document document = info_document(row);
    document["fetched"] = fetched;
    print_text(structured_text(document, invocation.output));
}

// A pull that was typed at a terminal is meant; one in a script must say so, and so must one whose licence restricts.
Result<bool> is_wanted(const ModelOffer& offer, const Invocation& invocation) {
    if (invocation.yes || invocation.config.get<bool>("models.auto_download")) {
        return true;
    }
    const QuestionTerminal terminal(invocation);
    if (!terminal.is_there()) {
        return fail(ErrorCode::usage, fmt::format("{} is not downloaded without a yes", described(offer)),
                    "Add --yes, or allow it for good: caro config set models.auto_download true");
    }
    return offer.note.empty() ? Result<bool>(true) : ask_to_fetch(offer, terminal.fd(), invocation);
}

// A damaged file in the cache makes way; elsewhere, or of another repository, it is not in the way.
Result<> clear_damaged(const models::Reference& reference) {
    TRY_ASSIGN(const auto cache, models::Cache::of_user());
    for (const auto& model : cache.list()) {
        const bool is_it = model.entry.repo.empty() || model.entry.repo == reference.repo;
        if (is_it && models::repository_name(model.entry) == reference.file) {
            TRY(cache.remove(model.entry.file));
        }
    }
    return {};
}

}  // namespace

Result<int> models_pull(Invocation& invocation) {
    TRY_ASSIGN(const auto reference, wanted_model(invocation));
    TRY_ASSIGN(ModelOffer offer, offer_of(reference));
    const auto there = models::find(reference);
    if (there) {
        note_to_user(invocation, fmt::format("{} is here already", offer.label));
        print_outcome(row_of(reference, invocation), false, invocation);
        return to_int(ExitCode::ok);
    }
    if (there.error().code != ErrorCode::not_found && there.error().code != ErrorCode::bad_model) {
        return fail(there.error());
    }
    // Without a yes nobody is asked for anything, the hub neither.
    TRY_ASSIGN(bool wanted, is_wanted(offer, invocation));
    if (wanted) {
        const std::string known_note = offer.note;
        TRY(ask_hub(offer, invocation));
        note_to_user(invocation, "fetching " + described(offer));
        if (offer.note != known_note) {
            note_to_user(invocation, offer.note);
        }
    }
    if (!wanted) {
        return to_int(ExitCode::declined);
    }
    if (invocation.dry_run) {
        note_to_user(invocation, "dry run: nothing is downloaded");
        return to_int(ExitCode::ok);
    }
    if (there.error().code == ErrorCode::bad_model) {
        TRY(clear_damaged(reference));
    }
    TRY_ASSIGN(const auto path, fetch(offer, invocation));
    // By the file that was chosen: the reference may have named a repository only.
    ModelRow row = row_of(offer.reference, invocation);
    row.path = path.string();
    print_outcome(row, true, invocation);
    if (!is_chosen(reference, invocation) && !is_chosen(offer.reference, invocation)) {
        note_to_user(invocation, fmt::format("to answer with it: caro models use {}", offer.reference.text()));
    }
    return to_int(ExitCode::ok);
}

}  // namespace caro::cli
