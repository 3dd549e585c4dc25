#include "config/edit.hpp"

#include "support/temp_dir.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>
#include <sys/stat.h>

namespace caro::config {
namespace {

Result<std::string> set(std::string_view text, std::string_view key, std::string_view value) {
    const std::size_t row = find_row(key);
    return set_in_text(text, "file", row, *parse_value(k_settings[row], value));
}

struct Change {
    const char* before;
    const char* key;
    const char* value;  // nullptr: unset
    const char* after;
};

TEST(Edit, TouchesNothingElse) {
    const Change changes[] = {
        // setting what is there
        {"shell = \"zsh\"", "shell", "bash", "shell = \"bash\""},
        {"shell = \"zsh\" # mine\n", "shell", "bash", "shell = \"bash\" # mine\n"},
        {"  shell='zsh'\n", "shell", "bash", "  shell=\"bash\"\n"},
        {"# ä\nmodel = \"große\" # ü\nshell = \"zsh\"\n", "shell", "sh",
         "# ä\nmodel = \"große\" # ü\nshell = \"sh\"\n"},
        {"model = \"größe\" # ü\n", "model", "x", "model = \"x\" # ü\n"},
        {"shell = \"\"\"\nzsh\"\"\"\n", "shell", "bash", "shell = \"bash\"\n"},
        {"engine.threads=1\n", "engine.threads", "2", "engine.threads=2\n"},
        {"engine = { threads = 1, mmap = true }\n", "engine.threads", "2",
         "engine = { threads = 2, mmap = true }\n"},
        {"[engine]\nthreads = 0x10 # hex\n", "engine.threads", "2",
         "[engine]\nthreads = 2 # hex\n"},
        {"[safety_rules]\nallow = [\n  \"a\", # why\n  \"b\",\n]\n", "safety_rules.allow", "c",
         "[safety_rules]\nallow = [\"c\"]\n"},
        // adding to the top
        {"", "shell", "bash", "shell = \"bash\"\n"},
        {"# only a comment", "shell", "bash", "# only a comment\nshell = \"bash\"\n"},
        {"model = \"x\"", "shell", "bash", "model = \"x\"\nshell = \"bash\"\n"},
        {"model = \"x\"\n\n[engine]\n", "shell", "bash",
         "model = \"x\"\nshell = \"bash\"\n\n[engine]\n"},
        {"[engine]\nthreads = 1\n", "shell", "bash", "shell = \"bash\"\n\n[engine]\nthreads = 1\n"},
        {"# top\n\n# speed\n[engine]\nthreads = 1\n", "shell", "bash",
         "# top\n\nshell = \"bash\"\n\n# speed\n[engine]\nthreads = 1\n"},
        {"model = \"x\"\r\n", "shell", "bash", "model = \"x\"\r\nshell = \"bash\"\r\n"},
        // adding to a table
        {"", "engine.threads", "2", "[engine]\nthreads = 2\n"},
        {"shell = \"sh\"", "engine.threads", "2", "shell = \"sh\"\n\n[engine]\nthreads = 2\n"},
        {"[engine]\n", "engine.threads", "2", "[engine]\nthreads = 2\n"},
        {"[engine] # fast\nmmap = true # yes\n\n[vllm]\nmodel = \"m\"\n", "engine.threads", "2",
         "[engine] # fast\nmmap = true # yes\nthreads = 2\n\n[vllm]\nmodel = \"m\"\n"},
        {"engine.mmap = true\nshell = \"sh\"\n", "engine.threads", "2",
         "engine.mmap = true\nengine.threads = 2\nshell = \"sh\"\n"},
        // removing
        {"a = 1\nshell = \"zsh\" # mine\nb = 2\n", "shell", nullptr, "a = 1\nb = 2\n"},
        {"shell = \"zsh\"", "shell", nullptr, ""},
        {"bakend = 1\nshell = \"sh\"\n", "bakend", nullptr, "shell = \"sh\"\n"},
        {"[engine]\nthreads = 1\n", "engine.threads", nullptr, "[engine]\n"},
        {"[safety_rules]\nallow = [\n \"a\",\n]\n# end\n", "safety_rules.allow", nullptr,
         "[safety_rules]\n# end\n"},
        {"model = \"x\"\n", "shell", nullptr, "model = \"x\"\n"},
        {"# shell = \"x\"\n", "shell", nullptr, "# shell = \"x\"\n"},
    };
    for (const auto& change : changes) {
        const auto result = change.value == nullptr
                                ? unset_in_text(change.before, "file", change.key)
                                : set(change.before, change.key, change.value);
        ASSERT_TRUE(result) << change.before << "\n" << result.error().message;
        EXPECT_EQ(*result, change.after) << change.before;
    }
}

TEST(Edit, RefusesWhatItCannotDoSafely) {
    const auto inline_table = set("engine = { mmap = true }\n", "engine.threads", "2");
    ASSERT_FALSE(inline_table);
    EXPECT_EQ(inline_table.error().code, ErrorCode::config);
    EXPECT_EQ(inline_table.error().message,
              "file:1: engine is written in a form that caro does not edit");
    EXPECT_FALSE(
        unset_in_text("engine = { threads = 1, mmap = true }\n", "file", "engine.threads"));
    const auto broken = set("shell = \n", "shell", "sh");
    ASSERT_FALSE(broken);
    EXPECT_EQ(broken.error().message.substr(0, 7), "file:1:");
}

TEST(Edit, AValueSurvivesTheWayThroughAFile) {
    for (const auto* text : {"plain", "a \"b\" 'c' \\d #e = [f]", "größe 模型", " spaces "}) {
        const auto file = set("", "model", text);
        ASSERT_TRUE(file) << text;
        const auto again = set(*file, "shell", "sh");
        ASSERT_TRUE(again) << text;
        const test::TempDir folder;
        std::ofstream(folder.path() / "f.toml", std::ios::binary) << *again;
        Sources sources;
        sources.user_file = folder.path() / "f.toml";
        const Config config = Config::load(sources);
        EXPECT_TRUE(config.problems().empty());
        EXPECT_EQ(config.get<std::string>("model"), text);
    }
}

class EditFile : public testing::Test {
  protected:
    std::filesystem::path path() const { return m_folder.path() / "sub" / "config.toml"; }
    static std::string content(const std::filesystem::path& path) {
        std::ifstream stream(path, std::ios::binary);
        std::ostringstream text;
        text << stream.rdbuf();
        return text.str();
    }
    test::TempDir m_folder;
    std::size_t m_row = find_row("shell");
};

TEST_F(EditFile, CreatesAPrivateFile) {
    ASSERT_TRUE(set_in_file(path(), m_row, Value(std::string("sh"))));
    EXPECT_EQ(content(path()), "shell = \"sh\"\n");
    struct stat info {};
    ASSERT_EQ(::stat(path().c_str(), &info), 0);
    EXPECT_EQ(info.st_mode & 0777U, 0600U);
}

TEST_F(EditFile, KeepsModeAndLink) {
    const auto target = m_folder.path() / "real.toml";
    std::ofstream(target) << "# kept\n";
    ::chmod(target.c_str(), 0644);
    std::filesystem::create_directories(path().parent_path());
    std::filesystem::create_symlink(target, path());
    ASSERT_TRUE(set_in_file(path(), m_row, Value(std::string("sh"))));
    EXPECT_TRUE(std::filesystem::is_symlink(path()));
    EXPECT_EQ(content(target), "# kept\nshell = \"sh\"\n");
    struct stat info {};
    ASSERT_EQ(::stat(target.c_str(), &info), 0);
    EXPECT_EQ(info.st_mode & 0777U, 0644U);
}

TEST_F(EditFile, UnsetTellsWhetherTheKeyWasThere) {
    EXPECT_EQ(*unset_in_file(path(), "shell"), false);
    EXPECT_FALSE(std::filesystem::exists(path()));
    ASSERT_TRUE(set_in_file(path(), m_row, Value(std::string("sh"))));
    EXPECT_EQ(*unset_in_file(path(), "shell"), true);
    EXPECT_EQ(content(path()), "");
}

TEST_F(EditFile, LeavesNoTemporaryFiles) {
    ASSERT_TRUE(set_in_file(path(), m_row, Value(std::string("sh"))));
    ASSERT_TRUE(set_in_file(path(), m_row, Value(std::string("zsh"))));
    std::size_t files = 0;
    for ([[maybe_unused]] const auto& entry :
         std::filesystem::directory_iterator(path().parent_path())) {
        ++files;
    }
    EXPECT_EQ(files, 1U);
}

}  // namespace
}  // namespace caro::config
