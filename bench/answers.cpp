// Answers many requests in one process and remembers the model's words by the prompt, so that an experiment on prompts or
// on what is done to an answer costs only what it changed. Greedy, as the product is. For eval/run.py --answers.
//   answers MODEL.gguf MEMORY-FILE < requests     one JSON object {"ask", "piped", "cwd"} per line; one answer per line
#include <cstdio>
#include <fstream>
#include <iostream>
#include <map>
#include <memory>
#include <string>

#include <nlohmann/json.hpp>

#include "context/context.hpp"
#include "engine/engine.hpp"
#include "infer/registry.hpp"

namespace {

using namespace caro;

// A generator that asks the real one only for what it has not said before.
class Remembering final : public infer::Generator {
  public:
    Remembering(std::unique_ptr<infer::Generator> real, std::string file) : m_real(std::move(real)), m_file(std::move(file)) {
        std::ifstream in(m_file);
        for (std::string line; std::getline(in, line);) {
            const auto entry = nlohmann::json::parse(line, nullptr, false);
            if (entry.is_object()) {
                m_known[entry.value("prompt", "")] = {entry.value("text", ""), entry.value("cut", false)};
            }
        }
    }

    infer::BackendInfo info() const override { return m_real->info(); }
    infer::Availability is_available(std::chrono::milliseconds budget, const CancelToken& cancel) override {
        return m_real->is_available(budget, cancel);
    }

    Result<infer::Completion> generate(const infer::GenerateRequest& request, const infer::TokenSink& sink,
                                       const CancelToken& cancel) override {
        std::string key = request.prompt.system;
        for (const auto* turns : {&request.prompt.examples, &request.prompt.turns}) {
            for (const auto& turn : *turns) {
                key += (turn.user ? "\n> " : "\n< ") + turn.text + turn.piped;
            }
        }
        key += request.sampling.greedy ? "" : "\nvaried";
        key = std::to_string(std::hash<std::string>{}(key));
        infer::Completion completion;
        const auto known = m_known.find(key);
        if (known == m_known.end()) {
            auto made = m_real->generate(request, sink, cancel);
            if (!made) {
                return made;
            }
            completion = std::move(*made);
            const bool cut = completion.stop == infer::StopReason::max_tokens;
            m_known[key] = {completion.text, cut};
            std::ofstream(m_file, std::ios::app) << nlohmann::json{{"prompt", key}, {"text", completion.text}, {"cut", cut}} << '\n';
            return completion;
        }
        completion.text = known->second.first;
        completion.stop = known->second.second ? infer::StopReason::max_tokens : infer::StopReason::end_of_answer;
        if (sink) {
            sink(completion.text);
        }
        return completion;
    }

    void shutdown() noexcept override { m_real->shutdown(); }

  private:
    std::unique_ptr<infer::Generator> m_real;
    std::string m_file;
    std::map<std::string, std::pair<std::string, bool>> m_known;  // by prompt: the text, and whether it was cut
};

}  // namespace

int main(int argc, char** argv) {
    if (argc != 3) {
        std::fputs("usage: answers MODEL.gguf MEMORY-FILE < requests\n", stderr);
        return 2;
    }
    infer::BackendOptions options;
    options.model_path = argv[1];
    const auto entry = infer::find_backend("embedded");
    auto real = entry ? (*entry)->make(options) : fail(Error(entry.error()));
    if (!real) {
        std::fprintf(stderr, "answers: %s\n", real.error().message.c_str());
        return 1;
    }
    Remembering generator(std::move(*real), argv[2]);
    context::Context context = context::gather();
    context.shell = context::Shell::bash;
    const CancelToken cancel;
    for (std::string line; std::getline(std::cin, line);) {
        const auto request = nlohmann::json::parse(line);
        context.cwd = request.value("cwd", ".");
        const prompt::Ask ask{request.value("ask", ""), request.value("piped", "")};
        const auto made = engine::suggest(generator, ask, context, {}, {}, cancel);
        nlohmann::json out = {{"command", made ? made->command : ""}, {"error", made ? "" : made.error().message}};
        std::cout << out.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) << std::endl;
    }
    return 0;
}
