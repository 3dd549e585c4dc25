#include "cli/backend_choice.hpp"

#include "cli/backend_options.hpp"
#include "infer/registry.hpp"

namespace caro::cli {

Result<std::unique_ptr<infer::Generator>> choose_backend(Invocation& invocation) {
    const auto& name = invocation.config.get<std::string>("backend");
    const infer::BackendOptions options = backend_options(invocation.config);
    if (name != "auto") {
        TRY_ASSIGN(const auto* entry, infer::find_backend(name));
        return entry->make(options);
    }
    return infer::backends().front().make(options);
}

}  // namespace caro::cli
