#include "cli/models_view.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <ctime>

#include "models/reference.hpp"
#include "util/strings.hpp"
#include "util/utf8.hpp"

namespace caro::cli {

namespace {

std::string size_cell(std::uint64_t size) { return size == 0 ? "-" : size_text(size); }

std::string licence_of(const ModelRow& row) {
    if (row.entry) {
        return row.entry->licence;
    }
    return row.cached ? row.cached->licence : "";
}

std::string or_dash(const std::string& text) { return text.empty() ? "-" : text; }

// What there is to say of a model, in few words.
std::string state_of(const ModelRow& row) {
    std::vector<std::string> words;
    if (!row.problem.empty()) {
        words.emplace_back("damaged");
    } else if (!row.path.empty()) {
        words.emplace_back(row.inside ? "inside this program" : "here");
    }
    if (row.entry && row.entry->is_default) {
        words.emplace_back("default");
    }
    if (row.running) {
        words.emplace_back("running");
    }
    if (row.changed) {
        words.emplace_back("changed on disk");
    }
    if (!row.update.empty()) {
        words.push_back(row.update == "newer" ? "newer on the hub" : row.update);
    }
    if (row.entry && !row.entry->permissive) {
        words.emplace_back("licence restricts use");
    }
    return join(words, ", ");
}

// The value, or null for what is not known.
Document known(const std::string& text) { return text.empty() ? Document(nullptr) : Document(text); }
Document known(std::uint64_t number) { return number == 0 ? Document(nullptr) : Document(number); }

std::string time_text(std::int64_t seconds) {
    const std::time_t time = seconds;
    std::tm parts{};
    char text[32] = "";
    if (seconds <= 0 || ::gmtime_r(&time, &parts) == nullptr ||
        std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts) == 0) {
        return "";
    }
    return text;
}

}  // namespace

std::string parameters_text(std::uint64_t millions) {
    if (millions == 0) {
        return "";
    }
    return millions < 1000 ? fmt::format("{}M", millions) : fmt::format("{:.1f}B", static_cast<double>(millions) / 1000);
}

std::string date_text(std::int64_t seconds) { return time_text(seconds).substr(0, 10); }

std::string columns_text(const std::vector<std::vector<std::string>>& rows) {
    std::vector<std::size_t> widths;
    for (const auto& row : rows) {
        widths.resize(std::max(widths.size(), row.size()));
        for (std::size_t i = 0; i < row.size(); ++i) {
            widths[i] = std::max(widths[i], display_width(escape_deceptive(row[i])));
        }
    }
    std::string text;
    for (const auto& row : rows) {
        std::string line;
        std::size_t column = 0;
        for (std::size_t i = 0; i < row.size(); ++i) {
            const std::string cell = escape_deceptive(row[i]);
            line += cell;
            column += widths[i] + 2;
            if (i + 1 < row.size()) {
                line += std::string(column - std::min(column, display_width(line)), ' ');
            }
        }
        line.erase(line.find_last_not_of(' ') + 1);
        text += line + "\n";
    }
    return text;
}

std::string list_text(const ModelTable& table) {
    std::vector<std::vector<std::string>> rows = {{" ", "NAME", "SIZE", "WEIGHTS", "MEMORY", "LICENCE", "STATE"}};
    for (const auto& row : table.rows) {
        rows.push_back({row.chosen ? "*" : " ", row.name, size_cell(row.size),
                        row.entry ? parameters_text(row.entry->parameters_m) : "-",
                        row.entry ? size_text(row.entry->memory_mb * 1'000'000) : "-", or_dash(licence_of(row)),
                        state_of(row)});
    }
    std::string text = columns_text(rows);
    for (const auto& part : table.unfinished) {
        text += fmt::format("unfinished: {} ({})\n", escape_deceptive(part.path.filename().string()), size_text(part.size));
    }
    return text;
}

Document info_document(const ModelRow& row) {
    Document document = {{"name", row.name}, {"chosen", row.chosen}, {"path", known(row.path)}, {"size", known(row.size)}};
    document["licence"] = known(licence_of(row));
    document["in_catalogue"] = row.entry.has_value();
    if (row.entry) {
        const auto& entry = *row.entry;
        document["title"] = entry.title;
        document["default"] = entry.is_default;
        document["permissive"] = entry.permissive;
        document["licence_url"] = entry.licence_url;
        document["parameters"] = entry.parameters_m * 1'000'000;
        document["memory"] = entry.memory_mb * 1'000'000;
        document["template"] = entry.chat_template;
        document["languages"] = entry.languages;
        document["note"] = entry.note;
    }
    const bool cached = row.cached.has_value();
    document["repo"] = known(row.entry ? row.entry->repo : cached ? row.cached->repo : "");
    document["file"] = known(row.entry ? row.entry->file : cached ? row.cached->file : "");
    document["sha256"] = known(cached && !row.cached->sha256.empty() ? row.cached->sha256
                               : row.entry                           ? row.entry->sha256
                                                                     : "");
    document["source"] = known(cached ? row.cached->source : "");
    document["revision"] = known(cached ? row.cached->revision : "");
    document["downloaded"] = known(cached ? time_text(row.cached->downloaded) : "");
    document["last_used"] = known(cached ? time_text(row.cached->last_used) : "");
    document["inside"] = row.inside;
    document["running"] = row.running;
    document["changed"] = row.changed;
    document["problem"] = known(row.problem);
    if (!row.update.empty()) {
        document["update"] = row.update;
    }
    return document;
}

Document list_document(const ModelTable& table) {
    Document document = {{"models", Document::array()}, {"unfinished", Document::array()}};
    for (const auto& row : table.rows) {
        document["models"].push_back(info_document(row));
    }
    for (const auto& part : table.unfinished) {
        document["unfinished"].push_back({{"path", part.path.string()}, {"size", part.size}});
    }
    return document;
}

std::string info_text(const ModelRow& row) {
    std::vector<std::vector<std::string>> rows;
    const auto add = [&](const char* label, const std::string& value) {
        if (!value.empty()) {
            rows.push_back({label, value});
        }
    };
    add("name", row.name);
    add("title", row.entry ? row.entry->title : "");
    add("state", row.path.empty() ? "not on this machine; fetch it: caro models pull " + row.name : state_of(row));
    add("problem", row.problem);
    add("path", row.path);
    add("size", row.size == 0 ? "" : fmt::format("{} ({} bytes)", size_text(row.size), row.size));
    if (row.entry) {
        add("weights", parameters_text(row.entry->parameters_m));
        add("memory", "about " + size_text(row.entry->memory_mb * 1'000'000));
        add("template", row.entry->chat_template);
        add("languages", join(row.entry->languages, ", "));
    }
    add("licence", licence_of(row) + (row.entry && !row.entry->licence_url.empty() ? " (" + row.entry->licence_url + ")" : ""));
    add("note", row.entry ? row.entry->note : "");
    add("repository", row.entry ? row.entry->repo : row.cached ? row.cached->repo : "");
    add("file", row.entry ? row.entry->file : row.cached ? row.cached->file : "");
    add("sha256", row.cached && !row.cached->sha256.empty() ? row.cached->sha256 : row.entry ? row.entry->sha256 : "");
    if (row.cached) {
        add("source", row.cached->source);
        add("revision", row.cached->revision);
        add("downloaded", date_text(row.cached->downloaded));
        add("last used", date_text(row.cached->last_used));
    }
    return columns_text(rows);
}

std::string repository_text(const models::Repository& repository) {
    std::string text = columns_text({{"repository", repository.repo},
                                     {"revision", or_dash(repository.revision)},
                                     {"licence", or_dash(repository.licence)},
                                     {"gated", repository.gated ? "yes: accept its terms on the hub first" : "no"}});
    std::vector<std::vector<std::string>> rows = {{"FILE", "SIZE", "QUANT"}};
    for (const auto& file : repository.files) {
        if (to_lower(file.file).find(".gguf") != std::string::npos) {
            rows.push_back({file.file, size_cell(file.size), or_dash(models::quant_of(file.file))});
        }
    }
    return text + (rows.size() == 1 ? "no GGUF file\n" : columns_text(rows));
}

Document repository_document(const models::Repository& repository) {
    Document document = {{"repo", repository.repo},
                         {"revision", known(repository.revision)},
                         {"licence", known(repository.licence)},
                         {"gated", repository.gated},
                         {"files", Document::array()}};
    for (const auto& file : repository.files) {
        document["files"].push_back({{"file", file.file},
                                     {"size", known(file.size)},
                                     {"sha256", known(file.sha256)},
                                     {"quant", known(models::quant_of(file.file))}});
    }
    return document;
}

std::string search_text(const std::vector<models::SearchHit>& hits) {
    std::vector<std::vector<std::string>> rows = {{"REPOSITORY", "DOWNLOADS", "LIKES", "LICENCE", ""}};
    for (const auto& hit : hits) {
        rows.push_back({hit.repo, std::to_string(hit.downloads), std::to_string(hit.likes), or_dash(hit.licence),
                        hit.gated ? "gated" : ""});
    }
    return columns_text(rows);
}

Document search_document(const std::vector<models::SearchHit>& hits) {
    Document list = Document::array();
    for (const auto& hit : hits) {
        list.push_back({{"repo", hit.repo},
                        {"downloads", hit.downloads},
                        {"likes", hit.likes},
                        {"licence", known(hit.licence)},
                        {"gated", hit.gated}});
    }
    return {{"repositories", list}};
}

}  // namespace caro::cli
