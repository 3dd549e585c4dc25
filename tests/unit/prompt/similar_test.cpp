#include "prompt/similar.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>

#include "data/data.hpp"
#include "prompt/pack.hpp"

namespace caro::prompt {
namespace {

using testing::ElementsAre;

ExampleIndex small_index() {
    return ExampleIndex({{"hard link of report.pdf named copy.pdf", "ln report.pdf copy.pdf"},
                         {"symbolic link latest pointing to release-5", "ln -s release-5 latest"},
                         {"everything but the last 3 lines of f.txt", "head -n -3 f.txt"},
                         {"everything but the first two lines of f.txt", "tail -n +3 f.txt"},
                         {"running containers", "docker ps"},
                         {"10 largest directories under /var", "du -x /var | sort -rn | head -n 10"}});
}

std::string nearest(std::string_view request, double least = 0.3) {
    const auto index = small_index();
    const auto hits = index.nearest(request, 1, least);
    return hits.empty() ? "" : hits.front().example->command;
}

TEST(Similar, WordsAreComparedNotTheirForm) {
    EXPECT_THAT(terms_of("Biggest FOLDERS, below 'src'?"), ElementsAre("large", "dir", "<name>"));
    EXPECT_THAT(terms_of("number of lines per user in descending order"), ElementsAre("count", "line", "per", "user", "descend", "sort"));
    EXPECT_THAT(terms_of("number the rows"), ElementsAre("number", "line"));
    EXPECT_THAT(terms_of("the 10 files data/*.csv"), ElementsAre("<number>", "file", "<name>", ".csv"));
    EXPECT_TRUE(terms_of("").empty());
    EXPECT_TRUE(terms_of(" the of ... ").empty() || terms_of(" the of ... ").size() == 1);
}

TEST(Similar, TheNearestExampleIsFound) {
    EXPECT_EQ(nearest("make a hard link to notes.txt called n2.txt"), "ln report.pdf copy.pdf");
    EXPECT_EQ(nearest("print all but the last 5 lines of logs/error.log"), "head -n -3 f.txt");
    EXPECT_EQ(nearest("biggest folders below /srv, 5 of them"), "du -x /var | sort -rn | head -n 10");
}

TEST(Similar, NothingIsBetterThanChance) {
    EXPECT_EQ(nearest("translate this poem"), "");
    EXPECT_EQ(nearest("docker"), "");
    EXPECT_EQ(nearest(""), "");
    EXPECT_EQ(nearest(std::string(100000, 'x')), "");
}

TEST(Similar, AtMostAsManyAsAskedFor) {
    const auto index = small_index();
    EXPECT_EQ(index.nearest("everything but the last lines of f.txt", 2, 0.1).size(), 2U);
    EXPECT_TRUE(index.nearest("everything but the last lines of f.txt", 0, 0.1).empty());
    const auto hits = index.nearest("everything but the last lines of f.txt", 3, 0.1);
    EXPECT_TRUE(std::is_sorted(hits.begin(), hits.end(), [](const auto& a, const auto& b) { return a.similarity > b.similarity; }));
}

// What is to be done counts more than what it is done with.
TEST(Similar, AnotherTaskIsNotNear) {
    const ExampleIndex index({{"delete empty folders below build", "find build -type d -empty -delete"},
                              {"empty folders", "find . -type d -empty"},
                              {"average age in p.csv", "awk -F, '{s+=$2} END {print s/NR}' p.csv"},
                              {"average size in p.json", "jq 'map(.size) | add/length' p.json"},
                              {"something else", "true"}});
    EXPECT_EQ(index.nearest("find empty folders below tmp", 1, 0.1).front().example->command, "find . -type d -empty");
    EXPECT_EQ(index.nearest("delete empty folders in tmp", 1, 0.6).size(), 1U);
    const ExampleIndex deed({{"delete empty folders below build", "find build -type d -empty -delete"}, {"something else", "true"}});
    EXPECT_TRUE(deed.nearest("empty folders in tmp", 1, 0.6).empty()) << "nobody asked to delete";
    EXPECT_EQ(index.nearest("average age in users.json", 1, 0.1).front().example->ask, "average size in p.json");
}

// A long request leaves no room for examples in a small model's context.
TEST(Similar, ALongRequestHasFewerExamples) {
    const std::string request = "make a hard link of a.txt named b.txt";
    EXPECT_GT(build({request, ""}, {}).turns.size(), 1U);
    EXPECT_EQ(build({request + " " + std::string(700, 'x'), ""}, {}).turns.size(), 1U);
}

// What the prompt is given from it, and only there.
TEST(Similar, ThePromptHoldsWhatResemblesTheRequestLast) {
    context::Context bash;
    const Prompt near = build({"make a hard link of a.txt named b.txt", ""}, bash);
    ASSERT_GE(near.turns.size(), 3U);
    EXPECT_FALSE(near.turns[near.turns.size() - 2].user);
    EXPECT_THAT(near.turns[near.turns.size() - 2].text, testing::StartsWith("ln "));
    EXPECT_LE(near.turns.size(), 5U);
    context::Context fish;
    fish.shell = context::Shell::fish;
    EXPECT_EQ(build({"make a hard link of a.txt named b.txt", ""}, fish).turns.size(), 1U);
    // The constant part has that one already.
    for (const Turn& turn : build({"FIXME in lib with line numbers", ""}, bash).turns) {
        EXPECT_NE(turn.text, "grep -rn FIXME lib");
    }
}

// A small model's context holds the constant part, piped text and an answer, and little else.
TEST(Similar, PipedTextTakesTheRoomOfExamples) {
    const std::string request = "make a hard link of a.txt named b.txt";
    EXPECT_GT(build({request, ""}, {}).turns.size(), 1U);
    for (const Turn& turn : build({request, "some text"}, {}).turns) {
        EXPECT_THAT(turn.text, testing::Not(testing::StartsWith("ln ")));
    }
    EXPECT_GT(build({request, " \n"}, {}).turns.size(), 1U) << "blank text is none";
}

TEST(Similar, ExamplesAreShortAndNoneIsTwice) {
    const auto text = data::get("examples/more/posix.jsonl");
    ASSERT_TRUE(text);
    const auto more = parse_pack("", *text);
    ASSERT_TRUE(more) << more.error().message;
    ASSERT_GE(more->examples.size(), 800U);
    std::set<std::string> asks;
    for (std::size_t i = 0; i < more->examples.size(); i += 2) {
        EXPECT_TRUE(asks.insert(more->examples[i].text).second) << more->examples[i].text;
        EXPECT_LE(more->examples[i].text.size() + more->examples[i + 1].text.size(), 240U) << more->examples[i].text;
        EXPECT_EQ(more->examples[i + 1].text.find('\n'), std::string::npos);
    }
}

}  // namespace
}  // namespace caro::prompt
