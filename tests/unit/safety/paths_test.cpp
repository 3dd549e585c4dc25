// What a path is, from its text alone.
#include "safety/paths.hpp"

#include <gtest/gtest.h>

namespace caro::safety {
namespace {

Scene scene() {
    Scene scene;
    scene.home = "/home/me";
    scene.cwd = "/home/me/project";
    return scene;
}

PathClass class_of(std::string_view text, std::string_view cwd = "/home/me/project") {
    shell::Word word;
    word.text = text;
    word.glob = text.find_first_of("*?[") != std::string_view::npos;
    return classify(word, scene(), cwd);
}

struct Row {
    const char* text;
    PathClass kind;
};

class PathTest : public ::testing::TestWithParam<Row> {};

TEST_P(PathTest, HasItsClass) {
    EXPECT_EQ(static_cast<int>(class_of(GetParam().text)), static_cast<int>(GetParam().kind)) << GetParam().text;
}

INSTANTIATE_TEST_SUITE_P(
    Table, PathTest,
    ::testing::Values(
        Row{"/", PathClass::root}, Row{"//", PathClass::root}, Row{"/.", PathClass::root}, Row{"/*", PathClass::root},
        Row{"/.*", PathClass::root}, Row{"/*/*", PathClass::root}, Row{"/etc/..", PathClass::root},
        Row{"/etc/../", PathClass::root}, Row{"../../..", PathClass::root}, Row{"/proc/self/root", PathClass::root},
        Row{"/proc/1/root/etc", PathClass::system}, Row{"/u*", PathClass::root}, Row{"/e?c", PathClass::root},
        Row{"/[a-z]*", PathClass::root}, Row{"/etc", PathClass::system}, Row{"/etc/", PathClass::system},
        Row{"/etc/*", PathClass::system}, Row{"//etc//", PathClass::system}, Row{"/usr/lib", PathClass::system},
        Row{"/usr/./lib/../lib", PathClass::system}, Row{"/home", PathClass::system}, Row{"/bin/ls", PathClass::system_core},
        Row{"/usr/bin/env", PathClass::system_core}, Row{"/b?n/ls", PathClass::system_core},
        Row{"/boot/vmlinuz", PathClass::system_core}, Row{"/usr/share/doc/x", PathClass::system_part},
        Row{"/etc/nginx/nginx.conf", PathClass::system_part}, Row{"/usr/local/bin/tool", PathClass::elsewhere},
        Row{"/var/lib", PathClass::system}, Row{"/var/lib/mysql", PathClass::system_part},
        Row{"/var/lib/dpkg", PathClass::system_core}, Row{"/var/www/html", PathClass::elsewhere},
        Row{"/home/me", PathClass::home}, Row{"/home/me/", PathClass::home}, Row{"/home/me/*", PathClass::home},
        Row{"..", PathClass::home}, Row{"../*", PathClass::home}, Row{"/home/you", PathClass::home},
        Row{"/Users/you", PathClass::home}, Row{"/root", PathClass::home}, Row{"/home/me/Documents", PathClass::elsewhere},
        Row{"/home/me/.ssh/id_rsa", PathClass::secret}, Row{"/home/me/.ssh/id_rsa.pub", PathClass::elsewhere},
        Row{"/home/me/.ssh", PathClass::secret}, Row{"/home/me/.aws/", PathClass::secret}, Row{"../.aws/credentials", PathClass::secret}, Row{".env", PathClass::secret},
        Row{"/etc/shadow", PathClass::secret}, Row{"/home/me/.bashrc", PathClass::login}, Row{".git", PathClass::vcs},
        Row{"./.git/", PathClass::vcs}, Row{".git/config", PathClass::vcs}, Row{".gitignore", PathClass::project},
        Row{"/dev/sda", PathClass::device}, Row{"/dev/disk/by-id/x", PathClass::device},
        Row{"/dev/null", PathClass::harmless_device}, Row{"/dev/../dev/sda1", PathClass::device},
        Row{"/tmp/x", PathClass::temporary}, Row{"/tmp/../etc", PathClass::system}, Row{"/tmpfiles", PathClass::elsewhere},
        Row{"node_modules", PathClass::artefact}, Row{"./build/", PathClass::artefact}, Row{"build/*", PathClass::artefact},
        Row{"app.log", PathClass::artefact}, Row{".", PathClass::here}, Row{"*", PathClass::here}, Row{"./*", PathClass::here},
        Row{".*", PathClass::here}, Row{"src", PathClass::project}, Row{"src/*", PathClass::project},
        Row{"buildings", PathClass::project}, Row{"C:\\", PathClass::root}, Row{"c:/*", PathClass::root},
        Row{"C:\\Windows\\System32", PathClass::system}, Row{"C:\\Users\\bob", PathClass::home},
        Row{"D:\\data", PathClass::elsewhere}, Row{"%SystemRoot%", PathClass::system}, Row{"$env:USERPROFILE", PathClass::home},
        Row{"host:/etc", PathClass::project}, Row{"\x1a/x", PathClass::unknown}));

TEST(Paths, FollowTheWorkingFolder) {
    EXPECT_EQ(class_of("*", "/"), PathClass::root);
    EXPECT_EQ(class_of("etc", "/"), PathClass::system);
    EXPECT_EQ(class_of("*", "/home/me"), PathClass::home);
    EXPECT_EQ(class_of("*", "/tmp/work"), PathClass::temporary);
    EXPECT_EQ(class_of("*", ""), PathClass::here) << "the folder is not known";
}

TEST(Paths, KnowTildesWithoutAHome) {
    Scene nowhere;
    shell::Word word;
    word.tilde = true;
    for (const auto* text : {"~", "~/", "~/*", "~root"}) {
        word.text = text;
        EXPECT_EQ(classify(word, nowhere, ""), PathClass::home) << text;
    }
    word.text = "~/.ssh/id_rsa";
    EXPECT_EQ(classify(word, nowhere, ""), PathClass::secret);
    word.text = "~/notes";
    EXPECT_EQ(classify(word, nowhere, ""), PathClass::elsewhere);
}

TEST(Globs, MatchLikeAShell) {
    EXPECT_TRUE(glob_match("*", ""));
    EXPECT_TRUE(glob_match("a*c", "abbc"));
    EXPECT_FALSE(glob_match("a*c", "abb"));
    EXPECT_TRUE(glob_match("?[b-d]", "xc"));
    EXPECT_FALSE(glob_match("[!a]", "a"));
    EXPECT_TRUE(glob_match("[*]", "*"));
    EXPECT_FALSE(glob_match("[*]", "x"));
    EXPECT_TRUE(glob_match("DROP *", "drop x", true));
    EXPECT_FALSE(glob_match("DROP *", "drop x"));
    EXPECT_TRUE(glob_match("[", "["));
}

TEST(Globs, TakeNoLongTime) {
    const std::string name(5000, 'a');
    std::string pattern;
    for (int i = 0; i < 50; ++i) {
        pattern += "a*";
    }
    EXPECT_FALSE(glob_match(pattern + "b", name));
}

}  // namespace
}  // namespace caro::safety
