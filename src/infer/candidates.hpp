// The back ends of one run, in order of preference. Internal to the selector.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "infer/selector.hpp"

namespace caro::infer {

struct Candidate {
    const BackendEntry* entry = nullptr;
    std::unique_ptr<Generator> generator;      // null if it could not be made
    std::optional<Error> make_error;
    std::optional<Availability> availability;  // nullopt = not asked yet
    const Figures* figures = nullptr;
    bool tight = false;   // its model may not fit in memory
    bool failed = false;  // in this run
};

// Makes every back end and puts them in order; nothing is contacted. Figures point into `statistics`.
std::vector<Candidate> make_candidates(const SelectionPolicy& policy, const BackendOptions& options,
                                       const Statistics& statistics);

// May this one be used without being named?
bool is_automatic(const Candidate& candidate);

// Asks all that were not asked yet, at the same time.
void probe_all(std::vector<Candidate*> candidates, std::chrono::milliseconds budget, const CancelToken& cancel);

// Asks one. It must be one that answers from what it has (the embedded engine), not over a network.
bool is_ready(Candidate& candidate, std::chrono::milliseconds budget, const CancelToken& cancel);

}  // namespace caro::infer
