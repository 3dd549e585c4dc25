#include <gtest/gtest.h>

#include "engine/mend.hpp"

namespace caro::engine {
namespace {

std::string mended(std::string_view request, std::string_view command) {
    const Surroundings here{[](const std::string&) { return false; }, [](std::string_view) { return true; },
                            [](const std::string& path) { return path == "head.csv" ? Table{',', true} : Table(); }};
    return mend(request, command, {"/home/u"}, here);
}

TEST(MendSlips, JsonLinesAreNoArray) {
    EXPECT_EQ(mended("", "jq -r '.[].kind' a.jsonl"), "jq -r '.kind' a.jsonl");
    EXPECT_EQ(mended("", "jq -r '.[] | select(.ms > 5) | .id' a.jsonl"), "jq -r 'select(.ms > 5) | .id' a.jsonl");
    EXPECT_EQ(mended("", "jq '.[] | select(.tags | contains(\"x\"))' a.json"), "jq '.[] | select(.tags | index(\"x\"))' a.json");
    for (const char* good : {"jq -s '.[].kind' a.jsonl", "jq '.[].kind' a.json", "jq .kind a.jsonl"}) {
        EXPECT_EQ(mended("", good), good);
    }
}

TEST(MendSlips, CountsStandFirst) {
    EXPECT_EQ(mended("", "sort a | uniq -c | awk '$2 > 1'"), "sort a | uniq -c | awk '$1 > 1'");
    EXPECT_EQ(mended("", "sort a | awk '$2 > 1'"), "sort a | awk '$2 > 1'");
}

TEST(MendSlips, TheLargestIsComparedWithTheOthers) {
    EXPECT_EQ(mended("", "awk '{max=$2} END {print max}' a.txt"), "awk 'NR==1 || $2>max {max=$2} END {print max}' a.txt");
    EXPECT_EQ(mended("lowest", "awk -F, 'NR>1 {min=$3} END {print min}' a.csv"), "awk -F, 'NR==2 || (NR>2 && $3<min) {min=$3} END {print min}' a.csv");
    EXPECT_EQ(mended("", "awk '$2>max {max=$2} END {print max}' a.txt"), "awk '$2>max {max=$2} END {print max}' a.txt");
}

TEST(MendSlips, OneLineIsOneLine) {
    EXPECT_EQ(mended("show the 7th line of a.txt", "tail -n 7 a.txt"), "sed -n '7p' a.txt");
    EXPECT_EQ(mended("the 3rd line of a.txt", "head -3 a.txt"), "sed -n '3p' a.txt");
    EXPECT_EQ(mended("the last 7 lines of a.txt", "tail -n 7 a.txt"), "tail -n 7 a.txt");
    EXPECT_EQ(mended("up to the 7th line of a.txt", "head -n 7 a.txt"), "head -n 7 a.txt");
    EXPECT_EQ(mended("the 7th line from the end of a.txt", "tail -n 7 a.txt"), "tail -n 7 a.txt | head -n 1");
}

TEST(MendSlips, NamesOfColumnsAreNoData) {
    EXPECT_EQ(mended("rows per user, there is a header", "awk -F, '{print $2}' a.csv | sort | uniq -c"), "awk -F, 'NR>1 {print $2}' a.csv | sort | uniq -c");
    EXPECT_EQ(mended("rows per user", "cut -d, -f2 head.csv | sort | uniq -c"), "tail -n +2 head.csv | cut -d, -f2 | sort | uniq -c");
    EXPECT_EQ(mended("average", "awk -F, '{s+=$2; n++} END {print s/n}' head.csv"), "awk -F, 'NR>1 {s+=$2; n++} END {print s/n}' head.csv");
    EXPECT_EQ(mended("mean, skip the header", "awk -F, '$1==\"x\" {s+=$2; n++} END {print s/n}' a.csv"),
              "awk -F, 'NR>1 && $1==\"x\" {s+=$2; n++} END {print s/n}' a.csv");
    EXPECT_EQ(mended("rows per user", "cut -d, -f2 a.csv | sort | uniq -c"), "cut -d, -f2 a.csv | sort | uniq -c") << "no header is known of";
    EXPECT_EQ(mended("sort by 2 but keep the header on top", "sort -t, -k2,2 head.csv"), "sort -t, -k2,2 head.csv");
    EXPECT_EQ(mended("columns 1 and 2", "cut -d, -f1,2 head.csv"), "cut -d, -f1,2 head.csv");
    EXPECT_EQ(mended("users, no header", "tail -n +2 head.csv | cut -d, -f2 | sort"), "tail -n +2 head.csv | cut -d, -f2 | sort");
}

TEST(MendSlips, AHeaderThatIsNotWantedGoes) {
    EXPECT_EQ(mended("column 3 of a.csv without the header", "awk -F, '{print $3}' a.csv"), "awk -F, 'NR>1 {print $3}' a.csv");
    EXPECT_EQ(mended("sort a.csv by column 2, skip the header", "sort -t, -k2,2 a.csv"), "tail -n +2 a.csv | sort -t, -k2,2");
    EXPECT_EQ(mended("column 3 of a.csv", "awk -F, '{print $3}' a.csv"), "awk -F, '{print $3}' a.csv");
}

TEST(MendSlips, TimesAreNotLines) {
    EXPECT_EQ(mended("how many times does cat occur in a.txt", "grep -i cat a.txt | wc -l"), "grep -o -i cat a.txt | wc -l");
    EXPECT_EQ(mended("how often is cat in a.txt", "grep -ic cat a.txt"), "grep -io cat a.txt | wc -l");
    EXPECT_EQ(mended("how many lines have cat in a.txt", "grep -c cat a.txt"), "grep -c cat a.txt");
    EXPECT_EQ(mended("how often is cat in each", "grep -c cat *.txt"), "grep -c cat *.txt");
}

TEST(MendSlips, ResultsBesideTheFileTakeItsPlace) {
    EXPECT_EQ(mended("drop repeats from a.txt in place", "sort -u a.txt > a.txt.new"), "sort -u a.txt > a.txt.new && mv a.txt.new a.txt");
    EXPECT_EQ(mended("drop repeats from a.txt", "sort -u a.txt > a.txt.new"), "sort -u a.txt > a.txt.new");
}

TEST(MendSlips, CodesAreThoseOfTheRequest) {
    EXPECT_EQ(mended("decode aGVsbG8gd29ybGQ=", "echo \"SGVsbG8gd29ybGQ=\" | base64 -d"), "echo aGVsbG8gd29ybGQ= | base64 -d");
    EXPECT_EQ(mended("decode aGVsbG8gd29ybGQ=", "echo aGVsbG8gd29ybGQ= | base64 -d"), "echo aGVsbG8gd29ybGQ= | base64 -d");
    EXPECT_EQ(mended("decode it", "echo SGVsbG8gd29ybGQ= | base64 -d"), "echo SGVsbG8gd29ybGQ= | base64 -d");
}

TEST(MendSlips, ShortlogReadsTheRepository) {
    EXPECT_EQ(mended("", "git shortlog -sn"), "git shortlog -sn HEAD");
    EXPECT_EQ(mended("", "git -C a shortlog -s -n"), "git -C a shortlog -s -n HEAD");
    EXPECT_EQ(mended("", "git shortlog -sn main"), "git shortlog -sn main");
    EXPECT_EQ(mended("", "git log | git shortlog"), "git log | git shortlog");
}

TEST(MendSlips, GroupsAreDividedByTheirOwnNumber) {
    EXPECT_EQ(mended("", "awk '{s[$2]+=$3; n++} END {for (k in s) print k, s[k]/n}' f"), "awk '{s[$2]+=$3; n[$2]++} END {for (k in s) print k, s[k]/n[k]}' f");
    EXPECT_EQ(mended("", "awk '{s[$2]+=$3; n[$2]++} END {for (k in s) print k, s[k]/n[k]}' f"), "awk '{s[$2]+=$3; n[$2]++} END {for (k in s) print k, s[k]/n[k]}' f");
    EXPECT_EQ(mended("", "awk '{s+=$3; n++} END {print s/n}' f"), "awk '{s+=$3; n++} END {print s/n}' f");
    EXPECT_EQ(mended("", "awk '{s[$2]+=$3} END {for (k in s) print k, s[k]}' f | sort -rn"), "awk '{s[$2]+=$3} END {for (k in s) print k, s[k]}' f | sort -k2,2nr");
    EXPECT_EQ(mended("", "awk '{s[$2]+=$3} END {for (k in s) print s[k], k}' f | sort -rn"), "awk '{s[$2]+=$3} END {for (k in s) print s[k], k}' f | sort -rn");
    EXPECT_EQ(mended("lower case in place", "tr A-Z a-z < a.txt > a.txt.new"), "tr A-Z a-z < a.txt > a.txt.new && mv a.txt.new a.txt");
}

}  // namespace
}  // namespace caro::engine
