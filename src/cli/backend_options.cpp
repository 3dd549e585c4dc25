#include "cli/backend_options.hpp"

#include "models/bundle.hpp"
#include "models/store.hpp"
#include "util/env.hpp"

#include <fmt/core.h>

namespace caro::cli {

namespace {

void set_embedded(infer::BackendOptions& options, const config::Config& config) {
    if (auto path = models::find(config.get<std::string>("model"))) {
        options.model_path = path->string();
        if (const auto& bundle = models::own_bundle(); bundle && bundle->program == *path) {
            options.model_offset = bundle->offset;
            options.model_size = bundle->size;
            options.model_name = bundle->file;
        }
    } else {
        const Error& error = path.error();
        options.model_hint =
            error.hint.empty() ? error.message : fmt::format("{} ({})", error.hint, error.message);
    }
    if (config.get<bool>("engine.prompt_cache")) {
        if (const auto cache = cache_dir()) {
            options.state_dir = (*cache / "state").string();
        }
    }
    options.context_tokens = static_cast<std::uint32_t>(config.get<std::int64_t>("engine.context"));
    options.batch_tokens = static_cast<std::uint32_t>(config.get<std::int64_t>("engine.batch"));
    options.threads = static_cast<std::int32_t>(config.get<std::int64_t>("engine.threads"));
    options.gpu_layers = static_cast<std::int32_t>(config.get<std::int64_t>("engine.gpu_layers"));
    options.use_mmap = config.get<bool>("engine.mmap");
    options.use_mlock = config.get<bool>("engine.mlock");
}

}  // namespace

infer::BackendOptions backend_options(const config::Config& config) {
    infer::BackendOptions options;
    set_embedded(options, config);
    options.ollama_url = config.get<std::string>("ollama.url");
    options.ollama_model = config.get<std::string>("ollama.model");
    options.ollama_keep_alive = config.get<std::string>("ollama.keep_alive");
    options.vllm_url = config.get<std::string>("vllm.url");
    options.vllm_model = config.get<std::string>("vllm.model");
    // A model that is named together with a server is the server's.
    const auto& model = config.get<std::string>("model");
    const auto& backend = config.get<std::string>("backend");
    if (!model.empty() && backend == "ollama") {
        options.ollama_model = model;
    } else if (!model.empty() && backend == "vllm") {
        options.vllm_model = model;
    }
    options.vllm_key_env = config.get<std::string>("vllm.key_env");
    options.ca_file = config.get<std::string>("tls.ca_file");
    options.allow_insecure = config.get<bool>("tls.allow_insecure");
    options.timeout_ms = static_cast<std::uint32_t>(config.get<std::int64_t>("timeout_ms"));
    return options;
}

}  // namespace caro::cli
