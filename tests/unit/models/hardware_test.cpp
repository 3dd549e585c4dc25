#include "models/hardware.hpp"

#include <gtest/gtest.h>

#include <fstream>

#include "support/temp_dir.hpp"

namespace caro::models {
namespace {

namespace fs = std::filesystem;

void put(const fs::path& file, const std::string& text) {
    fs::create_directories(file.parent_path());
    std::ofstream(file) << text;
}

TEST(MemoryFacts, AreNotKnownWithoutProc) {
    const test::TempDir root;
    EXPECT_EQ(memory_facts(root.path()).total, 0U);
    EXPECT_EQ(memory_facts(root.path()).available, 0U);
}

TEST(MemoryFacts, AreTheSystemsWithoutALimit) {
    const test::TempDir root;
    put(root.path() / "proc/meminfo", "MemTotal:  8000 kB\nMemFree: 1 kB\nMemAvailable:    4000 kB\n");
    put(root.path() / "proc/self/cgroup", "0::/\n");
    put(root.path() / "sys/fs/cgroup/memory.max", "max\n");
    put(root.path() / "sys/fs/cgroup/memory.current", "500\n");
    EXPECT_EQ(memory_facts(root.path()).total, 8192000U);
    EXPECT_EQ(memory_facts(root.path()).available, 4096000U);
}

TEST(MemoryFacts, TheTightestGroupAboveCounts) {
    const test::TempDir root;
    put(root.path() / "proc/meminfo", "MemTotal:  8000 kB\nMemAvailable:    4000 kB\n");
    put(root.path() / "proc/self/cgroup", "0::/user/shell\n");
    put(root.path() / "sys/fs/cgroup/user/memory.max", "1500\n");
    put(root.path() / "sys/fs/cgroup/user/memory.current", "700\n");
    put(root.path() / "sys/fs/cgroup/user/memory.stat", "anon 500\ninactive_file 200\n");
    put(root.path() / "sys/fs/cgroup/user/shell/memory.max", "3000000\n");
    put(root.path() / "sys/fs/cgroup/user/shell/memory.current", "700\n");
    EXPECT_EQ(memory_facts(root.path()).total, 1500U);
    EXPECT_EQ(memory_facts(root.path()).available, 1000U);  // the files' pages are given back when needed
}

TEST(MemoryFacts, AFullGroupHasNothingLeft) {
    const test::TempDir root;
    put(root.path() / "proc/meminfo", "MemTotal:  8000 kB\nMemAvailable:    4000 kB\n");
    put(root.path() / "proc/self/cgroup", "0::/\n");
    put(root.path() / "sys/fs/cgroup/memory.max", "1500\n");
    put(root.path() / "sys/fs/cgroup/memory.current", "1600\n");
    EXPECT_EQ(memory_facts(root.path()).total, 1500U);
    // Nothing left is not the same as not known, which 0 means.
    EXPECT_EQ(memory_facts(root.path()).available, 1U);
}

TEST(MemoryFacts, GroupsOfTheFirstVersion) {
    const test::TempDir root;
    put(root.path() / "proc/meminfo", "MemTotal:  8000 kB\nMemAvailable:    4000 kB\n");
    put(root.path() / "proc/self/cgroup", "5:cpu,cpuacct:/a\n4:memory:/a\n1:name=systemd:/b\n");
    put(root.path() / "sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n");
    put(root.path() / "sys/fs/cgroup/memory/a/memory.limit_in_bytes", "2000000\n");
    put(root.path() / "sys/fs/cgroup/memory/a/memory.usage_in_bytes", "600000\n");
    put(root.path() / "sys/fs/cgroup/memory/a/memory.stat", "cache 1\ntotal_inactive_file 100000\n");
    EXPECT_EQ(memory_facts(root.path()).total, 2000000U);
    EXPECT_EQ(memory_facts(root.path()).available, 1500000U);
}

TEST(Hardware, IsSeenAndMeasured) {
    Hardware hardware = look_at_hardware();
    EXPECT_GE(hardware.cores, 1);
#ifdef __linux__
    EXPECT_GT(hardware.memory_total, hardware.memory_available / 2);
    EXPECT_GT(hardware.memory_available, 1'000'000U);
#endif
#ifdef __x86_64__
    EXPECT_EQ(hardware.has("AVX2"), __builtin_cpu_supports("avx2") != 0);
    EXPECT_EQ(hardware.has("AVX-512"), __builtin_cpu_supports("avx512f") != 0);
#endif
    measure(hardware, std::chrono::milliseconds(5));
    // Nothing that runs this test is slower than 100 MB/s or quicker than 10 TB/s.
    EXPECT_GT(hardware.bandwidth, 1e8);
    EXPECT_LT(hardware.bandwidth, 1e13);
    EXPECT_GT(hardware.compute, 1e7);
    EXPECT_LT(hardware.compute, 1e16);
}

TEST(Hardware, TheProcessorsNameIsRead) {
    const test::TempDir root;
    put(root.path() / "proc/cpuinfo", "processor\t: 0\nmodel name\t: Some CPU @ 3.00GHz\nflags: x\n");
#ifndef __APPLE__
    EXPECT_EQ(look_at_hardware(root.path()).processor, "Some CPU @ 3.00GHz");
#endif
}

CatalogueEntry entry(const char* name, std::uint64_t parameters, std::uint64_t memory, bool for_code = true,
                     bool permissive = true) {
    CatalogueEntry row;
    row.name = name;
    row.parameters_m = parameters;
    row.memory_mb = memory;
    row.size = memory * 800'000;
    row.for_code = for_code;
    row.permissive = permissive;
    return row;
}

const std::vector<CatalogueEntry> k_models = {entry("middle", 1500, 1500),
                                              entry("small", 500, 800),
                                              entry("large", 7600, 5500),
                                              entry("research", 3000, 2600, true, false),
                                              entry("talker", 2500, 2200, false)};

Hardware machine(double bandwidth, double compute, std::uint64_t available) {
    Hardware hardware;
    hardware.bandwidth = bandwidth;
    hardware.compute = compute;
    hardware.memory_total = available * 2;
    hardware.memory_available = available;
    return hardware;
}

TEST(Expectation, HalvesWithTwiceTheWeights) {
    const Hardware hardware = machine(40e9, 400e9, 20'000'000'000);
    const Expectation one = expect(entry("one", 1000, 1000), hardware);
    const Expectation two = expect(entry("two", 2000, 2000), hardware);
    EXPECT_NEAR(one.decode_per_s, 2 * two.decode_per_s, 1e-6);
    EXPECT_NEAR(one.prompt_per_s, 2 * two.prompt_per_s, 1e-6);
    EXPECT_LT(one.answer_s, two.answer_s);
    EXPECT_LT(one.decode_per_s, 40e9 / 800e6) << "no model is read faster than memory allows";
}

TEST(Expectation, IsUnknownWhereNothingWasMeasured) {
    const Expectation unknown = expect(k_models[0], Hardware());
    EXPECT_EQ(unknown.decode_per_s, 0);
    EXPECT_EQ(unknown.answer_s, 0);
    EXPECT_TRUE(unknown.fits);
}

TEST(Expectation, SizeIsGuessedFromTheNeedWhereOnlyTheHubKnowsIt) {
    CatalogueEntry row = entry("x", 1000, 1000);
    row.size = 0;
    EXPECT_GT(expect(row, Hardware()).bytes, 500'000'000U);
    EXPECT_LT(expect(row, Hardware()).bytes, 1'000'000'000U);
}

TEST(Recommend, TheLargestForCodeThatIsQuickAndFree) {
    EXPECT_EQ(recommend(k_models, machine(40e9, 400e9, 20'000'000'000))->name, "middle");
    EXPECT_EQ(recommend(k_models, machine(400e9, 4000e9, 20'000'000'000))->name, "large");
}

TEST(Recommend, TheSmallestOnASlowMachine) {
    EXPECT_EQ(recommend(k_models, machine(1e9, 4e9, 20'000'000'000))->name, "small");
}

TEST(Recommend, WhatFits) {
    EXPECT_EQ(recommend(k_models, machine(400e9, 4000e9, 2'000'000'000))->name, "middle");
    EXPECT_EQ(recommend(k_models, machine(400e9, 4000e9, 1'000'000'000))->name, "small");
    EXPECT_FALSE(recommend(k_models, machine(400e9, 4000e9, 100'000'000)));
}

TEST(Recommend, TheLargestOnAGpuThatTheEngineUses) {
    Hardware hardware = machine(10e9, 100e9, 4'000'000'000);
    hardware.gpus = {{"GPU", 16'000'000'000, 15'000'000'000, false}};
    EXPECT_NE(recommend(k_models, hardware)->name, "large");
    hardware.gpus[0].usable = true;
    const auto best = recommend(k_models, hardware);
    EXPECT_EQ(best->name, "large");
    EXPECT_TRUE(best->on_gpu);
    EXPECT_EQ(best->answer_s, 0) << "nothing is known of its speed there";
    hardware.gpus[0].free = 1'000'000'000;
    EXPECT_NE(recommend(k_models, hardware)->name, "large");
}

}  // namespace
}  // namespace caro::models
