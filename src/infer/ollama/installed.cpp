#include "infer/ollama/installed.hpp"

#include <array>
#include <cstdlib>

#include "infer/json_internal.hpp"
#include "util/strings.hpp"

namespace caro::infer::ollama {

namespace {


bool contains(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

// "630.17M", "1.5B" in billions.
double parse_size(const std::string& text) {
    char* end = nullptr;
    const double number = std::strtod(text.c_str(), &end);
    const char unit = end == nullptr ? '\0' : *end;
    return unit == 'M' ? number / 1000 : unit == 'K' ? number / 1e6 : unit == 'T' ? number * 1000 : number;
}

bool cannot_chat(const Installed& model) {
    const std::string name = to_lower(model.name);
    return contains(model.family, "bert") || contains(name, "embed") || contains(name, "minilm") ||
           contains(name, "bge-") || contains(name, "rerank");
}

double score(const Installed& model) {
    const std::string name = to_lower(model.name);
    double out = 0;
    // caro's own examples and tests are made with Qwen2.5-Coder.
    out += contains(name, "qwen2.5-coder") ? 400 : 0;
    out += contains(name, "coder") || contains(name, "code") || contains(name, "devstral") ? 300 : 0;
    // A base model goes on writing; reasoning models spend the whole answer on thinking.
    out -= contains(name, "-base") || contains(name, ":base") || contains(name, "text") ? 350 : 0;
    out -= contains(name, "deepseek-r1") || contains(name, "qwq") || contains(name, "think") ? 200 : 0;
    out -= contains(name, "llava") || contains(name, "vision") || contains(name, "-vl") ? 100 : 0;
    const double size = model.billions > 0 ? model.billions : model.bytes / 6e8;
    // Better with size up to 9 billion parameters, ever slower beyond.
    out += size <= 9 ? size * 10 : 90 - (size - 9) * 5;
    return out;
}

}  // namespace

std::optional<std::vector<Installed>> parse_tags(std::string_view body) {
    const auto json = parse_json(body);
    if (!json || !member(*json, "models").is_array()) {
        return std::nullopt;
    }
    std::vector<Installed> out;
    for (const Json& entry : member(*json, "models")) {
        Installed model;
        model.name = text_of(entry, "name");
        if (model.name.empty()) {
            model.name = text_of(entry, "model");
        }
        const Json& details = member(entry, "details");
        model.family = text_of(details, "family");
        model.billions = parse_size(text_of(details, "parameter_size"));
        model.bytes = number_of(entry, "size");
        if (!model.name.empty()) {
            out.push_back(std::move(model));
        }
    }
    return out;
}

bool same_model(std::string_view name, std::string_view installed) {
    const std::string full = contains(name, ":") ? std::string(name) : std::string(name) + ":latest";
    return to_lower(full) == to_lower(installed);
}

const Installed* best_model(const std::vector<Installed>& models) {
    const Installed* best = nullptr;
    for (const auto& model : models) {
        if (!cannot_chat(model) && (best == nullptr || score(model) > score(*best))) {
            best = &model;
        }
    }
    return best;
}

}  // namespace caro::infer::ollama
