#include "engine/repetition.hpp"

#include <gtest/gtest.h>

#include <string>

namespace caro::engine {
namespace {

std::string times(const std::string& piece, int count) {
    std::string text;
    for (int i = 0; i < count; ++i) {
        text += piece;
    }
    return text;
}

TEST(Repetition, ALoopIsFound) {
    EXPECT_TRUE(repeats_itself("grep -rl x " + times("--exclude='*.pyd' --exclude='*.pyo' ", 3)));
    EXPECT_TRUE(repeats_itself("grep -rl x " + times("--exclude='*.pyd' --exclude='*.pyo' ", 4) + "--exclude='*.p"));
    EXPECT_TRUE(repeats_itself("find . " + times("-o -x ", 16)));
    EXPECT_TRUE(repeats_itself(times("| sort -n | uniq -c ", 100)));
    EXPECT_TRUE(repeats_itself("x" + times(std::string(150, 'a') + std::string(40, 'b'), 3)));
}

TEST(Repetition, CommandsAsPeopleMeanThemAreNone) {
    EXPECT_FALSE(repeats_itself(""));
    EXPECT_FALSE(repeats_itself("ls"));
    EXPECT_FALSE(repeats_itself("echo '" + std::string(200, '-') + "'"));
    EXPECT_FALSE(repeats_itself("echo '" + std::string(200, '-')));
    EXPECT_FALSE(repeats_itself("printf '%s\\n' " + times("=-", 60)));
    EXPECT_FALSE(repeats_itself("cd " + times("../", 20)));
    EXPECT_FALSE(repeats_itself("tar czf b.tgz --exclude='*.pyc' --exclude='*.pyo' --exclude='*.pyd' --exclude='*.pyi'"));
    EXPECT_FALSE(repeats_itself("printf '%s\\t%s\\t%s\\t%s\\t%s\\t%s\\t%s\\n'"));
    EXPECT_FALSE(repeats_itself("for i in 1 2 3; do echo a; done; for i in 1 2 3; do echo a; done"));
}

TEST(Repetition, LongTextIsNoTrouble) {
    EXPECT_FALSE(repeats_itself(std::string(1'000'000, 'a')));
    EXPECT_TRUE(repeats_itself(times("abcdefgh", 100'000)));
}

}  // namespace
}  // namespace caro::engine
