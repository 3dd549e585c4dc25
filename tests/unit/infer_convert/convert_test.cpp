#include "infer/convert/convert.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <set>
#include <vector>

#include "infer/convert/rotation.hpp"

namespace caro::infer {
namespace {

TEST(RotatedRow, PairsTheHalvesOfEachHead) {
    std::vector<std::uint64_t> rows;
    for (std::uint64_t row = 0; row < 16; ++row) {
        rows.push_back(rotated_row(row, 16, 2));
    }
    EXPECT_EQ(rows, (std::vector<std::uint64_t>{0, 4, 1, 5, 2, 6, 3, 7, 8, 12, 9, 13, 10, 14, 11, 15}));
    std::set<std::uint64_t> all;
    for (std::uint64_t row = 0; row < 576; ++row) {
        all.insert(rotated_row(row, 576, 9));
    }
    EXPECT_EQ(all.size(), 576U);
    EXPECT_EQ(*all.rbegin(), 575U);
}

TEST(Llama3Factors, LeaveFastTurnsAndStretchSlowOnes) {
    models::CheckpointConfig config;
    config.head_size = 128;
    config.rope_base = 500000;
    config.rope = {models::RopeScaling::Kind::llama3, 8, 1, 4, 8192};
    const auto factors = llama3_factors(config);
    ASSERT_EQ(factors.size(), 64U);
    EXPECT_EQ(factors.front(), 1);
    EXPECT_EQ(factors.back(), 8);
    for (std::size_t i = 1; i < factors.size(); ++i) {
        EXPECT_GE(factors[i], factors[i - 1]);
    }
    // By hand, 8192 tokens are 1.83 turns of this pair: smooth (1.83 - 1) / 3, so 1 / ((1 - s) / 8 + s).
    const double turns = 8192 * std::pow(500000.0, -2.0 * 32 / 128) / (2 * std::acos(-1.0));
    const double smooth = (turns - 1) / 3;
    EXPECT_NEAR(turns, 1.84, 0.01);
    EXPECT_NEAR(factors[32], 1 / ((1 - smooth) / 8 + smooth), 1e-4);
}

TEST(WeightTypes, HaveNamesInAnyCase) {
    EXPECT_EQ(weight_type("q4_k_m"), WeightType::q4_k_m);
    EXPECT_EQ(weight_type("BF16"), WeightType::bf16);
    EXPECT_EQ(weight_type("as stored"), std::nullopt);
    EXPECT_EQ(weight_type(""), std::nullopt);
    EXPECT_EQ(name_of(WeightType::q8_0), "Q8_0");
    EXPECT_EQ(weight_type_names(), "F32, F16, BF16, Q8_0, Q4_K_M");
}

TEST(ConversionBytes, CountWhatLiesOnDiskAtOnce) {
    models::Checkpoint checkpoint;
    checkpoint.kind = models::WeightKind::bf16;
    checkpoint.bytes = 1'000'000'000;
    EXPECT_GE(conversion_bytes(checkpoint, WeightType::as_stored), 1'000'000'000U);
    EXPECT_GE(conversion_bytes(checkpoint, WeightType::f32), 2'000'000'000U);
    EXPECT_GE(conversion_bytes(checkpoint, WeightType::q4_k_m), 1'300'000'000U);
    EXPECT_LE(conversion_bytes(checkpoint, WeightType::q4_k_m), 1'700'000'000U);
}

}  // namespace
}  // namespace caro::infer
