// The knowledge base: the notation of its files, and every example in them.
#include "safety/knowledge.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <thread>

#include "safety/analyzer.hpp"
#include "safety/knowledge_reader.hpp"
#include "util/strings.hpp"

namespace caro::safety {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

Scene scene() {
    Scene scene;
    scene.home = "/home/me";
    scene.cwd = "/home/me/project";
    return scene;
}

std::string findings(const Report& report) {
    std::string all;
    for (const auto& finding : report.findings) {
        all += finding.rule + "(" + std::string(to_string(finding.risk)) + ") ";
    }
    return all;
}

void check_examples(const Spec& spec) {
    for (const auto& [command, risk] : spec.examples) {
        const Report report = analyze(command, scene());
        EXPECT_EQ(to_string(report.risk), risk) << spec.id << ": " << command << "\n  got " << findings(report);
    }
    for (const auto& child : spec.children) {
        check_examples(*child);
    }
}

TEST(Knowledge, HasNoMistakes) {
    const auto problems = knowledge().problems();
    EXPECT_THAT(problems, IsEmpty());
}

TEST(Knowledge, JudgesEveryExampleAsTheDataSay) {
    for (const auto& name : knowledge().names()) {
        const Spec* spec = knowledge().command(name);
        ASSERT_NE(spec, nullptr) << name;
        if (spec->id == name) {
            check_examples(*spec);
        }
    }
}

TEST(Knowledge, HasRisksThatSayWhy) {
    for (const auto& name : knowledge().names()) {
        for (const auto& danger : knowledge().command(name)->dangers) {
            EXPECT_TRUE(danger.risk < Risk::high || !danger.why.empty()) << name;
            EXPECT_TRUE(danger.why.empty() || danger.why.back() != '.') << name << ": " << danger.why;
        }
    }
}

void collect(const Spec& spec, std::vector<std::string>& commands) {
    for (const auto& [command, risk] : spec.examples) {
        commands.push_back(command);
    }
    for (const auto& child : spec.children) {
        collect(*child, commands);
    }
}

std::vector<std::string> all_examples() {
    std::vector<std::string> commands;
    for (const auto& name : knowledge().names()) {
        const Spec* spec = knowledge().command(name);
        if (spec->id == name) {
            collect(*spec, commands);
        }
    }
    return commands;
}

TEST(Knowledge, JudgesNothingLowerBehindAWrapper) {
    for (const auto& command : all_examples()) {
        const Risk bare = analyze(command, scene()).risk;
        for (const auto* prefix : {"sudo ", "env A=b ", "nice -n 5 ", "timeout 5 ", "command ", "nohup ", "stdbuf -oL "}) {
            // Builtins of the shell are no programs; a wrapper before them is an error.
            EXPECT_GE(analyze(prefix + command, scene()).risk, bare) << prefix << command;
        }
        for (const auto& [before, after] : {std::pair{"( ", " )"}, {"ls; ", ""}, {"", " && true"}, {"true && ", ""}}) {
            EXPECT_GE(analyze(before + command + after, scene()).risk, bare) << before << command << after;
        }
    }
}

TEST(Knowledge, SurvivesWordsInAnyOrder) {
    std::vector<std::string> words;
    for (const auto& command : all_examples()) {
        for (const auto word : split(command, ' ')) {
            words.emplace_back(word);
        }
    }
    std::minstd_rand random(7);
    for (int i = 0; i < 4000; ++i) {
        std::string command;
        for (std::size_t n = 1 + random() % 9; n > 0; --n) {
            command += words[random() % words.size()] + " ";
        }
        const Report report = analyze(command, scene());
        EXPECT_FALSE(report.read_only && report.risk > Risk::safe) << command;
    }
}

KnowledgeBase base_of(std::string_view text) { return KnowledgeBase({data::File{"test.toml", text}}); }

TEST(KnowledgeNotation, FindsBlocksByEachName) {
    const auto base = base_of("# x\n[[command]]\n# c\nnames = [\"a\", \"b\"]\nclass = \"read\"\n\n[[command]]\nnames = [\"c\"]\nclass = \"write\"\n");
    ASSERT_NE(base.command("b"), nullptr);
    EXPECT_EQ(base.command("b"), base.command("a"));
    EXPECT_EQ(base.command("c")->kind, CommandClass::write);
    EXPECT_EQ(base.command("d"), nullptr);
    EXPECT_THAT(base.problems(), IsEmpty());
    EXPECT_THAT(base.names(), ElementsAre("a", "b", "c"));
}

TEST(KnowledgeNotation, FallsBackFromVersionedNames) {
    const auto base = base_of("[[command]]\nnames = [\"python\"]\nclass = \"write\"\n[[command]]\nnames = [\"mkfs\"]\nclass = \"write\"\n");
    EXPECT_NE(base.command("python3.11"), nullptr);
    EXPECT_NE(base.command("python.exe"), nullptr);
    EXPECT_EQ(base.command("pythonic"), nullptr);
}

TEST(KnowledgeNotation, TellsWhereMistakesAre) {
    const auto base = base_of(
        "[[command]]\nnames = [\"a\"]\nclass = \"reed\"\n[[command]]\nclass = \"read\"\n[[command]]\nnames = [\"a\"]\nclass = "
        "\"read\"\noperands = [\"rread*\"]\nrisks = [{ if = \"x\", risk = \"bad\" }]\ncolour = 1\noptions = [\"-a @vms\", \"= : "
        "read\"]\n");
    const auto problems = base.problems();
    std::string all;
    for (const auto& line : problems) {
        all += line + "\n";
    }
    EXPECT_THAT(all, HasSubstr("test.toml:1: a: \"class\" must be"));
    EXPECT_THAT(all, HasSubstr("test.toml:4: the line after [[command]]"));
    EXPECT_THAT(all, HasSubstr("test.toml:6: \"a\" has a block already"));
    EXPECT_THAT(all, HasSubstr("no role \"rread*\""));
    EXPECT_THAT(all, HasSubstr("no key \"colour\""));
    EXPECT_THAT(all, HasSubstr("no dialect \"vms\""));
    EXPECT_THAT(all, HasSubstr("it has no name"));
    EXPECT_THAT(all, HasSubstr("a risk needs"));
}

TEST(KnowledgeNotation, ReadsOptions) {
    Option option;
    std::string problem;
    ASSERT_TRUE(read_option("-o --output = : write loud @gnu,busybox", option, problem)) << problem;
    EXPECT_THAT(option.names, ElementsAre("-o", "--output"));
    EXPECT_EQ(option.arity, Arity::required);
    EXPECT_EQ(option.platforms, k_gnu | k_busybox);
    ASSERT_EQ(option.roles.size(), 1U);
    EXPECT_EQ(option.roles[0].role, Role::write);
    EXPECT_TRUE(option.has_flag("loud"));

    Option two;
    ASSERT_TRUE(read_option("-fprintf =2 : write", two, problem));
    EXPECT_EQ(two.count, 2);
    Option flag;
    ASSERT_TRUE(read_option("-delete : delete", flag, problem));
    EXPECT_TRUE(flag.roles.empty()) << "an option without a value has no role for it";
    EXPECT_TRUE(flag.has_flag("delete"));
}

TEST(KnowledgeNotation, ReadsRoles) {
    RoleUse use;
    ASSERT_TRUE(read_role("command...", use));
    EXPECT_TRUE(use.many);
    RoleUse code;
    ASSERT_TRUE(read_role("code.sql", code));
    EXPECT_EQ(code.language, "sql");
    RoleUse optional;
    ASSERT_TRUE(read_role("host?", optional));
    EXPECT_TRUE(optional.optional);
    RoleUse none;
    EXPECT_FALSE(read_role("code", none));
    EXPECT_FALSE(read_role("read.sh", none));
    EXPECT_FALSE(read_role("code.cobol", none));
}

TEST(Knowledge, IsReadByManyThreadsAtOnce) {
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) {
        threads.emplace_back([] {
            for (const auto& name : knowledge().names()) {
                EXPECT_NE(knowledge().command(name), nullptr) << name;
            }
        });
    }
    for (auto& thread : threads) {
        thread.join();
    }
}

shell::Word word(std::string_view text) {
    shell::Word made;
    made.text = text;
    return made;
}

std::vector<shell::Word> words(std::initializer_list<std::string_view> list) {
    std::vector<shell::Word> made;
    for (const auto text : list) {
        made.push_back(word(text));
    }
    return made;
}

TEST(InnerCommand, IsFoundBehindOptionsAndOperands) {
    Inner inner;
    ASSERT_TRUE(inner_of(words({"sudo", "-u", "bob", "A=b", "rm", "-rf", "x"}), inner));
    EXPECT_EQ(inner.start, 4U);
    EXPECT_TRUE(inner.privileged);
    Inner timed;
    ASSERT_TRUE(inner_of(words({"timeout", "-k", "5", "10", "rm", "x"}), timed));
    EXPECT_EQ(timed.start, 4U);
    EXPECT_FALSE(timed.privileged);
    Inner piped;
    ASSERT_TRUE(inner_of(words({"xargs", "-0", "-n1", "rm", "-f"}), piped));
    EXPECT_EQ(piped.start, 3U);
    EXPECT_TRUE(piped.args_from_input);
    Inner none;
    EXPECT_FALSE(inner_of(words({"sudo", "-l"}), none));
    EXPECT_FALSE(inner_of(words({"env"}), none));
    EXPECT_FALSE(inner_of(words({"ls", "x"}), none));
    EXPECT_FALSE(inner_of(words({"env", "--help", "rm"}), none));
}

TEST(Portability, TellsOptionsThatAPlatformLacks) {
    EXPECT_THAT(missing_options("rm", words({"-rf", "--one-file-system", "x"}), Scene::Platform::bsd),
                ElementsAre("--one-file-system"));
    EXPECT_THAT(missing_options("rm", words({"-rf", "--one-file-system", "x"}), Scene::Platform::gnu), IsEmpty());
    EXPECT_THAT(missing_options("frobnicate", words({"-x"}), Scene::Platform::gnu), IsEmpty());
}

}  // namespace
}  // namespace caro::safety
