#include "ui/progress.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "util/utf8.hpp"

namespace caro::ui {
namespace {

constexpr std::uint64_t k_total = 1117320768;

TEST(Rate, IsThatOfTheLastSeconds) {
    Rate rate;
    EXPECT_EQ(rate.bytes_per_second(), 0);
    rate.add(0, 500'000'000);  // what an earlier run had fetched is no rate
    EXPECT_EQ(rate.bytes_per_second(), 0);
    rate.add(1, 510'000'000);
    EXPECT_DOUBLE_EQ(rate.bytes_per_second(), 10'000'000);
    for (int i = 2; i <= 20; ++i) {
        rate.add(i, 510'000'000 + static_cast<std::uint64_t>(i) * 1'000'000);
    }
    EXPECT_NEAR(rate.bytes_per_second(), 1'000'000, 1);
    rate.add(21, 0);  // begun anew
    EXPECT_EQ(rate.bytes_per_second(), 0);
}

TEST(Duration, IsShort) {
    EXPECT_EQ(duration_text(0), "");
    EXPECT_EQ(duration_text(25.2), "26 s");
    EXPECT_EQ(duration_text(245), "4:05 min");
    EXPECT_EQ(duration_text(7800), "2:10 h");
    EXPECT_EQ(duration_text(1e7), "");
}

TEST(ProgressLine, TellsAllWhereThereIsRoom) {
    EXPECT_EQ(progress_line("qwen", k_total / 2, k_total, 21e6, 100),
              "qwen  ███████████████░░░░░░░░░░░░░░░  50%  559 MB of 1.1 GB  21 MB/s  27 s left");
    EXPECT_EQ(progress_line("qwen", 12'000'000, 0, 0, 80), "qwen  12 MB");
}

TEST(ProgressLine, NeverIsWiderThanTheTerminal) {
    for (std::size_t width = 20; width <= 120; ++width) {
        for (const std::uint64_t done : {std::uint64_t{0}, k_total / 3, k_total}) {
            const std::string line = progress_line("a-model-with-a-long-name/and-a-file", done, k_total, 3e6, width);
            EXPECT_LT(display_width(line), width) << line;
            EXPECT_NE(line.find('%'), std::string::npos) << line;
        }
    }
}

TEST(ProgressLog, IsOnePlainLine) {
    EXPECT_EQ(progress_log("qwen", k_total / 10 * 3, k_total, 21e6), "qwen: 29% (335 MB of 1.1 GB, 21 MB/s, 38 s left)");
    EXPECT_EQ(progress_log("qwen", k_total, k_total, 0), "qwen: 100% (1.1 GB of 1.1 GB)");
    EXPECT_EQ(progress_log("qwen", 5000, 0, 0), "qwen: 5.0 kB");
}

std::string printed(Progress::Form form) {
    testing::internal::CaptureStderr();
    {
        Progress progress(form, false, 80, "m");
        for (std::uint64_t done = 0; done <= 1000; ++done) {
            progress.update(done, 1000);
        }
    }
    return testing::internal::GetCapturedStderr();
}

TEST(Progress, PrintsALineForEachTenth) {
    const std::string text = printed(Progress::Form::lines);
    EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 11) << text;
    EXPECT_EQ(text.find('\x1b'), std::string::npos);
}

TEST(Progress, TheBarIsTakenAwayAgain) {
    const std::string text = printed(Progress::Form::bar);
    EXPECT_EQ(text.find('\n'), std::string::npos);
    EXPECT_NE(text.find("100%"), std::string::npos);
    EXPECT_EQ(text.substr(text.size() - 4), "\r\x1b[K");
    EXPECT_LT(text.size(), 2000U);  // not drawn a thousand times
    EXPECT_EQ(printed(Progress::Form::none), "");
}

}  // namespace
}  // namespace caro::ui
