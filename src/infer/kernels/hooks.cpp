// Where the kernels meet the engine. The engine calls `llamafile_sgemm` with every product of a matrix before it uses
// its own loop, `quantize_row_q8_K` for its columns, and `ggml_compute_forward_flash_attn_ext` for attention; the linker's --wrap option sends both here
// first (`__wrap_X` is called for X, `__real_X` is the engine's own). Written against the pinned llama.cpp only:
// ggml/src/ggml-cpu/{ggml-cpu.c,ops.cpp,llamafile/sgemm.h}.
#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstring>

#define GGML_COMMON_DECL_CPP
#include "ggml-common.h"
#include "ggml-cpu-impl.h"
#include "ggml.h"

#include "infer/kernels/kernels.hpp"

namespace caro::infer::kernels {

namespace {

std::atomic<bool> s_enabled{true};

bool usable() noexcept {
    static const bool s_has = has_avx512_vnni();
    return s_has && s_enabled.load(std::memory_order_relaxed);
}

using RowsKernel = void (*)(const Product&, std::int64_t first, std::int64_t last);

// How a matrix is multiplied: from `enough` columns on, whole groups of rows by the kernel for many columns (turning the
// rows' blocks first pays then), and what is left by that for few.
struct Kernels {
    RowsKernel few = nullptr;
    RowsKernel many = nullptr;
    std::int64_t enough = 0;
};

Kernels kernels_for(int type) {
    switch (type) {
        case GGML_TYPE_Q4_K: return {q4_k_rows_avx512, q4_k_many_avx512, 2};
        case GGML_TYPE_Q6_K: return {q6_k_rows_avx512, q6_k_many_avx512, 5};
        default: return {};
    }
}

void multiply(const Kernels& kernels, const Product& product, std::int64_t first, std::int64_t last) {
    if (product.column_count >= kernels.enough && first < last) {
        const std::int64_t whole = first + (last - first) / k_many_rows * k_many_rows;
        kernels.many(product, first, whole);
        first = whole;
    }
    kernels.few(product, first, last);
}

// Rows are dealt out in pieces, so that a processor that is slower or busy does not keep the others waiting. The
// engine's counter has been set to the number of threads before; that holds for the first matrix of a batch only,
// which is the one whose columns begin the work buffer.
void share_rows(const ggml_compute_params& params, const Product& product, std::int64_t rows, const Kernels& kernels) {
    const std::int64_t threads = params.nth;
    const std::int64_t multiple = product.column_count >= kernels.enough ? k_many_rows : 4;
    const auto rounded_up = [multiple](std::int64_t count) { return (count + multiple - 1) / multiple * multiple; };
    if (product.columns != params.wdata) {
        const std::int64_t each = rounded_up((rows + threads - 1) / threads);
        const std::int64_t first = std::min(each * params.ith, rows);
        multiply(kernels, product, first, std::min(first + each, rows));
        return;
    }
    constexpr std::int64_t k_pieces_each = 6;
    constexpr std::int64_t k_least_rows = 8;
    const std::int64_t each = rounded_up(std::max(rows / (threads * k_pieces_each), k_least_rows));
    for (std::int64_t piece = params.ith; piece * each < rows;
         piece = ggml_threadpool_chunk_add(params.threadpool, 1)) {
        const std::int64_t first = piece * each;
        multiply(kernels, product, first, std::min(first + each, rows));
    }
}

std::size_t stride(const ggml_tensor& tensor, int dimension) { return tensor.nb[dimension]; }

float parameter(const ggml_tensor& tensor, int index) {
    float value = 0.0F;
    std::memcpy(&value, reinterpret_cast<const char*>(tensor.op_params) + sizeof(float) * static_cast<std::size_t>(index),
                sizeof value);
    return value;
}

// What attend_avx512() can do: f16 keys and values, no position bias, no soft cap, no sinks, one sequence.
bool covers(const ggml_tensor& dst) {
    const ggml_tensor* q = dst.src[0];
    const ggml_tensor* k = dst.src[1];
    const ggml_tensor* v = dst.src[2];
    const ggml_tensor* mask = dst.src[3];
    return q->type == GGML_TYPE_F32 && k->type == GGML_TYPE_F16 && v->type == GGML_TYPE_F16 &&
           (mask == nullptr || (mask->type == GGML_TYPE_F16 && mask->ne[2] == 1 && mask->ne[3] == 1)) &&
           dst.src[4] == nullptr && q->ne[3] == 1 && k->ne[3] == 1 && v->ne[3] == 1 && k->ne[0] == v->ne[0] &&
           k->ne[0] % 16 == 0 && k->ne[0] <= k_widest && q->ne[2] % k->ne[2] == 0 && k->ne[2] == v->ne[2] &&
           q->nb[0] == sizeof(float) && k->nb[0] == sizeof(ggml_fp16_t) && v->nb[0] == sizeof(ggml_fp16_t) &&
           dst.nb[0] == sizeof(float) && parameter(dst, 1) == 0.0F && parameter(dst, 2) == 0.0F;
}

// The query rows that share key/value head `head`: row i is query head head * heads_each + i % heads_each of token
// i / heads_each.
class Rows {
  public:
    Rows(const ggml_tensor& dst, std::int64_t head)
        : m_dst(dst), m_each(dst.src[0]->ne[2] / dst.src[1]->ne[2]), m_head(head) {}

    std::int64_t count() const { return m_each * m_dst.src[0]->ne[1]; }
    std::int64_t query_head(std::int64_t row) const { return m_head * m_each + row % m_each; }
    std::int64_t token(std::int64_t row) const { return row / m_each; }

    Attention attention() const {
        const ggml_tensor& k = *m_dst.src[1];
        const ggml_tensor& v = *m_dst.src[2];
        const auto head = static_cast<std::size_t>(m_head);
        Attention made;
        made.keys = reinterpret_cast<const std::uint16_t*>(static_cast<const char*>(k.data) + head * stride(k, 2));
        made.values = reinterpret_cast<const std::uint16_t*>(static_cast<const char*>(v.data) + head * stride(v, 2));
        made.key_stride = stride(k, 1);
        made.value_stride = stride(v, 1);
        made.width = k.ne[0];
        made.scale = parameter(m_dst, 0);
        return made;
    }

    QueryRow row(std::int64_t index, float* result) const {
        const ggml_tensor& q = *m_dst.src[0];
        const ggml_tensor* mask = m_dst.src[3];
        QueryRow made;
        made.query = reinterpret_cast<const float*>(static_cast<const char*>(q.data) +
                                                    static_cast<std::size_t>(token(index)) * stride(q, 1) +
                                                    static_cast<std::size_t>(query_head(index)) * stride(q, 2));
        if (mask != nullptr) {
            made.mask = reinterpret_cast<const std::uint16_t*>(static_cast<const char*>(mask->data) +
                                                               static_cast<std::size_t>(token(index)) * stride(*mask, 1));
        }
        made.result = result;
        made.maximum = -INFINITY;
        return made;
    }

    // Where the result of a row goes: dst is [width, query heads, tokens].
    float* out(std::int64_t index) const {
        return reinterpret_cast<float*>(static_cast<char*>(m_dst.data) +
                                        static_cast<std::size_t>(query_head(index) + token(index) * m_dst.ne[1]) *
                                            stride(m_dst, 1));
    }

  private:
    const ggml_tensor& m_dst;
    std::int64_t m_each;
    std::int64_t m_head;
};

void divide(float* values, std::int64_t width, float sum) {
    const float factor = sum == 0.0F ? 0.0F : 1.0F / sum;
    for (std::int64_t d = 0; d < width; ++d) {
        values[d] *= factor;
    }
}

// Groups of rows that share a key/value head are dealt out. What comes out for a row depends on nothing but the row: not on how
// many tokens are evaluated at once, nor on the number of threads, so that guessed tokens change no answer.
void attend(const ggml_compute_params& params, const ggml_tensor& dst) {
    const std::int64_t width = dst.src[1]->ne[0];
    const std::int64_t positions = dst.src[1]->ne[1];
    const std::int64_t heads = dst.src[1]->ne[2];
    const std::int64_t rows_each = Rows(dst, 0).count();
    const std::int64_t fair = (rows_each * heads + params.nth - 1) / params.nth;
    const std::int64_t size = std::min<std::int64_t>(k_query_group, fair);  // of a group
    const std::int64_t groups = (rows_each + size - 1) / size;
    if (params.ith == 0) {
        ggml_threadpool_chunk_set(params.threadpool, params.nth);
    }
    ggml_barrier(params.threadpool);
    for (std::int64_t job = params.ith; job < groups * heads; job = ggml_threadpool_chunk_add(params.threadpool, 1)) {
        const Rows rows(dst, job / groups);
        const std::int64_t from = job % groups * size;
        const auto count = static_cast<int>(std::min(rows.count() - from, size));
        QueryRow group[k_query_group];
        for (int r = 0; r < count; ++r) {
            float* out = rows.out(from + r);
            std::memset(out, 0, sizeof(float) * static_cast<std::size_t>(width));
            group[r] = rows.row(from + r, out);
        }
        attend_avx512(rows.attention(), group, count, 0, positions);
        for (int r = 0; r < count; ++r) {
            divide(group[r].result, width, group[r].sum);
        }
    }
}

}  // namespace

bool has_avx512_vnni() noexcept {
#if defined(__x86_64__) && defined(__GNUC__)
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
           __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq") &&
           __builtin_cpu_supports("avx512vnni");
#else
    return false;
#endif
}

void enable(bool on) noexcept { s_enabled = on; }

}  // namespace caro::infer::kernels

using namespace caro::infer::kernels;  // NOLINT: the two names below are the linker's

extern "C" {

bool __real_llamafile_sgemm(const ggml_compute_params* params, std::int64_t m, std::int64_t n, std::int64_t k,
                            const void* a, std::int64_t lda, const void* b, std::int64_t ldb, void* c,
                            std::int64_t ldc, int a_type, int b_type, int c_type);
void __real_quantize_row_q8_K(const float* values, void* blocks, std::int64_t count);
void __real_ggml_compute_forward_flash_attn_ext(const ggml_compute_params* params, ggml_tensor* dst);

// c[j * ldc + i] = row i of a times column j of b, for m rows and n columns of k blocks. False: not covered.
bool __wrap_llamafile_sgemm(const ggml_compute_params* params, std::int64_t m, std::int64_t n, std::int64_t k,
                            const void* a, std::int64_t lda, const void* b, std::int64_t ldb, void* c,
                            std::int64_t ldc, int a_type, int b_type, int c_type) {
    const Kernels kernels = b_type == GGML_TYPE_Q8_K && c_type == GGML_TYPE_F32 ? kernels_for(a_type) : Kernels();
    if (kernels.few == nullptr || params->use_ref || !usable()) {
        return __real_llamafile_sgemm(params, m, n, k, a, lda, b, ldb, c, ldc, a_type, b_type, c_type);
    }
    share_rows(*params, {a, lda, b, ldb, static_cast<float*>(c), ldc, n, k}, m, kernels);
    return true;
}

void __wrap_quantize_row_q8_K(const float* values, void* blocks, std::int64_t count) {
    if (usable()) {
        quantise_q8_k_avx512(values, blocks, count);
    } else {
        __real_quantize_row_q8_K(values, blocks, count);
    }
}

void __wrap_ggml_compute_forward_flash_attn_ext(const ggml_compute_params* params, ggml_tensor* dst) {
    if (params->use_ref || !usable() || !covers(*dst)) {
        __real_ggml_compute_forward_flash_attn_ext(params, dst);
    } else {
        attend(*params, *dst);
    }
}

}  // extern "C"
