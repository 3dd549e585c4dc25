// What this machine can do, and what that means for the models of the catalogue.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "models/catalogue.hpp"

namespace caro::models {

struct Gpu {
    std::string name;         // "NVIDIA H100 80GB HBM3"
    std::uint64_t memory = 0;  // bytes
    std::uint64_t free = 0;    // bytes
    bool usable = false;       // by the engine of this build
};

struct Hardware {
    std::string processor;               // its name as the system tells it; "" if it does not
    int cores = 1;                       // physical cores that this process may use
    std::vector<std::string> isa;        // of AVX2, FMA, AVX-512, VNNI, AMX; NEON, DOTPROD, I8MM, SVE
    std::uint64_t memory_total = 0;      // bytes, at most the control group's limit; 0 = not known
    std::uint64_t memory_available = 0;  // bytes a process could get now; 0 = not known
    std::vector<Gpu> gpus;               // those of NVIDIA, where its driver's library is
    double bandwidth = 0;  // bytes a second that all cores read from memory together; 0 = not measured
    double compute = 0;    // single-precision operations a second, all cores together; 0 = not measured

    bool has(std::string_view instruction_set) const;
};

struct MemoryFacts {
    std::uint64_t total = 0;      // bytes; 0 = not known
    std::uint64_t available = 0;  // bytes; 0 = not known
};

// Memory by /proc/meminfo, limited by the control groups (v1 and v2) this process is in. `root` is where /proc and /sys
// are looked for (tests pass another).
MemoryFacts memory_facts(const std::filesystem::path& root = "/");

// All but the measured figures. Where NVIDIA's driver is installed, asking it may take a tenth of a second.
Hardware look_at_hardware(const std::filesystem::path& root = "/");

// Fills in `bandwidth` and `compute`, about `time` each, with one thread a core. On a busy machine the figures are
// lower, as is what a model will do.
void measure(Hardware& hardware, std::chrono::milliseconds time = std::chrono::milliseconds(50));

// What to expect of a model. Estimates: docs/hardware.md says how they are made and how far they are off.
struct Expectation {
    std::string name;         // in the catalogue
    std::uint64_t bytes = 0;  // of weights, read once for each token
    double decode_per_s = 0;  // tokens written a second; 0 = not known
    double prompt_per_s = 0;  // tokens of the prompt a second; 0 = not known
    double answer_s = 0;      // seconds for a short command, the constant part of the prompt kept; 0 = not known
    bool fits = true;         // in the memory that is available, or the GPU's
    bool on_gpu = false;      // then nothing is known of its speed
};

Expectation expect(const CatalogueEntry& entry, const Hardware& hardware);

// The model to use. Of those for code with a licence free for any use that fit: the one with most weights that answers
// within `patience_s` (on a usable GPU any does); if none is that quick, the smallest; nullopt if none fits.
std::optional<Expectation> recommend(std::span<const CatalogueEntry> entries, const Hardware& hardware,
                                     double patience_s = 3.0);

}  // namespace caro::models
