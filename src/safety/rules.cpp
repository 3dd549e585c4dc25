#include "safety/rules.hpp"

#include <toml++/toml.h>

#include <algorithm>

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
    finding.safer = replace_all(rule->safer, "{target}", target);
    return finding;
}

}  // namespace caro::safety
