#include <algorithm>
#include <string>

#include "data/data.hpp"
#include "prompt/pack.hpp"
#include "prompt/piped.hpp"
#include "prompt/piped_examples.hpp"
#include "prompt/prompt.hpp"
#include "prompt/similar.hpp"
#include "util/log.hpp"
#include "util/strings.hpp"

namespace caro::prompt {

namespace {

// One line, no control characters: white space of any kind becomes one space.
std::string one_line(std::string_view text) {
    std::string out;
    for (const char c : trim(text)) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte > 0x20 && byte != 0x7F) {
            out.push_back(c);
        } else if (!out.empty() && out.back() != ' ') {
            out.push_back(' ');
        }
    }
    while (!out.empty() && out.back() == ' ') {
        out.pop_back();
    }
    return out;
}

// Said only where the target differs from what the examples show (bash with GNU tools): every word
// here costs time in each request.
std::string_view hint_of(const context::Context& context) {
    using context::Os;
    using context::Shell;
    if (context.shell == Shell::powershell || context.shell == Shell::fish) {
        return "";
    }
    switch (context.os) {
        case Os::macos:
            return " (on macOS)";
        case Os::freebsd:
            return " (on FreeBSD)";
        case Os::linux_busybox:
            return " (with busybox)";
        default:
            break;
    }
    const bool plain = context.shell == Shell::sh || context.shell == Shell::dash;
    return plain ? " (in POSIX sh)" : "";
}

// Each of them costs tokens that no state on disk saves, so only near ones, and few.
constexpr std::size_t k_most_examples = 2;
constexpr double k_least_similarity = 0.45;  // below, an example that is only somewhat like it leads astray
constexpr double k_least_of_nearest = 0.8;  // the second has to be about as near as the first
// The context of 2,048 tokens holds the constant part and an answer, which leaves about 280 tokens of some three bytes each.
constexpr std::size_t k_room = 750;
constexpr std::size_t k_turn = 30;  // what the marks of two turns take

// The examples of the constant part, which need not be said twice, and more.
ExampleIndex make_index() {
    std::vector<Example> all;
    const auto add = [&all](const std::vector<Turn>& turns, bool constant) {
        for (std::size_t i = 0; i + 1 < turns.size(); i += 2) {
            all.push_back({turns[i].text, turns[i + 1].text, constant});
        }
    };
    add(pack_of("posix").examples, true);
    if (const auto text = data::get("examples/more/posix.jsonl")) {
        const auto more = parse_pack("", *text);
        add(more ? more->examples : std::vector<Turn>(), false);
    }
    return ExampleIndex(std::move(all));
}

// What else of the POSIX family resembles the request, the nearest last: a model leans most on what it read last.
std::vector<Example> resembling(std::string_view request, std::size_t room) {
    static const ExampleIndex s_index = make_index();
    std::vector<Example> out;
    const auto hits = s_index.nearest(request, k_most_examples, k_least_similarity);
    for (const auto& hit : hits) {
        if (hit.similarity < k_least_of_nearest * hits.front().similarity) {
            break;
        }
        const Example& example = *hit.example;
        const std::size_t size = example.ask.size() + example.command.size() + k_turn;
        if (!hit.example->constant && size <= room) {
            room -= size;
            LOG("resembles ({:.2f}): {}", hit.similarity, hit.example->ask);
            out.insert(out.begin(), example);
        }
    }
    return out;
}

}  // namespace

Prompt build(const Ask& ask, const context::Context& context) {
    const std::string_view family = family_of(context.shell);
    const Pack& pack = pack_of(family);
    Prompt prompt;
    prompt.system = pack.rules;
    prompt.examples = pack.examples;
    std::string text = one_line(ask.request);
    text += hint_of(context);
    std::string piped = harmless(ask.piped_input);
    const auto add = [&prompt](const Example& example) {
        prompt.turns.push_back({true, example.ask});
        prompt.turns.push_back({false, example.command});
    };
    if (!piped.empty() && family != "powershell") {
        for (const Example& example : examples_with_piped(piped)) {
            add(example);
        }
    } else if (piped.empty() && family == "posix") {
        for (const Example& example : resembling(ask.request, k_room - std::min(k_room, text.size()))) {
            add(example);
        }
    }
    prompt.spare = prompt.turns.size();
    prompt.turns.push_back({true, std::move(text), std::move(piped)});
    prompt.stop = {"\n"};
    return prompt;
}

}  // namespace caro::prompt
