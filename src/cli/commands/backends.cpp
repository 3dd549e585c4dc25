// caro backends
#include <fmt/core.h>

#include <cmath>
#include <cstdio>

#include "cli/backend_choice.hpp"
#include "cli/backend_options.hpp"
#include "cli/exit_code.hpp"
#include "cli/invocation.hpp"
#include "cli/structured_internal.hpp"
#include "infer/selector.hpp"
#include "util/utf8.hpp"

namespace caro::cli {

namespace {

// Long enough for a server on this machine, short enough to wait for.
constexpr std::chrono::milliseconds k_budget{300};

Document document_of(const infer::BackendRow& row) {
    Document document = {{"name", row.name},
                         {"summary", row.summary},
                         {"local", row.info.local},
                         {"ready", row.availability.ready},
                         {"chosen", row.chosen},
                         {"model", row.info.model},
                         {"device", row.info.device},
                         {"why_not", row.availability.why_not},
                         {"how_to_fix", row.availability.how_to_fix},
                         {"notes", row.info.notes},
                         {"measured", nullptr}};
    if (row.figures) {
        const auto rounded = [](double value) { return std::round(value * 10) / 10; };
        const infer::Figures& figures = *row.figures;
        document["measured"] = {{"answers", figures.answers},
                                {"failures", figures.failures},
                                {"last_failure", figures.last_failure},
                                {"first_token_ms", rounded(figures.first_token_ms)},
                                {"total_ms", rounded(figures.total_ms)},
                                {"tokens_per_s", rounded(figures.tokens_per_s)},
                                {"prompt_tokens", rounded(figures.prompt_tokens)},
                                {"cached_tokens", rounded(figures.cached_tokens)},
                                {"generated_tokens", rounded(figures.generated_tokens)}};
    }
    return document;
}

std::string measured_text(const infer::Figures& figures) {
    std::string out;
    if (figures.answers > 0) {
        out = fmt::format("{} answers, {:.1f} s each, first token after {:.1f} s, {:.0f} tokens/s", figures.answers,
                          figures.total_ms / 1000, figures.first_token_ms / 1000, figures.tokens_per_s);
    }
    if (figures.failures > 0) {
        out += fmt::format("{}{} failed (last: {})", out.empty() ? "" : "; ", figures.failures, figures.last_failure);
    }
    return out;
}

void print_row(const infer::BackendRow& row) {
    const bool ready = row.availability.ready;
    fmt::print("{} {:<8} {:<6} {:<7} {}\n", row.chosen ? '*' : ' ', row.name, ready ? "ready" : "no",
               row.info.local ? "local" : "remote", row.summary);
    const auto detail = [](std::string_view label, std::string_view text) {
        if (!text.empty()) {
            fmt::print("{:<17} {:<8} {}\n", "", label, escape_deceptive(text));
        }
    };
    if (ready) {
        detail("model", row.info.model);
        detail("at", row.info.device);
    } else {
        detail("why", row.availability.why_not);
        detail("fix", row.availability.how_to_fix);
    }
    if (row.figures) {
        detail("measured", measured_text(*row.figures));
    }
    for (const auto& note : row.info.notes) {
        detail("note", note);
    }
}

}  // namespace

int run_backends(Invocation& invocation) {
    infer::SelectionPolicy policy = selection_policy(invocation.config);
    policy.probe_budget = k_budget;
    const auto rows = infer::survey(policy, backend_options(invocation.config), *invocation.cancel);
    if (invocation.cancel->should_stop()) {
        return report_error(Error{ErrorCode::cancelled, "interrupted", "", {}}, invocation);
    }
    if (invocation.output == Output::plain) {
        for (const auto& row : rows) {
            print_row(row);
        }
        return to_int(ExitCode::ok);
    }
    Document document = {{"backends", Document::array()}};
    for (const auto& row : rows) {
        document["backends"].push_back(document_of(row));
    }
    const std::string text = structured_text(document, invocation.output);
    std::fwrite(text.data(), 1, text.size(), stdout);
    return to_int(ExitCode::ok);
}

}  // namespace caro::cli
