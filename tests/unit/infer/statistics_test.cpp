#include "infer/statistics.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <thread>

#include "support/temp_dir.hpp"

namespace caro::infer {
namespace {

Event answer(const std::string& backend, const std::string& model, double first_ms, double generate_ms) {
    Event out;
    out.backend = backend;
    out.model = model;
    out.usage = {100, 80, 10};
    out.timings = {0, first_ms, generate_ms};
    return out;
}

TEST(Statistics, AveragesAnswers) {
    Statistics statistics;
    statistics.add(answer("ollama", "m", 100, 400), 1);
    statistics.add(answer("ollama", "m", 300, 400), 2);
    const Figures* figures = statistics.find("ollama", "m");
    ASSERT_NE(figures, nullptr);
    EXPECT_EQ(figures->answers, 2U);
    EXPECT_NEAR(figures->first_token_ms, 200, 0.01);
    EXPECT_NEAR(figures->total_ms, 600, 0.01);
    EXPECT_NEAR(figures->tokens_per_s, 25, 0.01);
    EXPECT_NEAR(figures->cached_tokens, 80, 0.01);
    for (int i = 0; i < 40; ++i) {
        statistics.add(answer("ollama", "m", 50, 100), 3);
    }
    EXPECT_NEAR(statistics.find("ollama", "m")->total_ms, 150, 1) << "old answers must fade";
}

// An answer that was stopped early comes without the server's count of the prompt: that is not zero tokens.
TEST(Statistics, WhatWasNotCountedDoesNotCount) {
    Statistics statistics;
    Event uncounted = answer("ollama", "m", 100, 400);
    uncounted.usage = {0, 0, 10};
    statistics.add(uncounted, 1);
    statistics.add(answer("ollama", "m", 100, 400), 2);
    statistics.add(uncounted, 3);
    const Figures* figures = statistics.find("ollama", "m");
    EXPECT_NEAR(figures->prompt_tokens, 100, 0.01);
    EXPECT_NEAR(figures->cached_tokens, 80, 0.01);
    EXPECT_NEAR(figures->generated_tokens, 10, 0.01);
}

TEST(Statistics, ModelsAreKeptApart) {
    Statistics statistics;
    statistics.add(answer("ollama", "a", 1, 1), 1);
    statistics.add(answer("ollama", "b", 9, 9), 2);
    EXPECT_NEAR(statistics.find("ollama", "a")->total_ms, 2, 0.01);
    EXPECT_EQ(statistics.find("ollama", "")->model, "b") << "the one used last";
    EXPECT_EQ(statistics.find("ollama", "c"), nullptr);
    EXPECT_EQ(statistics.find("vllm", ""), nullptr);
}

TEST(Statistics, FailuresAreCounted) {
    Statistics statistics;
    Event event;
    event.backend = "vllm";
    event.failed = true;
    event.failure = ErrorCode::timeout;
    statistics.add(event, 1);
    EXPECT_EQ(statistics.find("vllm", "")->failures, 1U);
    EXPECT_EQ(statistics.find("vllm", "")->last_failure, "timeout");
    EXPECT_EQ(statistics.find("vllm", "")->answers, 0U);
}

TEST(Statistics, SurviveTheFile) {
    const test::TempDir dir;
    const auto path = dir.path() / "new folder" / "stats.json";
    ASSERT_TRUE(record(path, {answer("ollama", "m", 100, 400)}));
    ASSERT_TRUE(record(path, {answer("ollama", "m", 100, 400), answer("embedded", "q", 1, 2)}));
    const Statistics read = Statistics::load(path);
    EXPECT_EQ(read.find("ollama", "m")->answers, 2U);
    EXPECT_NEAR(read.find("ollama", "m")->total_ms, 500, 0.1);
    EXPECT_EQ(read.find("embedded", "q")->answers, 1U);
    EXPECT_GT(read.find("embedded", "q")->updated, 1700000000);
}

TEST(Statistics, DamagedFilesAreIgnoredAndRewritten) {
    const test::TempDir dir;
    const auto path = dir.path() / "stats.json";
    for (const char* content : {"", "{", "[]", "{\"version\":99,\"backends\":[]}", "{\"version\":1,\"backends\":{}}",
                                "{\"version\":1,\"backends\":[7,{\"backend\":5},{\"model\":\"x\"}]}", "\xFF\xFE\x00"}) {
        std::ofstream(path) << content;
        EXPECT_TRUE(Statistics::load(path).all().empty()) << content;
        ASSERT_TRUE(record(path, {answer("ollama", "m", 1, 1)}));
        EXPECT_EQ(Statistics::load(path).all().size(), 1U);
    }
}

TEST(Statistics, AbsurdNumbersDoNoHarm) {
    const test::TempDir dir;
    const auto path = dir.path() / "stats.json";
    std::ofstream(path) << R"({"version":1,"backends":[{"backend":"x","answers":-3,"total_ms":1e300,"tokens_per_s":"fast"}]})";
    const Statistics read = Statistics::load(path);
    ASSERT_EQ(read.all().size(), 1U);
    EXPECT_EQ(read.all()[0].answers, 0U);
    EXPECT_EQ(read.all()[0].total_ms, 0);
    EXPECT_EQ(read.all()[0].tokens_per_s, 0);
}

TEST(Statistics, StaySmall) {
    Statistics statistics;
    for (int i = 0; i < 100; ++i) {
        statistics.add(answer("ollama", "model-" + std::to_string(i), 1, 1), i);
    }
    EXPECT_EQ(statistics.all().size(), 32U);
    EXPECT_NE(statistics.find("ollama", "model-99"), nullptr);
    EXPECT_EQ(statistics.find("ollama", "model-0"), nullptr);
    EXPECT_LT(statistics.to_text().size(), 32000U);
}

TEST(Statistics, NothingIsWrittenWithoutAFileOrEvents) {
    const test::TempDir dir;
    EXPECT_TRUE(record("", {answer("ollama", "m", 1, 1)}));
    EXPECT_TRUE(record(dir.path() / "stats.json", {}));
    EXPECT_FALSE(std::filesystem::exists(dir.path() / "stats.json"));
}

TEST(Statistics, AFolderThatCannotBeWrittenIsAnErrorOnly) {
    const test::TempDir dir;
    std::ofstream(dir.path() / "file") << "x";
    EXPECT_FALSE(record(dir.path() / "file" / "stats.json", {answer("ollama", "m", 1, 1)}));
}

}  // namespace
}  // namespace caro::infer
