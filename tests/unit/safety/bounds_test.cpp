// The judge's work is bounded: no text makes it take exponential or quadratic time.
#include <gtest/gtest.h>

#include <ctime>
#include <string>

#include "safety/analyzer.hpp"

namespace caro::safety {
namespace {

std::string repeated(const std::string& text, int times) {
    std::string made;
    for (int i = 0; i < times; ++i) {
        made += text;
    }
    return made;
}

// A text that takes its time is compared with one of half its length, so that a slow machine doesn't matter: linear work
// is twice as much, quadratic four times, exponential never ends.
// Processor time, so that other programs don't matter either.
double seconds(const std::string& text, Scene::Dialect dialect = Scene::Dialect::bash) {
    Scene scene;
    scene.dialect = dialect;
    scene.home = "/home/me";
    scene.cwd = "/home/me/work";
    const std::clock_t start = std::clock();
    analyze(text, scene);
    return static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
}

class Bounds : public testing::TestWithParam<std::string> {};

TEST_P(Bounds, WorkGrowsWithTheLength) {
    constexpr int k_times = 1000;
    const double half = seconds(repeated(GetParam(), k_times / 2));
    const double whole = seconds(repeated(GetParam(), k_times));
    EXPECT_LT(whole, 3.5 * half + 0.3);
}

INSTANTIATE_TEST_SUITE_P(Texts, Bounds,
                         testing::Values("(", "$(", "eval ", "f() { f; f; }\n", "for a in 1 2 3; do ", "x=$(echo $(echo a))\n",
                                         "[[ aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa =~ (a|aa)+$ ]]\n",
                                         "[[ aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa =~ (a+)+(b+)+$ ]]\n",
                                         "[[ aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa =~ a*a*a*a*b ]]\n",
                                         "parallel echo ::: a b c d ::: 1 2 3 4\n", "alias a='b b'\n", "bash -c 'x=1; echo $x'\n",
                                         "case x in a) ls;; esac\n", "x --exec='y -e \"system('", "x --run sh --on-exit=\"", "make CC='x -e ",
                                         "a -e '|b -e \"!c --cmd=\\\"", "echo {a,b}{c,d}{e,f}\n",
                                         "x=$(awk 'BEGIN{for(;;)i++}')\n", "x=$(echo a | sed ':a;s/$/a/;ba')\n", "x=$(jq -n '[range(5000)]|map(.*2)|length')\n",
                                         "x=$(echo '9^9^9^9' | bc)\n", "x=$(dc -e '9[d*lax]dsax')\n", "x=$(echo aaaaaaaaaaaaaaaaaaaa | sed -E 's/(a|aa)+(b|c)*d//')\n",
                                         "awk 'BEGIN{for(;;)i++}'\n", "sh -c \"awk 'BEGIN{for(;;)i++}'\"\n", "eval eval '\\' "));

// What is substituted is looked up by its place, files by their names: there are as many as there are words. With as many commands as
// are read at all, so that quadratic work is told from linear (seconds against hundredths).
TEST(Bounds, ManyProcessSubstitutionsAreLinear) {
    constexpr int k_times = 5000;
    const auto grows = [](const std::string& text, Scene::Dialect dialect) {
        const double half = seconds("cat " + repeated(text, k_times / 2), dialect);
        return seconds("cat " + repeated(text, k_times), dialect) - 3.0 * half;
    };
    EXPECT_LT(grows("<(a) ", Scene::Dialect::bash), 0.1);
    EXPECT_LT(grows("<(echo a) ", Scene::Dialect::bash), 0.1);
    EXPECT_LT(grows("(a | psub) ", Scene::Dialect::fish), 0.1);
}

class FishBounds : public testing::TestWithParam<std::string> {};

TEST_P(FishBounds, WorkGrowsWithTheLength) {
    constexpr int k_times = 4000;
    const double half = seconds(repeated(GetParam(), k_times / 2), Scene::Dialect::fish);
    const double whole = seconds(repeated(GetParam(), k_times), Scene::Dialect::fish);
    EXPECT_LT(whole, 3.5 * half + 0.3);
}

INSTANTIATE_TEST_SUITE_P(Texts, FishBounds,
                         testing::Values("(", "begin; ", "if a; ", "$x[", "\"$(", "case a ", "not ", "set -x a b | ", "switch a case b", "and ",
                                         "function f; end; ", "else if ", "for x in a; end; ", "\\x4", "'"));

}  // namespace
}  // namespace caro::safety
