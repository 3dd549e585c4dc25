#include "cli/input.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <cstdio>
#include <fcntl.h>
#include <thread>
#include <unistd.h>

namespace caro::cli {
namespace {

using std::chrono::milliseconds;

constexpr InputLimits k_short{100, milliseconds(150), milliseconds(150), 0, 0, milliseconds(0)};

InputLimits limits(milliseconds first_byte, milliseconds between) {
    InputLimits limits;
    limits.bytes = 100;
    limits.first_byte = first_byte;
    limits.between = between;
    return limits;
}

// Ten bytes of the beginning and ten of the end.
InputLimits both_ends() {
    InputLimits both = limits(milliseconds(1000), milliseconds(1000));
    both.bytes = both.tail = 10;
    both.most = 1'000'000;
    both.rest = milliseconds(5000);
    return both;
}

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

TEST(ReadInput, KeepsBothEndsOfALongPipe) {
    Pipe pipe;
    pipe.say("0123456789 and more 0123456789 and more, the end");
    pipe.finish();
    const auto input = read_input(pipe.read, both_ends(), CancelToken(), {});
    ASSERT_TRUE(input);
    EXPECT_EQ(input->bytes, "0123456789");
    EXPECT_EQ(input->tail, "e, the end");
    EXPECT_TRUE(input->cut);
    EXPECT_FALSE(input->endless);
}

TEST(ReadInput, TwoEndsThatAreAllAreNotCut) {
    for (const std::size_t size : {10, 11, 20}) {
        Pipe pipe;
        const std::string text = std::string("abcdefghijklmnopqrst").substr(0, size);
        pipe.say(text);
        pipe.finish();
        const auto input = read_input(pipe.read, both_ends(), CancelToken(), {});
        ASSERT_TRUE(input);
        EXPECT_EQ(input->bytes, text);
        EXPECT_EQ(input->tail, "");
        EXPECT_FALSE(input->cut);
    }
}

TEST(ReadInput, AnEndlessPipeIsLeftAfterTheLimit) {
    for (const bool by_time : {false, true}) {
        const Pipe pipe;
        std::atomic<bool> stop{false};
        std::thread writer([&] {
            const std::string text(4096, 'y');
            while (!stop.load() && ::write(pipe.write, text.data(), text.size()) > 0) {
                std::this_thread::sleep_for(milliseconds(by_time ? 5 : 0));
            }
        });
        InputLimits limits = both_ends();
        limits.most = by_time ? limits.most * 1'000'000 : limits.most;
        limits.rest = milliseconds(by_time ? 200 : 60'000);
        const auto input = read_input(pipe.read, limits, CancelToken(), {});
        stop = true;
        char rest[65536];
        ::fcntl(pipe.read, F_SETFL, O_NONBLOCK);
        while (::read(pipe.read, rest, sizeof rest) > 0) {
        }
        writer.join();
        ASSERT_TRUE(input);
        EXPECT_TRUE(input->endless);
        EXPECT_EQ(input->tail, std::string(10, 'y'));
    }
}

TEST(ReadInput, KeepsBothEndsOfALongFile) {
    std::FILE* file = std::tmpfile();
    ASSERT_NE(file, nullptr);
    for (const char* text : {"0123456789abcdefghij", "0123456789abcdefghijk"}) {
        std::rewind(file);
        std::fputs(text, file);
        std::fflush(file);
        ::lseek(::fileno(file), 0, SEEK_SET);
        const auto input = read_input(::fileno(file), both_ends(), CancelToken(), {});
        ASSERT_TRUE(input);
        EXPECT_EQ(input->bytes, "0123456789");
        EXPECT_EQ(input->tail, std::string(text).substr(std::string(text).size() - 10));
        EXPECT_TRUE(input->cut);
    }
    std::fclose(file);
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
        read_input(pipe.read, limits(milliseconds(5000), milliseconds(5000)), CancelToken(), {});
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
    const auto input = read_input(pipe.read, limits(milliseconds(1300), milliseconds(100)),
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
