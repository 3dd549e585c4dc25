#include "infer/statistics.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <ctime>

#include "infer/json_internal.hpp"
#include "util/file.hpp"

namespace caro::infer {

namespace {

constexpr int k_version = 1;
constexpr std::uint64_t k_largest_file = 256U << 10U;
constexpr std::size_t k_most_entries = 32;  // the least recently used go
constexpr double k_weight_of_new = 0.2;     // once there are enough answers for an average

double sane(double value) { return std::isfinite(value) && value >= 0 && value < 1e12 ? value : 0; }

Figures parse_figures(const Json& json) {
    Figures out;
    out.backend = text_of(json, "backend");
    out.model = text_of(json, "model");
    out.answers = count_of(json, "answers");
    out.failures = count_of(json, "failures");
    out.first_token_ms = sane(number_of(json, "first_token_ms"));
    out.total_ms = sane(number_of(json, "total_ms"));
    out.tokens_per_s = sane(number_of(json, "tokens_per_s"));
    out.prompt_tokens = sane(number_of(json, "prompt_tokens"));
    out.cached_tokens = sane(number_of(json, "cached_tokens"));
    out.generated_tokens = sane(number_of(json, "generated_tokens"));
    out.last_failure = text_of(json, "last_failure");
    out.updated = static_cast<std::int64_t>(sane(number_of(json, "updated")));
    return out;
}

Json to_json(const Figures& figures) {
    const auto rounded = [](double value) { return std::round(value * 10) / 10; };
    return {{"backend", figures.backend},
            {"model", figures.model},
            {"answers", figures.answers},
            {"failures", figures.failures},
            {"first_token_ms", rounded(figures.first_token_ms)},
            {"total_ms", rounded(figures.total_ms)},
            {"tokens_per_s", rounded(figures.tokens_per_s)},
            {"prompt_tokens", rounded(figures.prompt_tokens)},
            {"cached_tokens", rounded(figures.cached_tokens)},
            {"generated_tokens", rounded(figures.generated_tokens)},
            {"last_failure", figures.last_failure},
            {"updated", figures.updated}};
}

void blend(double& average, double value, std::uint32_t answers) {
    const double weight = std::max(k_weight_of_new, 1.0 / answers);
    average += (sane(value) - average) * weight;
}

}  // namespace

Statistics Statistics::load(const std::filesystem::path& path) {
    Statistics out;
    const auto text = read_file(path, k_largest_file);
    const auto json = text ? parse_json(*text) : std::nullopt;
    if (!json || count_of(*json, "version") != k_version || !member(*json, "backends").is_array()) {
        return out;
    }
    for (const Json& entry : member(*json, "backends")) {
        Figures figures = parse_figures(entry);
        if (!figures.backend.empty() && out.m_all.size() < k_most_entries) {
            out.m_all.push_back(std::move(figures));
        }
    }
    return out;
}

const Figures* Statistics::find(std::string_view backend, std::string_view model) const {
    const Figures* found = nullptr;
    for (const auto& figures : m_all) {
        const bool fits = figures.backend == backend && (model.empty() || figures.model == model);
        if (fits && (found == nullptr || figures.updated > found->updated)) {
            found = &figures;
        }
    }
    return found;
}

Figures& Statistics::entry(const std::string& backend, const std::string& model) {
    const auto found = std::find_if(m_all.begin(), m_all.end(), [&](const Figures& figures) {
        return figures.backend == backend && figures.model == model;
    });
    if (found != m_all.end()) {
        return *found;
    }
    if (m_all.size() >= k_most_entries) {
        m_all.erase(std::min_element(m_all.begin(), m_all.end(),
                                     [](const Figures& a, const Figures& b) { return a.updated < b.updated; }));
    }
    m_all.emplace_back();
    m_all.back().backend = backend;
    m_all.back().model = model;
    return m_all.back();
}

void Statistics::add(const Event& event, std::int64_t now) {
    Figures& figures = entry(event.backend, event.model);
    figures.updated = now;
    if (event.failed) {
        ++figures.failures;
        figures.last_failure = to_string(event.failure);
        return;
    }
    const Timings& timings = event.timings;
    const std::uint32_t n = ++figures.answers;
    blend(figures.first_token_ms, timings.load + timings.prompt, n);
    blend(figures.total_ms, timings.load + timings.prompt + timings.generate, n);
    if (event.usage.prompt_tokens > 0) {  // else the server was not heard to its end, and nobody counted
        const std::uint32_t counted = figures.prompt_tokens > 0 ? n : 1;
        blend(figures.prompt_tokens, event.usage.prompt_tokens, counted);
        blend(figures.cached_tokens, event.usage.cached_tokens, counted);
    }
    blend(figures.generated_tokens, event.usage.generated_tokens, n);
    if (timings.generate > 0 && event.usage.generated_tokens > 1) {
        blend(figures.tokens_per_s, event.usage.generated_tokens * 1000.0 / timings.generate,
              figures.tokens_per_s > 0 ? n : 1);
    }
}

std::string Statistics::to_text() const {
    Json backends = Json::array();
    for (const auto& figures : m_all) {
        backends.push_back(to_json(figures));
    }
    const Json document = {{"version", k_version}, {"backends", std::move(backends)}};
    return document.dump(1, ' ', false, Json::error_handler_t::replace) + "\n";
}

Result<> record(const std::filesystem::path& path, const std::vector<Event>& events) {
    if (path.empty() || events.empty()) {
        return {};
    }
    std::error_code ignored;
    std::filesystem::create_directories(path.parent_path(), ignored);
    TRY_ASSIGN(const FileLock lock, FileLock::try_acquire(path.string() + ".lock"));
    Statistics statistics = Statistics::load(path);
    for (const auto& event : events) {
        statistics.add(event, std::time(nullptr));
    }
    const std::string text = statistics.to_text();
    const std::array<std::string_view, 1> parts = {text};
    return write_file_atomic(path, parts);
}

}  // namespace caro::infer
