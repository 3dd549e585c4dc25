// Faster CPU kernels for what an answer spends its time on: products of Q4_K and Q6_K weights with one or more columns, and
// attention of few queries over a long kept prompt. The linker puts them in front of the engine's
// own functions (see hooks.cpp); whatever they do not cover goes to the engine as before.
//
// Layouts are the engine's: block_q4_K, block_q6_K, block_q8_K of ggml-common.h (256 weights a block).
#pragma once

#include <cstddef>
#include <cstdint>

namespace caro::infer::kernels {

inline constexpr int k_column_group = 4;  // columns worked on together by the kernels for few

// A product's shape: `blocks` blocks of 256 in each row and column; strides in blocks, `out` has a stride in floats:
// out[column * out_stride + row].
struct Product {
    const void* rows = nullptr;
    std::int64_t row_stride = 0;
    const void* columns = nullptr;
    std::int64_t column_stride = 0;
    float* out = nullptr;
    std::int64_t out_stride = 0;
    std::int64_t column_count = 0;
    std::int64_t blocks = 0;
};

// Rows [first, last) of the product, for all columns; quickest for few. Needs AVX-512 F, BW, VL, DQ and VNNI.
void q4_k_rows_avx512(const Product& product, std::int64_t first, std::int64_t last);
void q6_k_rows_avx512(const Product& product, std::int64_t first, std::int64_t last);

// The same for any number of columns, quickest for several; rows in whole groups of k_many_rows.
inline constexpr int k_many_rows = 32;
void q4_k_many_avx512(const Product& product, std::int64_t first, std::int64_t last);
void q6_k_many_avx512(const Product& product, std::int64_t first, std::int64_t last);

// `count` floats, a multiple of 256, to blocks of eight bits each, which is what products take as columns.
void quantise_q8_k_avx512(const float* values, void* blocks, std::int64_t count);

// Attention of query rows that share one key/value head. Widths are multiples of 16, at most 256.
struct Attention {
    const std::uint16_t* keys = nullptr;    // f16; one position's row of `width`
    std::size_t key_stride = 0;             // bytes between positions
    const std::uint16_t* values = nullptr;  // f16
    std::size_t value_stride = 0;
    std::int64_t width = 0;  // of a key, a query and a value
    float scale = 1.0F;
};

inline constexpr int k_query_group = 6;  // query rows read together
inline constexpr std::int64_t k_widest = 256;

// One query row of a group.
struct QueryRow {
    const float* query = nullptr;
    const std::uint16_t* mask = nullptr;  // f16 added to the scores, -inf = not seen; null = none
    float* result = nullptr;              // `width` floats: the sum of weighted values, not divided yet
    float maximum = 0.0F;                 // of the scores; -inf if no position was seen
    float sum = 0.0F;                     // of the weights exp(score - maximum)
};

// Online softmax over positions [begin, end) for `count` <= k_query_group rows (method: Milakov and Gimelshein 2018,
// "Online normalizer calculation for softmax"; blocks as in FlashAttention, Dao et al. 2022). Needs AVX-512 F and DQ.
void attend_avx512(const Attention& attention, QueryRow* rows, int count, std::int64_t begin, std::int64_t end);

// True if this processor can run the above.
bool has_avx512_vnni() noexcept;

// Off: everything goes to the engine's own functions. For tests and measurements; not to be called while a model runs.
void enable(bool on) noexcept;

}  // namespace caro::infer::kernels
