#include "infer/openai/protocol.hpp"

#include <algorithm>

#include "infer/json_internal.hpp"
#include "prompt/piped.hpp"

namespace caro::infer::openai {

namespace {


constexpr float k_temperature = 0.1F;
constexpr std::uint32_t k_most_tokens = 100;  // a command line; a server shared by a team is not for essays

Json messages_of(const prompt::Prompt& prompt, bool merge_system) {
    Json out = Json::array();
    std::string before;
    if (merge_system) {
        before = prompt.system + "\n\n";
    } else if (!prompt.system.empty()) {
        out.push_back({{"role", "system"}, {"content", prompt.system}});
    }
    for (const auto* turns : {&prompt.examples, &prompt.turns}) {
        for (const auto& turn : *turns) {
            out.push_back({{"role", turn.user ? "user" : "assistant"}, {"content", before + prompt::turn_text(turn)}});
            before.clear();
        }
    }
    return out;
}

Usage usage_of(const Json& usage) {
    Usage out;
    out.prompt_tokens = count_of(usage, "prompt_tokens");
    out.generated_tokens = count_of(usage, "completion_tokens");
    out.cached_tokens = count_of(member(usage, "prompt_tokens_details"), "cached_tokens");
    return out;
}

std::string error_of(const Json& json) {
    const Json& error = member(json, "error");
    if (error.is_string()) {
        return error.get<std::string>();
    }
    if (!error.is_object()) {
        return {};
    }
    std::string text = text_of(error, "message");
    return text.empty() ? "no reason given" : text;
}

}  // namespace

std::optional<std::vector<Served>> parse_models(std::string_view body) {
    const auto json = parse_json(body);
    if (!json || !member(*json, "data").is_array()) {
        return std::nullopt;
    }
    std::vector<Served> out;
    for (const Json& entry : member(*json, "data")) {
        Served served{text_of(entry, "id"), count_of(entry, "max_model_len")};
        if (!served.name.empty()) {
            out.push_back(std::move(served));
        }
    }
    return out;
}

std::string chat_body(const std::string& model, const GenerateRequest& request, bool merge_system) {
    const Sampling& sampling = request.sampling;
    Json body = {{"model", model},
                 {"messages", messages_of(request.prompt, merge_system)},
                 {"stream", true},
                 {"stream_options", {{"include_usage", true}}},
                 {"max_tokens", std::min(request.max_tokens, k_most_tokens)},
                 {"temperature", sampling.greedy ? k_temperature : sampling.temperature}};
    if (!sampling.greedy) {
        body["top_p"] = sampling.top_p;
        body["seed"] = sampling.seed;
    }
    return dump(body);
}

std::optional<remote::Piece> parse_event(std::string_view data) {
    remote::Piece out;
    if (data == "[DONE]") {
        out.done = true;
        out.last = true;
        return out;
    }
    const auto json = parse_json(data);
    if (!json || !json->is_object()) {
        return std::nullopt;
    }
    out.error = error_of(*json);
    if (!out.error.empty()) {
        return out;
    }
    if (member(*json, "usage").is_object()) {
        out.usage = usage_of(member(*json, "usage"));
    }
    const Json& choices = member(*json, "choices");
    if (!choices.is_array()) {
        return std::nullopt;
    }
    if (choices.empty()) {
        return out;  // the event that only counts tokens
    }
    const Json& choice = choices.front();
    const bool whole = member(choice, "message").is_object();
    out.text = text_of(member(choice, whole ? "message" : "delta"), "content");
    const std::string reason = text_of(choice, "finish_reason");
    out.done = whole || !reason.empty();
    if (out.done) {
        out.stop = reason == "length" ? StopReason::max_tokens : StopReason::end_of_answer;
    }
    return out;
}

}  // namespace caro::infer::openai
