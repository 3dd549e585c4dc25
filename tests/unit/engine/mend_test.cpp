#include "engine/mend.hpp"

#include <gtest/gtest.h>

namespace caro::engine {
namespace {

std::string mended(std::string_view request, std::string_view command) {
    const Surroundings here{[](const std::string& path) { return path == "docs" || path == "src/"; },
                            [](std::string_view name) { return name == "python3" || name == "pip" || name == "pip3"; }};
    return mend(request, command, {"/home/u"}, here);
}

TEST(Mend, AnActionReachesAllAlternativesOfFind) {
    EXPECT_EQ(mended("", "find . -type f -name '*~' -o -name '*.bak' -delete"),
              "find . -type f \\( -name '*~' -o -name '*.bak' \\) -delete");
    EXPECT_EQ(mended("", "find . ! -name 'a' -o ! -name 'b' -mtime +3 -exec rm {} +"),
              "find . \\( ! -name 'a' -o ! -name 'b' \\) -mtime +3 -exec rm {} +");
    for (const char* good : {"find . -name a -o -name b", "find . \\( -name a -o -name b \\) -delete",
                             "find . -name .git -prune -o -type f -print", "find . -name a -delete -o -name b -print"}) {
        EXPECT_EQ(mended("", good), good);
    }
}

TEST(Mend, UniqGetsSortedLines) {
    EXPECT_EQ(mended("each address once", "grep -o x a.log | uniq"), "grep -o x a.log | sort -u");
    EXPECT_EQ(mended("", "cut -f1 a | uniq -c | sort -rn"), "cut -f1 a | sort | uniq -c | sort -rn");
    EXPECT_EQ(mended("unique lines", "uniq a.txt"), "sort -u a.txt");
    EXPECT_EQ(mended("", "sort -u a | uniq -c | sort -rn"), "sort a | uniq -c | sort -rn");
    EXPECT_EQ(mended("", "sort -fu a | uniq -ci"), "sort -f a | uniq -ci");
    EXPECT_EQ(mended("drop consecutive repeats", "uniq a.txt"), "uniq a.txt");
    EXPECT_EQ(mended("", "sort a | uniq -d"), "sort a | uniq -d");
}

TEST(Mend, ExtendedPatternsGetTheirOption) {
    EXPECT_EQ(mended("words", "grep -o '[a-z]+' a.txt"), "grep -E -o '[a-z]+' a.txt");
    EXPECT_EQ(mended("warn or fatal", "grep -i 'warn|fatal' a.log"), "grep -E -i 'warn|fatal' a.log");
    EXPECT_EQ(mended("lines with a|b", "grep 'a|b' a.log"), "grep 'a|b' a.log");
    for (const char* good : {"grep -E 'a|b' f", "grep 'a\\|b' f", "grep -F 'a|b' f", "grep -P '\\d+|x' f", "grep -e 'a|b' f", "grep ERROR f"}) {
        EXPECT_EQ(mended("", good), good);
    }
}

TEST(Mend, FoldersAreSearchedBelow) {
    EXPECT_EQ(mended("", "grep -n shop docs"), "grep -r -n shop docs");
    EXPECT_EQ(mended("", "grep -A 2 shop src/"), "grep -r -A 2 shop src/");
    for (const char* good : {"grep -rn shop docs", "grep -n shop docs.txt", "grep -R shop docs", "grep shop docs a.txt"}) {
        EXPECT_EQ(mended("", good), good);
    }
}

TEST(Mend, CountsCountEntriesOnly) {
    EXPECT_EQ(mended("", "ls -la images | wc -l"), "ls -A images | wc -l");
    EXPECT_EQ(mended("", "ls -l | wc -l"), "ls | wc -l");
    EXPECT_EQ(mended("", "ls -l | grep -c x"), "ls -l | grep -c x");
}

TEST(Mend, SizesBelowOneUnitAreExact) {
    EXPECT_EQ(mended("", "find . -type f -size -1k"), "find . -type f -size -1024c");
    EXPECT_EQ(mended("", "find . -type f -size -10k"), "find . -type f -size -10k");
}

TEST(Mend, NamesWithBlanksComeThroughXargs) {
    EXPECT_EQ(mended("", "find . -name '*.c' | xargs wc -l"), "find . -name '*.c' -print0 | xargs -0 wc -l");
    for (const char* good : {"find . -print0 | xargs -0 rm", "find . -printf '%f\\n' | xargs echo", "find . | grep x | xargs ls", "cat l | xargs rm"}) {
        EXPECT_EQ(mended("", good), good);
    }
}

TEST(Mend, TimesForSortingAreNotShown) {
    EXPECT_EQ(mended("", "find . -type f -printf '%T@ %p\\n' | sort -n | tail -n 3"),
              "find . -type f -printf '%T@ %p\\n' | sort -n | tail -n 3 | cut -d' ' -f2-");
    EXPECT_EQ(mended("", "find . -type f -printf '%s %p\\n' | sort -n | tail -n 3"), "find . -type f -printf '%s %p\\n' | sort -n | tail -n 3");
}

TEST(Mend, SmallThings) {
    EXPECT_EQ(mended("empty a.log", "echo \"\" > a.log"), ": > a.log");
    EXPECT_EQ(mended("write an empty line to a.log", "echo > a.log"), "echo > a.log");
    EXPECT_EQ(mended("", "echo 2**20"), "echo $((2**20))");
    EXPECT_EQ(mended("", "echo 2024-01-02 a*"), "echo 2024-01-02 a*");
    EXPECT_EQ(mended("unpack a.gz but keep it", "gunzip a.gz"), "gunzip -k a.gz");
    EXPECT_EQ(mended("unpack a.gz", "gunzip a.gz"), "gunzip a.gz");
    EXPECT_EQ(mended("size of a in bytes", "du -sh a"), "du -sb a");
    EXPECT_EQ(mended("point cur to v2", "ln -sf v2 cur"), "ln -sfn v2 cur");
    EXPECT_EQ(mended("", "python a.py && pip list"), "python3 a.py && pip list");
}

TEST(Mend, LoopsAreMendedOnceAndBrokenTextNotAtAll) {
    EXPECT_EQ(mended("", "for f in a b; do cut -f1 $f | uniq; done"), "for f in a b; do cut -f1 $f | sort -u; done");
    EXPECT_EQ(mended("", "echo 'open | uniq"), "echo 'open | uniq");
    EXPECT_EQ(mended("", "eval 'cut -f1 a | uniq'"), "eval 'cut -f1 a | uniq'");
}

}  // namespace
}  // namespace caro::engine
