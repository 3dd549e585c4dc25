#include "infer/remote/answer_collector.hpp"

#include <gtest/gtest.h>

namespace caro::infer::remote {
namespace {

struct Collected {
    std::string text;
    std::string seen;  // what the sink got
    std::optional<StopReason> stop;
    std::size_t pieces = 0;  // that were asked for
};

Collected collect(const std::vector<std::string>& pieces, const std::string& answer_prefix = "") {
    prompt::Prompt prompt;
    prompt.stop = {"\n"};
    prompt.answer_prefix = answer_prefix;
    Collected out;
    const TokenSink sink = [&](std::string_view text) {
        out.seen += text;
        return true;
    };
    AnswerCollector collector(prompt, sink);
    bool more = true;
    for (const auto& piece : pieces) {
        if (!more) {
            break;
        }
        ++out.pieces;
        more = collector.push(piece);
    }
    out.stop = collector.stop();
    collector.finish();
    out.text = collector.text();
    EXPECT_EQ(out.text, out.seen);
    return out;
}

std::vector<std::string> bytes_of(const std::string& text) {
    std::vector<std::string> out;
    for (const char c : text) {
        out.emplace_back(1, c);
    }
    return out;
}

// Whole, in bytes, and cut at every offset: always the same.
void expect_text(const std::string& answer, const std::string& expected) {
    EXPECT_EQ(collect({answer}).text, expected);
    EXPECT_EQ(collect(bytes_of(answer)).text, expected);
    for (std::size_t cut = 0; cut <= answer.size(); ++cut) {
        EXPECT_EQ(collect({answer.substr(0, cut), answer.substr(cut)}).text, expected) << "cut at " << cut;
    }
}

TEST(AnswerCollector, ALineEndsAtItsEnd) {
    expect_text("ls -la", "ls -la");
    expect_text("\n  ls -la\nThis lists files.", "ls -la");
    const Collected out = collect({"ls", " -la", "\n", "This", " lists"});
    EXPECT_EQ(out.stop, StopReason::stop_text);
    EXPECT_EQ(out.pieces, 3U);
}

TEST(AnswerCollector, FencesAreReadWhole) {
    const std::string fenced = "```bash\nfind . -size +10M\n```";
    expect_text(fenced, fenced);
    const Collected prose = collect({"```bash\n", "ls\n", "```", "\n\n", "This", " lists"});
    EXPECT_EQ(prose.stop, StopReason::stop_text);
    EXPECT_EQ(prose.pieces, 5U);
    EXPECT_EQ(prose.text.substr(0, 14), "```bash\nls\n```");
}

TEST(AnswerCollector, IntroductionsAndContinuedLinesGoOn) {
    expect_text("Here is the command:\n\n```\nls\n```", "Here is the command:\n\n```\nls\n```");
    expect_text("find . \\\n  -name x", "find . \\\n  -name x");
    expect_text("ps aux |\n grep x", "ps aux |\n grep x");
    // A label of one word is a drive or a stopped command, no introduction.
    EXPECT_EQ(collect({"dir C:\nmore"}).text, "dir C:\nmore");
    EXPECT_EQ(collect({"C:\nmore"}).text, "C:");
}

TEST(AnswerCollector, ThoughtsAreNoAnswer) {
    expect_text("<think>\nLet me see\n</think>\n\nls -la\n", "ls -la");
    expect_text("<think>never ends\n", "");
    expect_text("<the", "<the");
}

TEST(AnswerCollector, RepeatedPrefixIsDropped) {
    EXPECT_EQ(collect({"$ ", "ls"}, "$ ").text, "ls");
    EXPECT_EQ(collect({"$", " ls"}, "$ ").text, "ls");
    EXPECT_EQ(collect({"ls"}, "$ ").text, "ls");
}

TEST(AnswerCollector, TheSinkMayHaveEnough) {
    prompt::Prompt prompt;
    int calls = 0;
    const TokenSink sink = [&](std::string_view) { return ++calls < 2; };
    AnswerCollector collector(prompt, sink);
    EXPECT_TRUE(collector.push("a"));
    EXPECT_FALSE(collector.push("b"));
    EXPECT_FALSE(collector.push("c"));
    EXPECT_EQ(collector.stop(), StopReason::sink);
    EXPECT_EQ(collector.text(), "ab");
}

}  // namespace
}  // namespace caro::infer::remote
