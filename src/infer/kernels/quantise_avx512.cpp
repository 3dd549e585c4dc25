// Quantising the columns of a product, for AVX-512: bit by bit what the engine's own quantize_row_q8_K writes.
#include "infer/kernels/kernels.hpp"

#if defined(__x86_64__) && defined(__GNUC__)

#include <immintrin.h>

#include <cmath>
#include <cstring>

#define GGML_COMMON_DECL_CPP
#include "ggml-common.h"

#pragma GCC push_options
#pragma GCC target("avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,avx2,fma,f16c")

namespace caro::infer::kernels {

namespace {

constexpr int k_values = 256;  // of a block

// The first value of the largest magnitude, with its sign.
float extreme(const float* values) {
    __m512 largest = _mm512_abs_ps(_mm512_loadu_ps(values));
    for (int i = 16; i < k_values; i += 16) {
        largest = _mm512_max_ps(largest, _mm512_abs_ps(_mm512_loadu_ps(values + i)));
    }
    const __m512 magnitude = _mm512_set1_ps(_mm512_reduce_max_ps(largest));
    for (int i = 0; i < k_values; i += 16) {
        const __mmask16 found = _mm512_cmp_ps_mask(_mm512_abs_ps(_mm512_loadu_ps(values + i)), magnitude, _CMP_EQ_OQ);
        if (found != 0) {
            return values[i + __builtin_ctz(found)];
        }
    }
    return 0.0F;
}

void quantise(const float* values, block_q8_K& block) {
    const float largest = extreme(values);
    if (largest == 0.0F) {
        block.d = 0.0F;
        std::memset(block.qs, 0, sizeof block.qs);
        std::memset(block.bsums, 0, sizeof block.bsums);
        return;
    }
    const float scale = -127.0F / largest;
    const __m512 factor = _mm512_set1_ps(scale);
    for (int i = 0; i < k_values / 16; ++i) {
        const __m512i rounded = _mm512_cvtps_epi32(_mm512_mul_ps(factor, _mm512_loadu_ps(values + 16 * i)));
        const __m128i bytes = _mm512_cvtsepi32_epi8(rounded);
        _mm_storeu_si128(reinterpret_cast<__m128i*>(block.qs + 16 * i), bytes);
        block.bsums[i] = static_cast<std::int16_t>(_mm512_reduce_add_epi32(_mm512_cvtepi8_epi32(bytes)));
    }
    block.d = 1.0F / scale;
}

}  // namespace

void quantise_q8_k_avx512(const float* values, void* blocks, std::int64_t count) {
    auto* out = static_cast<block_q8_K*>(blocks);
    for (std::int64_t b = 0; b < count / k_values; ++b) {
        quantise(values + b * k_values, out[b]);
    }
}

}  // namespace caro::infer::kernels

#pragma GCC pop_options

#endif
