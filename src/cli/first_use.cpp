#include "cli/first_use.hpp"

#include "cli/error_text.hpp"
#include "cli/model_fetch.hpp"
#include "infer/registry.hpp"
#include "models/hub.hpp"
#include "models/store.hpp"

#include <fmt/core.h>

namespace caro::cli {

namespace {

constexpr std::string_view k_embedded = "embedded";

bool embedded_would_answer(const config::Config& config) {
    const auto& backend = config.get<std::string>("backend");
    return (backend == "auto" || backend == k_embedded) && infer::find_backend(k_embedded);
}

Result<bool> is_allowed(ModelOffer& offer, Invocation& invocation) {
    if (invocation.config.get<bool>("models.auto_download")) {
        return true;
    }
    const QuestionTerminal terminal(invocation);
    if (!terminal.is_there()) {
        return false;
    }
    if (!invocation.quiet) {
        print_note("caro has no model on this machine yet", invocation.color);
    }
    // The question names the size; where that is not known, only the hub can tell.
    if (offer.size == 0) {
        TRY(ask_hub(offer, invocation));
    }
    TRY_ASSIGN(const bool wanted, ask_to_fetch(offer, terminal.fd(), invocation));
    if (!wanted) {
        // Told in full, what else could answer would only bury this.
        return fail(ErrorCode::declined, "without a model caro cannot answer",
                    fmt::format("When it suits you: caro models pull {}", offer.label));
    }
    return true;
}

}  // namespace

Result<bool> fetch_missing_model(const Error& error, Invocation& invocation) {
    const bool lacks_something = error.code == ErrorCode::unavailable || error.code == ErrorCode::not_found;
    if (!lacks_something || !embedded_would_answer(invocation.config)) {
        return false;
    }
    const auto reference = models::parse_reference(invocation.config.get<std::string>("model"));
    if (!reference || reference->kind == models::Reference::Kind::path) {
        return false;
    }
    const auto there = models::find(*reference);
    if (there || there.error().code != ErrorCode::not_found) {
        return false;
    }
    const auto hub = models::HubOptions::from_environment(invocation.config.get<std::string>("tls.ca_file"));
    if (!hub || hub->offline) {
        return false;  // a yes could not be kept
    }
    TRY_ASSIGN(ModelOffer offer, offer_of(*reference));
    TRY_ASSIGN(const bool allowed, is_allowed(offer, invocation));
    if (!allowed) {
        return false;
    }
    TRY(fetch(offer, invocation));
    return true;
}

}  // namespace caro::cli
