#include "prompt/pack.hpp"

#include "data/data.hpp"
#include "util/log.hpp"
#include "util/strings.hpp"

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include <map>

namespace caro::prompt {

namespace {

Pack load(std::string_view family) {
    const auto rules = data::get(fmt::format("prompts/{}.md", family));
    const auto examples = data::get(fmt::format("examples/{}.jsonl", family));
    if (!rules || !examples) {
        LOG("no prompt for {}", family);
        return {};
    }
    auto pack = parse_pack(*rules, *examples);
    if (!pack) {
        LOG("prompt for {}: {}", family, pack.error().message);
        return {};
    }
    return std::move(*pack);
}

}  // namespace

std::string_view family_of(context::Shell shell) noexcept {
    switch (shell) {
        case context::Shell::fish:
            return "fish";
        case context::Shell::powershell:
            return "powershell";
        default:
            return "posix";
    }
}

Result<Pack> parse_pack(std::string_view rules, std::string_view examples) {
    Pack pack;
    pack.rules = std::string(trim(rules));
    std::size_t number = 0;
    for (const std::string_view raw : split(examples, '\n')) {
        ++number;
        const std::string_view line = trim(raw);
        if (line.empty()) {
            continue;
        }
        const auto entry = nlohmann::json::parse(line, nullptr, false);
        const bool right = entry.is_object() && entry.contains("ask") && entry["ask"].is_string() &&
                           entry.contains("command") && entry["command"].is_string();
        if (!right) {
            return fail(ErrorCode::config,
                        fmt::format("example in line {} is not {{\"ask\", \"command\"}}", number));
        }
        pack.examples.push_back({true, entry["ask"].get<std::string>()});
        pack.examples.push_back({false, entry["command"].get<std::string>()});
    }
    return pack;
}

const Pack& pack_of(std::string_view family) {
    static const std::map<std::string_view, Pack> packs = {
        {"posix", load("posix")}, {"fish", load("fish")}, {"powershell", load("powershell")}};
    static const Pack none;
    const auto found = packs.find(family);
    return found == packs.end() ? none : found->second;
}

}  // namespace caro::prompt
