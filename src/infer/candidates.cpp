#include "infer/candidates.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <thread>

#include "util/log.hpp"

namespace caro::infer {

namespace {

// Context, buffers and caro itself, besides the model's own bytes.
constexpr std::uint64_t k_memory_besides_model = 300'000'000;
constexpr std::uint32_t k_answers_to_compare = 3;
constexpr double k_clearly_faster = 0.5;

// Only a back end that loads the model file itself needs this machine's memory for it.
bool is_tight(const BackendEntry& entry, const SelectionPolicy& policy, const BackendOptions& options) {
    if (!entry.in_process || policy.free_memory == 0 || options.model_path.empty()) {
        return false;
    }
    std::error_code error;
    const auto size = options.model_size > 0 ? options.model_size : std::filesystem::file_size(options.model_path, error);
    const auto needed = size + k_memory_besides_model;
    if (error || needed <= policy.free_memory) {
        return false;
    }
    return !policy.gpu_memory || policy.gpu_memory() < needed;
}

// Built for instructions that this processor lacks, the engine would end the program at its first one.
std::optional<Error> unsuited(const BackendEntry& entry, const SelectionPolicy& policy) {
    if (!entry.in_process || policy.missing_instructions.empty()) {
        return std::nullopt;
    }
    return Error{ErrorCode::unavailable,
                 fmt::format("this processor lacks {}, which the engine of this build needs", policy.missing_instructions),
                 "Use a server (ollama or vllm), or build caro here with -DCARO_NATIVE=ON", {}};
}

int group_of(const Candidate& candidate) {
    const bool local = candidate.generator ? candidate.generator->info().local : candidate.entry->local;
    return !local ? 2 : candidate.tight ? 1 : 0;
}

bool clearly_faster(const Candidate& a, const Candidate& b) {
    return a.figures != nullptr && b.figures != nullptr && a.figures->answers >= k_answers_to_compare &&
           b.figures->answers >= k_answers_to_compare && a.figures->total_ms < b.figures->total_ms * k_clearly_faster;
}

}  // namespace

std::vector<Candidate> make_candidates(const SelectionPolicy& policy, const BackendOptions& options,
                                       const Statistics& statistics) {
    std::vector<Candidate> out;
    for (const auto& entry : backends()) {
        Candidate candidate;
        candidate.entry = &entry;
        candidate.tight = is_tight(entry, policy, options);
        auto unsuitable = unsuited(entry, policy);
        auto made = unsuitable ? fail(std::move(*unsuitable)) : entry.make(options);
        if (made) {
            candidate.generator = std::move(*made);
            candidate.figures = statistics.find(entry.name, candidate.generator->info().model);
        } else {
            candidate.make_error = std::move(made.error());
            candidate.availability = Availability{false, candidate.make_error->message, candidate.make_error->hint};
        }
        out.push_back(std::move(candidate));
    }
    std::stable_sort(out.begin(), out.end(), [](const Candidate& a, const Candidate& b) {
        const int group_a = group_of(a);
        const int group_b = group_of(b);
        return group_a != group_b ? group_a < group_b : a.entry->priority > b.entry->priority;
    });
    // Measured speed only decides among those on this machine: where text may go is not a question of speed.
    for (std::size_t i = 1; i < out.size() && group_of(out[i]) == 0; ++i) {
        if (clearly_faster(out[i], out[0])) {
            std::rotate(out.begin(), out.begin() + static_cast<std::ptrdiff_t>(i),
                        out.begin() + static_cast<std::ptrdiff_t>(i) + 1);
        }
    }
    return out;
}

bool is_automatic(const Candidate& candidate) {
    return !candidate.generator || candidate.generator->info().automatic;
}

bool is_ready(Candidate& candidate, std::chrono::milliseconds budget, const CancelToken& cancel) {
    if (!candidate.availability) {
        candidate.availability = candidate.generator->is_available(budget, cancel);
    }
    return candidate.availability->ready;
}

void probe_all(std::vector<Candidate*> candidates, std::chrono::milliseconds budget, const CancelToken& cancel) {
    std::vector<std::thread> threads;
    for (Candidate* candidate : candidates) {
        if (candidate->availability) {
            continue;
        }
        try {
            threads.emplace_back([candidate, budget, &cancel] { is_ready(*candidate, budget, cancel); });
        } catch (const std::system_error&) {
            is_ready(*candidate, budget, cancel);  // no thread to be had: one after the other
        }
    }
    for (auto& thread : threads) {
        thread.join();
    }
    for (const Candidate* candidate : candidates) {
        LOG("back end {}: {}", candidate->entry->name,
            candidate->availability->ready ? "ready" : candidate->availability->why_not);
    }
}

}  // namespace caro::infer
