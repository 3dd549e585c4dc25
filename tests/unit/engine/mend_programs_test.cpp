#include <gtest/gtest.h>

#include "engine/mend.hpp"

namespace caro::engine {
namespace {

std::string mended(std::string_view request, std::string_view command) {
    const Surroundings here{[](const std::string& path) { return path == "d"; }, [](std::string_view) { return true; }};
    return mend(request, command, {"/home/u"}, here);
}

TEST(MendPrograms, TarPacksAsTheNameSays) {
    EXPECT_EQ(mended("", "tar -czf a.tar.xz d"), "tar -cJf a.tar.xz d");
    EXPECT_EQ(mended("", "tar -cf a.tar.gz d"), "tar -czf a.tar.gz d");
    EXPECT_EQ(mended("", "tar -xzf a.tar.bz2"), "tar -xjf a.tar.bz2");
    EXPECT_EQ(mended("", "tar -czvf a.tar d"), "tar -cvf a.tar d");
    for (const char* good : {"tar -czf a.tgz d", "tar -xf a.tar.xz", "tar -cJf a.tar.xz d", "tar -tzf a.tar.gz", "tar -czf - d", "tar --create -f a.tar d"}) {
        EXPECT_EQ(mended("", good), good);
    }
}

TEST(MendPrograms, TheShellSeesPatternsOfFiles) {
    EXPECT_EQ(mended("", "zip a.zip 'd/*.png'"), "zip a.zip d/*.png");
    EXPECT_EQ(mended("", "cp \"*.txt\" d"), "cp *.txt d");
    for (const char* good : {"find . -name '*.png'", "zip -r a.zip d -x '*/.git/*'", "cp 'a b*.txt' d", "grep 'a*.b' f", "wc -l a.txt", "rm -- 'a*b'"}) {
        EXPECT_EQ(mended("", good), good);
    }
}

TEST(MendPrograms, NamesForPeopleEndInNewlines) {
    EXPECT_EQ(mended("", "find d -type f -print0"), "find d -type f");
    EXPECT_EQ(mended("", "find d -print0 | xargs -0 ls"), "find d -print0 | xargs -0 ls");
    EXPECT_EQ(mended("names ended by null bytes", "find d -print0"), "find d -print0");
    EXPECT_EQ(mended("", "find d -print0 > list"), "find d -print0 > list");
}

TEST(MendPrograms, OrderIsKept) {
    EXPECT_EQ(mended("drop repeats without changing the order", "awk '!seen[$0]++' a | sort"), "awk '!seen[$0]++' a");
    EXPECT_EQ(mended("drop repeats and sort", "awk '!seen[$0]++' a | sort"), "awk '!seen[$0]++' a | sort");
}

TEST(MendPrograms, FoldersTimesRangesAndMessages) {
    EXPECT_EQ(mended("", "zip d.zip d"), "zip -r d.zip d");
    EXPECT_EQ(mended("", "zip -r d.zip d"), "zip -r d.zip d");
    EXPECT_EQ(mended("", "zip a.zip a.txt"), "zip a.zip a.txt");
    EXPECT_EQ(mended("copy a to b preserving its timestamp", "cp a b"), "cp -p a b");
    EXPECT_EQ(mended("copy a to b preserving its timestamp", "cp -a a b"), "cp -a a b");
    EXPECT_EQ(mended("", "mkdir -p 2024-01..2024-12"), "mkdir -p 2024-{01..12}");
    EXPECT_EQ(mended("", "touch a1..a9.txt"), "touch a{1..9}.txt");
    EXPECT_EQ(mended("", "mkdir ../x"), "mkdir ../x");
    EXPECT_EQ(mended("commit all with the message fix it now", "git commit -am fix it now"), "git commit -am 'fix it now'");
    EXPECT_EQ(mended("commit a.c with the message fix", "git commit -m fix a.c"), "git commit -m fix a.c");
    EXPECT_EQ(mended("all but the last 5 lines of a", "tail -n +6 a"), "head -n -5 a");
    EXPECT_EQ(mended("the last 5 lines of a", "tail -n 5 a"), "tail -n 5 a");
    EXPECT_EQ(mended("", "ps -ef | grep sshd | awk '{print $2}'"), "pgrep -f sshd");
    EXPECT_EQ(mended("", "ps -ef | grep sshd"), "ps -ef | grep sshd");
}

TEST(MendPrograms, CharactersAreNoLines) {
    EXPECT_EQ(mended("the first 5 characters of each line in a", "head -n 5 a"), "cut -c1-5 a");
    EXPECT_EQ(mended("the first 5 characters of a", "head -c 5 a"), "head -c 5 a");
}

TEST(MendPrograms, GitAndGrepDoWhatWasAsked) {
    EXPECT_EQ(mended("all branches", "git branch -r"), "git branch -a");
    EXPECT_EQ(mended("all remote branches", "git branch -r"), "git branch -r");
    EXPECT_EQ(mended("undo the commit, keep the changes staged", "git reset --mixed HEAD~1"), "git reset --soft HEAD~1");
    EXPECT_EQ(mended("discard my changes to a.py", "git reset a.py"), "git checkout -- a.py");
    EXPECT_EQ(mended("unstage a.py", "git reset a.py"), "git reset a.py");
    EXPECT_EQ(mended("todo with line numbers", "grep -rli todo d"), "grep -rni todo d");
    EXPECT_EQ(mended("files with todo", "grep -rli todo d"), "grep -rli todo d");
}

}  // namespace
}  // namespace caro::engine
