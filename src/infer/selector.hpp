// Which back end answers: the user's choice first, then what suits this machine, then what is ready.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "infer/generator.hpp"
#include "infer/registry.hpp"
#include "infer/statistics.hpp"
#include "util/result.hpp"

namespace caro::infer {

struct SelectionPolicy {
    std::string choice = "auto";     // a back end's name, or "auto"
    bool fallback = false;           // another back end may take over when the chosen one cannot answer
    std::filesystem::path statistics_file;  // "" = keep none
    // The platform, as far as it concerns an engine inside this program:
    std::uint64_t free_memory = 0;   // bytes this machine has to spare; 0 = not known
    std::function<std::uint64_t()> gpu_memory;  // free bytes of the GPU it would use; asked only where `free_memory` is
                                                // too little, as that wakes the driver. Empty = it uses none
    std::string missing_instructions;  // that it needs and this processor has not: "AVX2, FMA"; "" = none
    std::chrono::milliseconds probe_budget{150};
};

// Receives one line the user should know: what was used instead and why, an exposed server, an upgraded address.
using NoteSink = std::function<void(std::string_view)>;

// A generator that stands for the chosen back end, records what it does in the statistics file (when it is shut
// down or destroyed) and, if the policy allows, goes on with the next one when the chosen one fails. Rules:
// - An explicit choice is taken as it is. Without `fallback` nothing else is ever used, looked at or contacted.
// - "auto" takes the first back end that is ready, in this order: on this machine and fitting in its memory (or its
//   GPU's); on this machine; elsewhere. An engine this processor cannot run is never ready. One on this machine that was measured to answer in less than half the time goes first.
//   Servers the user did not set in caro's own settings (BackendInfo::automatic) are left out.
// - Nothing is contacted if the first in that order is ready by itself; otherwise all are asked at once.
// - A back end that failed is not tried again. A refused key (401, 403), a wrong configuration and a cancelled run
//   never lead to another back end. After a fall-back in mid-answer the sink sees the new answer from its beginning.
// Errors: usage (unknown name), config, cancelled, timeout, and unavailable naming what each back end lacks.
Result<std::unique_ptr<Generator>> select(const SelectionPolicy& policy, const BackendOptions& options, NoteSink note,
                                          const CancelToken& cancel);

// Whether another back end may answer after this error.
bool may_fall_back(ErrorCode code);

// One row for `caro backends`.
struct BackendRow {
    std::string name;
    std::string summary;
    BackendInfo info;
    Availability availability;
    std::optional<Figures> figures;  // measured on this machine
    bool chosen = false;             // the one a request would go to now
};

// Every back end of this build, all asked at once, in the order of the registry. Takes about the policy's budget.
std::vector<BackendRow> survey(const SelectionPolicy& policy, const BackendOptions& options, const CancelToken& cancel);

}  // namespace caro::infer
