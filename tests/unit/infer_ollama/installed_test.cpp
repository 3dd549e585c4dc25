#include "infer/ollama/installed.hpp"

#include <gtest/gtest.h>

#include "support/fake_server.hpp"

namespace caro::infer::ollama {
namespace {

std::string best_of(const std::vector<Installed>& models) {
    const Installed* best = best_model(models);
    return best == nullptr ? "none" : best->name;
}

TEST(Installed, ReadsARecordedList) {
    const std::string raw = test::capture("ollama-tags");
    const auto models = parse_tags(raw.substr(raw.find("\r\n\r\n") + 4));
    ASSERT_TRUE(models);
    ASSERT_EQ(models->size(), 2U);
    EXPECT_EQ(models->front().name, "caro-test:chat");
    EXPECT_EQ(models->front().family, "qwen2");
    EXPECT_NEAR(models->front().billions, 0.63, 0.01);
}

TEST(Installed, RefusesWhatIsNoList) {
    for (const char* body : {"", "[]", "{}", "{\"models\":1}", "<html>"}) {
        EXPECT_FALSE(parse_tags(body)) << body;
    }
    // Entries of unexpected shapes are left out, not a crash.
    const auto odd = parse_tags(R"({"models":[1,null,{"name":7},{"model":"m"},{"name":"n","details":[],"size":"x"}]})");
    ASSERT_TRUE(odd);
    EXPECT_EQ(odd->size(), 2U);
    EXPECT_TRUE(parse_tags(R"({"models":[]})")->empty());
}

TEST(Installed, TheBestIsACodeModelOfUsableSize) {
    EXPECT_EQ(best_of({{"llama3.2:3b", "llama", 3.2, 0}, {"qwen2.5-coder:1.5b", "qwen2", 1.5, 0}}), "qwen2.5-coder:1.5b");
    EXPECT_EQ(best_of({{"qwen2.5-coder:1.5b", "qwen2", 1.5, 0}, {"qwen2.5-coder:7b", "qwen2", 7.6, 0}}), "qwen2.5-coder:7b");
    EXPECT_EQ(best_of({{"qwen2.5-coder:32b", "qwen2", 32.8, 0}, {"qwen2.5-coder:7b", "qwen2", 7.6, 0}}), "qwen2.5-coder:7b");
    EXPECT_EQ(best_of({{"codellama:7b", "llama", 7, 0}, {"mistral:7b", "llama", 7.2, 0}}), "codellama:7b");
    EXPECT_EQ(best_of({{"qwen2.5-coder:7b-base", "qwen2", 7.6, 0}, {"qwen2.5-coder:0.5b", "qwen2", 0.5, 0}}),
              "qwen2.5-coder:0.5b");
    EXPECT_EQ(best_of({{"deepseek-r1:7b", "qwen2", 7.6, 0}, {"llama3.1:8b", "llama", 8, 0}}), "llama3.1:8b");
}

TEST(Installed, EmbeddingModelsCannotAnswer) {
    EXPECT_EQ(best_of({{"nomic-embed-text:latest", "nomic-bert", 0.1, 0}, {"all-minilm", "bert", 0.02, 0}}), "none");
    EXPECT_EQ(best_of({}), "none");
}

TEST(Installed, ATagMayBeLeftOut) {
    EXPECT_TRUE(same_model("mistral", "mistral:latest"));
    EXPECT_TRUE(same_model("Mistral:7B", "mistral:7b"));
    EXPECT_FALSE(same_model("mistral", "mistral:7b"));
    EXPECT_FALSE(same_model("mistral:7b", "mistral:7b-instruct"));
}

}  // namespace
}  // namespace caro::infer::ollama
