#include "engine/unasked.hpp"

#include <gtest/gtest.h>

#include "safety/analyzer.hpp"

namespace caro::engine {
namespace {

std::string unasked(std::string_view request, std::string_view command) { return unasked_change(request, safety::analyze(command, {})); }

TEST(Unasked, NobodyAskedToDelete) {
    EXPECT_NE(unasked("everything in docs with its subfolders", "find docs -type d -exec rm -rf {} +"), "");
    EXPECT_NE(unasked("find all files in src that do not end in .py", "find src -type f -not -name '*.py' -delete"), "");
    for (const char* request : {"delete the files in src", "get rid of src", "lösche alles in src", "supprime src", "删除 src", "clean src up", "Remove src", "tidy up src", "räum src auf"}) {
        EXPECT_EQ(unasked(request, "rm -r src"), "") << request;
    }
}

TEST(Unasked, AQuestionChangesNothing) {
    EXPECT_NE(unasked("octal permissions", "rm a"), "");
    EXPECT_NE(unasked("show the modes of the files in keys", "chmod 600 keys/*"), "");
    EXPECT_NE(unasked("which files lie in keys?", "mv keys/* ."), "");
    EXPECT_EQ(unasked("show the modes of the files in keys", "stat -c %a keys/*"), "");
    EXPECT_EQ(unasked("make the files in keys private", "chmod 600 keys/*"), "");
    EXPECT_EQ(unasked("find all logs and save their names to list.txt", "find . -name '*.log' > list.txt"), "");
    EXPECT_EQ(unasked("", "chmod 600 keys/*"), "");
}

}  // namespace
}  // namespace caro::engine
