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

TEST(Strings, SizesAreReadAsPeopleWriteThem) {
    EXPECT_EQ(parse_size("0"), 0U);
    EXPECT_EQ(parse_size("4096"), 4096U);
    EXPECT_EQ(parse_size("20GB"), 20'000'000'000U);
    EXPECT_EQ(parse_size(" 20 gb "), 20'000'000'000U);
    EXPECT_EQ(parse_size("1.5GiB"), 1'610'612'736U);
    EXPECT_EQ(parse_size("800M"), 800'000'000U);
    EXPECT_EQ(parse_size("2k"), 2000U);
    EXPECT_EQ(parse_size("7B"), 7U);
    EXPECT_EQ(parse_size("0.5T"), 500'000'000'000U);
    for (const auto* wrong : {"", "GB", "-1", "1.2.3G", "1X", "1GBB", "1 G B", ".5G", "1e9", "99999T", "1234567890123456"}) {
        EXPECT_EQ(parse_size(wrong), std::nullopt) << wrong;
    }
}

TEST(Strings, SizesAreWrittenShortly) {
    EXPECT_EQ(size_text(0), "0 bytes");
    EXPECT_EQ(size_text(999), "999 bytes");
    EXPECT_EQ(size_text(1000), "1.0 kB");
    EXPECT_EQ(size_text(98362432), "98 MB");
    EXPECT_EQ(size_text(999'600'000), "1.0 GB");
    EXPECT_EQ(size_text(1117320768), "1.1 GB");
    EXPECT_EQ(size_text(9'960'000'000), "10 GB");
}

}  // namespace
}  // namespace caro
