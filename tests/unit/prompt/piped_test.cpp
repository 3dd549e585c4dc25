#include "prompt/piped.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <string>

#include "data/data.hpp"
#include "prompt/pack.hpp"
#include "prompt/piped_examples.hpp"
#include "util/strings.hpp"
#include "util/utf8.hpp"

namespace caro::prompt {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

std::size_t words(std::string_view text) { return split(text, ' ').size(); }
std::size_t bytes(std::string_view text) { return text.size(); }

TEST(Piped, IsMadeHarmless) {
    EXPECT_EQ(harmless("\x1b[1;31merror\x1b[0m: no\x1b]0;title\a\r\n"), "error: no");
    EXPECT_EQ(harmless("  1%\r 50%\r100% done\nnext\n"), "100% done\nnext");
    EXPECT_EQ(harmless(std::string("a\0b\x7f\tc", 6)), "ab\tc");
    EXPECT_EQ(harmless("\x1b["), "");
    EXPECT_TRUE(is_valid_utf8(harmless("caf\xE9 \xFF")));
    EXPECT_EQ(harmless(" \n\t\n"), "");
}

TEST(Piped, WhatFitsIsLeftAsItIs) {
    const auto whole = excerpt("one\ntwo\nthree", 13, bytes);
    EXPECT_EQ(whole.text, "one\ntwo\nthree");
    EXPECT_FALSE(whole.cut);
}

TEST(Piped, OfALongTextBothEndsAreKeptInWholeLines) {
    std::string text;
    for (int i = 0; i < 1000; ++i) {
        text += "line " + std::to_string(i) + "\n";
    }
    text += "error: the end";
    const auto part = excerpt(text, 60, words);
    EXPECT_TRUE(part.cut);
    EXPECT_THAT(part.text, StartsWith("line 0\nline 1\n"));
    EXPECT_THAT(part.text, EndsWith("\nline 998\nline 999\nerror: the end"));
    EXPECT_THAT(part.text, HasSubstr("\n…\n"));
    EXPECT_THAT(part.text, Not(HasSubstr("line 500\n")));
    EXPECT_LT(part.text.find("…"), part.text.size() / 2) << "the end is the longer part";
    for (const auto line : split(part.text, '\n')) {
        EXPECT_THAT("\n" + text + "\n…\n", HasSubstr("\n" + std::string(line) + "\n"));
    }
}

TEST(Piped, NeverCostsMoreThanTheBudget) {
    std::mt19937 random(7);
    for (int round = 0; round < 500; ++round) {
        std::string text;
        const std::size_t size = random() % 3000;
        while (text.size() < size) {
            switch (random() % 6) {
                case 0: text += "\n"; break;
                case 1: text += "日本語"; break;
                case 2: text += " deadbeef0123"; break;
                case 3: text += std::string(random() % 400, 'x'); break;
                default: text += " word"; break;
            }
        }
        const std::size_t budget = random() % 200;
        const auto part = excerpt(text, budget, bytes);
        EXPECT_LE(part.text.size(), budget) << text;
        EXPECT_TRUE(is_valid_utf8(part.text));
        EXPECT_EQ(part.cut, part.text != text);
    }
}

TEST(Piped, ALineThatIsTooLongIsCutWithinAndCostsLittleTime) {
    const std::string text(50'000'000, 'x');
    std::size_t asked = 0;
    const auto part = excerpt(text, 100, [&asked](std::string_view piece) {
        asked += piece.size();
        return piece.size();
    });
    EXPECT_GT(part.text.size(), 90U);
    EXPECT_LE(part.text.size(), 100U);
    EXPECT_LT(asked, 100'000U);
}

TEST(Piped, TheEstimateIsAtLeastOneTokenForTwoLettersAndForAnyOtherByte) {
    EXPECT_EQ(most_tokens(""), 0U);
    EXPECT_EQ(most_tokens("word"), 2U);
    EXPECT_EQ(most_tokens("0123"), 4U);
    EXPECT_EQ(most_tokens("日本"), 6U);
}

TEST(Piped, TurnsForBackEndsThatDoNotCountAreBounded) {
    for (const std::string& dense : {std::string(100'000, '7'), std::string(100'000, 'z'), replace_all(std::string(30'000, 'x'), "x", "語")}) {
        Prompt prompt;
        prompt.turns = {{true, "why", dense}};
        EXPECT_LT(turn_text(prompt.turns[0]).size(), 700U);
        EXPECT_TRUE(shortens(prompt));
        prompt.turns[0].piped = "short";
        EXPECT_FALSE(shortens(prompt));
    }
}

TEST(PipedExamples, AreCommandsThatExtractToThemselves) {
    const auto data = data::get("examples/piped/posix.jsonl");
    ASSERT_TRUE(data);
    const auto pack = parse_pack("rules", *data);
    ASSERT_TRUE(pack) << pack.error().message;
    EXPECT_GE(pack->examples.size(), 100U);
    for (std::size_t i = 1; i < pack->examples.size(); i += 2) {
        const auto answer = extract(pack->examples[i].text);
        ASSERT_TRUE(answer) << pack->examples[i].text;
        EXPECT_EQ(answer->command, pack->examples[i].text);
    }
}

TEST(PipedExamples, FewAndShort) {
    for (const char* text : {"x", "E: Unable to locate package zip", "Address already in use\nNo space left on device\nPermission denied"}) {
        const auto found = examples_with_piped(text);
        EXPECT_GE(found.size(), 2U);
        EXPECT_LE(found.size(), 5U);
        std::size_t size = 0;
        for (const auto& example : found) {
            size += example.ask.size() + example.command.size();
        }
        EXPECT_LT(size, 700U);
    }
    EXPECT_EQ(examples_with_piped("E: Unable to locate package zip").back().command, "apt-get update && apt-get install htop");
}

}  // namespace
}  // namespace caro::prompt
