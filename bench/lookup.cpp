// Answers the requests of standard input, one a line, with and without guessed tokens in turn, in one process.
// One line of JSON for each: what was said, whether both ways said the same, tokens, and milliseconds of each
// (cpu_ms: processor time from the first piece of the answer on).
#include <array>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <iostream>
#include <string>
#include <tuple>

#include <nlohmann/json.hpp>

#include "context/context.hpp"
#include "infer/llama/llama_backend.hpp"
#include "infer/registry.hpp"
#include "prompt/prompt.hpp"

namespace {

using namespace caro;

struct Made {
    infer::Completion completion;
    double cpu_ms = 0;  // of all threads: with one of them, what it takes without the waiting for other programs
};

double cpu_ms() { return static_cast<double>(std::clock()) * 1000 / CLOCKS_PER_SEC; }

Made answer(infer::Generator& generator, const std::string& ask) {
    bool began = false;
    double begin = 0;
    infer::GenerateRequest request;
    request.prompt = prompt::build({ask, ""}, context::Context());
    const CancelToken cancel;
    const auto at_first_token = [&](std::string_view) {
        begin = began ? begin : cpu_ms();
        began = true;
        return true;
    };
    auto completion = generator.generate(request, at_first_token, cancel);
    if (!completion) {
        std::fprintf(stderr, "lookup: %s\n", completion.error().message.c_str());
        std::exit(1);
    }
    return {std::move(*completion), began ? cpu_ms() - begin : 0};
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 4) {
        std::fputs("usage: lookup MODEL STATE_FOLDER THREADS < requests\n", stderr);
        return 2;
    }
    std::array<std::unique_ptr<infer::Generator>, 2> generators;  // without, with
    for (const bool guess : {false, true}) {
        infer::BackendOptions options;
        options.model_path = argv[1];
        options.state_dir = argv[2];
        options.guess_tokens = guess;
        options.threads = std::atoi(argv[3]);
        generators[guess ? 1 : 0] = std::move(*infer::llama::make(options));
        answer(*generators[guess ? 1 : 0], "show the date");  // loads
    }
    bool first = false;
    for (std::string ask; std::getline(std::cin, ask); first = !first) {
        std::array<Made, 2> made;
        for (const bool guess : {first, !first}) {
            made[guess ? 1 : 0] = answer(*generators[guess ? 1 : 0], ask);
        }
        const auto& [without, with] = std::tie(made[0].completion, made[1].completion);
        const nlohmann::json line = {{"ask", ask}, {"answer", without.text}, {"same", without.text == with.text},
                                     {"new_tokens", without.usage.prompt_tokens - without.usage.cached_tokens},
                                     {"tokens", with.usage.generated_tokens}, {"tokens_without", without.usage.generated_tokens},
                                     {"drafted", with.usage.drafted_tokens}, {"accepted", with.usage.accepted_tokens},
                                     {"prompt_ms", with.timings.prompt}, {"prompt_without_ms", without.timings.prompt},
                                     {"ms", with.timings.generate}, {"without_ms", without.timings.generate},
                                     {"cpu_ms", made[1].cpu_ms}, {"cpu_without_ms", made[0].cpu_ms},
                                     {"answer_with", with.text}};
        std::printf("%s\n", line.dump().c_str());
        std::fflush(stdout);
    }
    return 0;
}
