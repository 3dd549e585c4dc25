// What every back end that answers by itself must do. A new row in the registry is tested here by itself.
#include <gtest/gtest.h>

#include "support/test_models.hpp"
#include "unit/infer/conformance.hpp"
#include "util/utf8.hpp"

namespace caro::infer {
namespace {

using namespace std::chrono_literals;

class InProcessConformance : public ConformanceBase {
  protected:
    void SetUp() override {
        const auto model = test::any_model();
        if (!model) {
            GTEST_SKIP() << "no model file is here; see tests/support/test_models.hpp";
        }
        BackendOptions options;
        options.model_path = *model;
        options.context_tokens = 512;
        m_generator = make(options);
    }

    std::unique_ptr<Generator> m_generator;
};

GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(InProcessConformance);
INSTANTIATE_TEST_SUITE_P(All, InProcessConformance, testing::ValuesIn(names(true)), name_of);

TEST_P(InProcessConformance, Answers) {
    std::string seen;
    const CancelToken cancel;
    const auto completion = m_generator->generate(
        question(),
        [&](std::string_view text) {
            EXPECT_TRUE(is_valid_utf8(text));
            seen += text;
            return true;
        },
        cancel);
    ASSERT_TRUE(completion) << completion.error().message;
    EXPECT_EQ(completion->text, seen);
    EXPECT_GT(completion->usage.prompt_tokens, 0U);
    EXPECT_GT(completion->usage.generated_tokens, 0U);
    EXPECT_EQ(m_generator->info().name, GetParam());
    EXPECT_GT(m_generator->info().measured_tokens_per_s, 0);
}

TEST_P(InProcessConformance, TheSinkMayHaveEnough) {
    const CancelToken cancel;
    const auto completion = m_generator->generate(question(), [](std::string_view) { return false; }, cancel);
    ASSERT_TRUE(completion) << completion.error().message;
    EXPECT_EQ(completion->stop, StopReason::sink);
}

TEST_P(InProcessConformance, CancelAndDeadline) {
    CancelToken cancel;
    cancel.cancel();
    const auto cancelled = m_generator->generate(question(), {}, cancel);
    ASSERT_FALSE(cancelled);
    EXPECT_EQ(cancelled.error().code, ErrorCode::cancelled);
    const CancelToken over(std::chrono::steady_clock::now() - 1ms);
    const auto late = m_generator->generate(question(), {}, over);
    ASSERT_FALSE(late);
    EXPECT_EQ(late.error().code, ErrorCode::timeout);
    const CancelToken fine;
    EXPECT_TRUE(m_generator->generate(question(), {}, fine)) << "it must go on after a cancelled run";
}

TEST_P(InProcessConformance, ShutsDown) {
    EXPECT_TRUE(m_generator->is_available(150ms, CancelToken()).ready);
    m_generator->shutdown();
    m_generator->shutdown();
    const CancelToken cancel;
    EXPECT_FALSE(m_generator->generate(question(), {}, cancel));
}

class InProcessWithoutModel : public ConformanceBase {};
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(InProcessWithoutModel);
INSTANTIATE_TEST_SUITE_P(All, InProcessWithoutModel, testing::ValuesIn(names(true)), name_of);

TEST_P(InProcessWithoutModel, SaysWhatIsMissing) {
    BackendOptions options;
    options.model_hint = "get a model";
    const Availability availability = make(options)->is_available(150ms, CancelToken());
    EXPECT_FALSE(availability.ready);
    EXPECT_NE(availability.why_not, "");
    EXPECT_NE(availability.how_to_fix, "");
}

}  // namespace
}  // namespace caro::infer
