#include "prompt/piped_examples.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <map>
#include <string>

#include "data/data.hpp"
#include "prompt/piped.hpp"
#include "util/log.hpp"
#include "util/strings.hpp"

namespace caro::prompt {

namespace {

constexpr std::size_t k_most_near = 2;  // each costs tokens that no state on disk saves
constexpr double k_least_similarity = 0.35;
constexpr double k_enough_similarity = 0.85;  // one such example says it all
constexpr std::size_t k_most_lines = 200;  // looked at from each end of the text
constexpr std::size_t k_longest_line = 400;

struct PipedExamples {
    std::vector<Example> always;
    std::vector<Example> other;  // for text that resembles no error message
    std::vector<Example> near;  // error messages, in the order of the index, whose examples hold the text alone
    ExampleIndex index{{}};
};

PipedExamples load() {
    PipedExamples out;
    const auto data = data::get("examples/piped/posix.jsonl");
    std::vector<Example> texts;
    for (const std::string_view line : data ? split(*data, '\n') : std::vector<std::string_view>()) {
        const auto entry = nlohmann::json::parse(line, nullptr, false);
        if (!entry.is_object()) {
            continue;
        }
        const auto text = entry.value("piped", std::string());
        Example example{joined(text, entry.value("ask", std::string())), entry.value("command", std::string()), false};
        const auto kind = entry.value("kind", std::string());
        if (kind == "any") {
            out.always.push_back(std::move(example));
        } else if (kind == "other") {
            out.other.push_back(std::move(example));
        } else {
            texts.push_back({text, std::to_string(out.near.size()), false});
            out.near.push_back(std::move(example));
        }
    }
    out.index = ExampleIndex(std::move(texts));
    return out;
}

// Lines of both ends, where messages stand.
std::vector<std::string_view> lines_of(std::string_view text) {
    auto lines = split(text, '\n');
    if (lines.size() > 2 * k_most_lines) {
        lines.erase(lines.begin() + k_most_lines, lines.end() - k_most_lines);
    }
    for (auto& line : lines) {
        line = line.substr(0, k_longest_line);
    }
    return lines;
}

}  // namespace

std::vector<Example> examples_with_piped(std::string_view piped) {
    static const PipedExamples examples = load();
    std::map<std::size_t, double> similarity;  // of each example to the line it is nearest to
    for (const auto line : lines_of(piped)) {
        for (const auto& hit : examples.index.nearest(line, k_most_near, k_least_similarity)) {
            double& best = similarity[std::stoul(hit.example->command)];
            best = std::max(best, hit.similarity);
        }
    }
    std::vector<std::pair<double, std::size_t>> nearest;
    for (const auto& [at, value] : similarity) {
        nearest.emplace_back(value, at);
    }
    std::sort(nearest.rbegin(), nearest.rend());
    const bool one_is_enough = !nearest.empty() && nearest.front().first >= k_enough_similarity;
    nearest.resize(std::min(nearest.size(), one_is_enough ? 1 : k_most_near));
    std::vector<Example> out = examples.always;
    if (nearest.empty()) {
        out.insert(out.end(), examples.other.begin(), examples.other.end());
    }
    for (auto it = nearest.rbegin(); it != nearest.rend(); ++it) {
        out.push_back(examples.near[it->second]);
        LOG("piped text resembles ({:.2f}): {}", it->first, replace_all(out.back().ask, "\n", " "));
    }
    return out;
}

}  // namespace caro::prompt
