#include "infer/llama/prompt_tokens.hpp"

#include <fmt/core.h>
#include <llama.h>

#include <algorithm>
#include <utility>

#include "prompt/piped.hpp"
#include "util/log.hpp"
#include "util/strings.hpp"

namespace caro::infer::llama {

namespace {

// One byte that cannot occur in a prompt marks the place of user text in the rendered template.
constexpr char k_mark = '\x02';

// Tokens of piped text for which examples are given up.
constexpr std::size_t k_least_piped = 80;

struct Rendered {
    std::string constant;             // all before the first turn's own text
    std::vector<std::string> pieces;  // what follows each turn's text; the last ends with the assistant's header
};

std::string apply_template(const char* chat_template, const std::vector<llama_chat_message>& messages,
                           bool add_assistant) {
    std::string out(4096, '\0');
    while (true) {
        const int size = llama_chat_apply_template(chat_template, messages.data(), messages.size(), add_assistant,
                                                   out.data(), static_cast<std::int32_t>(out.size()));
        if (size < 0) {
            return {};
        }
        if (static_cast<std::size_t>(size) <= out.size()) {
            out.resize(static_cast<std::size_t>(size));
            return out;
        }
        out.resize(static_cast<std::size_t>(size));
    }
}

Result<Rendered> render(const llama_model* model, const prompt::Prompt& prompt) {
    const char* chat_template = llama_model_chat_template(model, nullptr);
    std::vector<llama_chat_message> messages;
    if (!prompt.system.empty()) {
        messages.push_back({"system", prompt.system.c_str()});
    }
    for (const auto& turn : prompt.examples) {
        messages.push_back({turn.user ? "user" : "assistant", turn.text.c_str()});
    }
    for (const char* candidate : {chat_template, "chatml"}) {
        auto all = messages;
        const char mark[2] = {k_mark, '\0'};
        for (const auto& turn : prompt.turns) {
            all.push_back({turn.user ? "user" : "assistant", mark});
        }
        const std::string text = apply_template(candidate, all, true);
        const auto parts = split(text, k_mark);
        if (parts.size() == prompt.turns.size() + 1) {
            return Rendered{std::string(parts[0]), {parts.begin() + 1, parts.end()}};
        }
    }
    return fail(ErrorCode::bad_model, "the model's chat template cannot be used",
                "Name an instruction-tuned model with --model");
}

// Puts as much of a turn's piped text before its own as `left` tokens hold; `tokens` are those of the turn, and `left` is
// what remains.
Result<> add_piped(const prompt::Turn& turn, Vocabulary& vocabulary, std::vector<Token>& tokens, std::size_t& left, bool& cut) {
    const auto cost = [&vocabulary](std::string_view text) {
        const auto encoded = vocabulary.encode(text, false);
        return encoded ? encoded->size() : prompt::most_tokens(text);
    };
    std::size_t budget = left;
    while (budget > 0) {
        const auto part = prompt::excerpt(turn.piped, budget, cost);
        TRY_ASSIGN(auto whole, vocabulary.encode(prompt::joined(part.text, turn.text), false));
        const std::size_t added = whole.size() - std::min(tokens.size(), whole.size());
        if (added <= left) {
            tokens = std::move(whole);
            left -= added;
            cut = cut || part.cut;
            return {};
        }
        budget -= std::min(budget, added - left);  // as one text, lines may cost a little more than one by one
    }
    cut = true;
    return {};
}

}  // namespace

Result<TokenizedPrompt> tokens_of(const prompt::Prompt& prompt, const llama_model* model, Vocabulary& vocabulary,
                                  std::size_t limit, std::size_t room) {
    TRY_ASSIGN(const Rendered rendered, render(model, prompt));
    TokenizedPrompt result;
    result.constant_text = rendered.constant;
    TRY_ASSIGN(result.tokens, vocabulary.encode(rendered.constant, true, vocabulary.adds_begin_token()));
    result.constant = result.tokens.size();
    std::vector<std::vector<Token>> texts;      // each turn's own
    std::vector<std::vector<Token>> templates;  // what comes behind it
    std::size_t needed = result.constant;
    bool has_piped = false;
    for (std::size_t i = 0; i < rendered.pieces.size(); ++i) {
        const bool last = i + 1 == rendered.pieces.size();
        TRY_ASSIGN(texts.emplace_back(), vocabulary.encode(prompt.turns[i].text, false));
        TRY_ASSIGN(templates.emplace_back(), vocabulary.encode(rendered.pieces[i] + (last ? prompt.answer_prefix : ""), true));
        has_piped = has_piped || !prompt.turns[i].piped.empty();
        needed += texts.back().size() + templates.back().size();
    }
    std::size_t first = 0;  // of the turns that are kept
    while (first + 2 <= prompt.spare && needed + room + (has_piped ? k_least_piped : 0) > limit) {
        for (const std::size_t end = first + 2; first < end; ++first) {
            needed -= texts[first].size() + templates[first].size();
        }
    }
    if (needed + room > limit) {
        return fail(ErrorCode::usage,
                    fmt::format("the request is too long for the model: {} tokens with its {} tokens of context", needed, limit),
                    "Shorten the request, or raise engine.context");
    }
    std::size_t left = std::min(limit - needed - room, prompt::k_piped_tokens);
    for (std::size_t i = first; i < texts.size(); ++i) {
        if (!prompt.turns[i].piped.empty()) {
            TRY(add_piped(prompt.turns[i], vocabulary, texts[i], left, result.piped_cut));
        }
        result.tokens.insert(result.tokens.end(), texts[i].begin(), texts[i].end());
        result.tokens.insert(result.tokens.end(), templates[i].begin(), templates[i].end());
    }
    return result;
}

}  // namespace caro::infer::llama
