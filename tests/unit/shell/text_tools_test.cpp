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

TEST(TextTools, SayNothingAboutWhatTheyCannotKnow) {
    for (const char* command : {"awk 'BEGIN{for(;;)i++}'", "awk 'BEGIN{print rand()}'", "echo a | sed ':a;s/$/a/;ba'", "jq -n 'now'", "jq -n '[range(1000000)]|length'",
                                "echo '9^9^9^9' | bc", "dc -e '[lax]dsax'", "printf 'define(a,`a a'\"'\"')a' | m4", "echo QlpoOTE= | base64 -d | bunzip2", "seq 1000000",
                                "awk '{print}' unread.txt", "jq . unread.json", "date | sed s/a/b/", "sqlite3 app.db 'select name from t'"}) {
        EXPECT_EQ(value_of(command), "(unknown)") << command;
    }
}

// Few bytes that become very many: nothing is made of them.
TEST(TextTools, DoNotInflateBombs) {
    const std::string zeros =  // 300,000 of them, as gzip -9 writes them
        "H4sIAAAAAAACA+3BAQ0AAADCoPdPbQ8HFAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
        "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
        "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
        "/Bj74rL24JMEAA==";
    EXPECT_EQ(value_of("echo " + zeros + " | base64 -d | gunzip"), "(unknown)");
}

// The commands that are run, one a line.
std::string commands_of(const std::string& code) {
    Environment environment;
    environment.home = "/home/me";
    std::string made;
    for (const auto& line : parse(code, environment).pipelines) {
        for (const auto& stage : line.stages) {
            std::string words;
            for (const auto& word : stage.words) {
                words += (words.empty() ? "" : " ") + word.text;
            }
            made += stage.only_flow || words.empty() ? "" : words + "\n";
        }
    }
    return made;
}

TEST(Spellings, OfCommandNames) {
    EXPECT_EQ(commands_of("w$9ip --a${7}ll --fo`:`rce"), ":\nwip --all --force\n");
    EXPECT_EQ(commands_of("r${!}m -r\"$*\"f"), "rm -rf\n");
    EXPECT_EQ(commands_of("alias a='env '; alias b='ls -l'; a b x"), "alias a=env \nalias b=ls -l\nenv ls -l x\n");
    EXPECT_EQ(commands_of("a=(l s); ${(j::)a} -l"), "ls -l\n");
    EXPECT_EQ(commands_of("x=LS; ${(L)x}"), "ls\n");
    EXPECT_EQ(commands_of("x=l:s; ${(j::)${(s.:.)x}}"), "ls\n");
    EXPECT_EQ(commands_of("b=ls; a=b; ${(P)a}"), "ls\n");
    EXPECT_EQ(commands_of("split -l1 --filter='cat' <<< x"), "cat\nsplit -l1 --filter=cat\n");
    EXPECT_NE(commands_of("eval eval '\\\"\\$\\(printf\\ ls\\)\\\"' -l").find("ls -l"), std::string::npos);
    EXPECT_NE(commands_of("print -l /(e:\"ls -l\":)").find("ls -l"), std::string::npos);
}

}  // namespace
}  // namespace caro::shell
