// Attention of a few queries over many kept positions, for AVX-512. Scores and sums are kept in 32-bit floats.
#include "infer/kernels/kernels.hpp"

#if defined(__x86_64__) && defined(__GNUC__)

#include <immintrin.h>

#include <cmath>

#pragma GCC push_options
#pragma GCC target("avx512f,avx512bw,avx512vl,avx512dq,avx2,fma,f16c")

namespace caro::infer::kernels {

namespace {

constexpr int k_block = 64;  // positions whose scores are worked out before their values are added up
constexpr int k_keys = 4;    // positions whose scores are worked out together
constexpr int k_part = 64;   // floats of a result that stay in registers meanwhile: four for each row

inline __m512 load_halves(const std::uint16_t* from) {
    return _mm512_cvtph_ps(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(from)));
}

inline const std::uint16_t* at(const std::uint16_t* base, std::size_t stride, std::int64_t position) {
    return reinterpret_cast<const std::uint16_t*>(reinterpret_cast<const char*>(base) +
                                                  static_cast<std::size_t>(position) * stride);
}

// e^x for x <= 0: 2^n * 2^f with a polynomial for 2^f on [-0.5, 0.5] (Taylor terms of e^(f ln 2); error below 2e-7).
inline __m512 exp_of(__m512 x) {
    const __m512 t = _mm512_mul_ps(_mm512_max_ps(x, _mm512_set1_ps(-87.0F)), _mm512_set1_ps(1.44269504F));
    const __m512 n = _mm512_roundscale_ps(t, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
    const __m512 f = _mm512_mul_ps(_mm512_sub_ps(t, n), _mm512_set1_ps(0.693147181F));
    __m512 p = _mm512_set1_ps(1.0F / 720);
    p = _mm512_fmadd_ps(p, f, _mm512_set1_ps(1.0F / 120));
    p = _mm512_fmadd_ps(p, f, _mm512_set1_ps(1.0F / 24));
    p = _mm512_fmadd_ps(p, f, _mm512_set1_ps(1.0F / 6));
    p = _mm512_fmadd_ps(p, f, _mm512_set1_ps(0.5F));
    p = _mm512_fmadd_ps(p, f, _mm512_set1_ps(1.0F));
    p = _mm512_fmadd_ps(p, f, _mm512_set1_ps(1.0F));
    const __m512 result = _mm512_scalef_ps(p, n);
    return _mm512_mask_blend_ps(_mm512_cmp_ps_mask(x, _mm512_set1_ps(-87.0F), _CMP_LT_OQ), result,
                                _mm512_setzero_ps());
}

// The sum of the lanes of each.
inline __m128 four_sums(const __m512 (&v)[4]) {
    const __m512 first = _mm512_add_ps(_mm512_unpacklo_ps(v[0], v[1]), _mm512_unpackhi_ps(v[0], v[1]));
    const __m512 second = _mm512_add_ps(_mm512_unpacklo_ps(v[2], v[3]), _mm512_unpackhi_ps(v[2], v[3]));
    const __m512 all = _mm512_add_ps(_mm512_shuffle_ps(first, second, _MM_SHUFFLE(1, 0, 1, 0)),
                                     _mm512_shuffle_ps(first, second, _MM_SHUFFLE(3, 2, 3, 2)));
    const __m256 half = _mm256_add_ps(_mm512_castps512_ps256(all), _mm512_extractf32x8_ps(all, 1));
    return _mm_add_ps(_mm256_castps256_ps128(half), _mm256_extractf128_ps(half, 1));
}

template <int Count>
void scores_of(const Attention& attention, const QueryRow* rows, std::int64_t begin, int count,
               float (&scores)[Count][k_block]) {
    for (int i = 0; i < count; i += k_keys) {
        const std::uint16_t* keys[k_keys];
        for (int k = 0; k < k_keys; ++k) {
            keys[k] = at(attention.keys, attention.key_stride, begin + (i + k < count ? i + k : count - 1));
        }
        __m512 sums[Count][k_keys];
        for (int r = 0; r < Count; ++r) {
            for (int k = 0; k < k_keys; ++k) {
                sums[r][k] = _mm512_setzero_ps();
            }
        }
        for (std::int64_t d = 0; d < attention.width; d += 16) {
            __m512 parts[k_keys];
            for (int k = 0; k < k_keys; ++k) {
                parts[k] = load_halves(keys[k] + d);
            }
            for (int r = 0; r < Count; ++r) {
                const __m512 query = _mm512_loadu_ps(rows[r].query + d);
                for (int k = 0; k < k_keys; ++k) {
                    sums[r][k] = _mm512_fmadd_ps(parts[k], query, sums[r][k]);
                }
            }
        }
        for (int r = 0; r < Count; ++r) {
            _mm_storeu_ps(scores[r] + i, _mm_mul_ps(four_sums(sums[r]), _mm_set1_ps(attention.scale)));
        }
    }
    for (int r = 0; r < Count; ++r) {
        for (int i = count; i < k_block; ++i) {
            scores[r][i] = -INFINITY;
        }
        if (rows[r].mask != nullptr) {
            for (int i = 0; i < count; i += 16) {
                const __mmask16 valid = static_cast<__mmask16>(count - i >= 16 ? 0xFFFF : (1U << (count - i)) - 1);
                const __m256i mask = _mm256_maskz_loadu_epi16(valid, rows[r].mask + begin + i);
                _mm512_storeu_ps(scores[r] + i,
                                 _mm512_add_ps(_mm512_loadu_ps(scores[r] + i), _mm512_cvtph_ps(mask)));
            }
        }
    }
}

// Scores become weights; returns what the row's former sums are to be multiplied with, and -1 if nothing is seen.
float weigh(QueryRow& row, float (&scores)[k_block]) {
    __m512 highest = _mm512_loadu_ps(scores);
    for (int i = 16; i < k_block; i += 16) {
        highest = _mm512_max_ps(highest, _mm512_loadu_ps(scores + i));
    }
    const float maximum = std::fmax(row.maximum, _mm512_reduce_max_ps(highest));
    if (maximum == -INFINITY) {
        return -1.0F;
    }
    __m512 sum = _mm512_setzero_ps();
    for (int i = 0; i < k_block; i += 16) {
        const __m512 weight = exp_of(_mm512_sub_ps(_mm512_loadu_ps(scores + i), _mm512_set1_ps(maximum)));
        _mm512_storeu_ps(scores + i, weight);
        sum = _mm512_add_ps(sum, weight);
    }
    const float factor = row.maximum == -INFINITY ? 0.0F : std::exp(row.maximum - maximum);
    row.sum = row.sum * factor + _mm512_reduce_add_ps(sum);
    row.maximum = maximum;
    return factor;
}

template <int Count, int Registers>
void add_values(const Attention& attention, QueryRow* rows, std::int64_t begin, int count,
                const float (&weights)[Count][k_block], const float (&factors)[Count], std::int64_t offset) {
    __m512 sums[Count][Registers];
    for (int r = 0; r < Count; ++r) {
        for (int j = 0; j < Registers; ++j) {
            sums[r][j] = _mm512_mul_ps(_mm512_loadu_ps(rows[r].result + offset + 16 * j), _mm512_set1_ps(factors[r]));
        }
    }
    for (int i = 0; i < count; ++i) {
        const std::uint16_t* value = at(attention.values, attention.value_stride, begin + i) + offset;
        __m512 parts[Registers];
        for (int j = 0; j < Registers; ++j) {
            parts[j] = load_halves(value + 16 * j);
        }
        for (int r = 0; r < Count; ++r) {
            const __m512 weight = _mm512_set1_ps(weights[r][i]);
            for (int j = 0; j < Registers; ++j) {
                sums[r][j] = _mm512_fmadd_ps(weight, parts[j], sums[r][j]);
            }
        }
    }
    for (int r = 0; r < Count; ++r) {
        for (int j = 0; j < Registers; ++j) {
            _mm512_storeu_ps(rows[r].result + offset + 16 * j, sums[r][j]);
        }
    }
}

template <int Count>
void attend(const Attention& attention, QueryRow* rows, std::int64_t begin, std::int64_t end) {
    alignas(64) float scores[Count][k_block];
    float factors[Count];
    for (std::int64_t block = begin; block < end; block += k_block) {
        const int count = static_cast<int>(end - block < k_block ? end - block : k_block);
        scores_of<Count>(attention, rows, block, count, scores);
        bool seen = false;
        for (int r = 0; r < Count; ++r) {
            factors[r] = weigh(rows[r], scores[r]);
            if (factors[r] < 0.0F) {
                factors[r] = 1.0F;
                for (float& weight : scores[r]) {
                    weight = 0.0F;
                }
            } else {
                seen = true;
            }
        }
        if (!seen) {
            continue;
        }
        std::int64_t offset = 0;
        for (; offset + k_part <= attention.width; offset += k_part) {
            add_values<Count, k_part / 16>(attention, rows, block, count, scores, factors, offset);
        }
        for (; offset < attention.width; offset += 16) {
            add_values<Count, 1>(attention, rows, block, count, scores, factors, offset);
        }
    }
}

}  // namespace

void attend_avx512(const Attention& attention, QueryRow* rows, int count, std::int64_t begin, std::int64_t end) {
    switch (count) {
        case 1: attend<1>(attention, rows, begin, end); break;
        case 2: attend<2>(attention, rows, begin, end); break;
        case 3: attend<3>(attention, rows, begin, end); break;
        case 4: attend<4>(attention, rows, begin, end); break;
        case 5: attend<5>(attention, rows, begin, end); break;
        default: attend<k_query_group>(attention, rows, begin, end); break;
    }
}

}  // namespace caro::infer::kernels

#pragma GCC pop_options

#endif
