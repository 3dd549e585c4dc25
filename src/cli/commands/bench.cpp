// caro bench: how fast a back end answers, and how many it holds at once.
#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cmath>
#include <cstdio>
#include <map>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "cli/backend_choice.hpp"
#include "cli/backend_options.hpp"
#include "cli/exit_code.hpp"
#include "cli/invocation.hpp"
#include "cli/structured_internal.hpp"
#include "infer/registry.hpp"
#include "infer/selector.hpp"
#include "prompt/prompt.hpp"
#include "util/utf8.hpp"

namespace caro::cli {

namespace {

// Different requests, so that no server can answer from what it kept of the one before.
constexpr std::array<std::string_view, 8> k_requests = {
    "list all files larger than 10 MB under /var/log", "count the lines of notes.txt", "show free disk space",
    "find python files changed today", "show the ten biggest folders here", "which process uses port 8080",
    "compress the folder photos", "show the last 20 lines of server.log"};

struct Sample {
    double first_ms = 0;
    double total_ms = 0;
    std::uint32_t tokens = 0;
};

// What all workers share.
struct Load {
    const infer::BackendEntry* entry = nullptr;
    infer::BackendOptions options;
    context::Context context;
    std::uint32_t max_tokens = 0;
    std::size_t requests = 0;
    const CancelToken* cancel = nullptr;
    std::atomic<std::size_t> next{0};
    std::mutex mutex;  // guards the rest
    std::vector<Sample> samples;
    std::map<std::string, std::size_t> errors;  // by message
    std::size_t failed = 0;
};

void answer_one(infer::Generator& generator, std::size_t number, Load& load) {
    const prompt::Ask ask{fmt::format("{} (case {})", k_requests[number % k_requests.size()], number + 1), ""};
    infer::GenerateRequest request;
    request.prompt = prompt::build(ask, load.context);
    request.max_tokens = load.max_tokens;
    const Stopwatch watch;
    Sample sample;
    const infer::TokenSink sink = [&](std::string_view) {
        sample.first_ms = sample.first_ms > 0 ? sample.first_ms : watch.milliseconds();
        return true;
    };
    const auto completion = generator.generate(request, sink, *load.cancel);
    sample.total_ms = watch.milliseconds();
    const std::scoped_lock lock(load.mutex);
    if (completion) {
        sample.tokens = completion->usage.generated_tokens;
        load.samples.push_back(sample);
    } else if (completion.error().code != ErrorCode::cancelled) {
        ++load.failed;
        ++load.errors[completion.error().message];
    }
}

void work(Load& load) {
    auto generator = load.entry->make(load.options);
    for (std::size_t number = load.next++; number < load.requests && !load.cancel->should_stop(); number = load.next++) {
        if (generator) {
            answer_one(**generator, number, load);
        } else {
            const std::scoped_lock lock(load.mutex);
            ++load.failed;
            ++load.errors[generator.error().message];
        }
    }
}

// The value below which `part` of them lie.
double percentile(std::vector<double> values, double part) {
    if (values.empty()) {
        return 0;
    }
    std::sort(values.begin(), values.end());
    const auto rank = static_cast<std::size_t>(std::ceil(part * static_cast<double>(values.size())));
    return std::round(values[std::max<std::size_t>(rank, 1) - 1]);
}

Document document_of(const Load& load, std::size_t concurrency, double wall_ms) {
    std::vector<double> first;
    std::vector<double> total;
    std::uint64_t tokens = 0;
    for (const Sample& sample : load.samples) {
        first.push_back(sample.first_ms);
        total.push_back(sample.total_ms);
        tokens += sample.tokens;
    }
    const auto spread = [](const std::vector<double>& values) {
        return Document{{"p50", percentile(values, 0.5)}, {"p95", percentile(values, 0.95)}};
    };
    const auto per_second = [wall_ms](std::size_t count) {
        return wall_ms > 0 ? std::round(static_cast<double>(count) * 10000 / wall_ms) / 10 : 0.0;
    };
    Document document = {{"backend", load.entry->name},  {"concurrency", concurrency},
                         {"answers", total.size()},      {"failures", load.failed},
                         {"first_token_ms", spread(first)}, {"total_ms", spread(total)},
                         {"tokens_per_s", per_second(tokens)}, {"answers_per_s", per_second(total.size())},
                         {"wall_ms", std::round(wall_ms)}, {"errors", Document::array()}};
    for (const auto& [message, count] : load.errors) {
        document["errors"].push_back({{"message", message}, {"count", count}});
    }
    return document;
}

void print_plain(const Document& document) {
    const auto seconds = [&](const char* key, const char* part) { return document[key][part].get<double>() / 1000; };
    fmt::print("{} answers of {}, {} at once, {} failed\n", document["answers"].get<std::size_t>(),
               document["backend"].get<std::string>(), document["concurrency"].get<std::size_t>(),
               document["failures"].get<std::size_t>());
    fmt::print("first token  p50 {:.2f} s  p95 {:.2f} s\n", seconds("first_token_ms", "p50"),
               seconds("first_token_ms", "p95"));
    fmt::print("whole answer p50 {:.2f} s  p95 {:.2f} s\n", seconds("total_ms", "p50"), seconds("total_ms", "p95"));
    fmt::print("all together {:.1f} tokens/s, {:.1f} answers/s\n", document["tokens_per_s"].get<double>(),
               document["answers_per_s"].get<double>());
    for (const auto& error : document["errors"]) {
        fmt::print("{} times: {}\n", error["count"].get<std::size_t>(),
                   escape_deceptive(error["message"].get<std::string>()));
    }
}

// The back end to load: the named one, or the one a request would go to now.
Result<const infer::BackendEntry*> target(const Invocation& invocation, const infer::BackendOptions& options) {
    const auto& name = invocation.config.get<std::string>("backend");
    if (name != "auto") {
        return infer::find_backend(name);
    }
    for (const auto& row : infer::survey(selection_policy(invocation.config), options, *invocation.cancel)) {
        if (row.chosen) {
            return infer::find_backend(row.name);
        }
    }
    return fail(ErrorCode::unavailable, "no back end is ready", "See what each lacks with: caro backends");
}

}  // namespace

int run_bench(Invocation& invocation) {
    Load load;
    load.options = backend_options(invocation.config);
    const auto entry = target(invocation, load.options);
    if (!entry) {
        return report_error(entry.error(), invocation);
    }
    load.entry = *entry;
    if (load.entry->in_process && invocation.concurrency > 1) {
        return report_error({ErrorCode::usage,
                             fmt::format("the back end '{}' answers one request at a time", load.entry->name),
                             "Leave --concurrency out, or name a server with -b", {}},
                            invocation);
    }
    load.context = context::gather();
    load.max_tokens = static_cast<std::uint32_t>(invocation.config.get<std::int64_t>("max_tokens"));
    load.requests = invocation.requests > 0 ? invocation.requests : std::size_t{4} * invocation.concurrency;
    load.cancel = invocation.cancel;
    const Stopwatch watch;
    std::vector<std::thread> threads;
    for (std::size_t i = 0; i < invocation.concurrency; ++i) {
        threads.emplace_back(work, std::ref(load));
    }
    for (auto& thread : threads) {
        thread.join();
    }
    const double wall_ms = watch.milliseconds();
    if (invocation.cancel->should_stop()) {
        return report_error({ErrorCode::cancelled, "interrupted", "", {}}, invocation);
    }
    const Document document = document_of(load, invocation.concurrency, wall_ms);
    if (invocation.output == Output::plain) {
        print_plain(document);
    } else {
        const std::string text = structured_text(document, invocation.output);
        std::fwrite(text.data(), 1, text.size(), stdout);
    }
    return to_int(load.failed > 0 ? ExitCode::failed : ExitCode::ok);
}

}  // namespace caro::cli
