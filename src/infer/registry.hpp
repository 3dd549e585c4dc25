// The table of back ends compiled into this binary.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "infer/generator.hpp"
#include "util/result.hpp"

namespace caro::infer {

// Everything a back end may be told; each takes what concerns it.
struct BackendOptions {
    // embedded
    std::string model_path;            // GGUF file; "" if none was found
    std::uint64_t model_offset = 0;    // where the model begins in that file, which may be a program that carries it
    std::uint64_t model_size = 0;      // its size; 0 = to the end of the file
    std::string model_name;            // for people; "" = the file's name
    std::string model_hint;            // what to do about a missing model, shown to the user
    std::string state_dir;             // folder for evaluated prompt prefixes; "" = keep none
    std::uint32_t context_tokens = 2048;
    std::uint32_t batch_tokens = 512;
    std::int32_t threads = 0;          // 0 = physical cores the process may use
    std::int32_t gpu_layers = -1;      // -1 = all
    bool use_mmap = true;
    bool use_mlock = false;
    bool guess_tokens = true;          // check guessed tokens together; the answer is the same, only slower without
    // remote
    std::string ollama_url;            // "" = OLLAMA_HOST or the default
    std::string ollama_model;          // "" = the best installed one
    std::string ollama_keep_alive = "5m";  // how long the server keeps the model in memory afterwards
    std::string vllm_url;              // "" = not configured
    std::string vllm_model;            // "" = the first one served
    std::string vllm_key_env;          // name of the variable that holds the key
    std::string ca_file;               // extra certificate authorities; "" = the system's
    bool allow_insecure = false;       // plain http off this machine
    std::uint32_t timeout_ms = 30000;
};

struct BackendEntry {
    std::string_view name;     // "embedded"
    std::string_view summary;  // one line
    bool local;
    int priority;  // higher is preferred in automatic choice
    Result<std::unique_ptr<Generator>> (*make)(const BackendOptions& options);
    bool in_process = false;  // answers by itself: loads the model file, and is_available() contacts nobody
};

// All back ends of this build, highest priority first.
std::span<const BackendEntry> backends();

// Adds a back end at run time, for test programs only. Call before anything else of this module.
void register_for_tests(BackendEntry entry);

// The entry of that name, or ErrorCode::usage naming the ones there are and the nearest.
Result<const BackendEntry*> find_backend(std::string_view name);

}  // namespace caro::infer
