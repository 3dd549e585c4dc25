#include "engine/table.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>

#include "support/temp_dir.hpp"

namespace caro::engine {
namespace {

TEST(Table, SeparatorAndHeader) {
    const auto told = [](std::string_view text) {
        const Table table = table_of(text);
        return std::string(1, table.separator == '\0' ? '-' : table.separator) + (table.header ? " header" : "");
    };
    EXPECT_EQ(told("date,units\n2024-01-02,5\n"), ", header");
    EXPECT_EQ(told("name\tpay\r\nann\t5\r\n"), "\t header");
    EXPECT_EQ(told("who;mark\nann;5\n"), "; header");
    EXPECT_EQ(told("ann,5\nben,6\n"), ",");
    EXPECT_EQ(told("a,b\nc,d\n"), ",") << "names everywhere";
    EXPECT_EQ(told("Dear all,\nhow are you\n"), "-");
    EXPECT_EQ(told("one word\n"), "-");
    EXPECT_EQ(told(""), "-");
    EXPECT_EQ(told(std::string_view("a,\0\n1,2\n", 8)), "-");
}

TEST(Table, OnlyRegularFilesAreRead) {
    const test::TempDir folder;
    std::ofstream(folder.path() / "a.csv") << "a;b\nx;1\n";
    EXPECT_EQ(table_at(folder.path() / "a.csv").separator, ';');
    EXPECT_EQ(table_at(folder.path() / "none.csv").separator, '\0');
    EXPECT_EQ(table_at(folder.path()).separator, '\0');
    ASSERT_EQ(mkfifo((folder.path() / "pipe").c_str(), 0600), 0);
    EXPECT_EQ(table_at(folder.path() / "pipe").separator, '\0') << "and it does not wait for a writer";
}

}  // namespace
}  // namespace caro::engine
