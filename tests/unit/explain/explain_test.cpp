#include "explain/explain.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <fstream>

#include "util/utf8.hpp"

namespace caro::explain {
namespace {

std::string line(std::string_view command) { return one_line(command, {"/home/u"}); }

struct Pair {
    std::string command;
    std::string says;
};

// Lines of "command", then "  says", parted by empty lines.
std::vector<Pair> pairs() {
    std::ifstream file(std::string(CARO_SOURCE_DIR) + "/tests/unit/explain/lines.txt");
    std::vector<Pair> out;
    std::string text;
    while (std::getline(file, text)) {
        if (text.substr(0, 2) == "  " && !out.empty()) {
            out.back().says = text.substr(2);
        } else if (!text.empty() && text[0] != '#') {
            out.push_back({text, {}});
        }
    }
    return out;
}

TEST(Explain, SaysWhatCommandsDo) {
    const auto all = pairs();
    ASSERT_GE(all.size(), 100U);
    for (const auto& [command, says] : all) {
        EXPECT_EQ(line(command), says) << command;
    }
}

TEST(Explain, AnUnknownOptionMakesItGeneral) {
    EXPECT_EQ(line("sort --frobnicate a.txt"), "Runs sort");
    EXPECT_EQ(line("ls -Q9"), "Runs ls");
}

TEST(Explain, SaysNothingOfWhatItCannotRead) {
    EXPECT_EQ(line(""), "");
    EXPECT_EQ(line("echo 'open"), "");
    EXPECT_EQ(line("echo \xff\xfe"), "");
}

TEST(Explain, IsTotalAndShort) {
    const std::string parts[] = {"find", "-type", "f", "(", ")", "-o", "!", "|", "sed", "s/a/b/", "tar", "-f", "xargs", "sudo", "-u", "chmod", "+x",
                                 "timeout", "for", "do", "done", ";", "'x y'", "$X", "文", "-n", "-exec", "{}", "\\;", "awk", "{print $1}", ">", "a"};
    std::uint64_t state = 7;
    for (int i = 0; i < 20000; ++i) {
        std::string command;
        for (int n = 0; n < 8; ++n) {
            state = state * 6364136223846793005ULL + 1442695040888963407ULL;
            command += parts[(state >> 33) % std::size(parts)] + " ";
        }
        const std::string says = line(command);
        EXPECT_LE(display_width(says), 400U) << command;
        EXPECT_TRUE(is_valid_utf8(says)) << command;
    }
}

TEST(Explain, IsQuick) {
    line("ls");
    const auto begun = std::chrono::steady_clock::now();
    for (int i = 0; i < 1000; ++i) {
        line("find . -type f -size +100M -mtime -7 -printf '%s %p\\n' | sort -rn | head -n 10");
    }
    const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - begun;
    EXPECT_LT(took.count() / 1000, 2.0);
}

}  // namespace
}  // namespace caro::explain
