#include "models/checkpoint.hpp"

#include <gtest/gtest.h>

#include <string>

#include "models/tokenizer_file.hpp"
#include "util/strings.hpp"

namespace caro::models {
namespace {

const std::string k_qwen2 = R"({"model_type": "qwen2", "hidden_size": 896, "intermediate_size": 4864, "num_attention_heads": 14,
    "num_hidden_layers": 24, "num_key_value_heads": 2, "max_position_embeddings": 32768, "vocab_size": 151936, "hidden_act": "silu",
    "rms_norm_eps": 1e-06, "rope_theta": 1000000.0, "tie_word_embeddings": true})";

TEST(CheckpointConfig, ReadsOldAndNewWaysOfPositions) {
    const auto config = parse_checkpoint_config(k_qwen2);
    ASSERT_TRUE(config) << config.error().message;
    EXPECT_EQ(config->family, CheckpointConfig::Family::qwen2);
    EXPECT_EQ(config->head_size, 64U);
    EXPECT_EQ(config->rope_base, 1e6);
    EXPECT_EQ(config->tied, true);
    EXPECT_EQ(config->rope.kind, RopeScaling::Kind::none);
    const auto newer = parse_checkpoint_config(replace_all(k_qwen2, R"("rope_theta": 1000000.0)", R"("rope_parameters": {"rope_type": "default", "rope_theta": 5000})"));
    ASSERT_TRUE(newer) << newer.error().message;
    EXPECT_EQ(newer->rope_base, 5000);
    const auto linear = parse_checkpoint_config(replace_all(k_qwen2, R"("tie_word_embeddings": true)", R"("rope_scaling": {"type": "linear", "factor": 4.0})"));
    ASSERT_TRUE(linear) << linear.error().message;
    EXPECT_EQ(linear->rope.kind, RopeScaling::Kind::linear);
    EXPECT_EQ(linear->rope.factor, 4);
    EXPECT_FALSE(linear->tied.has_value());
}

TEST(CheckpointConfig, NamesWhatItDoesNotUnderstand) {
    const struct {
        const char* from;
        const char* to;
        const char* message;
    } cases[] = {
        {R"("model_type": "qwen2")", R"("model_type": "mamba")", "the family mamba"},
        {R"("model_type": "qwen2",)", "", "model_type is missing"},
        {R"("num_hidden_layers": 24)", R"("num_hidden_layers": "24")", "num_hidden_layers"},
        {R"("num_hidden_layers": 24)", R"("num_hidden_layers": 99999)", "num_hidden_layers is out of range"},
        {R"("hidden_size": 896)", R"("hidden_size": 0)", "hidden_size"},
        {R"("num_key_value_heads": 2)", R"("num_key_value_heads": 4)", "no multiple"},
        {R"("hidden_act": "silu")", R"("hidden_act": "gelu\u001b[31m")", "gelu\\x1b"},
        {R"("rms_norm_eps": 1e-06)", R"("rms_norm_eps": -1)", "rms_norm_eps"},
        {R"("tie_word_embeddings": true)", R"("tie_word_embeddings": 1)", "tie_word_embeddings"},
        {R"("rope_theta": 1000000.0)", R"("rope_scaling": {"type": "dynamic"})", "dynamic"},
        {R"("rope_theta": 1000000.0)", R"("rope_scaling": 3)", "rope_scaling is no object"},
    };
    for (const auto& c : cases) {
        const auto config = parse_checkpoint_config(replace_all(k_qwen2, c.from, c.to));
        ASSERT_FALSE(config) << c.to;
        EXPECT_EQ(config.error().code, ErrorCode::bad_model);
        EXPECT_NE(config.error().message.find(c.message), std::string::npos) << config.error().message;
    }
    EXPECT_FALSE(parse_checkpoint_config("{"));
    EXPECT_FALSE(parse_checkpoint_config("[1]"));
}

TEST(SplitRule, KnowsThePublishedOnesOnly) {
    const std::string level = R"({"type":"ByteLevel","add_prefix_space":false,"use_regex":false})";
    const auto split = [&](const std::string& regex) {
        return R"({"type":"Sequence","pretokenizers":[{"type":"Split","pattern":{"Regex":")" + regex +
               R"("},"behavior":"Isolated","invert":false},)" + level + "]}";
    };
    const std::string before = R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|)";
    const std::string after = R"(| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+)";
    EXPECT_EQ(split_rule(split(before + R"(\\p{N})" + after)), "qwen2");
    EXPECT_EQ(split_rule(split(before + R"(\\p{N}{1,3})" + after)), "llama-bpe");
    EXPECT_EQ(split_rule(split(before + R"(\\p{N}{1,2})" + after)), "");
    EXPECT_EQ(split_rule(R"({"type":"ByteLevel","add_prefix_space":false})"), "gpt-2");
    EXPECT_EQ(split_rule(R"({"type":"ByteLevel","add_prefix_space":true})"), "");
    EXPECT_EQ(split_rule(level), "");
    EXPECT_EQ(split_rule(R"({"type":"Sequence","pretokenizers":[{"type":"Digits","individual_digits":true},{"type":"ByteLevel"}]})"), "smollm");
    EXPECT_EQ(split_rule(R"({"type":"Sequence","pretokenizers":[{"type":"Digits","individual_digits":false},{"type":"ByteLevel"}]})"), "");
    EXPECT_EQ(split_rule("null"), "");
    EXPECT_EQ(split_rule("{"), "");
}

}  // namespace
}  // namespace caro::models
