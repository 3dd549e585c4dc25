#include <gtest/gtest.h>

#include "engine/mend.hpp"

namespace caro::engine {
namespace {

std::string mended(std::string_view request, std::string_view command) {
    const Surroundings here{[](const std::string& path) { return path == "docs"; },
                            [](std::string_view name) { return name == "b2sum" || name == "md5sum" || name == "sha1sum"; }};
    return mend(request, command, {"/home/u"}, here);
}

TEST(MendMeaning, TheSideOfAComparison) {
    const char* comm_13 = "comm -13 <(sort b.txt) <(sort a.txt)";
    const char* comm_23 = "comm -23 <(sort b.txt) <(sort a.txt)";
    for (const char* request : {"what is in b.txt but not in a.txt", "lines of b.txt that a.txt lacks", "lines of b.txt missing from a.txt.", "what does b.txt have that a.txt does not have?"}) {
        EXPECT_EQ(mended(request, comm_13), comm_23) << request;
        EXPECT_EQ(mended(request, comm_23), comm_23) << request;
    }
    EXPECT_EQ(mended("lines in a.txt that are not in b.txt", comm_23), comm_13);
    EXPECT_EQ(mended("compare a.txt and b.txt", comm_13), comm_13);
    EXPECT_EQ(mended("names in x, not in y", "comm -13 <(ls x | sort) <(ls y | sort)"), "comm -23 <(ls x | sort) <(ls y | sort)");
    EXPECT_EQ(mended("lines in new.lst that are not in old.lst", "grep -vxFf new.lst old.lst"), "grep -vxFf old.lst new.lst");
    EXPECT_EQ(mended("lines in old.lst that are not in new.lst", "grep -vxFf new.lst old.lst"), "grep -vxFf new.lst old.lst");
    EXPECT_EQ(mended("commits in dev that are not in main", "git log --oneline dev..main"), "git log --oneline main..dev");
    EXPECT_EQ(mended("commits in dev that are not in main", "git log --oneline main..dev"), "git log --oneline main..dev");
    EXPECT_EQ(mended("commits between v1 and v2", "git log v1..v2"), "git log v1..v2");
}

TEST(MendMeaning, NothingIsAddedToTheEnd) {
    EXPECT_EQ(mended("list the distinct values of column 3", "cut -f3 a | sort -u | wc -l"), "cut -f3 a | sort -u");
    EXPECT_EQ(mended("how many distinct values has column 3", "cut -f3 a | sort -u | wc -l"), "cut -f3 a | sort -u | wc -l");
    const char* counted = "cut -d, -f2 a.csv | sort | uniq -c | sort -rn";
    const std::string ten = std::string(counted) + " | head -n 10";
    EXPECT_EQ(mended("number of rows for each city, most frequent first", ten), counted);
    EXPECT_EQ(mended("number of rows for each city, largest first.", ten), counted);
    EXPECT_EQ(mended("the most frequent cities with the number of rows", ten), ten);
    EXPECT_EQ(mended("the first of the cities by number of rows", ten), ten);
    EXPECT_EQ(mended("show a.csv as a table", "column -s, -t a.csv | head -n 10"), "column -s, -t a.csv");
    EXPECT_EQ(mended("show a row of the file", "cat a.csv | head -n 1"), "cat a.csv | head -n 1");
    EXPECT_EQ(mended("show the response headers of x.org", "curl -sI x.org | head -n 10"), "curl -sI x.org");
    EXPECT_EQ(mended("show the 10 response headers of x.org", "curl -sI x.org | head -n 10"), "curl -sI x.org | head -n 10");
    EXPECT_EQ(mended("show the largest of the files", "ls -S | head -n 1"), "ls -S | head -n 1");
    EXPECT_EQ(mended("free space of all file systems", "df -h | awk '{print $4}'"), "df -h");
    EXPECT_EQ(mended("only the free space of all file systems", "df -h | awk '{print $4}'"), "df -h | awk '{print $4}'");
    EXPECT_EQ(mended("zeige alle Werte", "sort -u a | wc -l"), "sort -u a | wc -l") << "not English";
}

TEST(MendMeaning, BelowIsATree) {
    EXPECT_EQ(mended("delete all .o files below build", "rm -f build/*.o"), "find build -type f -name '*.o' -delete");
    EXPECT_EQ(mended("change a to b in the txt files under docs", "sed -i 's/a/b/' docs/*.txt"), "find docs -type f -name '*.txt' -exec sed -i 's/a/b/' {} +");
    EXPECT_EQ(mended("make the scripts here and in the subfolders executable", "chmod +x *.sh"), "find . -type f -name '*.sh' -exec chmod +x {} +");
    for (const char* good : {"rm build/*.o", "rm build/a.o"}) {
        EXPECT_EQ(mended("delete the .o files directly in build, not below", good), good);
        EXPECT_EQ(mended("delete the .o files in build", good), good);
    }
    EXPECT_EQ(mended("delete below build", "rm -f a*.o build/*.o"), "rm -f a*.o build/*.o");
}

TEST(MendMeaning, PathsOfFindBeginWhereItStarts) {
    EXPECT_EQ(mended("", "find . -name 'a*' -not -path 'logs/*'"), "find . -name 'a*' -not -path './logs/*'");
    EXPECT_EQ(mended("", "find img -not -path 'thumbs/*'"), "find img -not -path '*/thumbs/*'");
    for (const char* good : {"find img -not -path 'img/x/*'", "find . -not -path './x/*'", "find . -not -path '*/x/*'"}) {
        EXPECT_EQ(mended("", good), good);
    }
    EXPECT_EQ(mended("", "find src -type f -perm u+x"), "find src -type f -perm -u+x");
    EXPECT_EQ(mended("", "find src -type f -perm 644"), "find src -type f -perm 644");
}

TEST(MendMeaning, ATextHasNoEndOfLine) {
    EXPECT_EQ(mended("sha1 of the word abc", "echo \"abc\" | sha1sum"), "echo -n \"abc\" | sha1sum");
    EXPECT_EQ(mended("hex of abc", "echo abc | xxd -p"), "echo -n abc | xxd -p");
    for (const char* good : {"echo YWJj | base64 -d", "echo 6162 | xxd -r -p", "echo -n abc | md5sum", "echo abc | tr a b"}) {
        EXPECT_EQ(mended("", good), good);
    }
    EXPECT_EQ(mended("md5 of abc with a newline", "echo abc | md5sum"), "echo abc | md5sum");
}

TEST(MendMeaning, ProgramsHaveTheNameOfThisSystem) {
    EXPECT_EQ(mended("", "blake2sum a.txt"), "b2sum a.txt");
    EXPECT_EQ(mended("", "md5 a.txt"), "md5sum a.txt");
    EXPECT_EQ(mended("", "sha512 a.txt"), "sha512 a.txt") << "neither is there";
}

}  // namespace
}  // namespace caro::engine
