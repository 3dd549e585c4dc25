#include "infer/llama/step_cost.hpp"

#include <gtest/gtest.h>

namespace caro::infer::llama {
namespace {

TEST(StepCost, NothingIsKnownBeforeOneTokenWasTimed) {
    StepCost cost;
    EXPECT_EQ(cost.relative(2), 0);
    cost.note(4, 50);
    cost.note(20, 200);
    EXPECT_EQ(cost.relative(2), 0);
    cost.note(1, 40);
    EXPECT_GT(cost.relative(2), 0);
}

TEST(StepCost, TellsWhatWasMeasured) {
    StepCost cost;
    cost.note(1, 40);
    cost.note(3, 60);
    EXPECT_DOUBLE_EQ(cost.relative(1), 1.0);
    EXPECT_DOUBLE_EQ(cost.relative(2), 1.0);
    EXPECT_DOUBLE_EQ(cost.relative(3), 1.5);
    EXPECT_DOUBLE_EQ(cost.relative(5), 1.5) << "at least what fewer take";
}

TEST(StepCost, ALargeEvaluationSaysWhatComputingTakes) {
    StepCost cost;
    cost.note(40, 1200);
    cost.note(40, 400);
    cost.note(1, 40);
    EXPECT_DOUBLE_EQ(cost.relative(2), 1.0);
    EXPECT_DOUBLE_EQ(cost.relative(8), 2.0);
}

TEST(StepCost, OneOutlierChangesLittle) {
    StepCost cost;
    for (int i = 0; i < 5; ++i) {
        cost.note(1, 40);
        cost.note(2, 40);
    }
    cost.note(2, 4000);
    EXPECT_LT(cost.relative(2), 1.2);
    for (int i = 0; i < 40; ++i) {
        cost.note(2, 80);
    }
    EXPECT_GT(cost.relative(2), 1.9) << "a lasting change is learned";
    cost.forget();
    EXPECT_EQ(cost.relative(2), 0);
}

}  // namespace
}  // namespace caro::infer::llama
