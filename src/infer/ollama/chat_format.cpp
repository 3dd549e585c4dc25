#include "infer/ollama/chat_format.hpp"

#include <array>

#include "infer/json_internal.hpp"
#include "prompt/piped.hpp"
#include "util/strings.hpp"

namespace caro::infer::ollama {

namespace {

bool contains(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

// Families whose models are trained on ChatML, for when the template does not tell.
bool speaks_chatml(std::string_view family) {
    for (const std::string_view known : {"qwen2", "qwen2moe", "qwen3", "qwen3moe"}) {
        if (family == known) {
            return true;
        }
    }
    return false;
}

// "<|name|>" with a space behind the "<": no longer a control word, and still readable.
std::string without_control_words(std::string_view text) {
    std::string out;
    for (std::size_t at = 0; at < text.size(); ++at) {
        out.push_back(text[at]);
        if (text[at] == '<' && at + 1 < text.size() && text[at + 1] == '|') {
            const std::size_t end = text.find("|>", at + 2);
            const std::string_view word = end == std::string_view::npos ? "" : text.substr(at + 2, end - at - 2);
            if (!word.empty() && word.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") ==
                                     std::string_view::npos) {
                out.push_back(' ');
            }
        }
    }
    return out;
}

void add_turn(std::string& out, std::string_view role, std::string_view text) {
    out.append("<|im_start|>").append(role).append("\n").append(without_control_words(text)).append("<|im_end|>\n");
}

}  // namespace

ModelFacts read_show(std::string_view body) {
    ModelFacts out;
    const auto json = parse_json(body);
    if (!json) {
        return out;
    }
    const std::string shape = text_of(*json, "template");
    const Json& info = member(*json, "model_info");
    const std::string architecture = text_of(info, "general.architecture");
    std::string family = text_of(member(*json, "details"), "family");
    family = family.empty() ? architecture : family;
    for (const Json& capability : member(*json, "capabilities")) {
        out.thinks = out.thinks || (capability.is_string() && capability.get<std::string>() == "thinking");
    }
    out.context_tokens = count_of(info, (architecture + ".context_length").c_str());
    const bool knows_system = contains(shape, ".System") || contains(shape, ".Messages");
    if (out.thinks && knows_system) {
        out.format = Format::server;  // switching the thinking off is the server's business
    } else if (contains(shape, "<|im_start|>") || speaks_chatml(family)) {
        out.format = Format::chatml;
    } else {
        out.format = knows_system ? Format::server : Format::document;
    }
    return out;
}

std::string to_chatml(const prompt::Prompt& prompt) {
    std::string out;
    if (!prompt.system.empty()) {
        add_turn(out, "system", prompt.system);
    }
    for (const auto* turns : {&prompt.examples, &prompt.turns}) {
        for (const auto& turn : *turns) {
            add_turn(out, turn.user ? "user" : "assistant", prompt::turn_text(turn));
        }
    }
    return out + "<|im_start|>assistant\n" + prompt.answer_prefix;
}

std::string to_document(const prompt::Prompt& prompt) {
    std::string out = prompt.system + "\n\n";
    for (const auto* turns : {&prompt.examples, &prompt.turns}) {
        for (const auto& turn : *turns) {
            out += (turn.user ? "Request: " : "Command: ") + prompt::turn_text(turn) + "\n";
        }
    }
    return out + "Command:" + (prompt.answer_prefix.empty() ? "" : " " + prompt.answer_prefix);
}

}  // namespace caro::infer::ollama
