// The schema of data/models.toml, and how it is read.
#include "models/catalogue.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "data/data.hpp"
#include "util/utf8.hpp"

#include <toml++/toml.h>

namespace caro::models {
namespace {

std::vector<CatalogueEntry> entries() {
    auto list = catalogue();
    EXPECT_TRUE(list);
    return list ? *list : std::vector<CatalogueEntry>{};
}

bool only_of(std::string_view text, std::string_view characters) {
    return !text.empty() && text.find_first_not_of(characters) == std::string_view::npos;
}

bool ends_with(std::string_view text, std::string_view end) {
    return text.size() >= end.size() && text.substr(text.size() - end.size()) == end;
}

TEST(Catalogue, HasOneDefaultOfWhichAllIsKnown) {
    int defaults = 0;
    for (const auto& entry : entries()) {
        if (entry.is_default) {
            ++defaults;
            EXPECT_EQ(entry.name, "qwen2.5-coder-1.5b");
            EXPECT_EQ(entry.sha256.size(), 64U);
            EXPECT_GT(entry.size, 1000000U);
            EXPECT_TRUE(entry.permissive);
            EXPECT_EQ(entry.licence, "Apache-2.0");
        }
    }
    EXPECT_EQ(defaults, 1);
}

TEST(Catalogue, NamesAndFilesAreUnique) {
    std::set<std::string> names;
    std::set<std::string> files;
    for (const auto& entry : entries()) {
        EXPECT_TRUE(names.insert(entry.name).second) << entry.name;
        EXPECT_TRUE(files.insert(entry.file).second) << entry.file;
    }
}

TEST(Catalogue, EveryEntryIsWhole) {
    const std::string_view small = "abcdefghijklmnopqrstuvwxyz0123456789";
    ASSERT_GE(entries().size(), 5U);
    for (const auto& entry : entries()) {
        SCOPED_TRACE(entry.name);
        EXPECT_TRUE(only_of(entry.name, std::string(small) + ".-"));
        EXPECT_FALSE(entry.title.empty());
        EXPECT_EQ(std::count(entry.repo.begin(), entry.repo.end(), '/'), 1);
        EXPECT_TRUE(ends_with(entry.file, ".gguf"));
        EXPECT_EQ(entry.file.find('/'), std::string::npos);
        EXPECT_GT(entry.parameters_m, 50U);
        EXPECT_GT(entry.memory_mb, 100U);
        EXPECT_FALSE(entry.licence.empty());
        EXPECT_EQ(entry.licence_url.rfind("https://", 0), 0U);
        EXPECT_FALSE(entry.chat_template.empty());
        EXPECT_FALSE(entry.languages.empty());
        for (const auto& language : entry.languages) {
            EXPECT_TRUE(language.size() == 2 && only_of(language, small)) << language;
        }
        EXPECT_LE(display_width(entry.note), 60U);
        // A hash without a size, or the other way round, would be half a promise.
        EXPECT_EQ(entry.size == 0, entry.sha256.empty());
        if (!entry.sha256.empty()) {
            EXPECT_EQ(entry.sha256.size(), 64U);
            EXPECT_TRUE(only_of(entry.sha256, "0123456789abcdef"));
            EXPECT_GT(entry.memory_mb * 1000000, entry.size);
        }
    }
}

TEST(Catalogue, WhatIsNotPermissiveSaysSo) {
    for (const auto& entry : entries()) {
        if (!entry.permissive) {
            EXPECT_FALSE(entry.note.empty()) << entry.name;
            EXPECT_NE(entry.licence, "Apache-2.0");
        }
        if (entry.name == "qwen2.5-coder-3b") {
            EXPECT_FALSE(entry.permissive);
        }
    }
}

TEST(Catalogue, TheFileHoldsNoKeyThatNobodyReads) {
    static const std::set<std::string_view> k_keys = {
        "name",       "default", "title",   "repo",        "file",       "size",     "sha256",
        "parameters", "memory",  "licence", "licence_url", "permissive", "template", "languages",
        "note",       "for_code"};
    const auto parsed = toml::parse(data::get("models.toml").value_or(""));
    ASSERT_TRUE(parsed);
    for (const auto& node : *parsed.table()["model"].as_array()) {
        for (const auto& [key, value] : *node.as_table()) {
            EXPECT_TRUE(k_keys.count(key.str()) != 0) << key.str();
        }
    }
}

TEST(Catalogue, BrokenDataIsAnErrorOfOurs) {
    const auto list = parse_catalogue("[[model]\nname = 1");
    ASSERT_FALSE(list);
    EXPECT_EQ(list.error().code, ErrorCode::internal);
}

TEST(Catalogue, UnknownValuesAreEmpty) {
    const auto list = parse_catalogue("[[model]]\nname = \"x\"\nsize = -4\n");
    ASSERT_TRUE(list);
    ASSERT_EQ(list->size(), 1U);
    EXPECT_EQ(list->front().size, 0U);
    EXPECT_FALSE(list->front().permissive);
    EXPECT_FALSE(list->front().is_default);
}

}  // namespace
}  // namespace caro::models
