#include "safety/rules.hpp"

#include <toml++/toml.h>

#include <algorithm>
#include <cctype>

#include "data/data.hpp"
#include "util/strings.hpp"

namespace caro::safety {

namespace {

std::vector<std::string> strings_in(const toml::table& table, std::string_view key) {
    std::vector<std::string> list;
    if (const auto* array = table[key].as_array()) {
        for (const auto& node : *array) {
            list.emplace_back(node.value_or(""));
        }
    }
    return list;
}

std::vector<Rule> read_rules() {
    std::vector<Rule> all;
    for (const auto& file : data::list("rules/")) {
        const auto parsed = toml::parse(file.content, file.name);
        const auto* list = parsed ? parsed.table()["rule"].as_array() : nullptr;
        if (list == nullptr) {
            continue;
        }
        for (const auto& node : *list) {
            const auto& table = *node.as_table();
            Rule rule;
            rule.id = table["id"].value_or("");
            rule.risk = parse_risk(table["risk"].value_or("")).value_or(Risk::critical);
            rule.why = table["why"].value_or("");
            rule.safer = table["safer"].value_or("");
            rule.match = strings_in(table, "match");
            rule.ignore = strings_in(table, "ignore");
            all.push_back(std::move(rule));
        }
    }
    return all;
}

}  // namespace

std::span<const Rule> rules() {
    static const std::vector<Rule> s_rules = read_rules();
    return s_rules;
}

const Rule* find_rule(std::string_view id) {
    const auto all = rules();
    const auto it = std::find_if(all.begin(), all.end(), [id](const Rule& rule) { return rule.id == id; });
    return it == all.end() ? nullptr : &*it;
}

namespace {

// One piece of a word without what matches several names.
std::string quoted(std::string_view text) {
    constexpr std::string_view k_plain = "@%+=:,./-_";
    const bool plain = std::all_of(text.begin(), text.end(), [&](unsigned char c) {
        return c >= 0x80 || std::isalnum(c) != 0 || k_plain.find(static_cast<char>(c)) != std::string_view::npos;
    });
    return plain ? std::string(text) : "'" + replace_all(text, "'", "'\\''") + "'";
}

}  // namespace

std::string shell_word(std::string_view path) {
    constexpr std::string_view k_matching = "*?[]";
    std::string out = path.substr(0, 1) == "-" ? "./" : "";
    if (path.substr(0, 2) == "~/") {
        out = "~/";
        path.remove_prefix(2);
    }
    while (!path.empty()) {
        const std::size_t next = std::min(path.find_first_of(k_matching), path.size());
        out += quoted(path.substr(0, next));
        path.remove_prefix(next);
        const std::size_t end = std::min(path.find_first_not_of(k_matching), path.size());
        out += path.substr(0, end);
        path.remove_prefix(end);
    }
    return out;
}

Finding make_finding(std::string_view id, std::string_view target, std::size_t start, std::size_t end) {
    Finding finding;
    finding.rule = id;
    finding.start = start;
    finding.end = end;
    const Rule* rule = find_rule(id);
    if (rule == nullptr) {
        finding.risk = Risk::critical;
        finding.message = "an unnamed danger";
        return finding;
    }
    finding.risk = rule->risk;
    finding.message = replace_all(rule->why, "{target}", target);
    // A name that is not known ("…") makes no command.
    if (rule->safer.find("{target}") == std::string::npos || target.find("…") == std::string_view::npos) {
        finding.safer = replace_all(rule->safer, "{target}", shell_word(target));
    }
    return finding;
}

}  // namespace caro::safety
