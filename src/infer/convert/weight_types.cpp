#include <algorithm>
#include <array>

#include "infer/convert/convert.hpp"
#include "util/strings.hpp"

namespace caro::infer {

namespace {

struct Row {
    std::string_view name;
    WeightType type;
    double bits;  // of a weight, upper bound; 0 = as in the checkpoint
};

constexpr std::array k_rows = {
    Row{"as stored", WeightType::as_stored, 0}, Row{"F32", WeightType::f32, 32},   Row{"F16", WeightType::f16, 16},
    Row{"BF16", WeightType::bf16, 16},          Row{"Q8_0", WeightType::q8_0, 8.6}, Row{"Q4_K_M", WeightType::q4_k_m, 8.6},
};

const Row& row_of(WeightType type) {
    return *std::find_if(k_rows.begin(), k_rows.end(), [type](const Row& row) { return row.type == type; });
}

}  // namespace

std::string_view name_of(WeightType type) { return row_of(type).name; }

std::optional<WeightType> weight_type(std::string_view name) {
    for (std::size_t i = 1; i < k_rows.size(); ++i) {
        if (to_lower(name) == to_lower(k_rows[i].name)) {
            return k_rows[i].type;
        }
    }
    return std::nullopt;
}

std::string weight_type_names() {
    std::string names;
    for (std::size_t i = 1; i < k_rows.size(); ++i) {
        names += (i > 1 ? ", " : "") + std::string(k_rows[i].name);
    }
    return names;
}

std::uint64_t conversion_bytes(const models::Checkpoint& checkpoint, WeightType type) {
    constexpr double k_vocabulary = 64e6;  // names, merges and the header
    const double stored = static_cast<double>(checkpoint.bytes);
    const double bits = row_of(type).bits;
    const double weights = stored / static_cast<double>(std::max<std::uint64_t>(1, models::bytes_of(checkpoint.kind)));
    const bool quantised = type == WeightType::q8_0 || type == WeightType::q4_k_m;
    return static_cast<std::uint64_t>((bits == 0 ? stored : weights * bits / 8) + (quantised ? stored : 0) + k_vocabulary);
}

}  // namespace caro::infer
