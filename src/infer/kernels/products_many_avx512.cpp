// Products of quantised weights with many quantised columns, for AVX-512 with VNNI. Sixteen rows lie side by side in the
// lanes of a register: a block of each is unpacked and turned once for all columns, and sums need no adding across lanes.
// The integer arithmetic is exact and the same as the engine's; only the order of the final float additions differs.
#include "infer/kernels/kernels.hpp"

#if defined(__x86_64__) && defined(__GNUC__)

#include <immintrin.h>

#include <algorithm>
#include <cstring>

#define GGML_COMMON_DECL_CPP
#include "ggml-common.h"

#pragma GCC push_options
#pragma GCC target("avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,avx2,fma,f16c")

namespace caro::infer::kernels {

namespace {

constexpr int k_lanes = 16;
constexpr int k_panels = k_many_rows / k_lanes;  // of 16 rows, worked on together
constexpr int k_tile = 4;                        // columns whose sums stay in registers
constexpr std::int64_t k_columns_together = 64;  // with their sums and a block of the rows they fit the nearest cache
constexpr int k_fours = 64;                      // four weights each, of a block's 256

// One block of sixteen rows; a lane is a row.
template <int Groups>
struct Panel {
    __m512i weights[k_fours];      // four unsigned bytes in each lane
    __m512i scales[Groups];        // 32-bit, of 256 / Groups weights each
    __m512i offsets[8];            // two 16-bit numbers for two sums of 16 values
    __m512 scale;
    __m512 offset_scale;           // of Q4_K: what the offsets' sum is multiplied with
};

using Q4Panel = Panel<8>;
using Q6Panel = Panel<16>;

inline __m128i sixteen(const char* from) { return _mm_loadu_si128(reinterpret_cast<const __m128i*>(from)); }

// Weights are read once, from memory that is far away. While one group of rows is worked on, the next, which lies behind
// it in one piece, is asked for a little at a time: all at once would fill the queue and stop everything.
class Ahead {
  public:
    explicit Ahead(const char* from) : m_at(from) {}

    void ask() {
        for (int line = 0; line < k_lines; ++line) {
            _mm_prefetch(m_at, _MM_HINT_T1);
            m_at += 64;
        }
    }

  private:
    // Asked for with every 16 bytes of each of 16 rows.
    static constexpr int k_lines = 4;

    const char* m_at;
};

// Four registers from 16 bytes of each of sixteen rows: register i has the i-th four bytes of row r in lane r.
inline void turn(const char* from, std::size_t stride, Ahead& ahead, __m512i (&out)[4]) {
    ahead.ask();
    __m512i part[4];
    for (std::size_t i = 0; i < 4; ++i) {
        part[i] = _mm512_castsi128_si512(sixteen(from + i * stride));
        part[i] = _mm512_inserti32x4(part[i], sixteen(from + (4 + i) * stride), 1);
        part[i] = _mm512_inserti32x4(part[i], sixteen(from + (8 + i) * stride), 2);
        part[i] = _mm512_inserti32x4(part[i], sixteen(from + (12 + i) * stride), 3);
    }
    const __m512i a = _mm512_unpacklo_epi32(part[0], part[1]);
    const __m512i b = _mm512_unpackhi_epi32(part[0], part[1]);
    const __m512i c = _mm512_unpacklo_epi32(part[2], part[3]);
    const __m512i d = _mm512_unpackhi_epi32(part[2], part[3]);
    out[0] = _mm512_unpacklo_epi64(a, c);
    out[1] = _mm512_unpackhi_epi64(a, c);
    out[2] = _mm512_unpacklo_epi64(b, d);
    out[3] = _mm512_unpackhi_epi64(b, d);
}

// The i-th byte of each lane.
inline __m512i byte_of(__m512i bytes, unsigned i) {
    return _mm512_and_si512(_mm512_srli_epi32(bytes, 8 * i), _mm512_set1_epi32(0xFF));
}

inline __m512 low_halves(__m512i lanes) { return _mm512_cvtph_ps(_mm512_cvtepi32_epi16(lanes)); }

inline void unpack(const block_q4_K* rows, std::size_t stride, Ahead& ahead, Q4Panel& out) {
    const __m512i low = _mm512_set1_epi8(0x0F);
    const char* bytes = reinterpret_cast<const char*>(rows);
    __m512i head[4];  // d and dmin; 12 bytes of scales and minimums, six bits each, as ggml-quants.c describes
    turn(bytes, stride, ahead, head);
    out.scale = low_halves(head[0]);
    out.offset_scale = low_halves(_mm512_srli_epi32(head[0], 16));
    const __m512i six = _mm512_set1_epi32(0x3f3f3f3f);
    const __m512i top = _mm512_set1_epi32(0x30303030);
    const __m512i scales[2] = {
        _mm512_and_si512(head[1], six),
        _mm512_or_si512(_mm512_and_si512(head[3], low), _mm512_and_si512(_mm512_srli_epi32(head[1], 2), top))};
    const __m512i minimums[2] = {_mm512_and_si512(head[2], six),
                                 _mm512_or_si512(_mm512_and_si512(_mm512_srli_epi32(head[3], 4), low),
                                                 _mm512_and_si512(_mm512_srli_epi32(head[2], 2), top))};
    for (unsigned i = 0; i < 8; ++i) {
        out.scales[i] = byte_of(scales[i / 4], i % 4);
        const __m512i minimum = byte_of(minimums[i / 4], i % 4);
        out.offsets[i] = _mm512_or_si512(minimum, _mm512_slli_epi32(minimum, 16));
    }
    for (int i = 0; i < 8; ++i) {  // 32 bytes hold 64 weights: the low halves are the first 32
        __m512i fours[4];
        turn(bytes + offsetof(block_q4_K, qs) + 16 * i, stride, ahead, fours);
        const int first = (i / 2) * 16 + (i % 2) * 4;
        for (int j = 0; j < 4; ++j) {
            out.weights[first + j] = _mm512_and_si512(fours[j], low);
            out.weights[first + 8 + j] = _mm512_and_si512(_mm512_srli_epi32(fours[j], 4), low);
        }
    }
}

// The low four bits of each byte from one, the next two from the other.
inline __m512i six_bits(__m512i lows, __m512i highs) {
    return _mm512_or_si512(_mm512_and_si512(lows, _mm512_set1_epi8(0x0F)),
                           _mm512_and_si512(highs, _mm512_set1_epi8(0x30)));
}

inline void unpack(const block_q6_K* rows, std::size_t stride, Ahead& ahead, Q6Panel& out) {
    const char* bytes = reinterpret_cast<const char*>(rows);
    alignas(64) std::uint32_t halves[k_lanes];
    for (std::size_t r = 0; r < k_lanes; ++r) {
        std::uint16_t half = 0;
        std::memcpy(&half, bytes + r * stride + offsetof(block_q6_K, d), sizeof half);
        halves[r] = half;
    }
    out.scale = low_halves(_mm512_load_si512(halves));
    __m512i scales[4];
    turn(bytes + offsetof(block_q6_K, scales), stride, ahead, scales);
    for (unsigned i = 0; i < 16; ++i) {
        out.scales[i] = _mm512_srai_epi32(_mm512_slli_epi32(scales[i / 4], 24 - 8 * (i % 4)), 24);
    }
    for (int i = 0; i < 8; ++i) {
        out.offsets[i] = _mm512_or_si512(_mm512_and_si512(out.scales[2 * i], _mm512_set1_epi32(0xFFFF)),
                                         _mm512_slli_epi32(out.scales[2 * i + 1], 16));
    }
    for (int half = 0; half < 2; ++half) {  // 64 bytes of low bits and 32 of high ones hold 128 weights
        for (int i = 0; i < 2; ++i) {
            __m512i first[4];
            __m512i second[4];
            __m512i bits[4];
            turn(bytes + offsetof(block_q6_K, ql) + 64 * half + 16 * i, stride, ahead, first);
            turn(bytes + offsetof(block_q6_K, ql) + 64 * half + 32 + 16 * i, stride, ahead, second);
            turn(bytes + offsetof(block_q6_K, qh) + 32 * half + 16 * i, stride, ahead, bits);
            __m512i* to = out.weights + 32 * half + 4 * i;
            for (int j = 0; j < 4; ++j) {
                to[j] = six_bits(first[j], _mm512_slli_epi32(bits[j], 4));
                to[8 + j] = six_bits(second[j], _mm512_slli_epi32(bits[j], 2));
                to[16 + j] = six_bits(_mm512_srli_epi32(first[j], 4), bits[j]);
                to[24 + j] = six_bits(_mm512_srli_epi32(second[j], 4), _mm512_srli_epi32(bits[j], 2));
            }
        }
    }
}

// The i-th four bytes of a column's block, in all lanes.
inline __m512i four(const void* from, int i) {
    std::int32_t value = 0;
    std::memcpy(&value, static_cast<const char*>(from) + 4 * i, sizeof value);
    return _mm512_set1_epi32(value);
}

inline __m512 scaled(const Q4Panel& panel, __m512i products, __m512i offsets) {
    return _mm512_fnmadd_ps(_mm512_cvtepi32_ps(offsets), panel.offset_scale,
                            _mm512_mul_ps(_mm512_cvtepi32_ps(products), panel.scale));
}

inline __m512 scaled(const Q6Panel& panel, __m512i products, __m512i offsets) {
    // Weights are stored 32 too high.
    return _mm512_mul_ps(_mm512_cvtepi32_ps(_mm512_sub_epi32(products, _mm512_slli_epi32(offsets, 5))), panel.scale);
}

// Adds what one block gives for `Columns` columns to their sums: [column][panel].
template <int Columns, int Groups>
inline void add_block(const Panel<Groups> (&panels)[k_panels], const block_q8_K* const* columns,
                      __m512 (*sums)[k_panels]) {
    constexpr int k_each = k_fours / Groups;
    __m512i products[Columns][k_panels];
    __m512i offsets[Columns][k_panels];
    for (int c = 0; c < Columns; ++c) {
        for (int p = 0; p < k_panels; ++p) {
            products[c][p] = _mm512_setzero_si512();
            offsets[c][p] = _mm512_setzero_si512();
        }
    }
    for (int g = 0; g < Groups; ++g) {
        __m512i sum[Columns][k_panels];
        for (int c = 0; c < Columns; ++c) {
            for (int p = 0; p < k_panels; ++p) {
                sum[c][p] = _mm512_setzero_si512();
            }
        }
        _Pragma("GCC unroll 8") for (int i = g * k_each; i < (g + 1) * k_each; ++i) {
            for (int c = 0; c < Columns; ++c) {
                const __m512i values = four(columns[c]->qs, i);
                for (int p = 0; p < k_panels; ++p) {
                    sum[c][p] = _mm512_dpbusd_epi32(sum[c][p], panels[p].weights[i], values);
                }
            }
        }
        for (int c = 0; c < Columns; ++c) {
            for (int p = 0; p < k_panels; ++p) {
                products[c][p] = _mm512_add_epi32(products[c][p], _mm512_mullo_epi32(sum[c][p], panels[p].scales[g]));
            }
        }
    }
    for (int i = 0; i < 8; ++i) {
        for (int c = 0; c < Columns; ++c) {
            const __m512i values = four(columns[c]->bsums, i);
            for (int p = 0; p < k_panels; ++p) {
                offsets[c][p] = _mm512_dpwssd_epi32(offsets[c][p], panels[p].offsets[i], values);
            }
        }
    }
    for (int c = 0; c < Columns; ++c) {
        const __m512 scale = _mm512_set1_ps(columns[c]->d);
        for (int p = 0; p < k_panels; ++p) {
            const __m512 whole = scaled(panels[p], products[c][p], offsets[c][p]);
            sums[c][p] = _mm512_fmadd_ps(whole, scale, sums[c][p]);
        }
    }
}

template <int Groups>
void add_blocks(const Panel<Groups> (&panels)[k_panels], const block_q8_K* first, std::int64_t stride,
                std::int64_t count, __m512 (*sums)[k_panels]) {
    // As few groups of columns as will do, of about the same size.
    std::int64_t groups = (count + k_tile - 1) / k_tile;
    for (std::int64_t column = 0; column < count; --groups) {
        const std::int64_t now = (count - column + groups - 1) / groups;
        const block_q8_K* columns[k_tile];
        for (std::int64_t c = 0; c < now; ++c) {
            columns[c] = first + (column + c) * stride;
        }
        switch (now) {
            case 1: add_block<1>(panels, columns, sums + column); break;
            case 2: add_block<2>(panels, columns, sums + column); break;
            case 3: add_block<3>(panels, columns, sums + column); break;
            default: add_block<4>(panels, columns, sums + column); break;
        }
        column += now;
    }
}

template <class Block, int Groups>
void many_columns(const Product& product, std::int64_t first, std::int64_t last) {
    const auto* rows = static_cast<const Block*>(product.rows);
    const auto* columns = static_cast<const block_q8_K*>(product.columns);
    const std::size_t stride = sizeof(Block) * static_cast<std::size_t>(product.row_stride);
    Panel<Groups> panels[k_panels];
    __m512 sums[k_columns_together][k_panels];
    for (std::int64_t row = first; row < last; row += k_many_rows) {
        for (std::int64_t column = 0; column < product.column_count; column += k_columns_together) {
            const std::int64_t count = std::min(product.column_count - column, k_columns_together);
            std::memset(static_cast<void*>(sums), 0, sizeof sums[0] * static_cast<std::size_t>(count));
            for (std::int64_t b = 0; b < product.blocks; ++b) {
                const Block* block = rows + row * product.row_stride + b;
                Ahead ahead(reinterpret_cast<const char*>(rows + (row + k_many_rows) * product.row_stride +
                                                          b * k_many_rows));
                for (int p = 0; p < k_panels; ++p) {
                    unpack(block + p * k_lanes * product.row_stride, stride, ahead, panels[p]);
                }
                add_blocks(panels, columns + column * product.column_stride + b, product.column_stride, count, sums);
            }
            for (std::int64_t c = 0; c < count; ++c) {
                float* out = product.out + (column + c) * product.out_stride + row;
                for (int p = 0; p < k_panels; ++p) {
                    _mm512_storeu_ps(out + p * k_lanes, sums[c][p]);
                }
            }
        }
    }
}

}  // namespace

void q4_k_many_avx512(const Product& product, std::int64_t first, std::int64_t last) {
    many_columns<block_q4_K, 8>(product, first, last);
}

void q6_k_many_avx512(const Product& product, std::int64_t first, std::int64_t last) {
    many_columns<block_q6_K, 16>(product, first, last);
}

}  // namespace caro::infer::kernels

#pragma GCC pop_options

#endif
