#include "models/hub_json.hpp"

#include <gtest/gtest.h>

namespace caro::models {
namespace {

TEST(HubJson, NamesThatCouldLeaveTheirFolderAreNone) {
    EXPECT_TRUE(is_repository_name("Qwen/Qwen2.5-Coder-0.5B-Instruct-GGUF"));
    for (const char* name : {"", "a", "..", "../x", "a/..", "a/b/c", "a/", "/a", ".a/b", "a/-b", "a/b..c", "a\\b/c", "a/b\x1b", "a/b c"}) {
        EXPECT_FALSE(is_repository_name(name)) << name;
    }
    EXPECT_TRUE(is_repository_file("folder/model-q4_k_m.gguf"));
    EXPECT_TRUE(is_repository_file("modèle.gguf"));
    for (const auto& name : {std::string(), std::string(".."), std::string("a/../b"), std::string("/etc/x"), std::string("a//b"), std::string("./a"),
                             std::string("a/"), std::string("a\\b"), std::string("a\0b", 3), std::string("a\nb"), std::string("\xff.gguf"),
                             std::string(201, 'a'), std::string("a/") + std::string(300, 'b')}) {
        EXPECT_FALSE(is_repository_file(name)) << name;
    }
    EXPECT_TRUE(is_commit("0123456789abcdef0123456789abcdef01234567"));
    for (const char* commit : {"", "main", "../../../../", "012345", "0123456789ABCDEF", "0123456789abcdef/.."}) {
        EXPECT_FALSE(is_commit(commit)) << commit;
    }
}

TEST(HubJson, AListingIsReadWithDistrust) {
    const auto listing = parse_repository(R"({"id": "../..", "sha": "../../../..", "gated": "manual", "cardData": {"license": "mit"},
        "siblings": [{"rfilename": "../../x.gguf"}, {"rfilename": "a\u0000b.gguf"}, {"rfilename": 7}, 8,
                     {"rfilename": "ok.gguf", "size": 5, "lfs": {"sha256": "zz", "size": 18446744073709551615}},
                     {"rfilename": "d/good.gguf", "size": 1, "lfs": {"size": 20}}]})",
                                          "owner/name", "main");
    ASSERT_TRUE(listing);
    EXPECT_EQ(listing->repo, "owner/name");
    EXPECT_EQ(listing->revision, "main");
    EXPECT_EQ(listing->licence, "mit");
    EXPECT_TRUE(listing->gated);
    ASSERT_EQ(listing->files.size(), 2U);
    EXPECT_EQ(listing->files[0].file, "ok.gguf");
    EXPECT_EQ(listing->files[0].size, 0U) << "a size that cannot be is not known";
    EXPECT_EQ(listing->files[0].sha256, "");
    EXPECT_EQ(listing->files[1].size, 20U);
}

TEST(HubJson, WhatTheHubSaysIsTakenWhereItCanBe) {
    const auto listing = parse_repository(R"({"id": "New/Name", "sha": "0123456789abcdef", "tags": ["license:apache-2.0"], "siblings": []})", "old/name", "main");
    ASSERT_TRUE(listing);
    EXPECT_EQ(listing->repo, "New/Name");
    EXPECT_EQ(listing->revision, "0123456789abcdef");
    EXPECT_EQ(listing->licence, "apache-2.0");
    EXPECT_FALSE(listing->gated);
}

TEST(HubJson, OtherAnswersAreNone) {
    const std::string deep = std::string(100'000, '[') + std::string(100'000, ']');
    for (const auto& body : {std::string(), std::string("[]"), std::string("{}"), std::string(R"({"siblings": 1})"), std::string("<html>"), deep,
                             R"({"siblings": [], "x": )" + deep + "}"}) {
        EXPECT_FALSE(parse_repository(body, "a/b", "main")) << body.substr(0, 40);
        EXPECT_FALSE(parse_search(body + "x", 5));
    }
    EXPECT_FALSE(parse_search("{}", 5));
}

TEST(HubJson, HitsHaveNamesThatCanBeTyped) {
    const auto hits = parse_search(R"([{"id": "a/b", "downloads": 7, "tags": ["license:\u001b[31m"]}, {"id": "\u001b[2J"}, {"id": "c/d"}, {"id": "e/f"}])", 2);
    ASSERT_TRUE(hits);
    ASSERT_EQ(hits->size(), 2U);
    EXPECT_EQ((*hits)[0].repo, "a/b");
    EXPECT_EQ((*hits)[0].downloads, 7U);
    EXPECT_EQ((*hits)[0].licence, "");
    EXPECT_EQ((*hits)[1].repo, "c/d");
}

}  // namespace
}  // namespace caro::models
