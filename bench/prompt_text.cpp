// Prints the prompt of one request as ChatML text, so that other programs can be given the same input.
#include <cstdio>
#include <string>

#include "context/context.hpp"
#include "prompt/prompt.hpp"

namespace {

void print_turn(const char* role, const std::string& text) {
    std::printf("<|im_start|>%s\n%s<|im_end|>\n", role, text.c_str());
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 2) {
        std::fputs("usage: prompt_text REQUEST\n", stderr);
        return 2;
    }
    const caro::context::Context context;
    const auto prompt = caro::prompt::build({argv[1], ""}, context);
    if (!prompt.system.empty()) {
        print_turn("system", prompt.system);
    }
    for (const auto& turn : prompt.examples) {
        print_turn(turn.user ? "user" : "assistant", turn.text);
    }
    for (const auto& turn : prompt.turns) {
        print_turn(turn.user ? "user" : "assistant", turn.text);
    }
    std::printf("<|im_start|>assistant\n%s", prompt.answer_prefix.c_str());
    return 0;
}
