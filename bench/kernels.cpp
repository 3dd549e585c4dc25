// How many multiplications a second the kernels do on one processor, by number of columns: those for few columns against those
// for many. The best of several turns each, one after the other; the weights fit the second cache, so that memory plays no part.
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <limits>
#include <random>
#include <vector>

#define GGML_COMMON_DECL_CPP
#include <ggml-common.h>
#include <ggml.h>

#include "infer/kernels/kernels.hpp"
#include "util/clock.hpp"

namespace {

using namespace caro::infer::kernels;
using Kernel = void (*)(const Product&, std::int64_t first, std::int64_t last);

constexpr std::int64_t k_rows = 1536;
constexpr std::int64_t k_width = 1536;
constexpr int k_turns = 15;

std::vector<float> noise(std::int64_t count) {
    std::mt19937 random(1);
    std::normal_distribution<float> normal;
    std::vector<float> values(static_cast<std::size_t>(count));
    for (float& value : values) {
        value = normal(random);
    }
    return values;
}

void measure(ggml_type type, Kernel few, Kernel many, std::int64_t columns) {
    // What is asked for ahead lies behind the last row.
    std::vector<char> weights(ggml_row_size(type, k_width) * (k_rows + 2 * k_many_rows));
    ggml_quantize_chunk(type, noise(k_rows * k_width).data(), weights.data(), 0, k_rows, k_width, nullptr);
    std::vector<block_q8_K> inputs(static_cast<std::size_t>(columns * k_width / 256));
    quantise_q8_k_avx512(noise(columns * k_width).data(), inputs.data(), columns * k_width);
    std::vector<float> out(static_cast<std::size_t>(columns * k_rows));
    const Product product{weights.data(), k_width / 256, inputs.data(), k_width / 256,
                          out.data(),     k_rows,        columns,       k_width / 256};
    double best[2] = {std::numeric_limits<double>::max(), std::numeric_limits<double>::max()};
    for (int turn = 0; turn < k_turns; ++turn) {
        for (const int which : {0, 1}) {
            const caro::Stopwatch watch;
            (which == 0 ? few : many)(product, 0, k_rows);
            best[which] = std::min(best[which], watch.milliseconds());
        }
    }
    const double million = static_cast<double>(k_rows * k_width * columns) / 1e6;
    std::printf("%s %3d columns: few %5.0f, many %5.0f thousand million a second (%.2f times)\n", ggml_type_name(type),
                static_cast<int>(columns), million / best[0], million / best[1], best[0] / best[1]);
}

}  // namespace

int main() {
    if (!has_avx512_vnni()) {
        std::fputs("kernels: this processor has no AVX-512 with VNNI\n", stderr);
        return 1;
    }
    for (const std::int64_t columns : {1, 2, 3, 4, 5, 6, 8, 16, 24, 64}) {
        measure(GGML_TYPE_Q4_K, q4_k_rows_avx512, q4_k_many_avx512, columns);
        measure(GGML_TYPE_Q6_K, q6_k_rows_avx512, q6_k_many_avx512, columns);
    }
    return 0;
}
