// Products of quantised weights with quantised columns, for AVX-512 with VNNI. The integer arithmetic is exact and the
// same as the engine's; only the order of the final float additions differs.
#include "infer/kernels/kernels.hpp"

#if defined(__x86_64__) && defined(__GNUC__)

#include <immintrin.h>

#include <cstring>

#define GGML_COMMON_DECL_CPP
#include "ggml-common.h"

#pragma GCC push_options
#pragma GCC target("avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,avx2,fma,f16c")

namespace caro::infer::kernels {

namespace {

constexpr int k_quarters = 4;  // a block's 256 weights are four registers of 64

inline float half_to_float(std::uint16_t half) { return _cvtsh_ss(half); }

// One block of weights, ready to be multiplied with any number of columns.
struct Unpacked {
    __m512i weights[k_quarters];  // unsigned bytes
    __m512i scales[k_quarters];   // for each four weights, in the low 16 bits of a lane; the high 16 are zero
    float scale;
};

// Scales (8) and minimums (8) of a Q4_K block, six bits each, packed in 12 bytes as ggml-quants.c describes.
inline __m128i q4_scales_and_minimums(const std::uint8_t* packed) {
    std::uint32_t p[3];
    std::memcpy(p, packed, sizeof p);
    const std::uint32_t scales_low = p[0] & 0x3f3f3f3fU;
    const std::uint32_t scales_high = (p[2] & 0x0f0f0f0fU) | (((p[0] >> 6U) & 0x03030303U) << 4U);
    const std::uint32_t minimums_low = p[1] & 0x3f3f3f3fU;
    const std::uint32_t minimums_high = ((p[2] >> 4U) & 0x0f0f0f0fU) | (((p[1] >> 6U) & 0x03030303U) << 4U);
    return _mm_set_epi32(static_cast<int>(minimums_high), static_cast<int>(minimums_low),
                         static_cast<int>(scales_high), static_cast<int>(scales_low));
}

// Register i holds weights 64i … 64i+63 of the block, in order.
inline void unpack(const block_q4_K& block, Unpacked& out, __m128i& minimums) {
    const __m512i low = _mm512_set1_epi8(0x0F);
    const __m128i both = q4_scales_and_minimums(block.scales);
    const __m256i scales = _mm256_cvtepu8_epi32(both);  // eight, for 32 weights each
    minimums = _mm_cvtepu8_epi16(_mm_unpackhi_epi64(both, both));
    const __m512i wide = _mm512_castsi256_si512(scales);
    const __m512i lanes = _mm512_set_epi32(1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0);
    for (int i = 0; i < k_quarters; ++i) {
        // 32 bytes hold 64 weights: the low halves are the first 32, the high halves the next.
        const __m256i bytes = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(block.qs + 32 * i));
        const __m512i twice = _mm512_inserti64x4(_mm512_castsi256_si512(bytes), _mm256_srli_epi16(bytes, 4), 1);
        out.weights[i] = _mm512_and_si512(twice, low);
        out.scales[i] = _mm512_permutexvar_epi32(_mm512_add_epi32(lanes, _mm512_set1_epi32(2 * i)), wide);
    }
    out.scale = half_to_float(block.data.data.d);
}

inline void unpack(const block_q6_K& block, Unpacked& out, __m256i& scales16) {
    const __m512i low = _mm512_set1_epi8(0x0F);
    const __m512i high = _mm512_set1_epi8(0x30);
    const __m512i shift_left = _mm512_inserti64x4(_mm512_set1_epi16(4), _mm256_set1_epi16(2), 1);
    const __m512i shift_right = _mm512_inserti64x4(_mm512_setzero_si512(), _mm256_set1_epi16(2), 1);
    scales16 = _mm256_cvtepi8_epi16(_mm_loadu_si128(reinterpret_cast<const __m128i*>(block.scales)));
    const __m512i wide = _mm512_cvtepu16_epi32(scales16);  // sixteen, for 16 weights each
    const __m512i lanes = _mm512_set_epi32(3, 3, 3, 3, 2, 2, 2, 2, 1, 1, 1, 1, 0, 0, 0, 0);
    for (int i = 0; i < 2; ++i) {
        const __m512i lows = _mm512_loadu_si512(block.ql + 64 * i);
        const __m256i bits = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(block.qh + 32 * i));
        const __m512i twice = _mm512_broadcast_i64x4(bits);
        out.weights[2 * i] = _mm512_or_si512(_mm512_and_si512(lows, low),
                                             _mm512_and_si512(_mm512_sllv_epi16(twice, shift_left), high));
        out.weights[2 * i + 1] = _mm512_or_si512(_mm512_and_si512(_mm512_srli_epi16(lows, 4), low),
                                                 _mm512_and_si512(_mm512_srlv_epi16(twice, shift_right), high));
    }
    for (int i = 0; i < k_quarters; ++i) {
        out.scales[i] = _mm512_permutexvar_epi32(_mm512_add_epi32(lanes, _mm512_set1_epi32(4 * i)), wide);
    }
    out.scale = half_to_float(block.d);
}

// Sum of weight * scale * column over a block, spread over sixteen lanes. Four products of at most 63 * 128 fit the low
// 16 bits of a lane, which is all that the second step reads.
inline __m512i dot(const Unpacked& row, const block_q8_K& column) {
    __m512i sum = _mm512_setzero_si512();
    for (int i = 0; i < k_quarters; ++i) {
        const __m512i values = _mm512_loadu_si512(column.qs + 64 * i);
        const __m512i products = _mm512_dpbusd_epi32(_mm512_setzero_si512(), row.weights[i], values);
        sum = _mm512_dpwssd_epi32(sum, products, row.scales[i]);
    }
    return sum;
}

// Weights are read once, in order, from memory that is far away: ask for them well before they are needed. Reading
// past the end is harmless here.
template <class Block>
inline void prefetch(const Block& block) {
    constexpr std::size_t k_ahead = 2048;  // bytes
    const char* from = reinterpret_cast<const char*>(&block) + k_ahead;
    for (std::size_t line = 0; line < sizeof(Block); line += 64) {
        _mm_prefetch(from + line, _MM_HINT_T0);
    }
}

inline __m128i group_sums(const block_q8_K& column) {  // eight sums of 32 values
    const __m256i sums = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(column.bsums));
    return _mm_hadd_epi16(_mm256_castsi256_si128(sums), _mm256_extracti128_si256(sums, 1));
}

// The sum of each one's lanes in the lane of its number.
template <int Columns>
inline __m128i sums_of(const __m512i (&v)[Columns]) {
    if constexpr (Columns == 1) {
        return _mm_cvtsi32_si128(_mm512_reduce_add_epi32(v[0]));
    } else {
        const __m512i none = _mm512_setzero_si512();
        const __m512i third = Columns > 2 ? v[Columns > 2 ? 2 : 0] : none;
        const __m512i fourth = Columns > 3 ? v[Columns > 3 ? 3 : 0] : none;
        const __m512i first = _mm512_add_epi32(_mm512_unpacklo_epi32(v[0], v[1]), _mm512_unpackhi_epi32(v[0], v[1]));
        const __m512i second = _mm512_add_epi32(_mm512_unpacklo_epi32(third, fourth), _mm512_unpackhi_epi32(third, fourth));
        const __m512i all = _mm512_add_epi32(_mm512_unpacklo_epi64(first, second), _mm512_unpackhi_epi64(first, second));
        const __m256i half = _mm256_add_epi32(_mm512_castsi512_si256(all), _mm512_extracti32x8_epi32(all, 1));
        return _mm_add_epi32(_mm256_castsi256_si128(half), _mm256_extracti128_si256(half, 1));
    }
}

template <int Columns>
inline __m128 scales_of(const block_q8_K* columns, std::int64_t stride) {
    if constexpr (Columns == 1) {
        return _mm_set_ss(columns->d);
    } else {
        return _mm_set_ps(Columns > 3 ? columns[3 * stride].d : 0.0F, Columns > 2 ? columns[2 * stride].d : 0.0F,
                          columns[stride].d, columns->d);
    }
}

template <int Columns>
inline void store(const Product& product, std::int64_t row, std::int64_t column, __m128 sums) {
    float values[4];
    _mm_storeu_ps(values, sums);
    for (int c = 0; c < Columns; ++c) {
        product.out[(column + c) * product.out_stride + row] = values[c];
    }
}

// Lanes of the float sums are columns. Each block is added up to whole numbers first; what floats then do is, step by step,
// what the kernels for many columns do, so that both give the same bits.
template <int Rows, int Columns>
void q4_tile(const Product& product, std::int64_t row, std::int64_t column) {
    const auto* rows = static_cast<const block_q4_K*>(product.rows) + row * product.row_stride;
    const auto* columns = static_cast<const block_q8_K*>(product.columns) + column * product.column_stride;
    __m128 sums[Rows];
    _Pragma("GCC unroll 4") for (int r = 0; r < Rows; ++r) {
        sums[r] = _mm_setzero_ps();
    }
    for (std::int64_t b = 0; b < product.blocks; ++b) {
        const __m128 scales = scales_of<Columns>(columns + b, product.column_stride);
        _Pragma("GCC unroll 4") for (int r = 0; r < Rows; ++r) {
            const block_q4_K& block = rows[r * product.row_stride + b];
            prefetch(block);
            Unpacked unpacked;
            __m128i minimums;
            unpack(block, unpacked, minimums);
            __m512i products[Columns];
            __m512i offsets[Columns];
            _Pragma("GCC unroll 4") for (int c = 0; c < Columns; ++c) {
                const block_q8_K& other = columns[c * product.column_stride + b];
                products[c] = dot(unpacked, other);
                offsets[c] = _mm512_zextsi128_si512(_mm_madd_epi16(minimums, group_sums(other)));
            }
            const __m128 positive = _mm_mul_ps(_mm_cvtepi32_ps(sums_of(products)), _mm_set1_ps(unpacked.scale));
            const __m128 whole = _mm_fnmadd_ps(_mm_cvtepi32_ps(sums_of(offsets)),
                                               _mm_set1_ps(half_to_float(block.data.data.dmin)), positive);
            sums[r] = _mm_fmadd_ps(whole, scales, sums[r]);
        }
    }
    _Pragma("GCC unroll 4") for (int r = 0; r < Rows; ++r) {
        store<Columns>(product, row + r, column, sums[r]);
    }
}

template <int Rows, int Columns>
void q6_tile(const Product& product, std::int64_t row, std::int64_t column) {
    const auto* rows = static_cast<const block_q6_K*>(product.rows) + row * product.row_stride;
    const auto* columns = static_cast<const block_q8_K*>(product.columns) + column * product.column_stride;
    __m128 sums[Rows];
    _Pragma("GCC unroll 4") for (int r = 0; r < Rows; ++r) {
        sums[r] = _mm_setzero_ps();
    }
    for (std::int64_t b = 0; b < product.blocks; ++b) {
        const __m128 scales = scales_of<Columns>(columns + b, product.column_stride);
        _Pragma("GCC unroll 4") for (int r = 0; r < Rows; ++r) {
            const block_q6_K& block = rows[r * product.row_stride + b];
            prefetch(block);
            Unpacked unpacked;
            __m256i block_scales;
            unpack(block, unpacked, block_scales);
            __m512i products[Columns];
            _Pragma("GCC unroll 4") for (int c = 0; c < Columns; ++c) {
                const block_q8_K& other = columns[c * product.column_stride + b];
                // Weights are stored 32 too high.
                const __m256i offsets = _mm256_slli_epi32(
                    _mm256_madd_epi16(block_scales, _mm256_loadu_si256(reinterpret_cast<const __m256i*>(other.bsums))), 5);
                products[c] = _mm512_sub_epi32(dot(unpacked, other), _mm512_zextsi256_si512(offsets));
            }
            const __m128 whole = _mm_mul_ps(_mm_cvtepi32_ps(sums_of(products)), _mm_set1_ps(unpacked.scale));
            sums[r] = _mm_fmadd_ps(whole, scales, sums[r]);
        }
    }
    _Pragma("GCC unroll 4") for (int r = 0; r < Rows; ++r) {
        store<Columns>(product, row + r, column, sums[r]);
    }
}

constexpr int k_rows_of_one = 4;  // rows worked on together for one column: their sums are added up across lanes together

// The numbers that four blocks, `stride` blocks apart, have at the place of a 16-bit float.
template <class Block>
inline __m128 four_halves(const Block* block, std::int64_t stride, std::size_t place) {
    std::uint16_t halves[k_rows_of_one];
    for (int r = 0; r < k_rows_of_one; ++r) {
        std::memcpy(&halves[r], reinterpret_cast<const char*>(block + r * stride) + place, sizeof halves[r]);
    }
    return _mm_cvtph_ps(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(halves)));
}

// The same block of the next rows.
template <class Block>
inline void prefetch_next(const Block* block, std::int64_t stride) {
    const char* from = reinterpret_cast<const char*>(block + k_rows_of_one * stride);
    for (std::size_t line = 0; line < sizeof(Block); line += 64) {
        _mm_prefetch(from + line, _MM_HINT_T0);
    }
}

// Four rows and one column: lanes of the float sums are rows.
void q4_one(const Product& product, std::int64_t row, std::int64_t column) {
    const std::int64_t stride = product.row_stride;
    const auto* rows = static_cast<const block_q4_K*>(product.rows) + row * stride;
    const auto* other = static_cast<const block_q8_K*>(product.columns) + column * product.column_stride;
    __m128 sums = _mm_setzero_ps();
    for (std::int64_t b = 0; b < product.blocks; ++b) {
        const __m128i values = group_sums(other[b]);
        __m512i products[k_rows_of_one];
        __m128i offsets[k_rows_of_one];
        _Pragma("GCC unroll 4") for (int r = 0; r < k_rows_of_one; ++r) {
            const block_q4_K* block = rows + r * stride + b;
            prefetch_next(block, stride);
            Unpacked unpacked;
            __m128i minimums;
            unpack(*block, unpacked, minimums);
            products[r] = dot(unpacked, other[b]);
            offsets[r] = _mm_madd_epi16(minimums, values);
        }
        const __m128i offset_sums =
            _mm_hadd_epi32(_mm_hadd_epi32(offsets[0], offsets[1]), _mm_hadd_epi32(offsets[2], offsets[3]));
        const __m128 positive = _mm_mul_ps(_mm_cvtepi32_ps(sums_of(products)),
                                           four_halves(rows + b, stride, offsetof(block_q4_K, data.data.d)));
        const __m128 whole = _mm_fnmadd_ps(_mm_cvtepi32_ps(offset_sums),
                                           four_halves(rows + b, stride, offsetof(block_q4_K, data.data.dmin)), positive);
        sums = _mm_fmadd_ps(whole, _mm_set1_ps(other[b].d), sums);
    }
    _mm_storeu_ps(product.out + column * product.out_stride + row, sums);
}

void q6_one(const Product& product, std::int64_t row, std::int64_t column) {
    const std::int64_t stride = product.row_stride;
    const auto* rows = static_cast<const block_q6_K*>(product.rows) + row * stride;
    const auto* other = static_cast<const block_q8_K*>(product.columns) + column * product.column_stride;
    __m128 sums = _mm_setzero_ps();
    for (std::int64_t b = 0; b < product.blocks; ++b) {
        const __m256i values = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(other[b].bsums));
        __m512i products[k_rows_of_one];
        _Pragma("GCC unroll 4") for (int r = 0; r < k_rows_of_one; ++r) {
            const block_q6_K* block = rows + r * stride + b;
            prefetch_next(block, stride);
            Unpacked unpacked;
            __m256i scales;
            unpack(*block, unpacked, scales);
            const __m256i offsets = _mm256_slli_epi32(_mm256_madd_epi16(scales, values), 5);  // stored 32 too high
            products[r] = _mm512_sub_epi32(dot(unpacked, other[b]), _mm512_zextsi256_si512(offsets));
        }
        const __m128 whole = _mm_mul_ps(_mm_cvtepi32_ps(sums_of(products)),
                                        four_halves(rows + b, stride, offsetof(block_q6_K, d)));
        sums = _mm_fmadd_ps(whole, _mm_set1_ps(other[b].d), sums);
    }
    _mm_storeu_ps(product.out + column * product.out_stride + row, sums);
}

using Tile = void (*)(const Product&, std::int64_t row, std::int64_t column);

// `tiles[n - 1]` does n columns. Columns are the outer loop, so that a group of them stays in the nearest cache.
void all_columns(const Product& product, std::int64_t first, std::int64_t last, const Tile (&pairs)[k_column_group],
                 const Tile (&singles)[k_column_group], Tile four_rows) {
    constexpr std::int64_t k_rows_together = 32;  // of weights that stay in the cache for the next columns
    for (std::int64_t begin = first; begin < last; begin += k_rows_together) {
        const std::int64_t end = begin + k_rows_together < last ? begin + k_rows_together : last;
        for (std::int64_t column = 0; column < product.column_count; column += k_column_group) {
            const std::int64_t left = product.column_count - column;
            const auto at = static_cast<std::size_t>(left < k_column_group ? left : k_column_group) - 1;
            std::int64_t row = begin;
            for (; row + k_rows_of_one <= end && left == 1; row += k_rows_of_one) {
                four_rows(product, row, column);
            }
            for (; row + 2 <= end; row += 2) {
                pairs[at](product, row, column);
            }
            for (; row < end; ++row) {
                singles[at](product, row, column);
            }
        }
    }
}

}  // namespace

void q4_k_rows_avx512(const Product& product, std::int64_t first, std::int64_t last) {
    static constexpr Tile k_pairs[] = {q4_tile<2, 1>, q4_tile<2, 2>, q4_tile<2, 3>, q4_tile<2, 4>};
    static constexpr Tile k_singles[] = {q4_tile<1, 1>, q4_tile<1, 2>, q4_tile<1, 3>, q4_tile<1, 4>};
    all_columns(product, first, last, k_pairs, k_singles, q4_one);
}

void q6_k_rows_avx512(const Product& product, std::int64_t first, std::int64_t last) {
    static constexpr Tile k_pairs[] = {q6_tile<2, 1>, q6_tile<2, 2>, q6_tile<2, 3>, q6_tile<2, 4>};
    static constexpr Tile k_singles[] = {q6_tile<1, 1>, q6_tile<1, 2>, q6_tile<1, 3>, q6_tile<1, 4>};
    all_columns(product, first, last, k_pairs, k_singles, q6_one);
}

}  // namespace caro::infer::kernels

#pragma GCC pop_options

#endif
