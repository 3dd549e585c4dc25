#include "ui/answer.hpp"

#include <nlohmann/json.hpp>

#include <cmath>

#include "util/utf8.hpp"

namespace caro::ui {

namespace {

using Json = nlohmann::ordered_json;

Json text(std::string_view value) { return is_valid_utf8(value) ? std::string(value) : to_valid_utf8(value); }

// Tenths of a millisecond are finer than the clock is honest.
double rounded(double milliseconds) { return std::round(milliseconds * 10) / 10; }

Json findings_of(const safety::Report& report) {
    Json list = Json::array();
    for (const auto& finding : report.findings) {
        list.push_back({{"rule", text(finding.rule)},
                        {"risk", to_string(finding.risk)},
                        {"message", text(finding.message)},
                        {"start", finding.start},
                        {"end", finding.end},
                        {"safer", text(finding.safer)}});
    }
    return list;
}

Json build(const Answer& answer) {
    const engine::Suggestion& main = answer.suggestion;
    Json alternatives = Json::array();
    for (const auto& other : answer.alternatives) {
        alternatives.push_back({{"command", text(other.command)},
                                {"explanation", text(other.explanation)},
                                {"risk", to_string(other.report.risk)},
                                {"findings", findings_of(other.report)}});
    }
    Json warnings = Json::array();
    for (const auto* list : {&answer.warnings, &main.warnings}) {
        for (const auto& warning : *list) {
            warnings.push_back(text(warning));
        }
    }
    Json json;
    json["command"] = text(main.command);
    json["explanation"] = text(main.explanation);
    json["risk"] = to_string(main.report.risk);
    json["findings"] = findings_of(main.report);
    json["alternatives"] = std::move(alternatives);
    json["backend"] = text(main.backend.name);
    json["model"] = text(main.backend.model);
    json["shell"] = text(answer.shell);
    json["executed"] = answer.executed;
    json["exit_code"] = answer.exit_code ? Json(*answer.exit_code) : Json(nullptr);
    json["timings_ms"] = {{"startup", rounded(answer.startup_ms)},
                          {"load", rounded(main.timings.load)},
                          {"prompt", rounded(main.timings.prompt)},
                          {"generate", rounded(main.timings.generate)},
                          {"total", rounded(answer.total_ms)}};
    json["tokens"] = {{"prompt", main.usage.prompt_tokens},
                      {"cached", main.usage.cached_tokens},
                      {"generated", main.usage.generated_tokens}};
    json["warnings"] = std::move(warnings);
    return json;
}

// Every scalar is written as JSON, which YAML 1.2 reads as it is; texts are always quoted, so that nothing
// turns into a number, a date or a truth value.
void write_yaml(const Json& node, std::size_t indent, std::string& out) {
    const std::string pad(indent, ' ');
    if (node.is_object()) {
        for (const auto& [key, value] : node.items()) {
            out += pad + key + ":";
            if (value.is_structured() && !value.empty()) {
                out += "\n";
                write_yaml(value, indent + 2, out);
            } else {
                out += " " + value.dump() + "\n";
            }
        }
        return;
    }
    for (const auto& value : node) {
        if (value.is_structured() && !value.empty()) {
            std::string item;
            write_yaml(value, indent + 2, item);
            item.replace(indent, 1, "-");
            out += item;
        } else {
            out += pad + "- " + value.dump() + "\n";
        }
    }
}

}  // namespace

std::string to_json(const Answer& answer) { return build(answer).dump() + "\n"; }

std::string to_yaml(const Answer& answer) {
    std::string out;
    write_yaml(build(answer), 0, out);
    return out;
}

}  // namespace caro::ui
