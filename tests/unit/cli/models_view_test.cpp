#include "cli/models_view.hpp"

#include "support/golden.hpp"

#include <gtest/gtest.h>

namespace caro::cli {
namespace {

constexpr std::int64_t k_time = 1790000000;  // 2026-09-21

ModelTable table() {
    ModelTable table;
    ModelRow chosen;
    chosen.name = "small-1b";
    chosen.entry = models::CatalogueEntry{};
    chosen.entry->name = "small-1b";
    chosen.entry->title = "Small 1B, Q4_K_M";
    chosen.entry->repo = "owner/small-GGUF";
    chosen.entry->file = "small-q4_k_m.gguf";
    chosen.entry->sha256 = std::string(64, 'a');
    chosen.entry->parameters_m = 1540;
    chosen.entry->memory_mb = 1500;
    chosen.entry->licence = "Apache-2.0";
    chosen.entry->licence_url = "https://example.org/licence";
    chosen.entry->chat_template = "chatml";
    chosen.entry->languages = {"en", "de"};
    chosen.entry->note = "Good enough";
    chosen.entry->is_default = true;
    chosen.cached = models::ManifestEntry{};
    chosen.cached->file = chosen.entry->file;
    chosen.cached->repo = chosen.entry->repo;
    chosen.cached->source = "hub";
    chosen.cached->revision = "0123abc";
    chosen.cached->sha256 = chosen.entry->sha256;
    chosen.cached->downloaded = k_time;
    chosen.cached->last_used = k_time + 86400;
    chosen.path = "/cache/models/small-q4_k_m.gguf";
    chosen.size = 1117320768;
    chosen.chosen = true;
    chosen.running = true;
    chosen.update = "current";
    table.rows.push_back(chosen);
    ModelRow absent;
    absent.name = "restricted-3b";
    absent.entry = models::CatalogueEntry{};
    absent.entry->licence = "Some-Research";
    absent.entry->parameters_m = 3090;
    absent.entry->memory_mb = 2600;
    absent.entry->permissive = false;
    table.rows.push_back(absent);
    ModelRow stray;
    stray.name = "mine\x1b[31m.gguf";
    stray.cached = models::ManifestEntry{};
    stray.cached->file = stray.name;
    stray.cached->source = "file";
    stray.path = "/cache/models/mine.gguf";
    stray.size = 98362432;
    stray.changed = true;
    table.rows.push_back(stray);
    table.unfinished.push_back({"/cache/models/big.gguf.0123.part", 5000});
    return table;
}

TEST(ModelsView, ListForPeople) {
    test::expect_golden("tests/golden/models-list.txt", list_text(table()));
    EXPECT_EQ(list_text(table()).find('\x1b'), std::string::npos);
}

TEST(ModelsView, ListForPrograms) {
    test::expect_golden("tests/golden/models-list.json", structured_text(list_document(table()), Output::json));
}

TEST(ModelsView, InfoForPeople) {
    const ModelTable all = table();
    test::expect_golden("tests/golden/models-info.txt", info_text(all.rows[0]) + "\n" + info_text(all.rows[1]));
}

TEST(ModelsView, WhatIsNotKnownIsNull) {
    const Document row = info_document(table().rows[1]);
    for (const auto* key : {"path", "size", "sha256", "repo", "downloaded", "last_used", "problem"}) {
        EXPECT_TRUE(row.at(key).is_null()) << key;
    }
    EXPECT_FALSE(row.contains("update"));
}

TEST(ModelsView, RepositoryAndSearch) {
    models::Repository repository;
    repository.repo = "owner/name";
    repository.gated = true;
    repository.files = {{"README.md", 10, ""}, {"m-q8_0.gguf", 2000, std::string(64, 'b')}};
    const std::string text = repository_text(repository);
    EXPECT_NE(text.find("m-q8_0.gguf  2.0 kB  Q8_0\n"), std::string::npos) << text;
    EXPECT_EQ(text.find("README"), std::string::npos);
    EXPECT_NE(text.find("accept its terms"), std::string::npos);
    EXPECT_EQ(repository_document(repository)["files"][1]["quant"], "Q8_0");
    const std::vector<models::SearchHit> hits = {{"owner/name", 1200, 7, "mit", true}};
    EXPECT_EQ(search_text(hits),
              "REPOSITORY  DOWNLOADS  LIKES  LICENCE\nowner/name  1200       7      mit      gated\n");
    EXPECT_EQ(search_document(hits)["repositories"][0]["downloads"], 1200);
}

TEST(ModelsView, NumbersAreShort) {
    EXPECT_EQ(parameters_text(0), "");
    EXPECT_EQ(parameters_text(494), "494M");
    EXPECT_EQ(parameters_text(7610), "7.6B");
    EXPECT_EQ(date_text(0), "");
    EXPECT_EQ(date_text(k_time), "2026-09-21");
    EXPECT_EQ(columns_text({{"a", "b"}, {"äöü", "c"}}), "a    b\näöü  c\n");
}

}  // namespace
}  // namespace caro::cli
