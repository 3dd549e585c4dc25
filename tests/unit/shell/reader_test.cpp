// The reader against a second, independent reading of the same text.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <set>

#include "shell/script.hpp"
#include "support/grammar.hpp"
#include "util/strings.hpp"

namespace caro::shell {
namespace {

std::set<std::string> names(const Script& script) {
    std::set<std::string> out;
    for (const auto& pipeline : script.pipelines) {
        for (const auto& stage : pipeline.stages) {
            if (!stage.words.empty() && stage.words.front().known() && !stage.words.front().text.empty()) {
                out.insert(stage.words.front().text);
            }
        }
    }
    return out;
}

// The commands of the safety corpus that are written plainly.
std::vector<std::string> plain_commands() {
    std::vector<std::string> out;
    for (const char* name : {"safe/read.txt", "edge/daily.txt", "dangerous/files.txt", "dangerous/system.txt"}) {
        std::ifstream file(std::string(CARO_SOURCE_DIR) + "/tests/safety/" + name);
        std::string line;
        while (std::getline(file, line)) {
            const auto first = line.find(" | ");
            const auto second = first == std::string::npos ? first : line.find(" | ", first + 3);
            if (second != std::string::npos && line[0] != '#') {
                out.emplace_back(trim(line.substr(second + 3)));
            }
        }
    }
    return out;
}

TEST(Reader, FindsEveryCommandThatTheGrammarFinds) {
    const Environment environment{"/home/u"};
    const auto commands = plain_commands();
    ASSERT_GT(commands.size(), 300U);
    int compared = 0;
    for (const auto& command : commands) {
        const Script theirs = parse_with_grammar(command, environment);
        const Script ours = parse(command, environment);
        if (!theirs.complete) {
            continue;
        }
        ++compared;
        EXPECT_TRUE(ours.complete) << command << ": " << ours.problem;
        const auto found = names(ours);
        // The grammar takes `time {` for a command, and [[ for [.
        for (const auto& name : names(theirs)) {
            if (name == "time" || name == "}" || name == "[") {
                continue;
            }
            EXPECT_TRUE(found.count(name) > 0) << "no " << name << " in: " << command;
        }
    }
    EXPECT_GT(compared, 280);
}

TEST(Reader, ReadsWhatTheGrammarTakesForAnError) {
    const Environment environment{"/home/u"};
    for (const char* command : {"{rm,-rf,/}", "5<>file cat", "cat <<A | sort\nx\nA\nls", "time { ls; pwd; }", "r\\\nm x", "ls >a b c"}) {
        EXPECT_TRUE(parse(command, environment).complete) << command;
    }
    EXPECT_EQ(names(parse("{rm,-rf,/}", environment)).count("rm"), 1U);
    EXPECT_EQ(names(parse("r\\\nm x", environment)).count("rm"), 1U);
    const Script redirected = parse("ls >a b c", environment);
    ASSERT_FALSE(redirected.pipelines.empty());
    EXPECT_EQ(redirected.pipelines[0].stages[0].words.size(), 3U);
}

}  // namespace
}  // namespace caro::shell
