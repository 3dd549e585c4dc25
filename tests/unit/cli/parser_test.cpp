#include "cli/parser.hpp"

#include "config/settings.hpp"

#include <gtest/gtest.h>

#include <set>

namespace caro::cli {
namespace {

using Arguments = std::vector<std::string>;

TEST(ParseLine, SplitsOptionsAndWords) {
    const ParsedLine line = parse_line({"list", "-s", "zsh", "all", "--json", "files", "-x"});
    ASSERT_FALSE(line.problem);
    EXPECT_EQ(line.words, (Arguments{"list", "all", "files"}));
    EXPECT_EQ(line.value("shell"), "zsh");
    EXPECT_TRUE(line.has("execute"));
    EXPECT_FALSE(line.has("yes"));
    EXPECT_FALSE(line.mark);
}

TEST(ParseLine, KeepsTheOrderOfOptionsOfOneSetting) {
    const auto last_output = [](const Arguments& arguments) {
        std::string value;
        for (const auto& use : parse_line(arguments).options) {
            if (use.row->setting == "output") {
                value = use.value;
            }
        }
        return value;
    };
    EXPECT_EQ(last_output({"--json", "-o", "plain"}), "plain");
    EXPECT_EQ(last_output({"-o", "plain", "--json"}), "json");
    EXPECT_EQ(last_output({"-o", "yaml", "--json", "-o", "plain", "-o", "yaml"}), "yaml");
}

TEST(ParseLine, UnderstandsEverySpelling) {
    for (const Arguments& arguments : {Arguments{"-s", "zsh"},
                                       {"-szsh"},
                                       {"--shell", "zsh"},
                                       {"--shell=zsh"},
                                       {"-xs", "zsh"},
                                       {"-xszsh"}}) {
        const ParsedLine line = parse_line(arguments);
        ASSERT_FALSE(line.problem) << arguments[0];
        EXPECT_EQ(line.value("shell"), "zsh") << arguments[0];
        EXPECT_TRUE(line.words.empty()) << arguments[0];
    }
}

TEST(ParseLine, RemembersWhereTheMarkStood) {
    EXPECT_EQ(parse_line({"--", "a", "-x"}).mark, 0U);
    EXPECT_EQ(parse_line({"-x", "a", "--", "-b"}).mark, 1U);
    EXPECT_EQ(parse_line({"a", "--", "-b", "--"}).words, (Arguments{"a", "-b", "--"}));
    EXPECT_FALSE(parse_line({"a", "--", "-x"}).has("execute"));
}

TEST(ParseLine, LeavesWordsAlone) {
    const Arguments words = {"[a,b]", "{}", "%%", "-", "-5", "", "a=b", "ünï", "/x", "[", "\"q\""};
    const ParsedLine line = parse_line(words);
    ASSERT_FALSE(line.problem) << line.problem->message;
    EXPECT_EQ(line.words, words);
}

TEST(ParseLine, AnOptionMayHaveAnEmptyValue) {
    const ParsedLine line = parse_line({"-m", "", "list"});
    ASSERT_FALSE(line.problem);
    EXPECT_EQ(line.value("model"), "");
    EXPECT_EQ(line.words, (Arguments{"list"}));
}

struct Mistake {
    Arguments arguments;
    const char* message;
    const char* hint;
};

TEST(ParseLine, NamesMistakes) {
    const Mistake mistakes[] = {
        {{"--shel", "x"}, "there is no option --shel", "Did you mean --shell?"},
        {{"--otput=json"}, "there is no option --otput", "Did you mean --output?"},
        {{"ls", "-la"},
         "there is no option -la",
         "If -la is part of the request, quote the request or put -- before it"},
        {{"-xz"},
         "there is no option -z",
         "If -z is part of the request, quote the request or put -- before it"},
        {{"--wondrous"},
         "there is no option --wondrous",
         "If --wondrous is part of the request, quote the request or put -- before it"},
        {{"--safety"}, "--safety needs a value: strict, moderate, permissive", ""},
        {{"a", "-o"}, "--output needs a value: plain, json, yaml", ""},
        {{"-xo"}, "--output needs a value: plain, json, yaml", ""},
        {{"-m"}, "--model needs a value: MODEL", ""},
        {{"--model=", "list"}, "--model needs a value: MODEL", ""},
        {{"list", "--output="}, "--output needs a value: plain, json, yaml", ""},
        {{"--quiet=1"}, "--quiet takes no value", ""},
        {{"--quiet=false"}, "--quiet takes no value", ""},
    };
    for (const auto& mistake : mistakes) {
        const ParsedLine line = parse_line(mistake.arguments);
        ASSERT_TRUE(line.problem) << mistake.message;
        EXPECT_EQ(line.problem->code, ErrorCode::usage);
        EXPECT_EQ(line.problem->message, mistake.message);
        EXPECT_EQ(line.problem->hint, mistake.hint);
    }
}

TEST(ParseLine, AnEmptyValueBehindTheMarkIsAWord) {
    const ParsedLine line = parse_line({"--", "--model=", "x"});
    EXPECT_FALSE(line.problem);
    EXPECT_EQ(line.words.size(), 2U);
}

TEST(ParseLine, KeepsWhatCameBesidesAMistake) {
    const ParsedLine line = parse_line({"-o", "json", "list", "--nonsense"});
    ASSERT_TRUE(line.problem);
    EXPECT_EQ(line.value("output"), "json");
}

TEST(OptionTable, HasNoDoublesAndFitsTheSettings) {
    std::set<std::string> names;
    for (const auto& row : options()) {
        EXPECT_TRUE(names.insert("--" + std::string(row.name)).second) << row.name;
        if (row.short_name != '\0') {
            EXPECT_TRUE(names.insert(std::string("-") + row.short_name).second) << row.name;
        }
        EXPECT_FALSE(row.help.empty()) << row.name;
        EXPECT_NE(row.help.back(), '.') << row.name;
        if (!row.setting.empty()) {
            EXPECT_LT(config::find_row(row.setting), config::k_settings.size()) << row.name;
        }
        EXPECT_EQ(row.implied.empty(), row.setting.empty() || !row.argument.empty()) << row.name;
    }
}

}  // namespace
}  // namespace caro::cli
