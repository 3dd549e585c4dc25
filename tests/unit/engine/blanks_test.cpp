#include "engine/blanks.hpp"

#include <gtest/gtest.h>

namespace caro::engine {
namespace {

std::string quoted(std::string_view request, std::string_view command) {
    return quote_blanks(request, command, [](const std::string& path) { return path == "my notes.txt" || path == "data/copy of a.txt" || path == "a b"; });
}

TEST(QuoteBlanks, NamesOfFilesThatAreThere) {
    EXPECT_EQ(quoted("words in my notes.txt", "wc -w my notes.txt"), "wc -w 'my notes.txt'");
    EXPECT_EQ(quoted("words in the file my notes.txt.", "wc -w < my_notes.txt"), "wc -w < 'my notes.txt'");
    EXPECT_EQ(quoted("is data/copy of a.txt empty?", "test -s data/copy of a.txt && echo no"), "test -s 'data/copy of a.txt' && echo no");
    for (const char* good : {"wc -w 'my notes.txt'", "wc -w \"my notes.txt\"", "wc -w my\\ notes.txt", "grep 'in my notes.txt here' a"}) {
        EXPECT_EQ(quoted("words in my notes.txt", good), good);
    }
    EXPECT_EQ(quoted("copy my notes.txt to my_notes.txt", "cp 'my notes.txt' my_notes.txt"), "cp 'my notes.txt' my_notes.txt");
    EXPECT_EQ(quoted("words in your notes.txt", "wc -w your notes.txt"), "wc -w your notes.txt") << "there is no such file";
}

TEST(QuoteBlanks, NamesThatTheRequestQuotes) {
    EXPECT_EQ(quoted("copy 'docs/user guide.pdf' to g.pdf", "cp docs/user guide.pdf g.pdf"), "cp 'docs/user guide.pdf' g.pdf");
    EXPECT_EQ(quoted("copy \"user guide.pdf\" to g.pdf", "cp user-guide.pdf g.pdf"), "cp 'user guide.pdf' g.pdf");
    EXPECT_EQ(quoted("replace 'one. Two' in f", "sed s/one. Two/x/ f"), "sed s/one. Two/x/ f");
    EXPECT_EQ(quoted("don't count the user's file", "wc -l f"), "wc -l f");
}

}  // namespace
}  // namespace caro::engine
