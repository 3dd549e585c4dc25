// Real models for tests: named by environment variables, else looked for where caro keeps them.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <optional>
#include <string>

#include "util/env.hpp"

namespace caro::test {

// A model file of that name below caro's model folder, or CARO_TEST_MODEL_DIR; nullopt if it is not there.
inline std::optional<std::string> model_file(const std::string& name) {
    std::optional<std::filesystem::path> dir;
    if (const auto value = get_env_nonempty("CARO_TEST_MODEL_DIR")) {
        dir = *value;
    } else if (const auto cache = cache_dir()) {
        dir = *cache / "models";
    }
    std::error_code error;
    if (dir && std::filesystem::is_regular_file(*dir / name, error)) {
        return (*dir / name).string();
    }
    return std::nullopt;
}

// The smallest model that is here and can follow an instruction.
inline std::optional<std::string> any_model() {
    for (const char* name : {"qwen2.5-coder-0.5b-instruct-q4_k_m.gguf", "SmolLM2-135M-Instruct.Q4_1.gguf",
                             "qwen2.5-coder-1.5b-instruct-q4_k_m.gguf"}) {
        if (auto path = model_file(name)) {
            return path;
        }
    }
    return std::nullopt;
}

}  // namespace caro::test
