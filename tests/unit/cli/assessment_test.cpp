#include "cli/assessment.hpp"

#include "support/golden.hpp"

#include <gtest/gtest.h>

namespace caro::cli {
namespace {

models::CatalogueEntry entry(const char* name, std::uint64_t parameters, std::uint64_t memory, bool for_code = true,
                             bool permissive = true) {
    models::CatalogueEntry row;
    row.name = name;
    row.parameters_m = parameters;
    row.memory_mb = memory;
    row.size = memory * 800'000;
    row.for_code = for_code;
    row.permissive = permissive;
    return row;
}

// Names of the built-in catalogue, so that they are known as references.
const std::vector<models::CatalogueEntry> k_entries = {
    entry("qwen2.5-coder-1.5b", 1540, 1500), entry("qwen2.5-coder-0.5b", 494, 800),
    entry("qwen2.5-coder-3b", 3090, 2600, true, false), entry("qwen2.5-coder-7b", 7610, 5500),
    entry("smollm2-135m", 135, 300, false)};

models::Hardware machine() {
    models::Hardware hardware;
    hardware.processor = "Some \x1b[31mCPU";
    hardware.cores = 4;
    hardware.isa = {"AVX2", "FMA"};
    hardware.memory_total = 16'000'000'000;
    hardware.memory_available = 4'000'000'000;
    hardware.gpus = {{"Some GPU", 8'000'000'000, 7'000'000'000, false}};
    hardware.bandwidth = 40.4e9;
    hardware.compute = 300e9;
    return hardware;
}

Assessment assessed(const models::Hardware& hardware, const std::string& chosen, bool here) {
    return assessment_of(hardware, k_entries, chosen, [here](const auto&) { return here; });
}

TEST(Assessment, TableForPeopleAndDocumentForPrograms) {
    const auto assessment = assessed(machine(), "", true);
    test::expect_golden("tests/golden/models-recommend.txt", recommend_text(assessment));
    test::expect_golden("tests/golden/models-recommend.json", structured_text(recommend_document(assessment), Output::json));
}

TEST(Assessment, AdviceIsOneCommand) {
    EXPECT_EQ(advice(assessed(machine(), "", true)), "");
    EXPECT_EQ(advice(assessed(machine(), "", false)), "caro models pull qwen2.5-coder-1.5b");
    EXPECT_EQ(advice(assessed(machine(), "qwen2.5-coder-0.5b", true)), "caro models use qwen2.5-coder-1.5b");
    EXPECT_EQ(advice(assessed(machine(), "/dir/x.gguf", false)), "caro models use qwen2.5-coder-1.5b");
}

TEST(Assessment, NothingFits) {
    models::Hardware hardware = machine();
    hardware.memory_available = 1000;
    const auto assessment = assessed(hardware, "", true);
    EXPECT_EQ(advice(assessment), "");
    EXPECT_NE(recommend_text(assessment).find("no model of the catalogue fits"), std::string::npos);
    EXPECT_TRUE(recommend_document(assessment)["recommended"].is_null());
}

TEST(Assessment, NothingIsPromisedThatWasNotMeasured) {
    models::Hardware hardware = machine();
    hardware.bandwidth = 0;
    const auto document = recommend_document(assessed(hardware, "", true));
    EXPECT_TRUE(document["models"][0]["tokens_per_s"].is_null());
    EXPECT_TRUE(document["models"][0]["answer_s"].is_null());
}

TEST(Assessment, LinesOfDoctor) {
    const auto checks = hardware_checks(assessed(machine(), "", true));
    ASSERT_EQ(checks.size(), 4U);
    EXPECT_EQ(checks[0].name, "processor");
    EXPECT_NE(checks[0].message.find("4 cores, AVX2, FMA"), std::string::npos);
    EXPECT_NE(checks[1].message.find("Some GPU: 8.0 GB, 7.0 GB free; not used"), std::string::npos);
    EXPECT_NE(checks[2].message.find("memory 40 GB/s; about"), std::string::npos);
    EXPECT_NE(checks[3].message.find("qwen2.5-coder-1.5b"), std::string::npos);
    for (const auto& check : checks) {
        EXPECT_EQ(check.health, Health::ok);
    }
}

}  // namespace
}  // namespace caro::cli
