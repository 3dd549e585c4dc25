#include "models/catalogue.hpp"

#include <fmt/core.h>
#include <toml++/toml.h>

#include "data/data.hpp"

namespace caro::models {

namespace {

std::uint64_t count_of(const toml::table& row, std::string_view key) {
    const auto value = row[key].value_or(std::int64_t{0});
    return value > 0 ? static_cast<std::uint64_t>(value) : 0;
}

CatalogueEntry entry_of(const toml::table& row) {
    CatalogueEntry entry;
    entry.name = row["name"].value_or("");
    entry.title = row["title"].value_or("");
    entry.repo = row["repo"].value_or("");
    entry.file = row["file"].value_or("");
    entry.size = count_of(row, "size");
    entry.sha256 = row["sha256"].value_or("");
    entry.parameters_m = count_of(row, "parameters");
    entry.memory_mb = count_of(row, "memory");
    entry.licence = row["licence"].value_or("");
    entry.licence_url = row["licence_url"].value_or("");
    entry.permissive = row["permissive"].value_or(false);
    entry.chat_template = row["template"].value_or("");
    entry.note = row["note"].value_or("");
    entry.for_code = row["for_code"].value_or(false);
    entry.is_default = row["default"].value_or(false);
    if (const auto* languages = row["languages"].as_array()) {
        for (const auto& language : *languages) {
            entry.languages.emplace_back(language.value_or(""));
        }
    }
    return entry;
}

}  // namespace

Result<std::vector<CatalogueEntry>> parse_catalogue(std::string_view text) {
    const auto parsed = toml::parse(text, std::string_view("models.toml"));
    if (!parsed) {
        return fail(ErrorCode::internal, fmt::format("models.toml: {}", parsed.error().description()));
    }
    std::vector<CatalogueEntry> entries;
    if (const auto* list = parsed.table()["model"].as_array()) {
        for (const auto& node : *list) {
            if (const auto* row = node.as_table()) {
                entries.push_back(entry_of(*row));
            }
        }
    }
    return entries;
}

Result<std::vector<CatalogueEntry>> catalogue() {
    return parse_catalogue(data::get("models.toml").value_or(""));
}

}  // namespace caro::models
