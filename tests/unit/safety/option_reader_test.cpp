// How the words of a command are read: styles, clusters, values, abbreviations, sub-commands, dialects.
#include "safety/option_reader.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "safety/knowledge_reader.hpp"
#include "util/strings.hpp"

namespace caro::safety {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<shell::Word> words(std::string_view line) {
    std::vector<shell::Word> made;
    for (const auto part : split(line, ' ')) {
        if (!part.empty()) {
            made.emplace_back();
            made.back().text = part;
        }
    }
    return made;
}

// A command made of one block, and how it reads a line.
class OptionReaderTest : public ::testing::Test {
  protected:
    void command(std::string_view keys) {
        std::vector<std::string> problems;
        m_spec = read_block("[[command]]\nnames = [\"x\"]\nclass = \"write\"\n" + std::string(keys), problems);
        ASSERT_THAT(problems, IsEmpty());
        ASSERT_NE(m_spec, nullptr);
    }

    const Reading& read(std::string_view line, Scene::Platform platform = Scene::Platform::gnu) {
        m_words = words(line);
        m_reading = read_words(*m_spec, m_words, platform);
        return m_reading;
    }

    std::vector<std::string> operands() const {
        std::vector<std::string> texts;
        for (const auto& operand : m_reading.operands) {
            texts.push_back(operand.word->text);
        }
        return texts;
    }

    // The first value of the option of that name; "-" if it has none, "?" if it is not there.
    std::string value(std::string_view name) const {
        for (const auto& given : m_reading.options) {
            if (given.name == name) {
                return given.values.empty() ? "-" : given.values.front()->text;
            }
        }
        return "?";
    }

    std::string roles() const {
        std::string all;
        for (const auto* role : roles_of(m_reading, *operand_role_lists(m_reading).front())) {
            all += (all.empty() ? "" : " ") +
                   std::string(role == nullptr ? "none" : std::to_string(static_cast<int>(role->role)));
        }
        return all;
    }

    static std::string role(Role role) { return std::to_string(static_cast<int>(role)); }

    std::unique_ptr<Spec> m_spec;
    std::vector<shell::Word> m_words;
    Reading m_reading;
};

TEST_F(OptionReaderTest, TakesClustersAndValuesApart) {
    command("options = [\"-r -R --recursive : recursive\", \"-f : force\", \"-o --output = : write\", \"-c --colour =?\"]\n");
    EXPECT_TRUE(read("-rf a b").has("recursive"));
    EXPECT_TRUE(m_reading.has("force"));
    EXPECT_THAT(operands(), ElementsAre("a", "b"));
    read("-rofile a");
    EXPECT_EQ(value("-o"), "file");
    EXPECT_THAT(operands(), ElementsAre("a"));
    read("-o file a");
    EXPECT_EQ(value("-o"), "file");
    read("--output=file a");
    EXPECT_EQ(value("--output"), "file");
    read("--output file a");
    EXPECT_EQ(value("--output"), "file");
    read("--colour a");
    EXPECT_EQ(value("--colour"), "-") << "an optional value must be attached";
    EXPECT_THAT(operands(), ElementsAre("a"));
    read("--colour=red a");
    EXPECT_EQ(value("--colour"), "red");
}

TEST_F(OptionReaderTest, OptionsMayFollowOperandsUntilTwoDashes) {
    command("options = [\"-r : recursive\"]\n");
    EXPECT_TRUE(read("a -r").has("recursive"));
    EXPECT_FALSE(read("-- a -r").has("recursive"));
    EXPECT_THAT(operands(), ElementsAre("a", "-r"));
    EXPECT_FALSE(read("-").has("recursive"));
    EXPECT_THAT(operands(), ElementsAre("-"));
}

TEST_F(OptionReaderTest, PosixOptionsEndAtTheFirstOperand) {
    command("style = \"posix\"\noptions = [\"-r : recursive\", \"-n =\"]\n");
    EXPECT_FALSE(read("-n 5 a -r").has("recursive"));
    EXPECT_THAT(operands(), ElementsAre("a", "-r"));
}

TEST_F(OptionReaderTest, AValueMaySwitchTheOptionOff) {
    command("options = [\"--dry-run =? : dry-run\", \"-n : dry-run\"]\n");
    EXPECT_TRUE(read("--dry-run").has("dry-run"));
    EXPECT_TRUE(read("--dry-run=client").has("dry-run"));
    EXPECT_FALSE(read("--dry-run=none").has("dry-run"));
    EXPECT_FALSE(read("--dry-run=false").has("dry-run"));
    EXPECT_TRUE(read("-n --dry-run=none").has("dry-run"));
}

TEST_F(OptionReaderTest, LongNamesMayBeShortenedWithTwoDashes) {
    command("options = [\"--recursive : recursive\", \"--output = : write\"]\n");
    EXPECT_TRUE(read("--rec a").has("recursive"));
    read("--outp=x");
    EXPECT_EQ(value("--output"), "x");
    EXPECT_THAT(read("--nothing").unknown, ElementsAre("--nothing"));
}

TEST_F(OptionReaderTest, EveryCommandHasHelp) {
    command("options = [\"-h : help\"]\n");
    EXPECT_TRUE(read("--help").has("help"));
    EXPECT_TRUE(read("--version").has("help"));
    EXPECT_TRUE(read("-h").has("help"));
    EXPECT_FALSE(read("-- --help").has("help"));
    EXPECT_TRUE(read("a --help").has("help"));
    EXPECT_FALSE(read("a --help", Scene::Platform::bsd).has("help")) << "BSD stops at the first operand";
}

TEST_F(OptionReaderTest, LongStyleHasWholeNamesWithOneDash) {
    command("style = \"long\"\noptions = [\"-name =\", \"-auto-approve : force\", \"-exec =;\", \"-two =2\"]\n");
    read("a -name x -auto-approve");
    EXPECT_EQ(value("-name"), "x");
    EXPECT_TRUE(m_reading.has("force"));
    EXPECT_TRUE(read("--auto-approve").has("force"));
    read("-name=x");
    EXPECT_EQ(value("-name"), "x");
    read("-exec rm -f {} ; -name y");
    ASSERT_EQ(m_reading.options.size(), 2U);
    EXPECT_EQ(m_reading.options[0].values.size(), 3U);
    EXPECT_EQ(value("-name"), "y");
    read("-two a b c");
    EXPECT_THAT(operands(), ElementsAre("c"));
}

TEST_F(OptionReaderTest, KeyValueStyle) {
    command("style = \"keyvalue\"\noptions = [\"if = : read\", \"of = : write\"]\n");
    read("if=a of=b --help");
    EXPECT_EQ(value("of"), "b");
    EXPECT_TRUE(m_reading.has("help"));
}

TEST_F(OptionReaderTest, BundleStyleReadsLettersWithoutDash) {
    command("style = \"bundle\"\noptions = [\"-x : extract\", \"-f --file = : archive\", \"-C = : chdir\", \"-z\", \"-t : read-only\"]\n");
    read("xzf a.tgz b");
    EXPECT_TRUE(m_reading.has("extract"));
    EXPECT_EQ(value("-f"), "a.tgz");
    EXPECT_THAT(operands(), ElementsAre("b"));
    read("xfC a.tar /x");
    EXPECT_EQ(value("-C"), "/x");
    read("-xf a.tar");
    EXPECT_EQ(value("-f"), "a.tar");
    EXPECT_TRUE(read("tf a.tar").has("read-only"));
}

TEST_F(OptionReaderTest, RawStyleHasNoOptions) {
    command("style = \"raw\"\noptions = [\"-r : recursive\"]\n");
    EXPECT_FALSE(read("-r").has("recursive"));
    EXPECT_THAT(operands(), ElementsAre("-r"));
}

TEST_F(OptionReaderTest, SlashStyle) {
    command("style = \"slash\"\noptions = [\"/s : recursive\", \"/q : force\", \"/fs = : text\"]\n");
    EXPECT_TRUE(read("/S /q x").has("recursive"));
    EXPECT_TRUE(read("/s/q x").has("force"));
    EXPECT_THAT(operands(), ElementsAre("x"));
    read("/fs:ntfs");
    EXPECT_EQ(value("/fs"), "ntfs");
    EXPECT_FALSE(read("/etc").has("recursive")) << "a path";
}

TEST_F(OptionReaderTest, PowershellStyle) {
    command("style = \"powershell\"\noptions = [\"-Recurse : recursive\", \"-Path -LiteralPath = : delete\", \"-WhatIf : dry-run\"]\n");
    EXPECT_TRUE(read("-rec x").has("recursive"));
    EXPECT_TRUE(read("-RECURSE x").has("recursive"));
    read("-Path:c:/x");
    EXPECT_EQ(value("-Path"), "c:/x");
    EXPECT_TRUE(read("-whatif").has("dry-run"));
    EXPECT_FALSE(read("-WhatIf:$false").has("dry-run"));
}

TEST_F(OptionReaderTest, LongestSubcommandWins) {
    command(
        "style = \"posix\"\noptions = [\"-C =\"]\nread = [\"status\", \"remote -v\", \"stash list\"]\n[[command.sub]]\nname = "
        "\"stash\"\n[[command.sub]]\nnames = [\"stash drop\", \"sd\"]\noptions = [\"-q : quiet\"]\n");
    EXPECT_EQ(read("-C dir stash drop -q 1").spec->id, "x.stash-drop");
    EXPECT_TRUE(m_reading.has("quiet"));
    EXPECT_THAT(operands(), ElementsAre("1"));
    EXPECT_EQ(read("sd").spec->id, "x.stash-drop");
    EXPECT_EQ(read("stash foo").spec->id, "x.stash");
    EXPECT_THAT(operands(), ElementsAre("foo"));
    EXPECT_EQ(read("stash list").spec->kind, CommandClass::read);
    EXPECT_EQ(read("status").spec->kind, CommandClass::read);
    EXPECT_EQ(read("remote -v").spec->kind, CommandClass::read);
    EXPECT_EQ(read("remote").spec->id, "x");
    EXPECT_EQ(read("foo status").spec->id, "x") << "a sub-command comes first";
}

TEST_F(OptionReaderTest, OptionsOfASubcommandMayStandInItsName) {
    command("style = \"posix\"\n[[command.sub]]\nname = \"compose down\"\noptions = [\"-v : volumes\", \"-f --file =\"]\n");
    EXPECT_TRUE(read("compose -f a.yml down -v").has("volumes"));
    EXPECT_EQ(m_reading.spec->id, "x.compose-down");
    EXPECT_EQ(value("-f"), "a.yml");
}

TEST_F(OptionReaderTest, DialectsChooseBetweenOptionsOfOneName) {
    command("options = [\"-i =? @gnu\", \"-i = @bsd\"]\n");
    read("-i a b", Scene::Platform::gnu);
    EXPECT_THAT(operands(), ElementsAre("a", "b"));
    read("-i a b", Scene::Platform::bsd);
    EXPECT_THAT(operands(), ElementsAre("b"));
}

TEST_F(OptionReaderTest, OptionsEndWhereAnotherCommandBegins) {
    command("options = [\"-n =\", \"-v\"]\noperands = [\"text\", \"assign*\", \"command...\"]\n");
    read("-n 1 t A=b rm -v x");
    EXPECT_THAT(operands(), ElementsAre("t", "A=b", "rm", "-v", "x"));
}

TEST_F(OptionReaderTest, StopLeavesTheRestToTheProgram) {
    command("options = [\"-c = : stop\", \"-r : recursive\"]\n");
    read("-c code -r");
    EXPECT_TRUE(m_reading.stopped);
    EXPECT_EQ(m_reading.rest, 2U);
    EXPECT_FALSE(m_reading.has("recursive"));
}

TEST_F(OptionReaderTest, RolesAreGivenToOperands) {
    command("options = [\"-t = : target\", \"-e = : no-pattern\"]\noperands = [\"pattern\", \"read*\", \"write\"]\noperands_if = { target = [\"move*\"] }\n");
    read("p a b c");
    EXPECT_EQ(roles(), role(Role::pattern) + " " + role(Role::read) + " " + role(Role::read) + " " + role(Role::write));
    read("p c");
    EXPECT_EQ(roles(), role(Role::pattern) + " " + role(Role::write));
    read("-e p a c");
    EXPECT_EQ(roles(), role(Role::read) + " " + role(Role::write)) << "-e took the pattern";
    read("-t d a b");
    EXPECT_EQ(roles(), role(Role::move) + " " + role(Role::move));
}

}  // namespace
}  // namespace caro::safety
