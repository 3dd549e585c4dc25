#include "engine/engine.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <filesystem>
#include <random>

#include "engine/blanks.hpp"
#include "engine/facts.hpp"
#include "engine/ground.hpp"
#include "engine/mend.hpp"
#include "engine/repetition.hpp"
#include "engine/table.hpp"
#include "engine/unasked.hpp"
#include "explain/explain.hpp"
#include "util/log.hpp"
#include "util/strings.hpp"
#include "util/utf8.hpp"

namespace caro::engine {

namespace {

// A longer answer is beside the point, and would not fit the context a second time.
constexpr std::size_t k_longest_repaired = 1000;
// Against repetition: almost greedy, but what was said counts less.
constexpr infer::Sampling k_varied = {false, 0.2F, 40, 0.95F, 1.3F, 1};

// White space folded, for telling whether two commands are the same.
std::string folded(std::string_view command) {
    std::string out;
    for (const char c : trim(command)) {
        const bool space = c == ' ' || c == '\t' || c == '\n';
        if (!space) {
            out.push_back(c);
        } else if (out.empty() || out.back() != ' ') {
            out.push_back(' ');
        }
    }
    return out;
}

}  // namespace

safety::Scene scene_of(const context::Context& context) {
    safety::Scene scene;
    scene.home = context.home ? context.home->string() : std::string();
    scene.cwd = context.cwd.string();
    scene.is_root = context.is_root;
    switch (context.shell) {
        case context::Shell::bash: scene.dialect = safety::Scene::Dialect::bash; break;
        case context::Shell::zsh: scene.dialect = safety::Scene::Dialect::zsh; break;
        case context::Shell::fish: scene.dialect = safety::Scene::Dialect::fish; break;
        case context::Shell::powershell: scene.dialect = safety::Scene::Dialect::powershell; break;
        case context::Shell::sh:
        case context::Shell::dash: scene.dialect = safety::Scene::Dialect::posix; break;
    }
    switch (context.os) {
        case context::Os::macos:
        case context::Os::freebsd: scene.platform = safety::Scene::Platform::bsd; break;
        case context::Os::linux_busybox: scene.platform = safety::Scene::Platform::busybox; break;
        default: scene.platform = safety::Scene::Platform::gnu; break;
    }
    return scene;
}

safety::Report judge(std::string_view command, const context::Context& context) {
    return safety::analyze(command, scene_of(context));
}

Suggestion describe(std::string_view command, const context::Context& context) {
    Suggestion suggestion;
    suggestion.command = command;
    suggestion.report = judge(command, context);
    suggestion.explanation = explain::one_line(command, {context.home ? context.home->string() : std::string()});
    return suggestion;
}

namespace {

std::string set_right(std::string_view asked, std::string_view command, const context::Context& context) {
    const shell::Environment environment{context.home ? context.home->string() : std::string()};
    const Surroundings surroundings{
        [&context](const std::string& path) {
            std::error_code error;
            return std::filesystem::is_directory(context.cwd / path, error);
        },
        [](std::string_view name) { return context::has_tool(name); },
        [&context](const std::string& path) { return table_at(context.cwd / path); },
        context.os == context::Os::linux_gnu, context.shell == context::Shell::bash || context.shell == context::Shell::zsh,
        [&context](const std::string& path) { return context::json_shape_at(context.cwd / path); }};
    const std::string whole = quote_blanks(asked, command, [&context](const std::string& path) {
        std::error_code error;
        return std::filesystem::exists(context.cwd / path, error);
    });
    return mend(asked, ground(asked, whole, environment), environment, surroundings);
}

// One answer of the generator, reduced to a command and judged.
Result<Suggestion> ask_once(infer::Generator& generator, const infer::GenerateRequest& request,
                            std::string_view asked, const context::Context& context, const infer::TokenSink& sink, const CancelToken& cancel,
                            std::string& answered) {
    bool looping = false;
    std::string so_far;
    const infer::TokenSink guarded = [&](std::string_view piece) {
        so_far += piece;
        looping = repeats_itself(so_far);
        return !looping && (!sink || sink(piece));
    };
    TRY_ASSIGN(infer::Completion completion, generator.generate(request, guarded, cancel));
    LOG("model answered: {}", completion.text);
    answered = std::move(completion.text);
    if (looping || repeats_itself(answered)) {
        return fail(ErrorCode::bad_output, "the model says the same again and again",
                    "Say it in other words, or in smaller steps");
    }
    TRY_ASSIGN(const prompt::Answer answer, prompt::extract(answered));
    if (answer.refused) {
        return fail(ErrorCode::unclear,
                    answer.reason.empty() ? "this request cannot be turned into a command" : answer.reason,
                    "Say what should be done and to which files or programs");
    }
    if (completion.stop == infer::StopReason::max_tokens && trim(answered).ends_with(trim(answer.command))) {
        // Half a command may do more than the whole: a path that was cut names a folder further up.
        return fail(ErrorCode::bad_output, fmt::format("the answer was cut off at {} tokens", request.max_tokens),
                    "Ask for less at once, or allow more: caro config set max_tokens 400");
    }
    const bool posix = context.shell != context::Shell::powershell && context.shell != context::Shell::fish;
    const std::string command = posix ? set_right(asked, answer.command, context) : answer.command;
    if (command != answer.command) {
        LOG("set right: {}", command);
    }
    Suggestion suggestion = describe(command, context);
    suggestion.missing = missing_tool(command, asked, context);
    if (!suggestion.missing.name.empty()) {
        suggestion.warnings.push_back(suggestion.missing.name + " is not installed here");
    }
    suggestion.backend = generator.info();
    suggestion.piped_cut = completion.piped_cut;
    suggestion.usage = completion.usage;
    suggestion.timings = completion.timings;
    if (completion.stop == infer::StopReason::max_tokens) {
        suggestion.warnings.emplace_back("the answer was cut off at the token limit");
    }
    return suggestion;
}

// The request with where the things lie that it names.
prompt::Ask with_facts(const prompt::Ask& ask, const context::Context& context) {
    if (!ask.piped_input.empty()) {
        return ask;
    }
    const std::string facts = facts_for(ask.request, [&context](const std::string& path) { return table_at(context.cwd / path); });
    if (facts.empty()) {
        return ask;
    }
    LOG("facts: {}", facts);
    return {ask.request + " (" + facts + ")", ""};
}

bool is_end(ErrorCode code) { return code == ErrorCode::cancelled || code == ErrorCode::timeout; }

// Why an answer should be asked for once more; "" if it is good or asking again cannot help.
std::string flaw_of(const Result<Suggestion>& made, std::string_view asked) {
    if (!made) {
        return made.error().code == ErrorCode::bad_output ? made.error().message : std::string();
    }
    if (!made->report.fully_parsed) {
        return "parts of it are no valid shell syntax";
    }
    if (std::string change = unasked_change(asked, made->report); !change.empty()) {
        return change;
    }
    const MissingTool& missing = made->missing;
    return missing.name.empty() || missing.asked ? std::string()
                                                 : fmt::format("{} is not installed here. Use other programs", missing.name);
}

// The examples that resemble the request may be to blame: it was refused with them, or they brought a change that nobody wants.
bool led_astray(const Result<Suggestion>& made, std::string_view asked) {
    return made ? !unasked_change(asked, made->report).empty() : made.error().code == ErrorCode::unclear;
}

// The answer to a second question is taken if it has none of these flaws.
bool is_better(const Result<Suggestion>& again, std::string_view asked) {
    return again && again->report.fully_parsed && again->missing.name.empty() && unasked_change(asked, again->report).empty();
}

}  // namespace

Result<Suggestion> suggest(infer::Generator& generator, const prompt::Ask& ask, const context::Context& context,
                           const Options& options, const infer::TokenSink& sink, const CancelToken& cancel) {
    infer::GenerateRequest request{prompt::build(with_facts(ask, context), context), options.sampling, options.max_tokens,
                                   options.on_progress};
    std::string answered;
    auto made = ask_once(generator, request, ask.request, context, sink, cancel, answered);
    const std::string flaw = flaw_of(made, ask.request);
    if (!flaw.empty() && repeats_itself(answered) && request.sampling.greedy) {
        // Shown its own loop the model goes on with it.
        LOG("asked again: {}", flaw);
        request.sampling = k_varied;
        auto varied = ask_once(generator, request, ask.request, context, {}, cancel, answered);
        return varied || is_end(varied.error().code) ? std::move(varied) : std::move(made);
    }
    const bool astray = request.prompt.spare > 0 && led_astray(made, ask.request);
    if (!astray && (flaw.empty() || answered.empty() || answered.size() > k_longest_repaired || !is_valid_utf8(answered))) {
        return made;
    }
    // Shown what is wrong, a model often gets it right; a second failure is told as the first.
    LOG("asked again: {}", astray && flaw.empty() ? "without the examples it was refused with" : flaw);
    if (astray) {
        request.prompt.turns.erase(request.prompt.turns.begin(), request.prompt.turns.begin() + static_cast<std::ptrdiff_t>(request.prompt.spare));
        request.prompt.spare = 0;
    } else {
        request.prompt.turns.push_back({false, answered});
        request.prompt.turns.push_back({true, "Not usable: " + flaw + ". Give one complete, valid command."});
    }
    auto again = ask_once(generator, request, ask.request, context, {}, cancel, answered);
    if (is_better(again, ask.request)) {
        return again;
    }
    if (!again && is_end(again.error().code)) {
        return again;
    }
    return made;
}

Result<std::vector<Suggestion>> alternatives(infer::Generator& generator, const prompt::Ask& ask,
                                             const context::Context& context, std::string_view known,
                                             std::size_t count, const CancelToken& cancel) {
    std::vector<Suggestion> found;
    std::vector<std::string> seen = {folded(known)};
    std::uint32_t seed = std::random_device{}();
    // Samples repeat each other, so a few more are drawn than are wanted.
    for (std::size_t attempt = 0; attempt < 3 * count && found.size() < count; ++attempt) {
        Options options;
        options.sampling = infer::Sampling::creative(seed++);
        auto suggestion = suggest(generator, ask, context, options, {}, cancel);
        if (!suggestion) {
            const ErrorCode code = suggestion.error().code;
            if (code == ErrorCode::unclear || code == ErrorCode::bad_output) {
                continue;
            }
            if (found.empty()) {
                return fail(std::move(suggestion.error()));
            }
            break;
        }
        std::string key = folded(suggestion->command);
        if (std::find(seen.begin(), seen.end(), key) == seen.end()) {
            seen.push_back(std::move(key));
            found.push_back(std::move(*suggestion));
        }
    }
    return found;
}

}  // namespace caro::engine
