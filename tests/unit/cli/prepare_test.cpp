#include "cli/prepare.hpp"

#include "cli/backend_options.hpp"
#include "cli/doctor.hpp"
#include "infer/registry.hpp"
#include "support/scoped_env.hpp"
#include "support/temp_dir.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <map>

namespace caro::cli {
namespace {

class Prepare : public testing::Test {
  protected:
    Result<> run(const std::vector<std::string>& arguments) {
        const ParsedLine line = parse_line(arguments);
        EXPECT_FALSE(line.problem) << line.problem->message;
        Surroundings around;
        around.stderr_tty = m_terminal;
        around.environment = [&](const char* name) { return variable(name); };
        around.sources = [&](const std::optional<std::filesystem::path>& file) {
            config::Sources sources;
            sources.user_file = file;
            sources.user_file_required = file.has_value();
            sources.environment = [&](const std::string& name) { return variable(name); };
            return sources;
        };
        m_invocation = Invocation();
        return prepare(line, choose(line), around, m_invocation);
    }

    std::optional<std::string> variable(const std::string& name) const {
        const auto found = m_variables.find(name);
        return found == m_variables.end() ? std::nullopt : std::optional(found->second);
    }

    std::map<std::string, std::string> m_variables;
    bool m_terminal = false;
    Invocation m_invocation;
};

TEST_F(Prepare, StartsFromTheBuiltInValues) {
    ASSERT_TRUE(run({"list", "files"}));
    EXPECT_EQ(m_invocation.request, "list files");
    EXPECT_EQ(m_invocation.output, Output::plain);
    EXPECT_EQ(m_invocation.safety, safety::Level::moderate);
    EXPECT_FALSE(m_invocation.execute || m_invocation.yes || m_invocation.interactive ||
                 m_invocation.dry_run);
    EXPECT_FALSE(m_invocation.verbose || m_invocation.quiet || m_invocation.color ||
                 m_invocation.no_input);
}

TEST_F(Prepare, TakesEveryFlag) {
    ASSERT_TRUE(
        run({"-xyivq", "--no-input", "-o", "yaml", "--safety", "strict", "-s", "fish", "x"}));
    EXPECT_TRUE(m_invocation.execute && m_invocation.yes && m_invocation.interactive);
    EXPECT_TRUE(m_invocation.verbose && m_invocation.quiet && m_invocation.no_input);
    EXPECT_EQ(m_invocation.output, Output::yaml);
    EXPECT_EQ(m_invocation.safety, safety::Level::strict);
    EXPECT_EQ(m_invocation.shell, context::Shell::fish);
}

TEST_F(Prepare, FlagsBeatTheEnvironment) {
    m_variables = {{"CARO_SHELL", "zsh"}, {"CARO_SAFETY", "permissive"}, {"CARO_OUTPUT", "json"}};
    ASSERT_TRUE(run({"-s", "dash", "x"}));
    EXPECT_EQ(m_invocation.shell, context::Shell::dash);
    EXPECT_EQ(m_invocation.safety, safety::Level::permissive);
    EXPECT_EQ(m_invocation.output, Output::json);
    EXPECT_EQ(m_invocation.config.origin("shell").text(), "--shell");
    EXPECT_EQ(m_invocation.config.origin("safety").text(), "CARO_SAFETY");
}

TEST_F(Prepare, TheLastOfSeveralFlagsCounts) {
    ASSERT_TRUE(run({"--json", "-o", "plain", "-o", "yaml", "x"}));
    EXPECT_EQ(m_invocation.output, Output::yaml);
    ASSERT_TRUE(run({"-o", "yaml", "--json", "x"}));
    EXPECT_EQ(m_invocation.output, Output::json);
}

TEST_F(Prepare, DryRunBeatsExecuteInAnyOrder) {
    for (const auto& arguments : {std::vector<std::string>{"-x", "-n", "x"}, {"-n", "x", "-x"}}) {
        ASSERT_TRUE(run(arguments));
        EXPECT_FALSE(m_invocation.execute);
        EXPECT_TRUE(m_invocation.dry_run);
    }
}

TEST_F(Prepare, ColourFollowsTheTerminalAndFlags) {
    m_terminal = true;
    ASSERT_TRUE(run({"x"}));
    EXPECT_TRUE(m_invocation.color);
    ASSERT_TRUE(run({"--no-color", "x"}));
    EXPECT_FALSE(m_invocation.color);
    m_terminal = false;
    ASSERT_TRUE(run({"--color", "always", "x"}));
    EXPECT_TRUE(m_invocation.color);
}

TEST_F(Prepare, AWrongConfigurationStopsAllButWhatRepairsIt) {
    m_variables = {{"CARO_SAFETY", "lax"}};
    const auto stopped = run({"list", "files"});
    ASSERT_FALSE(stopped);
    EXPECT_EQ(stopped.error().code, ErrorCode::config);
    ASSERT_FALSE(run({"check", "ls"}));
    ASSERT_FALSE(run({"backends"}));
    EXPECT_TRUE(run({"config", "show"}));
    EXPECT_TRUE(run({"doctor"}));
    EXPECT_EQ(m_invocation.safety, safety::Level::moderate);
}

TEST_F(Prepare, AWrongFlagIsAUsageErrorEvenThere) {
    const auto stopped = run({"config", "show", "--color", "pink"});
    ASSERT_FALSE(stopped);
    EXPECT_EQ(stopped.error().code, ErrorCode::usage);
    EXPECT_EQ(stopped.error().message, "--color must be auto, always or never, not 'pink'");
}

TEST_F(Prepare, AnUnknownBackEndIsToldWhereItComesFrom) {
    const auto flag = run({"-b", "nosuch", "x"});
    ASSERT_FALSE(flag);
    EXPECT_EQ(flag.error().code, ErrorCode::usage);
    m_variables = {{"CARO_BACKEND", "nosuch"}};
    const auto variable = run({"x"});
    ASSERT_FALSE(variable);
    EXPECT_EQ(variable.error().code, ErrorCode::config);
    EXPECT_EQ(variable.error().message.substr(0, 13), "CARO_BACKEND:");
}

TEST_F(Prepare, BackEndOptionsFollowTheSettings) {
    m_variables = {{"CARO_ENGINE_THREADS", "3"},      {"CARO_ENGINE_CONTEXT", "4096"},
                   {"CARO_ENGINE_BATCH", "64"},       {"CARO_ENGINE_GPU_LAYERS", "0"},
                   {"CARO_ENGINE_MMAP", "off"},       {"CARO_ENGINE_MLOCK", "on"},
                   {"CARO_ENGINE_PROMPT_CACHE", "0"}, {"CARO_OLLAMA_URL", "http://a:1"},
                   {"CARO_OLLAMA_MODEL", "m1"},       {"CARO_VLLM_URL", "http://b:2"},
                   {"CARO_VLLM_MODEL", "m2"},         {"CARO_VLLM_KEY_ENV", "KEY"},
                   {"CARO_TLS_CA_FILE", "/ca"},       {"CARO_TIMEOUT_MS", "1234"},
                   {"CARO_MODEL", "/no/such/model.gguf"}};
    ASSERT_TRUE(run({"x"}));
    const auto options = backend_options(m_invocation.config);
    EXPECT_EQ(options.threads, 3);
    EXPECT_EQ(options.context_tokens, 4096U);
    EXPECT_EQ(options.batch_tokens, 64U);
    EXPECT_EQ(options.gpu_layers, 0);
    EXPECT_FALSE(options.use_mmap);
    EXPECT_TRUE(options.use_mlock);
    EXPECT_EQ(options.state_dir, "");
    EXPECT_EQ(options.ollama_url, "http://a:1");
    EXPECT_EQ(options.ollama_model, "m1");
    EXPECT_EQ(options.vllm_url, "http://b:2");
    EXPECT_EQ(options.vllm_model, "m2");
    EXPECT_EQ(options.vllm_key_env, "KEY");
    EXPECT_EQ(options.ca_file, "/ca");
    EXPECT_FALSE(options.allow_insecure);
    EXPECT_EQ(options.timeout_ms, 1234U);
    EXPECT_EQ(options.model_path, "");
    EXPECT_NE(options.model_hint.find("/no/such/model.gguf does not exist"), std::string::npos);
}

// A variable is easily inherited from somebody else's script.
TEST_F(Prepare, OnlyTheUsersOwnFileMayAllowPlainHttp) {
    m_variables = {{"CARO_TLS_ALLOW_INSECURE", "yes"}};
    const auto refused = run({"x"});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::config);
    EXPECT_NE(refused.error().message.find("only be set in your own configuration file"), std::string::npos);

    const test::TempDir folder;
    std::ofstream(folder.path() / "caro.toml") << "[tls]\nallow_insecure = true\n";
    m_variables.clear();
    ASSERT_TRUE(run({"-c", (folder.path() / "caro.toml").string(), "x"}));
    EXPECT_TRUE(backend_options(m_invocation.config).allow_insecure);
}

TEST_F(Prepare, AModelGivenByPathIsFound) {
    const test::TempDir folder;
    const auto path = folder.path() / "m.gguf";
    std::fclose(std::fopen(path.c_str(), "w"));
    ASSERT_TRUE(run({"-m", path.string(), "x"}));
    EXPECT_EQ(backend_options(m_invocation.config).model_path, path.string());
}

TEST(Completion, KnowsEveryBackEnd) {
    const auto words = words_of(*find_option("backend"));
    for (const auto& entry : infer::backends()) {
        if (entry.name.substr(0, 2) == "t-") {
            continue;  // registered by another test of this program
        }
        EXPECT_NE(std::find(words.begin(), words.end(), entry.name), words.end()) << entry.name;
    }
}

TEST(Doctor, NamesVariablesThatAreNoSettings) {
    const auto checks = check_variables({"CARO_BACKED", "CARO_BACKEND", "PATH", "CARO_VLLM_API_KEY",
                                         "CARO_TEST_ACCEPT", "CARO_QWERTYUIOP"});
    ASSERT_EQ(checks.size(), 2U);
    EXPECT_EQ(checks[0].message, "CARO_BACKED is no setting");
    EXPECT_EQ(checks[0].fix, "Did you mean CARO_BACKEND?");
    EXPECT_EQ(checks[1].message, "CARO_QWERTYUIOP is no setting");
}

TEST(Doctor, JudgesAFolderByTheNearestOneThatExists) {
    const test::TempDir folder;
    EXPECT_EQ(check_folder("cache", folder.path() / "a" / "b").health, Health::ok);
    EXPECT_FALSE(std::filesystem::exists(folder.path() / "a"));
    EXPECT_EQ(check_folder("cache", "/dev/null/caro").health, Health::warn);
    std::fclose(std::fopen((folder.path() / "file").c_str(), "w"));
    EXPECT_EQ(check_folder("cache", folder.path() / "file" / "caro").health, Health::warn);
}

TEST(Doctor, TellsWhetherThePromptWasKept) {
    const test::TempDir folder;
    const test::ScopedEnv cache("XDG_CACHE_HOME", folder.path().string().c_str());
    const auto state = folder.path() / "caro" / "state";
    EXPECT_NE(state_problem(100).find("free 50 MB there"), std::string::npos);
    std::filesystem::create_directories(state);
    std::fclose(std::fopen((state / "m.kv").c_str(), "w"));
    EXPECT_EQ(state_problem(100), "");
    const auto hour_ago = std::filesystem::file_time_type::clock::now() - std::chrono::hours(1);
    std::filesystem::last_write_time(state / "m.kv", hour_ago);
    EXPECT_NE(state_problem(100), "");
    const test::ScopedEnv unwritable("XDG_CACHE_HOME", "/dev/null");
    EXPECT_NE(state_problem(100).find("make it a folder of yours"), std::string::npos);
}

}  // namespace
}  // namespace caro::cli
