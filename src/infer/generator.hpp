// The one interface of all back ends. The engine is handed a Generator& and never knows which one it is.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "prompt/prompt.hpp"
#include "util/cancel.hpp"
#include "util/result.hpp"

namespace caro::infer {

// What a back end is and has; all fields that are not known (yet) are empty or zero.
struct BackendInfo {
    std::string name;               // "embedded", "ollama", "vllm"
    std::string model;              // model name or file
    std::string device;             // "CPU (2 threads)", "NVIDIA …", "http://127.0.0.1:11434"
    bool local = true;              // false: text leaves this machine
    bool automatic = true;          // false: only used when the user names it (no address in caro's own settings)
    std::uint32_t context_tokens = 0;
    std::uint64_t memory_bytes = 0;      // of the model and its context
    double measured_tokens_per_s = 0.0;  // of the last generation in this process
    std::vector<std::string> notes;      // what the user should be told when it is used: an exposed server, …
};

struct Availability {
    bool ready = false;
    std::string why_not;     // one line; empty if ready
    std::string how_to_fix;  // the exact thing to do; empty if ready
};

// Sampling parameters. `greedy` ignores all others but the seed-free ones; see precise() and creative().
struct Sampling {
    bool greedy = true;
    float temperature = 0.0F;
    std::int32_t top_k = 0;        // 0 = off
    float top_p = 1.0F;            // 1 = off
    float repeat_penalty = 1.0F;   // 1 = off
    std::uint32_t seed = 0;

    static Sampling precise() { return {}; }
    static Sampling creative(std::uint32_t seed) { return {false, 0.7F, 40, 0.95F, 1.1F, seed}; }
};

// What a back end is busy with before the first token, for showing progress.
enum class Phase : std::uint8_t {
    load,     // the model is brought into memory
    prepare,  // one-time work for this model whose result is kept; may take many seconds
    prompt,   // the request is being read
};

// Called from the thread that called generate(), a few times a second at most where that can be arranged.
// `fraction` goes from 0 to 1 within a phase.
using ProgressSink = std::function<void(Phase phase, double fraction)>;

struct GenerateRequest {
    prompt::Prompt prompt;
    Sampling sampling;
    std::uint32_t max_tokens = 160;
    ProgressSink on_progress;  // may be empty
};

enum class StopReason : std::uint8_t { end_of_answer, stop_text, sink, max_tokens };

struct Usage {
    std::uint32_t prompt_tokens = 0;  // all tokens of the prompt
    std::uint32_t cached_tokens = 0;  // those that needed no evaluation
    std::uint32_t generated_tokens = 0;
    std::uint32_t drafted_tokens = 0;   // guessed and then checked, see src/infer/llama/drafter.hpp
    std::uint32_t accepted_tokens = 0;  // those of them that were right
};

// Milliseconds.
struct Timings {
    double load = 0;      // model into memory (0 if it was there)
    double prompt = 0;    // until the prompt is evaluated
    double generate = 0;  // the answer's tokens
};

struct Completion {
    std::string text;
    StopReason stop = StopReason::end_of_answer;
    bool piped_cut = false;  // not all of the piped text fitted the prompt
    Usage usage;
    Timings timings;
};

// Receives pieces of the answer as they come (whole UTF-8 characters). Returning false means "enough", which
// is no error. Called on the thread that called generate().
using TokenSink = std::function<bool(std::string_view)>;

class Generator {
  public:
    virtual ~Generator() = default;

    // Never blocks, never loads.
    virtual BackendInfo info() const = 0;

    // Can generate() be expected to work? Never loads a model; takes at most about `budget`, and ends at once when the
    // token says so.
    virtual Availability is_available(std::chrono::milliseconds budget, const CancelToken& cancel) = 0;

    // One answer. Blocks; loads the model first if need be. Ends early with ErrorCode::cancelled or
    // ErrorCode::timeout when the token says so. Not to be called from two threads at once.
    virtual Result<Completion> generate(const GenerateRequest& request, const TokenSink& sink,
                                        const CancelToken& cancel) = 0;

    // Frees everything; may be called any number of times. generate() afterwards is an error.
    virtual void shutdown() noexcept = 0;

    // For the end of the process: keeps what shutdown() keeps, but leaves the memory to the system, which takes it back
    // more quickly. Nothing may be called afterwards.
    virtual void leave() noexcept { shutdown(); }
};

}  // namespace caro::infer
