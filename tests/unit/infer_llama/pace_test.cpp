#include "infer/llama/pace.hpp"

#include <gtest/gtest.h>

namespace caro::infer::llama {
namespace {

TEST(Pace, SteadyTokensKeepTheirThreads) {
    Pace pace(4, 500);
    for (const double ms : {40.0, 38.0, 60.0, 41.0, 90.0, 39.0, 80.0, 45.0}) {
        EXPECT_EQ(pace.after_token(ms), 4);
    }
}

TEST(Pace, OneSlowTokenIsChance) {
    Pace pace(4, 500);
    pace.after_token(40);
    EXPECT_EQ(pace.after_token(200), 4);
    EXPECT_EQ(pace.after_token(40), 4);
    EXPECT_EQ(pace.after_token(200), 4);
}

TEST(Pace, TwoSlowTokensInARowHalveTheThreads) {
    Pace pace(4, 500);
    pace.after_token(40);
    pace.after_token(200);
    EXPECT_EQ(pace.after_token(200), 2);
}

TEST(Pace, AVerySlowTokenLeavesOneThread) {
    Pace pace(4, 500);
    pace.after_token(40);
    EXPECT_EQ(pace.after_token(300), 1);
    EXPECT_EQ(pace.after_token(40000), 1);
}

TEST(Pace, TokensThatAreFarTooSlowFromTheFirst) {
    Pace pace(4, 500);
    EXPECT_EQ(pace.after_token(4900), 1);
    Pace less(4, 500);
    EXPECT_EQ(less.after_token(2000), 4);
    EXPECT_EQ(less.after_token(2000), 2);
}

TEST(Pace, ASlowMachineIsLeftAlone) {
    Pace pace(4, 500);
    for (const double ms : {600.0, 700.0, 900.0, 1000.0}) {
        EXPECT_EQ(pace.after_token(ms), 4);
    }
}

TEST(Pace, WithFewerThreadsATokenMayTakeLonger) {
    Pace pace(4, 500);
    pace.after_token(40);
    pace.after_token(200);
    pace.after_token(200);
    EXPECT_EQ(pace.after_token(150), 2);
    EXPECT_EQ(pace.after_token(190), 2);
    EXPECT_EQ(pace.after_token(150), 2);
}

}  // namespace
}  // namespace caro::infer::llama
