#include <gtest/gtest.h>

#include "engine/mend.hpp"

namespace caro::engine {
namespace {

std::string mended(std::string_view request, std::string_view command) {
    const Surroundings here{[](const std::string& path) { return path == "docs"; }, [](std::string_view) { return false; }};
    return mend(request, command, {"/home/u"}, here);
}

TEST(MendWording, NotInSubfoldersIsOneLevel) {
    EXPECT_EQ(mended("oldest entries of img, not looking into subfolders", "find img -type f -printf '%T@ %p\\n'"), "find img -maxdepth 1 -type f -printf '%T@ %p\\n'");
    EXPECT_EQ(mended("entries of img, not deeper", "find img -name 'a*'"), "find img -maxdepth 1 -name 'a*'");
    for (const char* request : {"entries of img with its subfolders", "entries of img", "which entries of img are not empty? also in subfolders"}) {
        EXPECT_EQ(mended(request, "find img -name 'a*'"), "find img -name 'a*'") << request;
    }
    EXPECT_EQ(mended("entries of img, not deeper", "find img -maxdepth 1 -name 'a*'"), "find img -maxdepth 1 -name 'a*'");
    EXPECT_EQ(mended("how many folders are below src", "find src -type d | wc -l"), "find src -mindepth 1 -type d | wc -l");
    EXPECT_EQ(mended("how many folders are here, not counting subfolders", "find . -maxdepth 1 -type d | wc -l"), "find . -mindepth 1 -maxdepth 1 -type d | wc -l");
    EXPECT_EQ(mended("how many folders, src itself too", "find src -type d | wc -l"), "find src -type d | wc -l");
}

TEST(MendWording, AllFilesAreNotOnlyTexts) {
    const std::string wrong = "find . -type f -name '*.txt' -size +100M -mtime -7";
    EXPECT_EQ(mended("list all files larger than 100MB modified in the last week", wrong), "find . -type f -size +100M -mtime -7");
    EXPECT_EQ(mended("list all files", "find . -type f -name '*.txt'"), "find . -type f ");
    for (const char* request : {"list all text files larger than 100MB", "all files ending in .txt larger than 100MB", "files larger than 100MB"}) {
        EXPECT_EQ(mended(request, wrong), wrong) << request;
    }
}

TEST(MendWording, SizesHaveOneUnit) {
    EXPECT_EQ(mended("logs between 1 and 20 kB", "find logs -size +1 -size -20k"), "find logs -size +1k -size -20k");
    EXPECT_EQ(mended("logs over 1 block", "find logs -size +1"), "find logs -size +1");
}

TEST(MendWording, TheFirstOccurrenceIsOne) {
    EXPECT_EQ(mended("replace only the first occurrence of a in each line by b", "sed 's/a/b/g' f"), "sed 's/a/b/' f");
    EXPECT_EQ(mended("replace a by b", "sed 's/a/b/g' f"), "sed 's/a/b/g' f");
    EXPECT_EQ(mended("replace only the first a", "sed 's/a/bg' f"), "sed 's/a/bg' f");
}

TEST(MendWording, RowsAreNotTheHeader) {
    EXPECT_EQ(mended("print id and price", "awk -F, 'NR==1 {print $1, $4}' f"), "awk -F, '{print $1, $4}' f");
    EXPECT_EQ(mended("print the header of f", "awk -F, 'NR==1 {print $1, $4}' f"), "awk -F, 'NR==1 {print $1, $4}' f");
    EXPECT_EQ(mended("id and price", "awk 'NR==1 {print $1} END {print NR}' f"), "awk 'NR==1 {print $1} END {print NR}' f");
}

TEST(MendWording, FoldersFilesAndPlaces) {
    EXPECT_EQ(mended("only the folders here", "ls -d ./*"), "ls -d */");
    EXPECT_EQ(mended("everything here", "ls -d *"), "ls -d *");
    EXPECT_EQ(mended("search for todo in all files", "grep -in todo *"), "grep -r -in todo .");
    EXPECT_EQ(mended("search for todo in all files, not in subfolders", "grep -in todo *"), "grep -in todo *");
    EXPECT_EQ(mended("pdfs", "locate '*.pdf'"), "find . -name '*.pdf'");
    EXPECT_EQ(mended("pdfs", "locate -i '*.pdf'"), "locate -i '*.pdf'");
    EXPECT_EQ(mended("size in bytes of all files in keys", "du -sb keys | cut -f1"), "find keys -type f -printf '%s\\n' | awk '{s+=$1} END {print s}'");
    EXPECT_EQ(mended("size of keys in bytes", "du -sb keys | cut -f1"), "du -sb keys | cut -f1");
}

TEST(MendWording, TheFileOfTheRequestIsRead) {
    Surroundings here{[](const std::string&) { return false; }, [](std::string_view) { return true; }};
    here.table = [](const std::string& path) { return path == "data/books.json" || path == "a.txt" ? table_of("x\n") : Table(); };
    const auto set_right = [&](std::string_view request, std::string_view command) { return mend(request, command, {"/home/u"}, here); };
    EXPECT_EQ(set_right("titles in data/books.json", "jq -r '.[].title' book.json"), "jq -r '.[].title' data/books.json");
    EXPECT_EQ(set_right("titles in data/books.json", "jq -r '.[].title' data/books.json"), "jq -r '.[].title' data/books.json");
    EXPECT_EQ(set_right("compare a.txt with the words of a new b.txt", "grep -xf b.txt c.txt"), "grep -xf b.txt a.txt");
    EXPECT_EQ(set_right("words of a.txt", "grep -x x a.txt"), "grep -x x a.txt");
    EXPECT_EQ(set_right("words of other.txt", "grep -x x c.txt"), "grep -x x c.txt");
}

TEST(MendWording, APlaceNobodySaidIsHere) {
    EXPECT_EQ(mended("all images over 1 MB", "find assets -type f -size +1M"), "find . -type f -size +1M");
    EXPECT_EQ(mended("all backup files", "find backup -type f"), "find . -type f");
    for (const char* request : {"all images in assets", "the assets folder's images", "images of 'assets'", "images in the folder assets"}) {
        EXPECT_EQ(mended(request, "find assets -type f"), "find assets -type f") << request;
    }
    EXPECT_EQ(mended("all images", "find docs -type f"), "find docs -type f") << "it is there";
    EXPECT_EQ(mended("all images", "find /srv -type f"), "find /srv -type f");
}

TEST(MendWording, LinesFromTheEnd) {
    EXPECT_EQ(mended("third line from the bottom of a.txt", "tail -n +3 a.txt"), "tail -n 3 a.txt | head -n 1");
    EXPECT_EQ(mended("the second to last line of a.txt", "tail -n 2 a.txt"), "tail -n 2 a.txt | head -n 1");
    EXPECT_EQ(mended("the 4th line from the end of a.txt", "sed -n '4p' a.txt"), "tail -n 4 a.txt | head -n 1");
    EXPECT_EQ(mended("the last line of a.txt", "tail -n 1 a.txt"), "tail -n 1 a.txt");
}

TEST(MendWording, TheColumnThatIsSaid) {
    EXPECT_EQ(mended("add up the third column of f", "awk '{s+=$4} END {print s}' f"), "awk '{s+=$3} END {print s}' f");
    EXPECT_EQ(mended("name (column 1) where column 2 is over 5", "awk '$3 > 5 {print $1}' f"), "awk '$2 > 5 {print $1}' f");
    EXPECT_EQ(mended("columns 2 and 4 of f", "awk '{print $2, $5}' f"), "awk '{print $2, $4}' f");
    EXPECT_EQ(mended("name where the second field is up", "awk '$2 == \"up\" {print $1}' f"), "awk '$2 == \"up\" {print $1}' f") << "$1 is more, nothing is missing";
    EXPECT_EQ(mended("the first and the third column", "awk '{print $1, $4}' f"), "awk '{print $1, $3}' f");
    EXPECT_EQ(mended("the last column", "awk '{print $4}' f"), "awk '{print $4}' f");
}

}  // namespace
}  // namespace caro::engine
