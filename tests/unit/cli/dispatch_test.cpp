#include "cli/dispatch.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>

namespace caro::cli {
namespace {

// One line: arguments separated by '|', what it must be taken for, and its request or operands (by
// '|').
struct Line {
    const char* arguments;
    Command command;
    const char* content;
};

std::vector<std::string> cut(const std::string& text) {
    std::vector<std::string> parts;
    std::istringstream stream(text);
    for (std::string part; std::getline(stream, part, '|');) {
        parts.push_back(part);
    }
    return parts;
}

class Dispatch : public testing::TestWithParam<Line> {};

TEST_P(Dispatch, TakesTheLineForWhatItIs) {
    const Line& line = GetParam();
    const ParsedLine parsed = parse_line(cut(line.arguments));
    ASSERT_FALSE(parsed.problem) << parsed.problem->message;
    const Choice choice = choose(parsed);
    EXPECT_EQ(choice.command, line.command);
    if (line.command == Command::ask) {
        EXPECT_EQ(choice.request, line.content);
    } else {
        EXPECT_EQ(choice.operands, cut(line.content));
        EXPECT_TRUE(choice.note.empty());
    }
}

constexpr Line k_lines[] = {
    // plain requests
    {"list|files", Command::ask, "list files"},
    {"list files", Command::ask, "list files"},
    {"list|pdf files|here", Command::ask, "list pdf files here"},
    {"", Command::ask, ""},
    {"-x|list|files", Command::ask, "list files"},
    {"list|-x|files", Command::ask, "list files"},
    {"list|files|-o|json|-s|zsh", Command::ask, "list files"},
    {"list|files|-ojson|--shell=zsh", Command::ask, "list files"},
    {"-xyq|list|files", Command::ask, "list files"},
    {"find|files|older|than|-5|days", Command::ask, "find files older than -5 days"},
    {"what|does|[a,b]|and|{}|do", Command::ask, "what does [a,b] and {} do"},
    {"-", Command::ask, "-"},
    {"go|back|with|cd|-", Command::ask, "go back with cd -"},
    // requests that begin with a command's name
    {"models|of|the|solar|system|files", Command::ask, "models of the solar system files"},
    {"models|on|this|machine", Command::ask, "models on this machine"},
    {"models|list|of|cars", Command::ask, "models list of cars"},
    {"models|search|in|my|files", Command::ask, "models search in my files"},
    {"models|rm|old|big|files", Command::ask, "models rm old big files"},
    {"models|pull|the|latest", Command::ask, "models pull the latest"},
    {"models|search", Command::ask, "models search"},
    {"models|use", Command::ask, "models use"},
    {"models|rm", Command::ask, "models rm"},
    {"models|prune|the|apple|tree", Command::ask, "models prune the apple tree"},
    {"models list", Command::ask, "models list"},
    {"model|list", Command::ask, "model list"},
    {"--|models|list", Command::ask, "models list"},
    {"check|disk|space", Command::ask, "check disk space"},
    {"check disk space", Command::ask, "check disk space"},
    {"check|if|port|80|is|open", Command::ask, "check if port 80 is open"},
    {"config|files|in|/etc", Command::ask, "config files in /etc"},
    {"config|files", Command::ask, "config files"},
    {"config|show|me|the|nginx|one", Command::ask, "config show me the nginx one"},
    {"config|get", Command::ask, "config get"},
    {"config|set|shell", Command::ask, "config set shell"},
    {"config|set|up|a|cron|job", Command::ask, "config set up a cron job"},
    {"config|path|of|ssh", Command::ask, "config path of ssh"},
    {"doctor|appointments", Command::ask, "doctor appointments"},
    {"doctor|why is my disk slow", Command::ask, "doctor why is my disk slow"},
    {"backends|of|nginx", Command::ask, "backends of nginx"},
    {"completions", Command::ask, "completions"},
    {"completions|for|git", Command::ask, "completions for git"},
    {"manual|page|of|tar", Command::ask, "manual page of tar"},
    {"help|me|find|big|files", Command::ask, "help me find big files"},
    {"help|tar", Command::ask, "help tar"},
    {"Config|show", Command::ask, "Config show"},
    {"conf|show", Command::ask, "conf show"},
    // forced requests
    {"--|check|disk", Command::ask, "check disk"},
    {"--|doctor", Command::ask, "doctor"},
    {"--|list|-la|--json", Command::ask, "list -la --json"},
    {"-x|--|config|show", Command::ask, "config show"},
    {"ask|check|disk", Command::ask, "check disk"},
    {"ask|doctor", Command::ask, "doctor"},
    {"ask", Command::ask, ""},
    {"ask|ask|me", Command::ask, "ask me"},
    {"explain|--|ls|-la", Command::ask, "explain ls -la"},
    {"list|--|files|--", Command::ask, "list files --"},
    // commands
    {"config", Command::config, ""},
    {"config|show", Command::config, "show"},
    {"config|path", Command::config, "path"},
    {"config|get|shell", Command::config, "get|shell"},
    {"config|get|wifi", Command::config, "get|wifi"},
    {"config|unset|shell", Command::config, "unset|shell"},
    {"config|set|shell|zsh", Command::config, "set|shell|zsh"},
    {"config|set|model|/a b/c.gguf", Command::config, "set|model|/a b/c.gguf"},
    {"config|set|engine.gpu_layers|-1", Command::config, "set|engine.gpu_layers|-1"},
    {"config|show|--json", Command::config, "show"},
    {"--json|config|show", Command::config, "show"},
    {"backends", Command::backends, ""},
    {"backends|--json", Command::backends, ""},
    {"models", Command::models, ""},
    {"models|--json", Command::models, ""},
    {"models|list", Command::models, "list"},
    {"models|list|--updates", Command::models, "list"},
    {"models|search|qwen", Command::models, "search|qwen"},
    {"models|search|qwen coder", Command::models, "search|qwen coder"},
    {"models|pull", Command::models, "pull"},
    {"-y|models|pull|owner/name:Q4_K_M", Command::models, "pull|owner/name:Q4_K_M"},
    {"models|verify", Command::models, "verify"},
    {"models|verify|smollm2-135m", Command::models, "verify|smollm2-135m"},
    {"models|use|/a b/c.gguf", Command::models, "use|/a b/c.gguf"},
    {"models|info", Command::models, "info"},
    {"models|rm|a.gguf", Command::models, "rm|a.gguf"},
    {"models|rm|a.gguf|qwen2.5-coder-0.5b", Command::models, "rm|a.gguf|qwen2.5-coder-0.5b"},
    {"models|prune|--max-size|5GB", Command::models, "prune"},
    {"models|path", Command::models, "path"},
    {"doctor", Command::doctor, ""},
    {"doctor|-o|yaml", Command::doctor, ""},
    {"check", Command::check, ""},
    {"check|--batch", Command::check, ""},
    {"check|disk", Command::check, "disk"},
    {"check|rm -rf /", Command::check, "rm -rf /"},
    {"check|rm -rf /|--json", Command::check, "rm -rf /"},
    {"check|--|--weird", Command::check, "--weird"},
    {"check|-", Command::check, "-"},
    {"completions|bash", Command::completions, "bash"},
    {"completions|tcsh", Command::completions, "tcsh"},
    {"manual", Command::manual, ""},
    {"help", Command::help, ""},
    {"help|config", Command::help, "config"},
};

INSTANTIATE_TEST_SUITE_P(Lines, Dispatch, testing::ValuesIn(k_lines));

struct Thought {
    const char* arguments;
    const char* suggestion;  // part of the note; "" = no note
};

class SecondThought : public testing::TestWithParam<Thought> {};

TEST_P(SecondThought, IsToldForShortLinesOnly) {
    const Choice choice = choose(parse_line(cut(GetParam().arguments)));
    EXPECT_EQ(choice.command, Command::ask);
    const std::string suggestion = GetParam().suggestion;
    if (suggestion.empty()) {
        EXPECT_EQ(choice.note, "");
    } else {
        EXPECT_NE(choice.note.find("'caro " + suggestion + "'"), std::string::npos) << choice.note;
    }
}

constexpr Thought k_thoughts[] = {
    {"docter", "doctor"},
    {"backend", "backends"},
    {"config|shwo", "config show"},
    {"config|gt|shell", "config get shell"},
    {"config|sett|shell|zsh", "config set shell zsh"},
    {"models|lsit", "models list"},
    {"models|veryfy|smollm2-135m", "models verify smollm2-135m"},
    {"chekc|rm -rf /", "check rm -rf /"},
    {"model|list", "models list"},
    {"confg|get|shell", "config get shell"},
    {"help|modles", "help models"},
    {"completions", "completions SHELL"},
    {"complections", "completions SHELL"},
    {"help|tar", ""},
    {"task|list", ""},
    {"tasks", ""},
    {"check|out|the|branch", ""},
    {"models|of|planes", ""},
    {"models|on|this|machine", ""},
    {"doctor|appointments", ""},
    {"config|files", ""},
    {"check|disk|space", ""},
    {"uptime", ""},
    {"--|docter", ""},
    {"ask|docter", ""},
};

INSTANTIATE_TEST_SUITE_P(Lines, SecondThought, testing::ValuesIn(k_thoughts));

TEST(CheckOptions, RefusesAnOptionOfAnotherCommand) {
    const auto refused = [](const char* arguments) {
        const ParsedLine line = parse_line(cut(arguments));
        const auto result = check_options(line, choose(line));
        return result ? std::string() : result.error().message;
    };
    EXPECT_EQ(refused("doctor|-x"), "caro doctor takes no --execute");
    EXPECT_EQ(refused("config|show|-m|x"), "caro config takes no --model");
    EXPECT_EQ(refused("list|files|--batch"), "a request takes no --batch");
    EXPECT_EQ(refused("check|ls|--batch"), "");
    EXPECT_EQ(refused("list|files|--updates"), "a request takes no --updates");
    EXPECT_EQ(refused("models|pull|-x"), "caro models takes no --execute");
    EXPECT_EQ(refused("models|prune|-yn|--max-size|5GB"), "");
    EXPECT_EQ(refused("doctor|-v|--no-color|-c|x"), "");
    EXPECT_EQ(refused("list|files|-xyinvq|--no-input|-b|x|-m|y|--safety|strict"), "");
}

}  // namespace
}  // namespace caro::cli
