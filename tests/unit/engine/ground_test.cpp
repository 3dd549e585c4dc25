#include "engine/ground.hpp"

#include <gtest/gtest.h>

namespace caro::engine {
namespace {

std::string grounded(std::string_view request, std::string_view command) { return ground(request, command, {"/home/u"}); }

TEST(Ground, RelativePathsStayRelative) {
    EXPECT_EQ(grounded("total size of the media directory", "du -sh /media"), "du -sh media");
    EXPECT_EQ(grounded("mirror docs to /backup/docs", "rsync -a /docs /backup/docs"), "rsync -a docs /backup/docs");
    EXPECT_EQ(grounded("csv files in data", "ls /data/*.csv"), "ls data/*.csv");
    EXPECT_EQ(grounded("size of /media", "du -sh /media"), "du -sh /media");
    EXPECT_EQ(grounded("what is in etc", "cat '/etc'"), "cat '/etc'");
}

TEST(Ground, AFileKeepsItsFolder) {
    EXPECT_EQ(grounded("split logs/app.log into pieces", "split -l 50 app.log part_"), "split -l 50 logs/app.log part_");
    EXPECT_EQ(grounded("unpack backups/site.tar.", "tar -xf site.tar -C ."), "tar -xf backups/site.tar -C .");
    EXPECT_EQ(grounded("pack logs/app.log", "tar -cf a.tar -C logs app.log"), "tar -cf a.tar -C logs app.log");
    EXPECT_EQ(grounded("unpack backups/site.tar", "cd backups && tar -xf site.tar"), "cd backups && tar -xf site.tar");
    EXPECT_EQ(grounded("diff a/x.txt and b/x.txt", "diff x.txt x.txt"), "diff x.txt x.txt");
    EXPECT_EQ(grounded("get http://h.org/app.js", "curl -O app.js"), "curl -O app.js");
}

TEST(Ground, TheWholeSystemIsSearchedOnlyWhenAsked) {
    EXPECT_EQ(grounded("list all files larger than 100MB", "find / -type f -size +100M"), "find . -type f -size +100M");
    EXPECT_EQ(grounded("files over 1 GB on the whole disk", "find / -type f -size +1G"), "find / -type f -size +1G");
    EXPECT_EQ(grounded("all conf files on this system", "find / -name '*.conf'"), "find / -name '*.conf'");
    EXPECT_EQ(grounded("list files in /", "ls -l /"), "ls -l /");
}

TEST(Ground, ListsAreNotDecorated) {
    EXPECT_EQ(grounded("files changed today", "find . -type f -mtime -1 -exec ls -lh {} \\;"), "find . -type f -mtime -1");
    EXPECT_EQ(grounded("files changed today", "find . -mtime -1 -exec ls {} +"), "find . -mtime -1");
    EXPECT_EQ(grounded("files changed today", "find . -mtime -1 | xargs ls -l"), "find . -mtime -1");
    EXPECT_EQ(grounded("files changed today with their sizes", "find . -mtime -1 -exec ls -lh {} \\;"), "find . -mtime -1 -exec ls -lh {} \\;");
    EXPECT_EQ(grounded("make them private", "find . -exec chmod 600 {} \\;"), "find . -exec chmod 600 {} \\;");
}

TEST(Ground, FindsOptionsComeFirst) {
    EXPECT_EQ(grounded("broken links in links", "find links -L -type l"), "find -L links -type l");
}

TEST(Ground, FilesThatContainSomethingAreNames) {
    EXPECT_EQ(grounded("list the files that contain main", "grep -r 'main' src"), "grep -rl 'main' src");
    EXPECT_EQ(grounded("show lines in files that contain main", "grep -r 'main' src"), "grep -r 'main' src");
    EXPECT_EQ(grounded("search for main in src", "grep -r 'main' src"), "grep -r 'main' src");
    EXPECT_EQ(grounded("files containing main with line numbers", "grep -rn 'main' src"), "grep -rn 'main' src");
}

TEST(Ground, NamesWithoutEndingKeepTheirFolder) {
    EXPECT_EQ(grounded("where does links/conf point to", "readlink conf"), "readlink links/conf");
    EXPECT_EQ(grounded("where does links/conf point to", "readlink links/conf"), "readlink links/conf");
    EXPECT_EQ(grounded("compare a/conf with b/conf", "cat conf"), "cat conf") << "which one?";
    EXPECT_EQ(grounded("use docker on links/run", "docker run"), "docker run");
}

TEST(Ground, ProgramsInQuotesAreLeftAlone) {
    const std::string command = "awk '/ERROR/ {print $1}' logs/app.log";
    EXPECT_EQ(grounded("how many ERROR lines in logs/app.log", command), command);
}

TEST(Ground, WhatDoesNotParseStaysAsItIs) {
    EXPECT_EQ(grounded("x", "echo 'open"), "echo 'open");
    EXPECT_EQ(grounded("", ""), "");
}

}  // namespace
}  // namespace caro::engine
