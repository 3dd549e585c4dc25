#include "infer/registry.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <vector>

#include "util/strings.hpp"

#ifdef CARO_BACKEND_LLAMA
#include "infer/llama/llama_backend.hpp"
#endif
#ifdef CARO_BACKEND_REMOTE
#include "infer/ollama/ollama_backend.hpp"
#include "infer/openai/openai_backend.hpp"
#endif

namespace caro::infer {

namespace {

// One line per back end; adding one means its folder and its line here.
std::vector<BackendEntry>& table() {
    static std::vector<BackendEntry> s_table = {
#ifdef CARO_BACKEND_LLAMA
        {"embedded", "llama.cpp inside this program, on this machine", true, 100, llama::make, true},
#endif
#ifdef CARO_BACKEND_REMOTE
        {"ollama", "an Ollama server, on this machine unless another is named", true, 50, ollama::make},
        {"vllm", "vLLM or any OpenAI-compatible server", false, 40, openai::make},
#endif
    };
    return s_table;
}

}  // namespace

std::span<const BackendEntry> backends() { return table(); }

void register_for_tests(BackendEntry entry) { table().push_back(entry); }

Result<const BackendEntry*> find_backend(std::string_view name) {
    std::vector<std::string_view> names;
    std::string list;
    for (const auto& entry : table()) {
        if (entry.name == name) {
            return &entry;
        }
        names.push_back(entry.name);
        list += (list.empty() ? "" : ", ") + std::string(entry.name);
    }
    const std::string near = nearest(name, names);
    return fail(ErrorCode::usage, fmt::format("there is no back end '{}' in this build", name),
                near.empty() ? "Back ends: " + list : fmt::format("Did you mean '{}'? Back ends: {}", near, list));
}

}  // namespace caro::infer
