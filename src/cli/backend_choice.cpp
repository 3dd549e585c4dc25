#include "cli/backend_choice.hpp"

#include <algorithm>

#include "cli/backend_options.hpp"
#include "cli/error_text.hpp"
#include "cli/model_import.hpp"
#include "infer/accelerators.hpp"
#include "infer/registry.hpp"
#include "models/bundle.hpp"
#include "models/hardware.hpp"
#include "models/store.hpp"
#include "util/env.hpp"

namespace caro::cli {

infer::SelectionPolicy selection_policy(const config::Config& config) {
    infer::SelectionPolicy policy;
    policy.choice = config.get<std::string>("backend");
    policy.fallback = config.get<bool>("fallback");
    policy.free_memory = models::memory_facts().available;
    policy.missing_instructions = infer::missing_instructions();
    if (infer::has_gpu_support()) {
        policy.gpu_memory = [] {
            std::uint64_t most = 0;
            for (const auto& gpu : infer::accelerators()) {
                most = std::max(most, gpu.free);
            }
            return most;
        };
    }
    if (const auto state = state_dir()) {
        policy.statistics_file = *state / "backends.json";
    }
    return policy;
}

namespace {

// A checkpoint folder is made a model file the first time it is used.
Result<> import_if_checkpoint(const std::string& model, Invocation& invocation) {
    const auto reference = models::parse_reference(model);
    if (!reference || reference->kind != models::Reference::Kind::path || !models::is_checkpoint(reference->path)) {
        return {};
    }
    if (!invocation.quiet && invocation.output == Output::plain) {
        print_note("making a model file of the checkpoint, once", invocation.color);
    }
    ImportPlan plan;
    plan.folder = reference->path;
    return import_checkpoint(plan, invocation).map([](const Imported&) {});
}

}  // namespace

Result<std::unique_ptr<infer::Generator>> choose_backend(Invocation& invocation) {
    if (!models::bundle_problem().empty()) {
        invocation.warnings.push_back(models::bundle_problem());
    }
    // A model of the user's that is not there is the thing to tell, not that no back end is ready.
    const auto& backend = invocation.config.get<std::string>("backend");
    const auto& model = invocation.config.get<std::string>("model");
    if ((backend == "auto" || backend == "embedded") && infer::find_backend("embedded")) {
        auto file = models::find(model);
        if (!file && file.error().code == ErrorCode::not_found) {
            TRY(import_if_checkpoint(model, invocation));
            file = models::find(model);
        }
        if (!file && !model.empty()) {
            return fail(file.error());
        }
        const auto& bundle = models::own_bundle();
        if (file && !(bundle && bundle->program == *file)) {
            const auto reference = models::parse_reference(model);
            const std::string promised = reference && reference->entry ? reference->entry->sha256 : "";
            TRY(models::Cache::of_user().value_or(models::Cache({})).check(*file, promised, *invocation.cancel));
        }
    }
    return infer::select(selection_policy(invocation.config), backend_options(invocation.config),
                         [&invocation](std::string_view note) { invocation.warnings.emplace_back(note); },
                         *invocation.cancel);
}

ModelUse::ModelUse(const infer::Generator& generator, const config::Config& config) {
    const auto cache = models::Cache::of_user();
    if (!cache || generator.info().name != "embedded") {
        return;
    }
    const auto file = models::find(config.get<std::string>("model"));
    if (file && file->parent_path() == cache->models_dir()) {
        m_file = *file;
        m_held.emplace(m_file);
    }
}

ModelUse::~ModelUse() {
    if (m_held) {
        if (const auto cache = models::Cache::of_user()) {
            cache->touch(m_file);
        }
    }
}

}  // namespace caro::cli
