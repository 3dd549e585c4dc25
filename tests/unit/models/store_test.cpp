#include "models/store.hpp"

#include "models/cache.hpp"

#include <cstdlib>
#include <fstream>

#include <gtest/gtest.h>

#include "support/temp_dir.hpp"

namespace caro::models {
namespace {

namespace fs = std::filesystem;

class Store : public testing::Test {
  protected:
    void SetUp() override {
        for (const char* name : {"HF_HOME", "HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE"}) {
            unsetenv(name);
        }
        setenv("HOME", m_dir.path().c_str(), 1);
        setenv("XDG_CACHE_HOME", (m_dir.path() / "cache").c_str(), 1);
        const auto entries = catalogue();
        ASSERT_TRUE(entries);
        ASSERT_FALSE(entries->empty());
        m_default = entries->front();
    }
    void TearDown() override { unsetenv("XDG_CACHE_HOME"); }

    // A sparse file: the size is all that is looked at when a model is found.
    fs::path put(const fs::path& path, std::uint64_t size) {
        fs::create_directories(path.parent_path());
        std::ofstream(path).put('x');
        fs::resize_file(path, size);
        return path;
    }

    test::TempDir m_dir;
    CatalogueEntry m_default;
};

TEST_F(Store, AMissingModelHasARemedy) {
    const auto found = find("");
    ASSERT_FALSE(found);
    EXPECT_EQ(found.error().code, ErrorCode::not_found);
    EXPECT_FALSE(found.error().hint.empty());
}

TEST_F(Store, FindsTheDefaultInTheCacheByNameAndByFile) {
    const auto path = put(m_dir.path() / "cache/caro/models" / m_default.file, m_default.size);
    for (const std::string& reference : {std::string(), m_default.name, m_default.file}) {
        const auto found = find(reference);
        ASSERT_TRUE(found) << reference << ": " << found.error().message;
        EXPECT_EQ(*found, path);
    }
}

TEST_F(Store, ReadsTheHubsOwnCacheInPlace) {
    std::string folder = "models--" + m_default.repo;
    folder.replace(folder.find('/'), 1, "--");
    const auto path = put(m_dir.path() / "hub" / folder / "snapshots/abc" / m_default.file, m_default.size);
    setenv("HF_HUB_CACHE", (m_dir.path() / "hub").c_str(), 1);
    const auto found = find("");
    ASSERT_TRUE(found) << found.error().message;
    EXPECT_EQ(*found, path);
}

TEST_F(Store, AFileCutShortIsNoModel) {
    put(m_dir.path() / "cache/caro/models" / m_default.file, m_default.size - 1);
    const auto found = find("");
    ASSERT_FALSE(found);
    EXPECT_EQ(found.error().code, ErrorCode::bad_model);
    EXPECT_FALSE(found.error().hint.empty());
}

TEST_F(Store, PathsAreTakenAsTheyAre) {
    const auto path = put(m_dir.path() / "mine.gguf", 2000);
    EXPECT_EQ(find(path.string()).value(), path);
    EXPECT_EQ(find("~/mine.gguf").value(), path);
    const auto missing = find((m_dir.path() / "other.gguf").string());
    ASSERT_FALSE(missing);
    EXPECT_EQ(missing.error().code, ErrorCode::not_found);
}

TEST_F(Store, AFileOfTheHubIsFoundWhereItWasDownloaded) {
    const auto missing = find("owner/name:Q8_0");
    ASSERT_FALSE(missing);
    EXPECT_EQ(missing.error().code, ErrorCode::not_found);
    EXPECT_EQ(missing.error().hint, "Fetch it: caro models pull owner/name:Q8_0");
    const Cache cache(m_dir.path() / "cache/caro");
    const auto path = put(cache.models_dir() / "m-q8_0.gguf", 2000);
    ManifestEntry entry;
    entry.file = "m-q8_0.gguf";
    entry.repo = "owner/name";
    entry.revision = "abc";
    ASSERT_TRUE(cache.add(entry));
    for (const auto* reference : {"owner/name:q8_0", "owner/name", "hf://owner/name/sub/m-q8_0.gguf", "owner/name@abc"}) {
        EXPECT_EQ(find(reference).value_or(""), path) << reference;
    }
    for (const auto* reference : {"owner/name:Q4_K_M", "owner/other", "owner/name/x.gguf", "owner/name@def"}) {
        EXPECT_FALSE(find(reference)) << reference;
    }
}

TEST_F(Store, TheRemedyIsOneCommand) {
    EXPECT_EQ(find("").error().hint, "Fetch it: caro models pull qwen2.5-coder-1.5b");
}

TEST_F(Store, AnUnknownNameIsAMistakeOfTheUser) {
    const auto found = find("qwen2.5-coder-15b");
    ASSERT_FALSE(found);
    EXPECT_EQ(found.error().code, ErrorCode::usage);
}

}  // namespace
}  // namespace caro::models
