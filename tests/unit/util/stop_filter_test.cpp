#include "util/stop_filter.hpp"

#include <gtest/gtest.h>

namespace caro {
namespace {

// Feeds `text` in pieces of `size` bytes and returns all that came out.
std::string run(const std::string& text, std::size_t size, std::vector<std::string> stops) {
    StopFilter filter(std::move(stops));
    std::string out;
    for (std::size_t at = 0; at < text.size(); at += size) {
        const auto piece = filter.push(std::string_view(text).substr(at, size));
        out.append(piece);
    }
    out.append(filter.finish());
    return out;
}

TEST(StopFilter, CutsAtTheFirstStopTextHoweverThePiecesFall) {
    for (std::size_t size = 1; size < 12; ++size) {
        EXPECT_EQ(run("ls -la<|im_end|>more\n", size, {"\n", "<|im_end|>"}), "ls -la") << size;
        EXPECT_EQ(run("a<b<|c", size, {"<|im_end|>"}), "a<b<|c") << size;
    }
}

TEST(StopFilter, NeverHandsOutHalfACharacter) {
    StopFilter filter({"\n"});
    EXPECT_EQ(filter.push("gr\xC3"), "gr");
    EXPECT_EQ(filter.push("\xB6"), "\xC3\xB6");
    EXPECT_EQ(filter.push("\xF0\x9F\x98"), "");
    EXPECT_EQ(filter.push("\x80!"), "\xF0\x9F\x98\x80!");
}

TEST(StopFilter, IsSilentAfterTheStop) {
    StopFilter filter({"\n"});
    EXPECT_EQ(filter.push("ls\nrm"), "ls");
    EXPECT_TRUE(filter.stopped());
    EXPECT_EQ(filter.push("more"), "");
    EXPECT_EQ(filter.finish(), "");
}

}  // namespace
}  // namespace caro
