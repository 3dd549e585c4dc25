// The kernels against the engine's own functions, through the engine: the same graph with and without them.
#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <cstring>
#include <memory>
#include <random>
#include <vector>

#include <ggml-backend.h>
#include <ggml-cpu.h>
#include <ggml.h>

#define GGML_COMMON_DECL_CPP
#include <ggml-common.h>

#include "infer/kernels/kernels.hpp"

extern "C" void quantize_row_q8_K_ref(const float* values, block_q8_K* blocks, std::int64_t count);

namespace caro::infer::kernels {
namespace {

struct ContextDeleter {
    void operator()(ggml_context* context) const { ggml_free(context); }
};
using ContextPtr = std::unique_ptr<ggml_context, ContextDeleter>;

std::vector<float> noise(std::size_t count, unsigned seed, float width = 1.0F) {
    std::mt19937 random(seed);
    std::normal_distribution<float> normal(0.0F, width);
    std::vector<float> values(count);
    for (float& value : values) {
        value = normal(random);
    }
    return values;
}

// Restores the kernels when a test ends.
class Kernels : public ::testing::Test {
  protected:
    void SetUp() override {
        if (!has_avx512_vnni()) {
            GTEST_SKIP() << "this processor has no AVX-512 with VNNI";
        }
        m_context.reset(ggml_init({std::size_t{256} << 20U, nullptr, false}));
    }
    void TearDown() override { enable(true); }

    std::vector<float> run(ggml_tensor* result, bool with_kernels, int threads) {
        enable(with_kernels);
        ggml_cgraph* graph = ggml_new_graph(m_context.get());
        ggml_build_forward_expand(graph, result);
        EXPECT_EQ(ggml_graph_compute_with_ctx(m_context.get(), graph, threads), GGML_STATUS_SUCCESS);
        const auto* data = static_cast<const float*>(result->data);
        return {data, data + ggml_nelements(result)};
    }

    void expect_close(const std::vector<float>& ours, const std::vector<float>& theirs, float relative) {
        ASSERT_EQ(ours.size(), theirs.size());
        double size = 0;
        for (const float value : theirs) {
            size += static_cast<double>(value) * value;
        }
        const float tolerance =
            relative * static_cast<float>(std::sqrt(size / static_cast<double>(theirs.size())) + 1e-6);
        for (std::size_t i = 0; i < ours.size(); ++i) {
            ASSERT_NEAR(ours[i], theirs[i], tolerance) << "element " << i;
        }
    }

    ContextPtr m_context;
};

ggml_tensor* quantised(ggml_context* context, ggml_type type, std::int64_t width, std::int64_t rows, unsigned seed) {
    ggml_tensor* tensor = ggml_new_tensor_2d(context, type, width, rows);
    const auto values = noise(static_cast<std::size_t>(width * rows), seed);
    ggml_quantize_chunk(type, values.data(), tensor->data, 0, rows, width, nullptr);
    return tensor;
}

ggml_tensor* floats(ggml_context* context, std::initializer_list<std::int64_t> shape, unsigned seed) {
    ggml_tensor* tensor = ggml_new_tensor(context, GGML_TYPE_F32, static_cast<int>(shape.size()), shape.begin());
    const auto values = noise(static_cast<std::size_t>(ggml_nelements(tensor)), seed);
    std::copy(values.begin(), values.end(), static_cast<float*>(tensor->data));
    return tensor;
}

ggml_tensor* halves(ggml_context* context, std::initializer_list<std::int64_t> shape, unsigned seed) {
    ggml_tensor* tensor = ggml_new_tensor(context, GGML_TYPE_F16, static_cast<int>(shape.size()), shape.begin());
    const auto values = noise(static_cast<std::size_t>(ggml_nelements(tensor)), seed);
    ggml_fp32_to_fp16_row(values.data(), static_cast<ggml_fp16_t*>(tensor->data), ggml_nelements(tensor));
    return tensor;
}

TEST_F(Kernels, ProductsAreTheEngines) {
    for (const ggml_type type : {GGML_TYPE_Q4_K, GGML_TYPE_Q6_K}) {
        for (const std::int64_t rows : {1, 7, 64, 257}) {
            for (const std::int64_t columns : {1, 2, 3, 4, 5, 7, 21, 70}) {
                for (const std::int64_t width : {256, 1536}) {
                    for (const int threads : {1, 3}) {
                        SCOPED_TRACE(::testing::Message() << ggml_type_name(type) << " " << rows << " x " << width << ", "
                                                          << columns << " columns, " << threads << " threads");
                        ggml_reset(m_context.get());
                        ggml_tensor* weights = quantised(m_context.get(), type, width, rows, 1);
                        ggml_tensor* inputs = floats(m_context.get(), {width, columns}, 2);
                        ggml_tensor* product = ggml_mul_mat(m_context.get(), weights, inputs);
                        const auto ours = run(product, true, threads);
                        const auto theirs = run(product, false, threads);
                        expect_close(ours, theirs, 1e-4F);
                    }
                }
            }
        }
    }
}

// Guessed tokens are evaluated together with others (docs/adr/0008): that must not change a bit of what comes out.
TEST_F(Kernels, AColumnsProductDoesNotDependOnTheOtherColumns) {
    for (const ggml_type type : {GGML_TYPE_Q4_K, GGML_TYPE_Q6_K}) {
        for (const std::int64_t rows : {3, 64, 263}) {
            ggml_reset(m_context.get());
            constexpr std::int64_t k_width = 1792;
            constexpr std::int64_t k_most = 70;
            ggml_tensor* weights = quantised(m_context.get(), type, k_width, rows, 1);
            ggml_tensor* inputs = floats(m_context.get(), {k_width, k_most}, 2);
            const auto product_of = [&](std::int64_t first, std::int64_t columns, int threads) {
                ggml_tensor* part = ggml_view_2d(m_context.get(), inputs, k_width, columns, inputs->nb[1],
                                                 static_cast<std::size_t>(first) * inputs->nb[1]);
                return run(ggml_mul_mat(m_context.get(), weights, part), true, threads);
            };
            const auto whole = product_of(0, k_most, 3);
            for (std::int64_t columns = 1; columns <= 9; ++columns) {
                for (std::int64_t first = 0; first + columns <= 11; first += 5) {
                    const auto part = product_of(first, columns, 1);
                    const auto expected = whole.begin() + static_cast<std::ptrdiff_t>(first * rows);
                    ASSERT_TRUE(std::equal(part.begin(), part.end(), expected))
                        << ggml_type_name(type) << ", " << rows << " rows, " << columns << " columns from " << first;
                }
            }
        }
    }
}

TEST_F(Kernels, ATokensAttentionDoesNotDependOnTheOtherTokens) {
    constexpr std::int64_t k_width = 64;
    constexpr std::int64_t k_heads = 14;
    constexpr std::int64_t k_kept = 2;
    constexpr std::int64_t k_tokens = 5;
    const auto result_of = [&](std::int64_t first, std::int64_t tokens, std::int64_t positions, int threads) {
        ggml_tensor* all = floats(m_context.get(), {k_width, k_tokens, k_heads}, 5);
        ggml_tensor* query = ggml_view_3d(m_context.get(), all, k_width, tokens, k_heads, all->nb[1], all->nb[2],
                                          static_cast<std::size_t>(first) * all->nb[1]);
        ggml_tensor* keys = halves(m_context.get(), {k_width, 512, k_kept}, 6);
        ggml_tensor* values = halves(m_context.get(), {k_width, 512, k_kept}, 7);
        const auto cut = [&](ggml_tensor* tensor) {
            return ggml_view_3d(m_context.get(), tensor, k_width, positions, k_kept, tensor->nb[1], tensor->nb[2], 0);
        };
        ggml_tensor* mask = ggml_new_tensor_2d(m_context.get(), GGML_TYPE_F16, positions, tokens);
        for (std::int64_t t = 0; t < tokens; ++t) {
            for (std::int64_t p = 0; p < positions; ++p) {
                static_cast<ggml_fp16_t*>(mask->data)[t * positions + p] =
                    ggml_fp32_to_fp16(p <= 240 + first + t ? 0.0F : -INFINITY);
            }
        }
        return run(ggml_flash_attn_ext(m_context.get(), query, cut(keys), cut(values), mask, 0.125F, 0.0F, 0.0F), true,
                   threads);
    };
    const auto whole = result_of(0, k_tokens, 512, 3);
    for (std::int64_t first = 0; first < k_tokens; ++first) {
        for (const int threads : {1, 2, 8}) {
            const auto one = result_of(first, 1, 256, threads);
            const auto expected = whole.begin() + static_cast<std::ptrdiff_t>(first * k_width * k_heads);
            ASSERT_TRUE(std::equal(one.begin(), one.end(), expected)) << "token " << first << ", " << threads << " threads";
        }
    }
}

// Several matrices in one product: the engine's counter of pieces is good for the first only.
TEST_F(Kernels, BatchesOfProductsAreWhole) {
    ggml_tensor* weights = quantised(m_context.get(), GGML_TYPE_Q4_K, 512, 333, 3);
    ggml_tensor* inputs = floats(m_context.get(), {512, 3, 4}, 4);
    ggml_tensor* product = ggml_mul_mat(m_context.get(), weights, inputs);
    const auto ours = run(product, true, 3);
    expect_close(ours, run(product, false, 3), 1e-4F);
}

TEST_F(Kernels, ColumnsAreQuantisedBitByBitAsTheEngineDoes) {
    constexpr std::int64_t k_count = 256;
    for (unsigned seed = 0; seed < 300; ++seed) {
        auto values = noise(k_count, seed, seed % 3 == 0 ? 1e-6F : 40.0F);
        if (seed % 5 == 1) {  // the largest magnitude twice: the sign of the first counts
            values[100] = 500.0F;
            values[200] = -500.0F;
        } else if (seed % 5 == 2) {
            values[17] = -500.0F;
            values[18] = 500.0F;
        } else if (seed % 5 == 3) {  // halves, which round to even
            for (std::size_t i = 0; i < values.size(); ++i) {
                values[i] = static_cast<float>(i % 255) - 127.0F + (i % 2 == 0 ? 0.5F : 0.0F);
            }
            values[0] = -127.0F;
        }
        block_q8_K ours{};
        block_q8_K theirs{};
        quantise_q8_k_avx512(values.data(), &ours, k_count);
        quantize_row_q8_K_ref(values.data(), &theirs, k_count);
        ASSERT_EQ(std::memcmp(&ours, &theirs, sizeof ours), 0) << "seed " << seed;
    }
    const std::vector<float> zeros(k_count);
    block_q8_K ours{};
    std::memset(static_cast<void*>(&ours), 0x55, sizeof ours);
    quantise_q8_k_avx512(zeros.data(), &ours, k_count);
    EXPECT_EQ(ours.d, 0.0F);
    EXPECT_EQ(ours.qs[77], 0);
}

struct Shape {
    std::int64_t width;
    std::int64_t heads;
    std::int64_t kept_heads;
    std::int64_t positions;
    std::int64_t tokens;
};

class AttentionShapes : public Kernels, public ::testing::WithParamInterface<Shape> {};

TEST_P(AttentionShapes, AreTheEngines) {
    const Shape shape = GetParam();
    ggml_tensor* query = floats(m_context.get(), {shape.width, shape.tokens, shape.heads}, 5);
    ggml_tensor* keys = halves(m_context.get(), {shape.width, shape.positions, shape.kept_heads}, 6);
    ggml_tensor* values = halves(m_context.get(), {shape.width, shape.positions, shape.kept_heads}, 7);
    ggml_tensor* mask = ggml_new_tensor_2d(m_context.get(), GGML_TYPE_F16, shape.positions, shape.tokens);
    for (std::int64_t t = 0; t < shape.tokens; ++t) {
        for (std::int64_t p = 0; p < shape.positions; ++p) {
            const bool seen = p <= shape.positions - shape.tokens + t && p % 7 != 3;
            static_cast<ggml_fp16_t*>(mask->data)[t * shape.positions + p] =
                ggml_fp32_to_fp16(seen ? 0.0F : -INFINITY);
        }
    }
    ggml_tensor* result = ggml_flash_attn_ext(m_context.get(), query, keys, values, mask,
                                              1.0F / std::sqrt(static_cast<float>(shape.width)), 0.0F, 0.0F);
    for (const int threads : {1, 3}) {
        const auto ours = run(result, true, threads);
        // The engine adds up in 16 bits here and there, we do not; over many positions the mean is near zero.
        expect_close(ours, run(result, false, threads), 0.08F);
    }
}

INSTANTIATE_TEST_SUITE_P(All, AttentionShapes,
                         ::testing::Values(Shape{128, 12, 2, 1600, 1}, Shape{128, 12, 2, 1600, 20}, Shape{64, 9, 3, 700, 1},
                                           Shape{64, 14, 2, 65, 5}, Shape{80, 8, 8, 130, 3}, Shape{128, 7, 1, 40, 1},
                                           Shape{256, 4, 2, 64, 2}));

// Exact arithmetic, not the engine's: what the softmax of the scores says.
TEST_F(Kernels, AttentionIsTheWeightedMean) {
    constexpr std::int64_t k_positions = 150;
    constexpr std::int64_t k_size = 32;
    const auto query = noise(k_size, 8);
    const auto key_values = noise(static_cast<std::size_t>(k_positions * k_size), 9);
    const auto value_values = noise(static_cast<std::size_t>(k_positions * k_size), 10);
    std::vector<std::uint16_t> keys(key_values.size());
    std::vector<std::uint16_t> values(value_values.size());
    ggml_fp32_to_fp16_row(key_values.data(), keys.data(), static_cast<std::int64_t>(keys.size()));
    ggml_fp32_to_fp16_row(value_values.data(), values.data(), static_cast<std::int64_t>(values.size()));
    std::vector<float> result(k_size);
    QueryRow row{query.data(), nullptr, result.data(), -INFINITY, 0.0F};
    const std::size_t bytes = sizeof(std::uint16_t) * k_size;
    attend_avx512({keys.data(), bytes, values.data(), bytes, k_size, 0.5F}, &row, 1, 0, k_positions);

    std::vector<double> weights(k_positions);
    double sum = 0;
    for (std::size_t p = 0; p < weights.size(); ++p) {
        double score = 0;
        for (std::size_t d = 0; d < k_size; ++d) {
            score += static_cast<double>(query[d]) * ggml_fp16_to_fp32(keys[p * k_size + d]);
        }
        weights[p] = std::exp(0.5 * score);
        sum += weights[p];
    }
    for (std::size_t d = 0; d < k_size; ++d) {
        double mean = 0;
        for (std::size_t p = 0; p < weights.size(); ++p) {
            mean += weights[p] / sum * ggml_fp16_to_fp32(values[p * k_size + d]);
        }
        EXPECT_NEAR(result[d] / row.sum, mean, 1e-4) << d;
    }
}

TEST_F(Kernels, NothingSeenIsNothing) {
    const std::vector<std::uint16_t> zeros(16 * 16);
    const std::vector<std::uint16_t> mask(16, ggml_fp32_to_fp16(-INFINITY));
    const std::vector<float> query(16, 1.0F);
    std::vector<float> result(16, 0.0F);
    QueryRow row{query.data(), mask.data(), result.data(), -INFINITY, 0.0F};
    attend_avx512({zeros.data(), 32, zeros.data(), 32, 16, 1.0F}, &row, 1, 0, 16);
    EXPECT_EQ(row.sum, 0.0F);
    EXPECT_EQ(result, std::vector<float>(16, 0.0F));
}

}  // namespace
}  // namespace caro::infer::kernels
