#include "util/unfinished.hpp"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <memory>

#include "support/temp_dir.hpp"

namespace caro {
namespace {

// Removing is for the end of a process, so it is tried in one of its own.
template <class F>
void in_a_child(F&& work) {
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
        work();
        ::_exit(0);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    ASSERT_EQ(status, 0);
}

TEST(UnfinishedFile, IsRemovedAtTheEndWhileItIsNoted) {
    const test::TempDir dir;
    const std::string finished = (dir.path() / "finished").string();
    const std::string unfinished = (dir.path() / "unfinished").string();
    in_a_child([&] {
        std::ofstream(finished) << "x";
        std::ofstream(unfinished) << "x";
        auto first = std::make_unique<UnfinishedFile>(finished);
        const UnfinishedFile second(unfinished);
        int fd = -1;
        const UnfinishedFile third((dir.path() / "made.XXXXXX").string(), fd);
        if (fd < 0 || !std::filesystem::exists(third.path())) {
            ::_exit(1);
        }
        first.reset();
        remove_unfinished_files();
        ::_exit(0);
    });
    EXPECT_TRUE(std::filesystem::exists(finished));
    EXPECT_EQ(std::distance(std::filesystem::directory_iterator(dir.path()), {}), 1);
}

TEST(UnfinishedFile, ThatCannotBeMadeIsToldByTheDescriptor) {
    int fd = 0;
    const UnfinishedFile none("/caro-no-such-folder/x.XXXXXX", fd);
    EXPECT_EQ(fd, -1);
}

}  // namespace
}  // namespace caro
