// What words stand for: arithmetic, printed text, history.
#include <gtest/gtest.h>

#include <map>
#include <string>

#include "shell/arithmetic.hpp"
#include "shell/filters.hpp"
#include "shell/history.hpp"
#include "shell/script.hpp"

namespace caro::shell {
namespace {

std::optional<long> number(std::string_view text, std::map<std::string, std::string> variables = {}) {
    ArithmeticNames names;
    names.value = [&](const std::string& name) -> std::optional<std::string> {
        const auto it = variables.find(name);
        return it == variables.end() ? std::optional<std::string>("") : it->second == "?" ? std::nullopt : std::optional(it->second);
    };
    names.set = [&](const std::string& name, long value) { variables[name] = std::to_string(value); };
    return evaluate(text, names);
}

TEST(Arithmetic, FollowsPrecedenceAndBases) {
    EXPECT_EQ(number("1 + 2 * 3"), 7);
    EXPECT_EQ(number("(1 + 2) * 3 ** 2"), 27);
    EXPECT_EQ(number("0x6d + 010 + 16#ff"), 109 + 8 + 255);
    EXPECT_EQ(number("5 > 3 ? 10 : 20"), 10);
    EXPECT_EQ(number("1 << 4 | 3"), 19);
    EXPECT_EQ(number("-7 / 2"), -3);
    EXPECT_EQ(number("!0 && ~0 != 0"), 1);
    EXPECT_EQ(number("a = 3, a++, a * 2"), 8);
    EXPECT_EQ(number("x + 1", {{"x", "y * 2"}, {"y", "4"}}), 9);
}

TEST(Arithmetic, SaysNothingAboutWhatIsNotKnown) {
    EXPECT_EQ(number("1 / 0"), std::nullopt);
    EXPECT_EQ(number("x + 1", {{"x", "?"}}), std::nullopt);
    EXPECT_EQ(number("x", {{"x", "x"}}), std::nullopt);  // refers to itself
    EXPECT_EQ(number("1 +"), std::nullopt);
    EXPECT_EQ(number("a[0]"), std::nullopt);
    EXPECT_EQ(number(std::string(500, '(')), std::nullopt);
}

std::string printed(std::vector<std::string> command, std::optional<std::string> input = std::nullopt) {
    std::vector<Word> words;
    for (auto& text : command) {
        words.emplace_back();
        words.back().text = std::move(text);
    }
    return output_of(words, input).value_or("(unknown)");
}

TEST(Output, OfPrintf) {
    EXPECT_EQ(printed({"printf", "%o %x %d %c|", "114", "109", "0x10", "word"}), "162 6d 16 w|");
    EXPECT_EQ(printed({"printf", "%s-", "a", "b"}), "a-b-");
    EXPECT_EQ(printed({"printf", "%03d%-3s|", "7", "x"}), "007x  |");
    EXPECT_EQ(printed({"printf", "%d", "'r"}), "114");
}

TEST(Output, OfTextTools) {
    EXPECT_EQ(printed({"head", "-c", "2"}, "rmx"), "rm");
    EXPECT_EQ(printed({"tail", "-n", "1"}, "a\nb\n"), "b\n");
    EXPECT_EQ(printed({"paste", "-sd", " "}, "rm\n-rf\n"), "rm -rf\n");
    EXPECT_EQ(printed({"sort", "-n"}, "10 b\n9 a\n"), "9 a\n10 b\n");
    EXPECT_EQ(printed({"awk", "{print $2 \"/\" $1}"}, "a b\n"), "b/a\n");
    EXPECT_EQ(printed({"sed", "s/[0-9]//g;s/x/r/"}, "1x2m"), "rm");
    EXPECT_EQ(printed({"tr", "-cd", "a-z"}, "r-m!"), "rm");
    EXPECT_EQ(printed({"sed", "s/\\(a/\\1/"}, "a"), "(unknown)");  // no pattern
    EXPECT_EQ(printed({"bunzip2"}, "BZh9"), "(unknown)");
}

TEST(History, PutsInTheLineBefore) {
    EXPECT_EQ(with_history("ls -rf /home\n^ls^rm"), "ls -rf /home\nrm -rf /home\n");
    EXPECT_EQ(with_history("ls /etc\nrm -rf !$"), "ls /etc\nrm -rf /etc\n");
    EXPECT_EQ(with_history("ls /etc\nsudo !!"), "ls /etc\nsudo ls /etc\n");
    EXPECT_EQ(with_history("ls\n[ ! -f x ] && echo 'a!!' $!"), std::nullopt);
    EXPECT_EQ(with_history("echo !!"), std::nullopt);  // there is nothing before
}

Script parsed(std::string_view code) {
    Environment environment;
    environment.home = "/home/me";
    return parse(code, environment);
}

TEST(Values, OfVariables) {
    const auto value = [](const char* code) { return parsed(code).variables["v"].text; };
    EXPECT_EQ(value("declare -A m=([a]=x [b]=y); k=b; v=${m[$k]}"), "y");
    EXPECT_EQ(value("declare -u v=abc"), "ABC");
    EXPECT_EQ(value("declare -i v=2; v+=3"), "5");
    EXPECT_EQ(value("set -- a b c; v=\"${@:2:1}\""), "b");
    EXPECT_EQ(value("a=(x y z); v=\"${a[@]: -1}\""), "z");
    EXPECT_EQ(value("for i in 1 2 3; do v+=$i; done"), "123");
    EXPECT_EQ(value("for ((i=0; i<3; i++)); do v+=$i; done"), "012");
    EXPECT_EQ(value("case rm in r*) v=1;; *) v=2;; esac"), "1");
    EXPECT_EQ(value("exec 3<<< one; read -r v <&3"), "one");
    EXPECT_EQ(value("IFS=: read -r -d , _ v <<< 'a:b,c'"), "b");
}

}  // namespace
}  // namespace caro::shell
