#include "util/large_mappings.hpp"

#include <sys/mman.h>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <span>
#include <system_error>
#include <thread>
#include <vector>

namespace caro {

#ifdef __linux__

namespace {

// Small enough to stop within a few ms, large enough that the threads seldom meet.
constexpr std::size_t k_step = 4UL * 1024 * 1024;
constexpr int k_most_threads = 8;  // beyond it they wait for each other in the kernel

struct Range {
    std::uintptr_t begin = 0;
    std::size_t size = 0;
};

// Calls work(begin, size) for all steps of the ranges, from several threads, until one call says false.
template <typename Work>
void share(std::span<const Range> ranges, int threads, const Work& work) {
    std::vector<Range> steps;
    for (const Range& range : ranges) {
        for (std::size_t at = 0; at < range.size; at += k_step) {
            steps.push_back({range.begin + at, std::min(k_step, range.size - at)});
        }
    }
    std::atomic<std::size_t> next{0};
    const auto take = [&] {
        for (std::size_t i = next++; i < steps.size(); i = next++) {
            if (!work(steps[i])) {
                next = steps.size();
            }
        }
    };
    std::vector<std::jthread> others;
    try {
        for (int i = 1; i < std::min(threads, k_most_threads); i++) {
            others.emplace_back(take);
        }
    } catch (const std::system_error&) {  // no more threads allowed: those that are do it
    }
    take();
}

std::vector<Range> large_mappings() {
    std::vector<Range> found;
    const std::unique_ptr<std::FILE, int (*)(std::FILE*)> maps(std::fopen("/proc/self/maps", "re"), std::fclose);
    char line[512];
    while (maps && std::fgets(line, sizeof line, maps.get()) != nullptr) {
        unsigned long begin = 0;
        unsigned long end = 0;
        unsigned long inode = 0;
        char rights[5] = "";
        if (std::sscanf(line, "%lx-%lx %4s %*x %*x:%*x %lu", &begin, &end, rights, &inode) == 4 && inode != 0 &&
            rights[0] == 'r' && rights[1] == '-' && rights[3] == 's' && end - begin >= k_large_mapping) {
            found.push_back({begin, end - begin});
        }
    }
    return found;
}

}  // namespace

void populate_mapping(void* address, std::size_t size, int threads, const CancelToken& cancel) noexcept {
#ifdef MADV_POPULATE_READ
    constexpr int advice = MADV_POPULATE_READ;
#else
    constexpr int advice = 22;  // the headers of Debian 11 do not name it yet
#endif
    try {
        const Range all{reinterpret_cast<std::uintptr_t>(address), size};
        share({&all, 1}, threads, [&cancel](const Range& step) {
            return !cancel.should_stop() && ::madvise(reinterpret_cast<void*>(step.begin), step.size, advice) == 0;
        });
    } catch (const std::exception&) {  // the pages come at their first use
    }
}

void clear_large_mappings() noexcept {
    try {
        const std::vector<Range> ranges = large_mappings();
        if (!ranges.empty()) {
            // Threads that wait for each other cost less than reading from files how many cores there are.
            share(ranges, static_cast<int>(std::thread::hardware_concurrency()), [](const Range& step) {
                return ::madvise(reinterpret_cast<void*>(step.begin), step.size, MADV_DONTNEED) == 0;
            });
        }
    } catch (const std::exception&) {  // the end of the process does it
    }
}

#else

void populate_mapping(void*, std::size_t, int, const CancelToken&) noexcept {}
void clear_large_mappings() noexcept {}

#endif

}  // namespace caro
