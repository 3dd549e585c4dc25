#include "infer/convert/rotation.hpp"

#include <cmath>

namespace caro::infer {

using models::CheckpointConfig;
using models::RopeScaling;

std::uint64_t rotated_row(std::uint64_t row, std::uint64_t rows, std::uint32_t heads) {
    const std::uint64_t head_size = rows / heads;
    const std::uint64_t within = row % head_size;
    return row - within + within % 2 * (head_size / 2) + within / 2;
}

std::vector<float> llama3_factors(const CheckpointConfig& config) {
    constexpr double k_pi = 3.14159265358979323846;
    const RopeScaling& rope = config.rope;
    std::vector<float> factors(config.head_size / 2);
    for (std::size_t i = 0; i < factors.size(); ++i) {
        const double frequency = std::pow(config.rope_base, -2.0 * static_cast<double>(i) / config.head_size);
        const double turns = rope.original_context * frequency / (2 * k_pi);  // within the original context
        if (turns > rope.high_frequency_factor) {
            factors[i] = 1;
        } else if (turns < rope.low_frequency_factor) {
            factors[i] = static_cast<float>(rope.factor);
        } else {
            const double smooth = (turns - rope.low_frequency_factor) / (rope.high_frequency_factor - rope.low_frequency_factor);
            factors[i] = static_cast<float>(1 / ((1 - smooth) / rope.factor + smooth));
        }
    }
    return factors;
}

}  // namespace caro::infer
