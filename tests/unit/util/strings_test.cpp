#include "util/strings.hpp"

#include <gtest/gtest.h>

namespace caro {
namespace {

TEST(Strings, TrimsWhiteSpaceAtBothEnds) {
    EXPECT_EQ(trim(" \t a b\r\n"), "a b");
    EXPECT_EQ(trim(" \n"), "");
}

TEST(Strings, SplitKeepsEmptyParts) {
    EXPECT_EQ(split("a::b:", ':'), (std::vector<std::string_view>{"a", "", "b", ""}));
    EXPECT_EQ(split("", ':'), (std::vector<std::string_view>{""}));
}

TEST(Strings, ReplacesEveryOccurrence) { EXPECT_EQ(replace_all("aXbXX", "X", "--"), "a--b----"); }

TEST(Strings, EditDistanceCountsASwapAsOne) {
    EXPECT_EQ(edit_distance("safety", "safety"), 0U);
    EXPECT_EQ(edit_distance("safety", "saefty"), 1U);
    EXPECT_EQ(edit_distance("", "abc"), 3U);
    EXPECT_EQ(edit_distance("kitten", "sitting"), 3U);
}

TEST(Strings, NearestFindsATypingMistakeOnly) {
    const std::string_view names[] = {"embedded", "ollama", "vllm"};
    EXPECT_EQ(nearest("olama", names), "ollama");
    EXPECT_EQ(nearest("postgres", names), "");
}

}  // namespace
}  // namespace caro
