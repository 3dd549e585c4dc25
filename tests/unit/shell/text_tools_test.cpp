// What text tools print is worked out exactly: text_tools.txt has commands and what the real tools print for them
// (tests/unit/shell/text_tools.py asks them).
#include <gtest/gtest.h>

#include <fstream>
#include <string>

#include "shell/script.hpp"
#include "util/strings.hpp"

namespace caro::shell {
namespace {

std::string value_of(const std::string& command) {
    Environment environment;
    environment.home = "/home/me";
    Script script = parse("caro_output=$(\n" + command + "\n)", environment);
    const Word& word = script.variables["caro_output"];
    return word.known() ? word.text : "(unknown)";
}

TEST(TextTools, PrintWhatTheRealOnesDo) {
    std::ifstream file(CARO_SOURCE_DIR "/tests/unit/shell/text_tools.txt");
    std::string line;
    int count = 0;
    while (std::getline(file, line)) {
        const auto arrow = line.rfind(" => ");
        ASSERT_NE(arrow, std::string::npos) << line;
        std::string wanted = replace_all(line.substr(arrow + 4), "\\\\", "\x01");
        wanted = replace_all(replace_all(replace_all(wanted, "\\n", "\n"), "\\t", "\t"), "\x01", "\\");
        EXPECT_EQ(value_of(line.substr(0, arrow)), wanted) << line.substr(0, arrow);
        ++count;
    }
    EXPECT_GT(count, 200);
}

}  // namespace
}  // namespace caro::shell
