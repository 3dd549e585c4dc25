#include "cli/input.hpp"

#include <gtest/gtest.h>

#include <cstdio>
#include <fcntl.h>
#include <thread>
#include <unistd.h>

namespace caro::cli {
namespace {

using std::chrono::milliseconds;

constexpr InputLimits k_short{100, milliseconds(150), milliseconds(150)};

struct Pipe {
    int read = -1;
    int write = -1;
    Pipe() {
        int ends[2];
        if (::pipe(ends) == 0) {
            read = ends[0];
            write = ends[1];
        }
    }
    ~Pipe() {
        ::close(read);
        finish();
    }
    void say(std::string_view text) const {
        EXPECT_EQ(::write(write, text.data(), text.size()), static_cast<ssize_t>(text.size()));
    }
    void finish() {
        if (write >= 0) {
            ::close(write);
        }
        write = -1;
    }
};

TEST(ReadInput, TakesAllOfAPipe) {
    Pipe pipe;
    pipe.say("hello");
    pipe.finish();
    const auto input = read_input(pipe.read, k_short, CancelToken(), {});
    ASSERT_TRUE(input);
    EXPECT_EQ(input->bytes, "hello");
    EXPECT_FALSE(input->cut);
    EXPECT_FALSE(input->timed_out);
}

TEST(ReadInput, StopsAtTheLimitThoughTheWriterGoesOn) {
    Pipe pipe;
    pipe.say(std::string(500, 'a'));
    const auto input = read_input(pipe.read, k_short, CancelToken(), {});
    ASSERT_TRUE(input);
    EXPECT_EQ(input->bytes, std::string(100, 'a'));
    EXPECT_TRUE(input->cut);
}

TEST(ReadInput, ExactlyTheLimitIsNotCut) {
    Pipe pipe;
    pipe.say(std::string(100, 'a'));
    pipe.finish();
    const auto input = read_input(pipe.read, k_short, CancelToken(), {});
    ASSERT_TRUE(input);
    EXPECT_EQ(input->bytes.size(), 100U);
    EXPECT_FALSE(input->cut);
}

TEST(ReadInput, GivesUpOnASilentPipe) {
    const Pipe pipe;
    const auto input = read_input(pipe.read, k_short, CancelToken(), {});
    ASSERT_TRUE(input);
    EXPECT_EQ(input->bytes, "");
    EXPECT_TRUE(input->timed_out);
}

TEST(ReadInput, WaitsForASlowWriter) {
    Pipe pipe;
    std::thread writer([&] {
        std::this_thread::sleep_for(milliseconds(250));
        pipe.say("late");
        pipe.finish();
    });
    const auto input =
        read_input(pipe.read, {100, milliseconds(5000), milliseconds(5000)}, CancelToken(), {});
    writer.join();
    ASSERT_TRUE(input);
    EXPECT_EQ(input->bytes, "late");
}

TEST(ReadInput, KeepsWhatCameBeforeAHalt) {
    const Pipe pipe;
    pipe.say("half");
    const auto input = read_input(pipe.read, k_short, CancelToken(), {});
    ASSERT_TRUE(input);
    EXPECT_EQ(input->bytes, "half");
    EXPECT_TRUE(input->timed_out);
}

TEST(ReadInput, TellsOnceThatItWaits) {
    const Pipe pipe;
    int told = 0;
    const auto input = read_input(pipe.read, {100, milliseconds(1300), milliseconds(100)},
                                  CancelToken(), [&] { ++told; });
    ASSERT_TRUE(input);
    EXPECT_EQ(told, 1);
}

TEST(ReadInput, StopsWhenCancelled) {
    const Pipe pipe;
    CancelToken token;
    std::thread other([&] {
        std::this_thread::sleep_for(milliseconds(100));
        token.cancel();
    });
    const auto input = read_all_input(pipe.read, 100, token);
    other.join();
    ASSERT_FALSE(input);
    EXPECT_EQ(input.error().code, ErrorCode::cancelled);
}

TEST(ReadInput, ReadsAFileWithoutMovingItsPosition) {
    std::FILE* file = std::tmpfile();
    ASSERT_NE(file, nullptr);
    std::fputs("some text", file);
    std::rewind(file);
    std::fflush(file);
    const auto input = read_input(::fileno(file), k_short, CancelToken(), {});
    ASSERT_TRUE(input);
    EXPECT_EQ(input->bytes, "some text");
    EXPECT_EQ(::lseek(::fileno(file), 0, SEEK_CUR), 0);
    std::fclose(file);
}

TEST(ReadInput, LeavesAFileAloneThatOthersHaveBegunToRead) {
    std::FILE* file = std::tmpfile();
    ASSERT_NE(file, nullptr);
    std::fputs("first\nsecond\n", file);
    std::fflush(file);
    ::lseek(::fileno(file), 6, SEEK_SET);
    const auto input = read_input(::fileno(file), k_short, CancelToken(), {});
    ASSERT_TRUE(input);
    EXPECT_EQ(input->bytes, "");
    EXPECT_EQ(::lseek(::fileno(file), 0, SEEK_CUR), 6);
    std::fclose(file);
}

TEST(ReadInput, TakesNothingFromNowhere) {
    const CancelToken token;
    EXPECT_EQ(read_input(-1, k_short, token, {})->bytes, "");
    const int folder = ::open("/", O_RDONLY);
    EXPECT_EQ(read_input(folder, k_short, token, {})->bytes, "");
    ::close(folder);
    const int null = ::open("/dev/null", O_RDONLY);
    EXPECT_EQ(read_input(null, k_short, token, {})->bytes, "");
    ::close(null);
}

}  // namespace
}  // namespace caro::cli
