// How fast this machine reads memory and multiplies: short loops on all cores at once.
#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <numeric>
#include <thread>
#include <vector>

#include "models/hardware.hpp"

namespace caro::models {

namespace {

using Clock = std::chrono::steady_clock;

// More than processors have as caches, all threads together and each by itself.
constexpr std::size_t k_bytes_together = std::size_t{192} << 20U;
constexpr std::size_t k_bytes_per_thread = std::size_t{16} << 20U;
constexpr std::size_t k_piece = std::size_t{1} << 20U;

double seconds_since(Clock::time_point begin) { return std::chrono::duration<double>(Clock::now() - begin).count(); }

// The compiler must not leave out what only makes a number.
std::atomic<std::uint64_t>& sink() {
    static std::atomic<std::uint64_t> s_sink{0};
    return s_sink;
}

// Runs `work` on all threads, which begin together once each has made its own state, and adds up their rates.
template <class Prepare, class Work>
double on_all(int threads, const Prepare& prepare, const Work& work) {
    std::atomic<int> waiting{threads};
    std::vector<double> rates(static_cast<std::size_t>(threads));
    std::vector<std::thread> pool;
    pool.reserve(rates.size());
    for (double& rate : rates) {
        pool.emplace_back([&] {
            auto state = prepare();
            waiting.fetch_sub(1);
            while (waiting.load() > 0) {
                std::this_thread::yield();
            }
            rate = work(state);
        });
    }
    for (auto& thread : pool) {
        thread.join();
    }
    return std::accumulate(rates.begin(), rates.end(), 0.0);
}

double read_rate(const std::vector<std::uint64_t>& words, std::chrono::milliseconds time) {
    constexpr std::size_t k_words = k_piece / sizeof(std::uint64_t);
    std::array<std::uint64_t, 8> sums{};
    std::size_t at = 0;
    std::uint64_t bytes = 0;
    const auto begin = Clock::now();
    while (Clock::now() - begin < time) {
        for (std::size_t i = 0; i + 8 <= k_words; i += 8) {
            for (std::size_t lane = 0; lane < 8; ++lane) {
                sums[lane] += words[at + i + lane];
            }
        }
        bytes += k_piece;
        at = at + 2 * k_words <= words.size() ? at + k_words : 0;
    }
    const double elapsed = seconds_since(begin);
    sink() += std::accumulate(sums.begin(), sums.end(), std::uint64_t{0});
    return static_cast<double>(bytes) / elapsed;
}

// Sums that wait on nothing but themselves: enough of them keep the multipliers of any processor busy.
constexpr std::size_t k_chains = 10;
constexpr std::size_t k_steps = 4096;

template <class Vector>
[[gnu::always_inline]] inline float multiply(float start) {
    Vector sums[k_chains];
    for (std::size_t i = 0; i < k_chains; ++i) {
        sums[i] = Vector{} + start * static_cast<float>(i);
    }
    const Vector factor = Vector{} + 0.999F;
    const Vector term = Vector{} + start;
    for (std::size_t step = 0; step < k_steps; ++step) {
        for (std::size_t i = 0; i < k_chains; ++i) {
            sums[i] = sums[i] * factor + term;
        }
    }
    float total = 0;
    for (const Vector& sum : sums) {
        total += sum[0] + sum[1];
    }
    return total;
}

typedef float FourFloats __attribute__((vector_size(16)));
float multiply_four(float start) { return multiply<FourFloats>(start); }
#ifdef __x86_64__
typedef float EightFloats __attribute__((vector_size(32)));
[[gnu::target("avx2,fma")]] float multiply_eight(float start) { return multiply<EightFloats>(start); }
#endif

struct Multiplier {
    float (*run)(float);
    double floats;  // in a vector
};

Multiplier best_multiplier() {
#ifdef __x86_64__
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) {
        return {multiply_eight, 8};
    }
#endif
    return {multiply_four, 4};
}

double multiply_rate(std::chrono::milliseconds time) {
    const Multiplier multiplier = best_multiplier();
    std::uint64_t runs = 0;
    float total = 0;
    const auto begin = Clock::now();
    while (Clock::now() - begin < time) {
        total += multiplier.run(0.001F + total * 1e-9F);
        ++runs;
    }
    const double elapsed = seconds_since(begin);
    sink() += static_cast<std::uint64_t>(total);
    return static_cast<double>(runs) * 2 * multiplier.floats * k_chains * k_steps / elapsed;
}

}  // namespace

void measure(Hardware& hardware, std::chrono::milliseconds time) {
    const int threads = std::max(1, hardware.cores);
    const auto count = static_cast<std::size_t>(threads);
    std::size_t bytes = std::max(k_bytes_per_thread, k_bytes_together / count);
    if (hardware.memory_available != 0) {
        // Never more than an eighth of what is free.
        bytes = std::clamp<std::size_t>(hardware.memory_available / 8 / count, 2 * k_piece, bytes);
    }
    hardware.bandwidth = on_all(
        threads, [bytes] { return std::vector<std::uint64_t>(bytes / sizeof(std::uint64_t), 1); },
        [time](const std::vector<std::uint64_t>& words) { return read_rate(words, time); });
    hardware.compute = on_all(threads, [] { return 0; }, [time](int) { return multiply_rate(time); });
}

}  // namespace caro::models
