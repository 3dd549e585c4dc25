#include "ui/answer.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace caro::ui {
namespace {

Answer sample() {
    Answer answer;
    answer.suggestion.command = "rm -rf 'a\tb'\n";
    answer.suggestion.explanation = "Deletes";
    answer.suggestion.report.risk = safety::Risk::high;
    answer.suggestion.report.findings.push_back({"delete.tree", safety::Risk::high, "why", 7, 12, "ls"});
    answer.suggestion.backend.name = "embedded";
    answer.suggestion.backend.model = "m";
    answer.suggestion.usage = {100, 90, 12};
    answer.suggestion.timings = {1.26, 2, 3};
    answer.shell = "bash";
    answer.startup_ms = 4;
    answer.total_ms = 10;
    answer.warnings = {"from the command line"};
    answer.suggestion.warnings = {"from the engine"};
    return answer;
}

TEST(AnswerJson, HasEveryFieldOfTheSchemaInItsOrder) {
    const auto json = nlohmann::ordered_json::parse(to_json(sample()));
    std::vector<std::string> keys;
    for (const auto& item : json.items()) {
        keys.push_back(item.key());
    }
    EXPECT_EQ(keys, (std::vector<std::string>{"command", "explanation", "risk", "findings", "alternatives", "backend", "model",
                                              "shell", "executed", "exit_code", "timings_ms", "tokens", "warnings"}));
    EXPECT_EQ(json["command"], "rm -rf 'a\tb'\n");
    EXPECT_EQ(json["findings"][0]["rule"], "delete.tree");
    EXPECT_EQ(json["findings"][0]["start"], 7);
    EXPECT_EQ(json["findings"][0]["end"], 12);
    EXPECT_EQ(json["findings"][0]["safer"], "ls");
    EXPECT_TRUE(json["exit_code"].is_null());
    EXPECT_EQ(json["executed"], false);
    EXPECT_DOUBLE_EQ(json["timings_ms"]["load"], 1.3);
    for (const char* name : {"startup", "load", "prompt", "generate", "total"}) {
        EXPECT_TRUE(json["timings_ms"].contains(name)) << name;
    }
    EXPECT_EQ(json["tokens"]["prompt"], 100);
    EXPECT_EQ(json["tokens"]["cached"], 90);
    EXPECT_EQ(json["tokens"]["generated"], 12);
    EXPECT_EQ(json["warnings"].size(), 2U);
}

TEST(AnswerJson, IsValidWhateverBytesAreInIt) {
    Answer answer = sample();
    answer.suggestion.command = "echo \xff\xfe \x1b[31m \"q\" \\";
    answer.exit_code = 3;
    answer.executed = true;
    const std::string text = to_json(answer);
    const auto json = nlohmann::json::parse(text);
    EXPECT_EQ(json["exit_code"], 3);
    EXPECT_EQ(text.back(), '\n');
    EXPECT_EQ(text.find('\x1b'), std::string::npos);
}

TEST(AnswerYaml, QuotesWhatYamlWouldReadOtherwise) {
    Answer answer = sample();
    answer.suggestion.command = "yes: no # - {a}";
    const std::string yaml = to_yaml(answer);
    EXPECT_NE(yaml.find("command: \"yes: no # - {a}\""), std::string::npos) << yaml;
    EXPECT_NE(yaml.find("risk: \"high\""), std::string::npos) << yaml;
}

}  // namespace
}  // namespace caro::ui
