#include "models/hardware.hpp"

#include <algorithm>

namespace caro::models {

namespace {

// Decoding reads all weights once a token; of what a plain loop reads from memory it reaches this part. Of the
// operations a plain loop makes on floats, evaluating a short prompt reaches this part; our own kernels need VNNI.
// docs/hardware.md says what was measured.
constexpr double k_decode_share = 0.9;
constexpr double k_prompt_share = 0.4;
constexpr double k_prompt_share_vnni = 0.8;
// A short command, and what of its prompt is not kept from earlier.
constexpr double k_answer_tokens = 20;
constexpr double k_new_tokens = 25;
// Loading: the file is mapped, so that most of this is the prompt's state.
constexpr double k_start_s = 0.08;
constexpr double k_start_s_per_byte = 0.08e-9;
// Where the hub alone knows a file's size: the part of the stated need that is weights.
constexpr double k_weights_of_memory = 0.8;

const Gpu* gpu_for(std::uint64_t need, const Hardware& hardware) {
    const auto found = std::find_if(hardware.gpus.begin(), hardware.gpus.end(),
                                    [need](const Gpu& gpu) { return gpu.usable && gpu.free >= need; });
    return found == hardware.gpus.end() ? nullptr : &*found;
}

}  // namespace

bool Hardware::has(std::string_view instruction_set) const {
    return std::find(isa.begin(), isa.end(), instruction_set) != isa.end();
}

Expectation expect(const CatalogueEntry& entry, const Hardware& hardware) {
    Expectation result;
    result.name = entry.name;
    const std::uint64_t need = entry.memory_mb * 1'000'000;
    result.bytes = entry.size != 0 ? entry.size
                                   : static_cast<std::uint64_t>(static_cast<double>(need) * k_weights_of_memory);
    result.on_gpu = gpu_for(need, hardware) != nullptr;
    result.fits = result.on_gpu || hardware.memory_available == 0 || need <= hardware.memory_available;
    if (result.on_gpu) {
        return result;
    }
    if (hardware.bandwidth > 0 && result.bytes > 0) {
        result.decode_per_s = hardware.bandwidth * k_decode_share / static_cast<double>(result.bytes);
    }
    if (hardware.compute > 0 && entry.parameters_m > 0) {
        const double share = hardware.has("VNNI") ? k_prompt_share_vnni : k_prompt_share;
        result.prompt_per_s = hardware.compute * share / (2e6 * static_cast<double>(entry.parameters_m));
    }
    if (result.decode_per_s > 0 && result.prompt_per_s > 0) {
        result.answer_s = k_start_s + k_start_s_per_byte * static_cast<double>(result.bytes) +
                          k_new_tokens / result.prompt_per_s + k_answer_tokens / result.decode_per_s;
    }
    return result;
}

std::optional<Expectation> recommend(std::span<const CatalogueEntry> entries, const Hardware& hardware,
                                     double patience_s) {
    const CatalogueEntry* best = nullptr;
    const CatalogueEntry* smallest = nullptr;
    for (const auto& entry : entries) {
        const Expectation here = expect(entry, hardware);
        if (!here.fits || !entry.permissive || !entry.for_code) {
            continue;
        }
        if (smallest == nullptr || entry.parameters_m < smallest->parameters_m) {
            smallest = &entry;
        }
        if (here.answer_s <= patience_s && (best == nullptr || entry.parameters_m > best->parameters_m)) {
            best = &entry;
        }
    }
    const CatalogueEntry* chosen = best != nullptr ? best : smallest;
    return chosen == nullptr ? std::nullopt : std::optional(expect(*chosen, hardware));
}

}  // namespace caro::models
