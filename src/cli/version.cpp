#include "cli/version.hpp"

#include "build_info.hpp"
#include "models/bundle.hpp"

#include <fmt/core.h>

namespace caro::cli {

std::string_view version() {
    return CARO_VERSION_TEXT;
}

std::string version_text() {
    const std::string_view revision = CARO_REVISION_TEXT;
    std::string text = fmt::format("caro {} ({}{}{})\n", version(), revision,
                                   revision.empty() ? "" : ", ", CARO_BUILD_TYPE_TEXT);
    std::string backends;
    if (CARO_BACKEND_LLAMA) {
        backends = fmt::format("embedded (llama.cpp {}; CPU{}{}{})", CARO_LLAMA_VERSION_TEXT,
                               CARO_METAL ? ", Metal" : "", CARO_CUDA ? ", CUDA" : "",
                               CARO_VULKAN ? ", Vulkan" : "");
    }
    if (CARO_BACKEND_REMOTE) {
        backends += fmt::format("{}ollama, vllm", backends.empty() ? "" : ", ");
    }
    text += "back ends: " + backends + "\n";
    if (const auto& bundle = models::own_bundle()) {
        text += fmt::format("model inside: {} ({} MB)\n", bundle->file, bundle->size / 1'000'000);
    } else if (!models::bundle_problem().empty()) {
        text += models::bundle_problem() + "\n";
    }
    return text;
}

}  // namespace caro::cli
