#include "models/bundle.hpp"

#include <sys/stat.h>

#include <fstream>

#include <gtest/gtest.h>

#include "support/temp_dir.hpp"
#include "util/sha256.hpp"

namespace caro::models {
namespace {

namespace fs = std::filesystem;

class BundleTest : public testing::Test {
  protected:
    void SetUp() override {
        write(m_program, "#!program" + std::string(5000, 'p'));
        write(m_model, "GGUF" + std::string(100'000, 'm'));
    }
    static void write(const fs::path& path, const std::string& bytes) { std::ofstream(path, std::ios::binary) << bytes; }
    static std::string read(const fs::path& path) {
        std::ifstream in(path, std::ios::binary);
        return {std::istreambuf_iterator<char>(in), {}};
    }
    Result<Bundle> make() { return write_bundle(m_program, m_model, "m.gguf", m_output, {}, m_cancel); }
    std::size_t files() const { return static_cast<std::size_t>(std::distance(fs::directory_iterator(m_dir.path()), {})); }

    test::TempDir m_dir;
    fs::path m_program = m_dir.path() / "program";
    fs::path m_model = m_dir.path() / "m.gguf";
    fs::path m_output = m_dir.path() / "full";
    CancelToken m_cancel;
};

TEST_F(BundleTest, HoldsTheProgramAndTheModelAsTheyAre) {
    const auto made = make();
    ASSERT_TRUE(made) << made.error().message;
    EXPECT_EQ(made->offset % 65536, 0U);
    const std::string bytes = read(m_output);
    EXPECT_EQ(bytes.substr(0, 5009), read(m_program));
    EXPECT_EQ(bytes.substr(made->offset, made->size), read(m_model));
    struct stat info {};
    ASSERT_EQ(stat(m_output.c_str(), &info), 0);
    EXPECT_NE(info.st_mode & S_IXUSR, 0U);
    const auto found = bundle_in(m_output);
    ASSERT_TRUE(found && *found);
    EXPECT_EQ((*found)->file, "m.gguf");
    EXPECT_EQ((*found)->sha256, sha256_file(m_model, m_cancel).value());
    EXPECT_TRUE(verify_bundle(**found, {}, m_cancel).value());
    EXPECT_EQ(files(), 3U) << "something was left behind";
}

TEST_F(BundleTest, AnOrdinaryProgramCarriesNone) {
    EXPECT_FALSE(bundle_in(m_program).value());
    write(m_program, "");
    EXPECT_FALSE(bundle_in(m_program).value());
}

TEST_F(BundleTest, ABundleIsNotPutIntoABundle) {
    ASSERT_TRUE(make());
    const auto again = write_bundle(m_output, m_model, "other.gguf", m_dir.path() / "again", {}, m_cancel);
    ASSERT_TRUE(again);
    EXPECT_EQ(fs::file_size(m_dir.path() / "again"), fs::file_size(m_output));
}

TEST_F(BundleTest, DamageIsFound) {
    ASSERT_TRUE(make());
    const std::string bytes = read(m_output);
    for (std::size_t i = 8; i < 256; i += 31) {  // behind the magic, which would make it no bundle at all
        std::string changed = bytes;
        changed[bytes.size() - 256 + i] ^= 1;
        write(m_output, changed);
        EXPECT_FALSE(bundle_in(m_output)) << "byte " << i;
    }
    write(m_output, bytes + std::string(1, '\0'));
    EXPECT_FALSE(bundle_in(m_output).value_or(Bundle{}).has_value()) << "longer";
    write(m_output, bytes.substr(0, 65536) + bytes.substr(65537));
    EXPECT_FALSE(bundle_in(m_output)) << "a byte lost in the middle";
    write(m_output, bytes.substr(0, bytes.size() / 2));
    EXPECT_FALSE(bundle_in(m_output).value()) << "cut: only an ordinary program";
    std::string changed = bytes;
    changed[70'000] ^= 1;
    write(m_output, changed);
    const auto found = bundle_in(m_output);
    ASSERT_TRUE(found && *found) << "the bytes of the model are not read at each start";
    EXPECT_FALSE(verify_bundle(**found, {}, m_cancel).value());
}

TEST_F(BundleTest, FailuresLeaveNothing) {
    write(m_model, "<html>");
    EXPECT_EQ(make().error().code, ErrorCode::bad_model);
    write(m_model, "GGUF" + std::string(100, 'x'));
    m_cancel.cancel();
    EXPECT_EQ(make().error().code, ErrorCode::cancelled);
    EXPECT_EQ(write_bundle(m_program, m_dir.path() / "none", "x", m_output, {}, m_cancel).error().code, ErrorCode::not_found);
    EXPECT_EQ(files(), 2U);
}

}  // namespace
}  // namespace caro::models
