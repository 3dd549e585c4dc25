#include <gtest/gtest.h>

#include "engine/mend.hpp"

namespace caro::engine {
namespace {

std::string mended(std::string_view request, std::string_view command, bool gnu = true, bool ansi_quotes = true) {
    const Surroundings here{[](const std::string& path) { return path == "docs" || path == "proj/.git" || path == "proj"; },
                            [](std::string_view) { return true; },
                            [](const std::string& path) { return path == "semi.csv" ? Table{';', true} : path == "tab.csv" ? Table{'\t', true} : path == "plain.txt" ? Table{'\0', false, true} : Table(); }, gnu, ansi_quotes};
    return mend(request, command, {"/home/u"}, here);
}

TEST(MendTexts, TablesAreSplitAtTheirSeparator) {
    EXPECT_EQ(mended("", "awk '{s+=$3} END {print s}' a.csv"), "awk -F, '{s+=$3} END {print s}' a.csv");
    EXPECT_EQ(mended("", "awk '{print $1}' a.tsv"), "awk -F'\\t' '{print $1}' a.tsv");
    EXPECT_EQ(mended("", "awk '$2>5' semi.csv"), "awk -F';' '$2>5' semi.csv");
    EXPECT_EQ(mended("separated by semicolons", "awk '$2>5' x.csv"), "awk -F';' '$2>5' x.csv");
    EXPECT_EQ(mended("", "awk -F, '{print $2}' semi.csv"), "awk -F';' '{print $2}' semi.csv");
    EXPECT_EQ(mended("", "awk -F ',' '{print $2}' p.tsv"), "awk -F'\\t' '{print $2}' p.tsv");
    EXPECT_EQ(mended("", "tail -n +2 a.csv | awk '{print $2}'"), "tail -n +2 a.csv | awk -F, '{print $2}'");
    EXPECT_EQ(mended("", "cut -f2 a.csv"), "cut -d, -f2 a.csv");
    EXPECT_EQ(mended("", "sort -k2,2 a.tsv"), "sort -t$'\\t' -k2,2 a.tsv");
    EXPECT_EQ(mended("", "sort -k2,2 a.tsv", true, false), "sort -t\"$(printf '\\t')\" -k2,2 a.tsv");
    EXPECT_EQ(mended("", "cut -d, -f2 tab.csv"), "cut -d$'\\t' -f2 tab.csv");
    EXPECT_EQ(mended("", "tail -n +2 a.csv | sort -k3,3n"), "tail -n +2 a.csv | sort -t, -k3,3n");
    for (const char* good : {"awk -F, '{print $2}' a.csv", "awk '{print $2}' a.txt", "awk 'BEGIN {FS=\",\"} {print $2}' a.csv", "awk 'NR>1' a.csv",
                             "awk -F'\\t' '{print $2}' a.tsv", "cut -f2 a.tsv", "cut -c1-3 a.csv", "sort -t, -k2,2 a.csv", "sort a.csv",
                             "cut -d, -f2 a.csv | sort | uniq -c | awk '{print $2}'", "awk '!seen[$0]++' a.csv", "grep -o x a.csv | awk '{print $1}'",
                             "awk -F@ '{print $2}' semi.csv"}) {
        EXPECT_EQ(mended("", good), good);
    }
}

TEST(MendTexts, CommasAreNotLookedForWhereThereAreNone) {
    EXPECT_EQ(mended("", "awk -F, '{print $2, $1}' plain.txt"), "awk '{print $2, $1}' plain.txt");
    EXPECT_EQ(mended("", "awk -F, '{print $2, $1}' other.txt"), "awk -F, '{print $2, $1}' other.txt");
}

TEST(MendTexts, AwkGetsItsDollars) {
    EXPECT_EQ(mended("", "awk '{s+=\\$2} END {print s}' a.txt"), "awk '{s+=$2} END {print s}' a.txt");
    EXPECT_EQ(mended("", "awk '/\\$5/ {print}' a.txt"), "awk '/\\$5/ {print}' a.txt");
}

TEST(MendTexts, AFileIsNotEmptiedBeforeItIsRead) {
    EXPECT_EQ(mended("", "sort -u a.txt > a.txt"), "sort -u a.txt > a.txt.tmp && mv a.txt.tmp a.txt");
    EXPECT_EQ(mended("", "tr a b < a.txt | sed 1d > a.txt"), "tr a b < a.txt | sed 1d > a.txt.tmp && mv a.txt.tmp a.txt");
    for (const char* good : {"sort -u a.txt > b.txt", "echo a.txt > a.txt", "cat a.txt >> a.txt", "sort x > /dev/null"}) {
        EXPECT_EQ(mended("", good), good);
    }
}

TEST(MendTexts, SedWritesWhereItWasAsked) {
    EXPECT_EQ(mended("delete line 3 of a.txt in place", "sed '3d' a.txt"), "sed -i '3d' a.txt");
    EXPECT_EQ(mended("delete line 3 of a.txt in place", "sed '3d' a.txt", false), "sed -i '' '3d' a.txt");
    EXPECT_EQ(mended("print a.txt without line 3", "sed -i '3d' a.txt"), "sed '3d' a.txt");
    EXPECT_EQ(mended("delete line 3 of a.txt", "sed '3d' a.txt"), "sed '3d' a.txt");
    EXPECT_EQ(mended("change print to puts in a.rb", "sed -i 's/print/puts/' a.rb"), "sed -i 's/print/puts/' a.rb");
    EXPECT_EQ(mended("drop line 3 of a.txt and print the result", "sed -i '3d' a.txt"), "sed '3d' a.txt");
    EXPECT_EQ(mended("save it", "sed '3d' a.txt > b.txt"), "sed '3d' a.txt > b.txt");
}

TEST(MendTexts, PatternsGetTheirOption) {
    EXPECT_EQ(mended("", "sed 's/[0-9]+/N/g' a.txt"), "sed -E 's/[0-9]+/N/g' a.txt");
    EXPECT_EQ(mended("", "sed 's/(a)(b)/\\2\\1/' a.txt"), "sed -E 's/(a)(b)/\\2\\1/' a.txt");
    EXPECT_EQ(mended("", "sed 's/\\d/N/' a.txt"), "sed 's/[0-9]/N/' a.txt");
    EXPECT_EQ(mended("", "grep -oE 'id=\\K[0-9]+' a.log"), "grep -oP 'id=\\K[0-9]+' a.log");
    EXPECT_EQ(mended("", "grep -o '(?<=x)y' a.log"), "grep -P -o '(?<=x)y' a.log");
    EXPECT_EQ(mended("", "grep -E '\\d{4}' a.log"), "grep -E '[0-9]{4}' a.log");
    EXPECT_EQ(mended("", "grep -oE '[\\d.]+x\\d' a.log"), "grep -oE '[0-9.]+x[0-9]' a.log");
    for (const char* good : {"sed 's/\\(a\\)/\\1+/' a", "sed -E 's/a+/b/' a", "sed 's|a|b|' f", "grep -P '\\d+' a", "sed 's/(x)/y/' a"}) {
        EXPECT_EQ(mended("", good), good);
    }
}

TEST(MendFiles, GitIsToldWhereTheRepositoryIs) {
    EXPECT_EQ(mended("branches of the repository in proj", "git branch"), "git -C proj branch");
    EXPECT_EQ(mended("last commit in proj", "git log -n 1 proj"), "git -C proj log -n 1");
    EXPECT_EQ(mended("history of proj/a.c", "git log -- proj/a.c"), "git log -- proj/a.c") << "no word says which repository";
    EXPECT_EQ(mended("throw away the changes to a.c in proj", "git restore proj/a.c"), "git -C proj restore a.c");
    EXPECT_EQ(mended("in the folder other, list the branches", "git branch"), "git -C other branch");
    EXPECT_EQ(mended("tags of the repository at srv/app", "git tag"), "git -C srv/app tag");
    EXPECT_EQ(mended("commits in the repo tools", "git log"), "git -C tools log");
    for (const char* request : {"list the branches of this repository", "in the repository show the branches", "files in the repository that changed", "delete the folder x from git"}) {
        EXPECT_EQ(mended(request, "git branch"), "git branch") << request;
    }
    EXPECT_EQ(mended("clone it to the folder proj", "git clone u proj"), "git clone u proj");
    EXPECT_EQ(mended("branches in proj", "cd proj && git branch"), "cd proj && git branch");
}

TEST(MendFiles, FoldersAreMadeBeforeTheyAreFilled) {
    EXPECT_EQ(mended("", "tar -xf a.tar -C out"), "mkdir -p out && tar -xf a.tar -C out");
    EXPECT_EQ(mended("", "cp *.c backup/"), "mkdir -p backup/ && cp *.c backup/");
    for (const char* good : {"tar -xf a.tar -C docs", "tar -czf a.tgz -C out .", "cp a b", "mkdir out && tar -xf a.tar -C out", "tar -xf a.tar -C /opt/x", "mv a docs"}) {
        EXPECT_EQ(mended("", good), good);
    }
}

TEST(MendFiles, TheFolderThatIsNamedIsSearched) {
    EXPECT_EQ(mended("empty files below docs", "find . -type f -empty"), "find docs -type f -empty");
    EXPECT_EQ(mended("empty files below elsewhere", "find . -type f -empty"), "find . -type f -empty");
    EXPECT_EQ(mended("empty files in docs and in proj", "find . -type f -empty"), "find . -type f -empty");
    EXPECT_EQ(mended("files here that mention docs", "grep -rl docs ."), "grep -rl docs .");
}

TEST(MendFiles, OptionsInTheirOrderAndForm) {
    EXPECT_EQ(mended("", "seq 20 2 -3"), "seq 20 -3 2");
    EXPECT_EQ(mended("", "seq 10 1"), "seq 10 -1 1");
    EXPECT_EQ(mended("", "find . -perm +600"), "find . -perm /600");
    EXPECT_EQ(mended("", "find . -name *.txt"), "find . -name '*.txt'");
    EXPECT_EQ(mended("", "du -sh * | sort -rn"), "du -sh * | sort -rh");
    EXPECT_EQ(mended("", "du -h | sort"), "du -h | sort -h");
    for (const char* good : {"seq 1 10", "seq 20 -3 2", "seq 10", "find . -perm 600", "find . -name '*.txt'", "du -s * | sort -rn", "du -sh * | sort -rh"}) {
        EXPECT_EQ(mended("", good), good);
    }
}

TEST(MendFiles, FilesAreNoFolders) {
    EXPECT_EQ(mended("find all files in src that are not python", "find src ! -name '*.py'"), "find src -type f ! -name '*.py'");
    EXPECT_EQ(mended("files here, not deeper", "find . -maxdepth 1"), "find . -maxdepth 1 -type f");
    for (const char* request : {"files and folders in src", "everything in src"}) {
        EXPECT_EQ(mended(request, "find src ! -name '*.py'"), "find src ! -name '*.py'");
    }
    EXPECT_EQ(mended("all files", "find . -type l"), "find . -type l");
}

TEST(MendFiles, TwoWordsAreOnePattern) {
    EXPECT_EQ(mended("matches of def stop in a.py", "grep -C 2 def stop a.py"), "grep -C 2 'def stop' a.py");
    EXPECT_EQ(mended("x in docs and a", "grep -r x docs a"), "grep -r x docs a");
    EXPECT_EQ(mended("error in a b", "grep error a b"), "grep error a b");
}

TEST(MendFiles, NewNamesStayInTheirFolder) {
    EXPECT_EQ(mended("", "for f in pics/*; do mv -- \"$f\" \"old_$f\"; done"), "for f in pics/*; do mv -- \"$f\" \"${f%/*}/old_${f##*/}\"; done");
    EXPECT_EQ(mended("", "for f in pics/*; do mv \"$f\" \"${f,,}\"; done"), "for f in pics/*; do mv \"$f\" \"${f%/*}/$(basename \"${f,,}\")\"; done");
    for (const char* good : {"for f in *.txt; do mv -- \"$f\" \"old_$f\"; done", "for f in a/*; do mv -- \"$f\" \"b/${f##*/}\"; done", "for f in a/*; do cp -- \"$f\" \"$f.bak\"; done"}) {
        EXPECT_EQ(mended("", good), good);
    }
}

TEST(MendFiles, LinksAreOfTheKindThatWasAsked) {
    EXPECT_EQ(mended("hard link a as b", "ln -s a b"), "ln a b");
    EXPECT_EQ(mended("symlink b to a", "ln a b"), "ln -s a b");
    EXPECT_EQ(mended("let cur point to v2 instead", "ln -s v2 cur"), "ln -sfn v2 cur");
    EXPECT_EQ(mended("symlink b to a", "ln -s a b"), "ln -s a b");
}

}  // namespace
}  // namespace caro::engine
