#include "infer/llama/mapped_file.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <numeric>
#include <vector>

#include "support/temp_dir.hpp"

namespace caro::infer::llama {
namespace {

class MappedFileTest : public ::testing::Test {
  protected:
    void SetUp() override {
        m_bytes.resize(100'003);
        std::iota(m_bytes.begin(), m_bytes.end(), std::uint8_t{0});
        ASSERT_TRUE(MappedFile::save(m_path, "key", m_bytes));
    }

    // Overwrites one byte of the file.
    void damage(std::streamoff at) {
        std::fstream file(m_path, std::ios::in | std::ios::out | std::ios::binary);
        file.seekg(at);
        const char old = static_cast<char>(file.get());
        file.seekp(at);
        file.put(static_cast<char>(old ^ 1));
    }

    test::TempDir m_dir;
    std::filesystem::path m_path = m_dir.path() / "cache" / "state.kv";
    std::vector<std::uint8_t> m_bytes;
};

TEST_F(MappedFileTest, GivesBackTheSameBytes) {
    const auto file = MappedFile::open(m_path, "key");
    ASSERT_TRUE(file);
    EXPECT_TRUE(std::equal(m_bytes.begin(), m_bytes.end(), file->payload().begin(), file->payload().end()));
}

TEST_F(MappedFileTest, RefusesAnotherKey) { EXPECT_FALSE(MappedFile::open(m_path, "other")); }

TEST_F(MappedFileTest, RefusesAnyDamagedByte) {
    const auto size = static_cast<std::streamoff>(std::filesystem::file_size(m_path));
    for (const std::streamoff at : {std::streamoff{0}, std::streamoff{20}, std::streamoff{75}, std::streamoff{130},
                                    size / 2, size - 70, size - 1}) {
        damage(at);
        EXPECT_FALSE(MappedFile::open(m_path, "key")) << "byte " << at;
        damage(at);
        EXPECT_TRUE(MappedFile::open(m_path, "key")) << "byte " << at;
    }
}

TEST_F(MappedFileTest, RefusesAFileCutShort) {
    for (const std::uintmax_t size : {std::uintmax_t{0}, std::uintmax_t{64}, std::uintmax_t{128},
                                      std::filesystem::file_size(m_path) - 1}) {
        std::filesystem::copy_file(m_path, m_path.string() + ".cut",
                                   std::filesystem::copy_options::overwrite_existing);
        std::filesystem::resize_file(m_path.string() + ".cut", size);
        EXPECT_FALSE(MappedFile::open(m_path.string() + ".cut", "key")) << size;
    }
}

TEST_F(MappedFileTest, FingerprintFollowsTheContent) {
    const auto before = model_fingerprint(m_path);
    ASSERT_TRUE(before);
    const auto time = std::filesystem::last_write_time(m_path);
    damage(5);
    std::filesystem::last_write_time(m_path, time);
    const auto after = model_fingerprint(m_path);
    ASSERT_TRUE(after);
    EXPECT_NE(*before, *after);
    EXPECT_EQ(model_fingerprint(m_dir.path() / "none").error().code, ErrorCode::not_found);
}

}  // namespace
}  // namespace caro::infer::llama
