#include "models/gguf_header.hpp"

#include <chrono>
#include <fstream>
#include <random>

#include <gtest/gtest.h>

#include "support/temp_dir.hpp"
#include "support/test_models.hpp"

namespace caro::models {
namespace {

// Puts a GGUF file together, also wrong ones.
class Writer {
  public:
    Writer& number(std::uint64_t value, int bytes) {
        for (int i = 0; i < bytes; ++i) {
            m_bytes += static_cast<char>(value >> (8 * i));
        }
        return *this;
    }
    Writer& text(std::string_view value) {
        number(value.size(), 8);
        m_bytes += value;
        return *this;
    }
    Writer& begin(std::uint64_t tensors, std::uint64_t entries, std::uint32_t version = 3) {
        m_bytes = "GGUF";
        return number(version, 4).number(tensors, 8).number(entries, 8);
    }
    Writer& entry(std::string_view key, std::string_view value) { return text(key).number(8, 4).text(value); }
    Writer& entry(std::string_view key, std::uint32_t value) { return text(key).number(4, 4).number(value, 4); }
    Writer& tensor(std::string_view name, std::uint64_t rows, std::uint64_t columns, std::uint32_t type, std::uint64_t offset) {
        return text(name).number(2, 4).number(columns, 8).number(rows, 8).number(type, 4).number(offset, 8);
    }
    Writer& data(std::size_t size) {
        m_bytes.resize((m_bytes.size() + 31) / 32 * 32);
        m_bytes.append(size, 'd');
        return *this;
    }
    const std::string& bytes() const { return m_bytes; }

  private:
    std::string m_bytes;
};

Writer good() {
    Writer w;
    w.begin(2, 4).entry("general.architecture", "llama").entry("llama.context_length", 2048U);
    w.text("tokenizer.ggml.tokens").number(9, 4).number(8, 4).number(3, 8).text("a").text("").text("ccc");
    w.text("x.flags").number(9, 4).number(7, 4).number(5, 8).number(0x0101010101, 5);
    w.tensor("a.weight", 2, 256, 12, 0).tensor("b.weight", 4, 8, 0, 288).data(288 + 128);
    return w;
}

Result<GgufHeader> read(const std::string& bytes) { return parse_gguf_header(bytes, bytes.size()); }

TEST(GgufHeader, TellsWhatIsInTheFile) {
    const auto header = read(good().bytes());
    ASSERT_TRUE(header) << header.error().message;
    EXPECT_EQ(header->version, 3U);
    EXPECT_EQ(header->text("general.architecture"), "llama");
    EXPECT_EQ(header->of_architecture("context_length"), 2048U);
    EXPECT_EQ(header->arrays.at("tokenizer.ggml.tokens"), 3U);
    EXPECT_EQ(header->tensors, 2U);
    EXPECT_EQ(header->parameters, 512U + 32U);
    EXPECT_EQ(header->data_size, 288U + 128U);
    EXPECT_EQ(header->data_offset % 32, 0U);
}

TEST(GgufHeader, EveryCutIsFound) {
    const std::string bytes = good().bytes();
    for (std::size_t size = 0; size < bytes.size(); ++size) {
        const auto header = read(bytes.substr(0, size));
        ASSERT_FALSE(header) << "cut to " << size;
        EXPECT_EQ(header.error().code, ErrorCode::bad_model);
    }
}

TEST(GgufHeader, OtherFilesAreToldByName) {
    const std::pair<std::string, std::string> cases[] = {
        {"", "empty"},
        {"<!DOCTYPE html><html>not found", "web page"},
        {"PK\x03\x04zip", "zip archive"},
        {"version https://git-lfs.github.com/spec/v1", "Git LFS"},
        {std::string("\x80\x02\x8a\x0a", 4), "pickle"},
        {std::string("\x40\0\0\0\0\0\0\0{\"a\"", 12), "SafeTensors"},
        {"ggjtold", "older form"},
        {"hello world", "does not begin"},
    };
    for (const auto& [bytes, part] : cases) {
        const auto header = read(bytes);
        ASSERT_FALSE(header);
        EXPECT_NE(header.error().message.find(part), std::string::npos) << header.error().message;
    }
}

TEST(GgufHeader, PromisesThatTheFileCannotHoldAreRefused) {
    const auto refused = [](const Writer& writer, std::string_view part) {
        const auto header = read(writer.bytes());
        ASSERT_FALSE(header) << part;
        EXPECT_NE(header.error().message.find(part), std::string::npos) << header.error().message;
    };
    refused(Writer().begin(1ULL << 60U, 0).data(64), "more than the file can hold");
    refused(Writer().begin(0, 1ULL << 62U).data(64), "more than the file can hold");
    refused(Writer().begin(0, 0, 99), "version 99");
    refused(Writer().begin(0, 0, 0x03000000), "byte order");
    refused(Writer().begin(0, 1).text("k").number(9, 4).number(4, 4).number(1ULL << 61U, 8).data(64), "cannot be");
    refused(Writer().begin(0, 1).text("k").number(9, 4).number(9, 4).number(1, 8).data(64), "cannot be");
    refused(Writer().begin(0, 1).text("k").number(77, 4).number(1, 8).data(64), "unknown type");
    refused(Writer().begin(0, 2).entry("k", 1U).entry("k", 2U).data(64), "twice");
    refused(Writer().begin(1, 0).tensor("t", 1ULL << 40U, 1ULL << 40U, 0, 0).data(64), "impossible shape");
    refused(Writer().begin(1, 0).tensor("t", 1, 100, 12, 0).data(64), "no whole blocks");
    refused(Writer().begin(1, 0).tensor("t", 1, 32, 0, 7).data(256), "odd place");
    refused(Writer().begin(2, 0).tensor("t", 1, 64, 0, 0).tensor("u", 1, 64, 0, 32).data(1024), "over another");
    refused(Writer().begin(1, 0).tensor("t", 1, 64, 0, 1ULL << 62U).data(1024), "cut short");
    refused(Writer().begin(1, 1).entry("general.alignment", 24U).tensor("t", 1, 8, 0, 0).data(64), "alignment");
    refused(Writer().begin(1, 0).text("t").number(9, 4).data(128), "dimensions");
}

TEST(GgufHeader, FlippedBitsAreAnAnswerOrAnErrorNeverACrash) {
    const std::string bytes = good().bytes();
    std::mt19937 random(5);
    for (int i = 0; i < 20'000; ++i) {
        std::string changed = bytes;
        for (int k = 0; k < 1 + i % 3; ++k) {
            changed[random() % changed.size()] ^= static_cast<char>(1U << random() % 8);
        }
        read(changed);
    }
}

TEST(GgufHeader, AFileInsideAnother) {
    test::TempDir dir;
    const std::string inner = good().bytes();
    std::ofstream(dir.path() / "x", std::ios::binary) << std::string(1000, 'p') << inner << "tail";
    EXPECT_TRUE(read_gguf_header(dir.path() / "x", 1000, inner.size()));
    EXPECT_FALSE(read_gguf_header(dir.path() / "x"));
    EXPECT_EQ(read_gguf_header(dir.path() / "none").error().code, ErrorCode::not_found);
}

TEST(GgufHeader, RealModelsAreRead) {
    const auto path = test::any_model();
    if (!path) {
        GTEST_SKIP() << "no model on this machine; scripts/get-model brings one";
    }
    const auto header = read_gguf_header(*path);
    ASSERT_TRUE(header) << header.error().message;
    EXPECT_FALSE(header->text("general.architecture").empty());
    EXPECT_GT(header->parameters, 100'000'000U);
    EXPECT_GT(header->of_architecture("block_count"), 0U);
}

}  // namespace
}  // namespace caro::models
