// The main job: a request in words becomes a judged suggestion. Knows no terminal and no back end by name.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "context/context.hpp"
#include "engine/missing_tool.hpp"
#include "infer/generator.hpp"
#include "prompt/prompt.hpp"
#include "safety/analyzer.hpp"
#include "util/cancel.hpp"
#include "util/result.hpp"

namespace caro::engine {

// One command together with everything that is known about it. Its report is that of exactly these bytes.
struct Suggestion {
    std::string command;
    std::string explanation;  // one line; "" if none could be made
    safety::Report report;
    infer::BackendInfo backend;
    infer::Usage usage;
    infer::Timings timings;
    std::vector<std::string> warnings;
    bool piped_cut = false;   // the model saw only a part of the piped text
    MissingTool missing;  // of suggest() and alternatives(): the first program that is not installed
};

struct Options {
    infer::Sampling sampling = infer::Sampling::precise();
    std::uint32_t max_tokens = 160;
    infer::ProgressSink on_progress;  // may be empty
};

// Facts for the safety analysis taken from the context.
safety::Scene scene_of(const context::Context& context);

// Judges a command, for suggestions and for what a user edited.
safety::Report judge(std::string_view command, const context::Context& context);

// Judgement and explanation of a command that did not come from a back end (an edited one); the other fields
// are empty.
Suggestion describe(std::string_view command, const context::Context& context);

// Asks the generator and judges what comes back; an answer that is no usable or complete command is asked for once more
// with what is wrong about it. `sink` sees the first answer as it grows (may be empty).
// ErrorCode::unclear if the model says that the request is no command; otherwise the errors of
// Generator::generate and prompt::extract.
Result<Suggestion> suggest(infer::Generator& generator, const prompt::Ask& ask, const context::Context& context,
                           const Options& options, const infer::TokenSink& sink, const CancelToken& cancel);

// Up to `count` further commands for the same request, sampled creatively, none equal to `known` or to each
// other (compared after white-space folding). Stops early, with what it has, when the token says so.
Result<std::vector<Suggestion>> alternatives(infer::Generator& generator, const prompt::Ask& ask,
                                             const context::Context& context, std::string_view known,
                                             std::size_t count, const CancelToken& cancel);

}  // namespace caro::engine
