#include "cli/backend_choice.hpp"

#include "cli/backend_options.hpp"
#include "cli/doctor.hpp"
#include "util/env.hpp"

namespace caro::cli {

infer::SelectionPolicy selection_policy(const config::Config& config) {
    infer::SelectionPolicy policy;
    policy.choice = config.get<std::string>("backend");
    policy.fallback = config.get<bool>("fallback");
    policy.free_memory = available_memory();
    if (const auto state = state_dir()) {
        policy.statistics_file = *state / "backends.json";
    }
    return policy;
}

Result<std::unique_ptr<infer::Generator>> choose_backend(Invocation& invocation) {
    return infer::select(selection_policy(invocation.config), backend_options(invocation.config),
                         [&invocation](std::string_view note) { invocation.warnings.emplace_back(note); });
}

}  // namespace caro::cli
