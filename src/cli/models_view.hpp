// How models are shown: tables for people, documents for programs.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cli/structured_internal.hpp"
#include "models/cache.hpp"
#include "models/catalogue.hpp"
#include "models/hub.hpp"

namespace caro::cli {

// One model of `caro models list`: of the catalogue, of the cache, or both.
struct ModelRow {
    std::string name;  // as one would write it after -m
    std::optional<models::CatalogueEntry> entry;
    std::optional<models::ManifestEntry> cached;
    std::string path;        // "" = not on this machine
    std::uint64_t size = 0;  // bytes; 0 = not known
    bool chosen = false;     // the one that answers
    bool inside = false;     // this program carries it
    bool running = false;    // a running caro holds it
    bool changed = false;    // not the bytes that were checked
    std::string problem;     // why it cannot be used though a file is there; ""
    std::string update;      // with --updates: "current", "newer", "pinned", "unknown"; "" = not asked
};

struct ModelTable {
    std::vector<ModelRow> rows;
    std::vector<models::PartialFile> unfinished;
};

// The table for people, each line ended by a newline.
std::string list_text(const ModelTable& table);
Document list_document(const ModelTable& table);

// All of one model, one fact a line.
std::string info_text(const ModelRow& row);
Document info_document(const ModelRow& row);

// What a repository of the hub holds.
std::string repository_text(const models::Repository& repository);
Document repository_document(const models::Repository& repository);

std::string search_text(const std::vector<models::SearchHit>& hits);
Document search_document(const std::vector<models::SearchHit>& hits);

// "494M", "1.5B"; "" for 0.
std::string parameters_text(std::uint64_t millions);

// "2026-11-23"; "" for 0. In UTC.
std::string date_text(std::int64_t seconds);

// Columns as wide as their widest cell, two spaces between; the last one is not padded. All cells are made harmless.
std::string columns_text(const std::vector<std::vector<std::string>>& rows);

}  // namespace caro::cli
