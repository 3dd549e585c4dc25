#include "config/config.hpp"

#include "support/temp_dir.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <map>

namespace caro::config {
namespace {

class Loading : public testing::Test {
  protected:
    std::filesystem::path write(const std::string& name, const std::string& text) {
        const auto path = m_folder.path() / name;
        std::ofstream(path, std::ios::binary) << text;
        return path;
    }

    Config load() {
        m_sources.environment = [&](const std::string& name) -> std::optional<std::string> {
            const auto found = m_variables.find(name);
            return found == m_variables.end() ? std::nullopt : std::optional(found->second);
        };
        return Config::load(m_sources);
    }

    Config load_user(const std::string& text) {
        m_sources.user_file = write("user.toml", text);
        return load();
    }

    // Message of the only problem, without the folder.
    std::string only_problem(const Config& config) {
        EXPECT_EQ(config.problems().size(), 1U);
        if (config.problems().empty()) {
            return "";
        }
        EXPECT_EQ(config.problems()[0].code, ErrorCode::config);
        std::string message = config.problems()[0].message;
        const std::string folder = m_folder.path().string() + "/";
        const auto at = message.find(folder);
        return at == std::string::npos ? message : message.erase(at, folder.size());
    }

    test::TempDir m_folder;
    Sources m_sources;
    std::map<std::string, std::string> m_variables;
};

TEST(Settings, HaveTheDocumentedFallbacks) {
    const Config config;
    EXPECT_EQ(config.get<std::string>("backend"), "auto");
    EXPECT_EQ(config.get<std::string>("safety"), "moderate");
    EXPECT_EQ(config.get<std::int64_t>("max_tokens"), 160);
    EXPECT_EQ(config.get<std::int64_t>("timeout_ms"), 30000);
    EXPECT_EQ(config.get<std::int64_t>("engine.context"), 2048);
    EXPECT_EQ(config.get<std::int64_t>("engine.batch"), 512);
    EXPECT_EQ(config.get<std::int64_t>("engine.gpu_layers"), -1);
    EXPECT_TRUE(config.get<bool>("engine.mmap"));
    EXPECT_FALSE(config.get<bool>("engine.mlock"));
    EXPECT_TRUE(config.get<bool>("engine.prompt_cache"));
    EXPECT_FALSE(config.get<bool>("tls.allow_insecure"));
    EXPECT_TRUE(config.get<std::vector<std::string>>("safety_rules.allow").empty());
}

TEST(Settings, EveryRowIsSound) {
    for (const auto& row : k_settings) {
        EXPECT_EQ(&k_settings[find_row(row.key)], &row) << "double key " << row.key;
        EXPECT_FALSE(row.doc.empty()) << row.key;
        EXPECT_EQ(row.doc.back(), '.') << row.key;
        if (row.type != Type::text || !row.allowed[0].empty() || !row.fallback.empty()) {
            EXPECT_TRUE(parse_value(row, row.fallback)) << row.key;
        }
    }
}

TEST(Settings, NameTheirVariables) {
    EXPECT_EQ(variable_name("shell"), "CARO_SHELL");
    EXPECT_EQ(variable_name("engine.gpu_layers"), "CARO_ENGINE_GPU_LAYERS");
}

TEST_F(Loading, WithNothingIsBuiltIn) {
    const Config config = load();
    EXPECT_TRUE(config.problems().empty());
    EXPECT_TRUE(config.files().empty());
    EXPECT_EQ(config.origin("shell").text(), "built-in");
}

TEST_F(Loading, LaterLayersWinAndKeepTheirOrigin) {
    m_sources.system_files = {
        write("first.toml", "shell = \"zsh\"\nmax_tokens = 1\nsafety = \"strict\"\n"),
        write("second.toml", "max_tokens = 2\n[engine]\nthreads = 2\n")};
    m_variables["CARO_ENGINE_THREADS"] = "4";
    Config config = load_user("\nmax_tokens = 3\n");
    EXPECT_TRUE(config.problems().empty());
    ASSERT_TRUE(config.set_flag("safety", "permissive", "--safety"));
    EXPECT_EQ(config.get<std::string>("shell"), "zsh");
    EXPECT_EQ(config.origin("shell").layer, Layer::system);
    EXPECT_EQ(config.origin("shell").line, 1);
    EXPECT_EQ(config.get<std::int64_t>("max_tokens"), 3);
    EXPECT_EQ(config.origin("max_tokens").text(), (m_folder.path() / "user.toml").string() + ":2");
    EXPECT_EQ(config.get<std::int64_t>("engine.threads"), 4);
    EXPECT_EQ(config.origin("engine.threads").text(), "CARO_ENGINE_THREADS");
    EXPECT_EQ(config.get<std::string>("safety"), "permissive");
    EXPECT_EQ(config.origin("safety").text(), "--safety");
    EXPECT_EQ(config.files().size(), 3U);
}

TEST_F(Loading, UnderstandsEveryWayToWriteAKey) {
    for (const auto* text : {"[engine]\nthreads = 5", "engine.threads = 5",
                             "engine = { threads = 5 }", "[\"engine\"]\n'threads'=5"}) {
        const Config config = load_user(text);
        EXPECT_TRUE(config.problems().empty()) << text;
        EXPECT_EQ(config.get<std::int64_t>("engine.threads"), 5) << text;
    }
}

TEST_F(Loading, ReadsEveryType) {
    const Config config = load_user(
        "fallback = true\nmax_tokens = 7\nmodel = \"a b\"\n[safety_rules]\nallow = [\"a.b\", "
        "\"c\"]\n");
    EXPECT_TRUE(config.problems().empty());
    EXPECT_TRUE(config.get<bool>("fallback"));
    EXPECT_EQ(config.get<std::int64_t>("max_tokens"), 7);
    EXPECT_EQ(config.get<std::string>("model"), "a b");
    EXPECT_EQ(config.get<std::vector<std::string>>("safety_rules.allow"),
              (std::vector<std::string>{"a.b", "c"}));
}

struct Wrong {
    const char* text;
    const char* message;
    const char* hint;
};

TEST_F(Loading, NamesFileLineAndTheNearestRightKey) {
    const Wrong wrongs[] = {
        {"bakend = 1", "user.toml:1: there is no setting 'bakend'", "Did you mean 'backend'?"},
        {"\n\nthreads = 1", "user.toml:3: there is no setting 'threads'",
         "Did you mean 'engine.threads'?"},
        {"ollama_url = \"x\"", "user.toml:1: there is no setting 'ollama_url'",
         "Did you mean 'ollama.url'?"},
        {"max-tokens = 1", "user.toml:1: there is no setting 'max-tokens'",
         "Did you mean 'max_tokens'?"},
        {"[engine]\nthread = 1", "user.toml:2: there is no setting 'engine.thread'",
         "Did you mean 'engine.threads'?"},
        {"[ollama]\n[nonsense]\n", "user.toml:2: there is no setting 'nonsense'",
         "caro config show lists all settings"},
        {"[[engine]]\nthreads = 1", "user.toml:1: there is no setting 'engine'",
         "caro config show lists all settings"},
        {"api_key = \"sk-1\"", "user.toml:1: there is no setting 'api_key'",
         "Keys are never stored: put the key in the environment variable that vllm.key_env names"},
        {"shell = 5", "user.toml:1: shell must be a string, not an integer",
         "Write for example: shell = \"auto\""},
        {"fallback = \"yes\"", "user.toml:1: fallback must be true or false, not a string",
         "Write for example: fallback = false"},
        {"max_tokens = 1.5",
         "user.toml:1: max_tokens must be an integer, not a number with a fraction",
         "Write for example: max_tokens = 160"},
        {"max_tokens = 0", "user.toml:1: max_tokens must be a whole number from 1 to 4096, not '0'",
         "Write for example: max_tokens = 160"},
        {"shell = \"zhs\"",
         "user.toml:1: shell must be auto, bash, zsh, fish, sh, dash or powershell, not 'zhs'",
         "Did you mean 'zsh'?"},
        {"shell = 2020-01-01", "user.toml:1: shell must be a string, not a date or time",
         "Write for example: shell = \"auto\""},
        {"safety_rules.allow = \"x\"",
         "user.toml:1: safety_rules.allow must be a list of strings, not a string",
         "Write for example: allow = []"},
        {"safety_rules.allow = [1]",
         "user.toml:1: safety_rules.allow must be a list of strings, not a list",
         "Write for example: allow = []"},
    };
    for (const auto& wrong : wrongs) {
        const Config config = load_user(wrong.text);
        EXPECT_EQ(only_problem(config), wrong.message);
        if (!config.problems().empty()) {
            EXPECT_EQ(config.problems()[0].hint, wrong.hint) << wrong.text;
        }
    }
}

TEST_F(Loading, AWrongValueLeavesTheLayerBelowInForce) {
    m_sources.system_files = {write("system.toml", "shell = \"zsh\"\n")};
    const Config config = load_user("shell = 5\nmax_tokens = 9\n");
    EXPECT_EQ(config.problems().size(), 1U);
    EXPECT_EQ(config.get<std::string>("shell"), "zsh");
    EXPECT_EQ(config.get<std::int64_t>("max_tokens"), 9);
}

TEST_F(Loading, SyntaxErrorsNameTheLine) {
    EXPECT_EQ(only_problem(load_user("shell = \"zsh\"\nwhat is this\n")).substr(0, 12),
              "user.toml:2:");
    EXPECT_EQ(only_problem(load_user("shell = \"zsh\nmax_tokens = 1")).substr(0, 12),
              "user.toml:1:");
    EXPECT_EQ(only_problem(load_user("shell = \"a\"\nshell = \"b\"\n")).substr(0, 12),
              "user.toml:2:");
}

TEST_F(Loading, BytesThatAreNoTextAreAnError) {
    EXPECT_EQ(load_user("shell = \"\xff\xfe\"").problems().size(), 1U);
    EXPECT_EQ(load_user(std::string("a\0b", 3)).problems().size(), 1U);
}

TEST_F(Loading, AHugeFileIsAnError) {
    EXPECT_EQ(load_user(std::string(2U << 20U, '#')).problems().size(), 1U);
}

TEST_F(Loading, AMissingUserFileMattersOnlyWhenNamed) {
    m_sources.user_file = m_folder.path() / "missing.toml";
    EXPECT_TRUE(load().problems().empty());
    m_sources.user_file_required = true;
    EXPECT_EQ(load().problems().size(), 1U);
}

TEST_F(Loading, AFolderInPlaceOfAFileIsAnError) {
    m_sources.user_file = m_folder.path();
    EXPECT_EQ(load().problems().size(), 1U);
}

TEST_F(Loading, RulesAreSwitchedOffByTheUsersFileOnly) {
    m_sources.system_files = {write("system.toml", "safety_rules.allow = [\"x\"]\n")};
    EXPECT_NE(only_problem(load()).find("only be set in your own"), std::string::npos);
    m_sources.system_files.clear();
    m_variables["CARO_SAFETY_RULES_ALLOW"] = "x";
    const Config config = load();
    EXPECT_NE(only_problem(config).find("only be set in your own"), std::string::npos);
    EXPECT_TRUE(config.get<std::vector<std::string>>("safety_rules.allow").empty());
}

TEST_F(Loading, VariablesAreCheckedToo) {
    m_variables = {{"CARO_MAX_TOKENS", "ten"}, {"CARO_FALLBACK", "ON"}, {"CARO_SHELL", ""}};
    const Config config = load();
    EXPECT_EQ(only_problem(config),
              "CARO_MAX_TOKENS: max_tokens must be a whole number from 1 to 4096, not 'ten'");
    EXPECT_TRUE(config.get<bool>("fallback"));
    EXPECT_EQ(config.origin("shell").layer, Layer::built_in);
}

TEST(Values, AreReadAsTyped) {
    const auto parse = [](std::string_view key, std::string_view text) {
        return parse_value(k_settings[find_row(key)], text);
    };
    for (const auto* yes : {"true", "YES", "on", "1"}) {
        EXPECT_EQ(*parse("fallback", yes), Value(true)) << yes;
    }
    for (const auto* no : {"false", "No", "off", "0"}) {
        EXPECT_EQ(*parse("fallback", no), Value(false)) << no;
    }
    EXPECT_FALSE(parse("fallback", "maybe"));
    EXPECT_FALSE(parse("max_tokens", "12x"));
    EXPECT_FALSE(parse("max_tokens", ""));
    EXPECT_FALSE(parse("max_tokens", "99999999999999999999"));
    EXPECT_EQ(*parse("engine.gpu_layers", "-1"), Value(std::int64_t{-1}));
    EXPECT_EQ(*parse("safety_rules.allow", "a.b, c,,"),
              Value(std::vector<std::string>{"a.b", "c"}));
    EXPECT_FALSE(parse("model", "a\nb"));
    EXPECT_TRUE(parse("ollama.url", "http://10.0.0.1:11434"));
    EXPECT_TRUE(parse("ollama.url", "10.0.0.1:11434"));
    EXPECT_TRUE(parse("ollama.url", ""));
    EXPECT_FALSE(parse("ollama.url", "ftp://x"));
    EXPECT_FALSE(parse("ollama.url", "http://a b"));
    EXPECT_FALSE(parse("vllm.url", "https://user:secret@host/v1"));
    EXPECT_TRUE(parse("vllm.url", "https://host/v1@2"));
    EXPECT_FALSE(parse("vllm.key_env", "sk-abc"));
    EXPECT_FALSE(parse("vllm.key_env", ""));
    EXPECT_TRUE(parse("vllm.key_env", "MY_KEY2"));
    for (const auto* duration : {"5m", "30s", "-1", "0", "500ms", "24h"}) {
        EXPECT_TRUE(parse("ollama.keep_alive", duration)) << duration;
    }
    for (const auto* duration : {"", "m", "5 m", "soon", "-"}) {
        EXPECT_FALSE(parse("ollama.keep_alive", duration)) << duration;
    }
}

TEST(Values, AreWrittenAsToml) {
    EXPECT_EQ(to_toml(Value(true)), "true");
    EXPECT_EQ(to_toml(Value(std::int64_t{-1})), "-1");
    EXPECT_EQ(to_toml(Value(std::string("a \"b\" \\c"))), "\"a \\\"b\\\" \\\\c\"");
    EXPECT_EQ(to_toml(Value(std::vector<std::string>{"a", "b"})), "[\"a\", \"b\"]");
    EXPECT_EQ(to_text(Value(std::vector<std::string>{"a", "b"})), "a,b");
    EXPECT_EQ(to_text(Value(std::string("a b"))), "a b");
}

TEST(Flags, SpeakOfTheFlag) {
    Config config;
    const auto wrong = config.set_flag("safety", "lax", "--safety");
    ASSERT_FALSE(wrong);
    EXPECT_EQ(wrong.error().code, ErrorCode::usage);
    EXPECT_EQ(wrong.error().message, "--safety must be strict, moderate or permissive, not 'lax'");
    EXPECT_EQ(config.get<std::string>("safety"), "moderate");
}

}  // namespace
}  // namespace caro::config
