#include "models/safetensors.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <string>

#include "support/temp_dir.hpp"

namespace caro::models {
namespace {

std::string file_of(std::string json, std::size_t data) {
    std::string bytes(8, '\0');
    for (std::size_t i = 0; i < 8; ++i) {
        bytes[i] = static_cast<char>(json.size() >> (8 * i));
    }
    return bytes + json + std::string(data, 'x');
}

Result<SafeTensorsHeader> parse(const std::string& json, std::size_t data) {
    const std::string bytes = file_of(json, data);
    return parse_safetensors_header(bytes, bytes.size());
}

TEST(SafeTensors, TellsWhatIsThereAndWhere) {
    const std::string json = R"({"__metadata__":{"format":"pt"},"b":{"dtype":"BF16","shape":[3],"data_offsets":[24,30]},)"
                             R"("a":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]}}  )";
    const auto header = parse(json, 30);
    ASSERT_TRUE(header) << header.error().message;
    ASSERT_EQ(header->tensors.size(), 2U);
    EXPECT_EQ(header->data_offset, 8 + json.size());
    EXPECT_EQ(header->tensors[0].name, "a");
    EXPECT_EQ(header->tensors[0].kind, WeightKind::f32);
    EXPECT_EQ(header->tensors[0].count(), 6U);
    EXPECT_EQ(header->tensors[1].offset, 8 + json.size() + 24);
    EXPECT_EQ(header->tensors[1].kind, WeightKind::bf16);
    EXPECT_EQ(header->tensors[1].size, 6U);
}

TEST(SafeTensors, ScalarsEmptyTensorsAndOtherTypesAreFine) {
    const auto header = parse(R"({"s":{"dtype":"F16","shape":[],"data_offsets":[0,2]},"e":{"dtype":"I64","shape":[0,7],"data_offsets":[2,2]}})", 2);
    ASSERT_TRUE(header) << header.error().message;
    EXPECT_EQ(header->tensors[0].count() + header->tensors[1].count(), 1U);
    EXPECT_TRUE(parse("{}", 0));
}

TEST(SafeTensors, RefusesWhatTheFormatForbids) {
    const struct {
        const char* why;
        const char* json;
        std::size_t data;
    } cases[] = {
        {"no object", "[]", 0},
        {"no JSON", "{\"a\":", 0},
        {"a key twice", R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}})", 8},
        {"a key twice inside", R"({"a":{"dtype":"F32","dtype":"F16","shape":[1],"data_offsets":[0,4]}})", 4},
        {"too deep", R"({"__metadata__":{"a":[[[[[1]]]]]}})", 0},
        {"more keys", R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4],"x":1}})", 4},
        {"no type", R"({"a":{"shape":[1],"data_offsets":[0,4]}})", 4},
        {"unknown type", R"({"a":{"dtype":"F31","shape":[1],"data_offsets":[0,4]}})", 4},
        {"negative extent", R"({"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}})", 4},
        {"extent with a point", R"({"a":{"dtype":"F32","shape":[1.0],"data_offsets":[0,4]}})", 4},
        {"extents beyond all numbers", R"({"a":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,0]}})", 0},
        {"too many extents", R"({"a":{"dtype":"F32","shape":[1,1,1,1,1,1,1,1,1],"data_offsets":[0,4]}})", 4},
        {"end before begin", R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}})", 4},
        {"size that is not the shape's", R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,8]}})", 8},
        {"outside the file", R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}})", 4},
        {"beyond all numbers", R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[18446744073709551614,18446744073709551615]}})", 4},
        {"hole", R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}})", 8},
        {"overlap", R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}})", 8},
        {"bytes behind", R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}})", 5},
        {"half a byte", R"({"a":{"dtype":"F4","shape":[1],"data_offsets":[0,0]}})", 0},
    };
    for (const auto& c : cases) {
        const auto header = parse(c.json, c.data);
        EXPECT_FALSE(header) << c.why;
        if (!header) {
            EXPECT_EQ(header.error().code, ErrorCode::bad_model) << c.why;
            EXPECT_FALSE(header.error().hint.empty()) << c.why;
        }
    }
}

TEST(SafeTensors, LengthsAreHeldToTheFile) {
    const std::string sound = file_of("{}", 0);
    for (std::size_t size = 0; size < sound.size(); ++size) {
        EXPECT_FALSE(parse_safetensors_header(sound.substr(0, size), size)) << size;
    }
    std::string huge = sound;
    huge[7] = '\x7f';
    EXPECT_FALSE(parse_safetensors_header(huge, huge.size()));
    EXPECT_FALSE(parse_safetensors_header(sound.substr(0, 9), sound.size()));
}

TEST(SafeTensors, FilesAreNamedInMessages) {
    const test::TempDir dir;
    const auto path = dir.path() / "x.safetensors";
    std::ofstream(path, std::ios::binary) << "GGUF and so on";
    const auto header = read_safetensors_header(path);
    ASSERT_FALSE(header);
    EXPECT_NE(header.error().message.find("x.safetensors: this is a GGUF file"), std::string::npos);
    EXPECT_EQ(read_safetensors_header(dir.path() / "none").error().code, ErrorCode::not_found);
    EXPECT_FALSE(read_safetensors_header(dir.path()));
}

}  // namespace
}  // namespace caro::models
