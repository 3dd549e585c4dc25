// caro backends
#include "cli/backend_options.hpp"
#include "cli/exit_code.hpp"
#include "cli/invocation.hpp"
#include "cli/structured_internal.hpp"
#include "infer/registry.hpp"
#include "util/utf8.hpp"

#include <fmt/core.h>

#include <cstdio>

namespace caro::cli {

namespace {

// Long enough for a server on this machine, short enough to wait for.
constexpr std::chrono::milliseconds k_budget{300};

struct Status {
    const infer::BackendEntry* entry = nullptr;
    infer::BackendInfo info;
    infer::Availability availability;
};

Status look_at(const infer::BackendEntry& entry, const infer::BackendOptions& options) {
    Status status{&entry, {}, {}};
    auto generator = entry.make(options);
    if (!generator) {
        status.availability = {false, generator.error().message, generator.error().hint};
        return status;
    }
    status.availability = (*generator)->is_available(k_budget);
    status.info = (*generator)->info();
    (*generator)->shutdown();
    return status;
}

Document document_of(const Status& status) {
    return {{"name", status.entry->name},
            {"summary", status.entry->summary},
            {"local", status.entry->local},
            {"ready", status.availability.ready},
            {"model", status.info.model},
            {"device", status.info.device},
            {"why_not", status.availability.why_not},
            {"how_to_fix", status.availability.how_to_fix}};
}

void print_row(const Status& status) {
    const bool ready = status.availability.ready;
    fmt::print("{:<10} {:<6} {}\n", status.entry->name, ready ? "ready" : "no",
               status.entry->summary);
    const auto detail = [](std::string_view label, std::string_view text) {
        if (!text.empty()) {
            fmt::print("{:<17} {}: {}\n", "", label, escape_deceptive(text));
        }
    };
    if (ready) {
        detail("model", status.info.model);
        detail("device", status.info.device);
    } else {
        detail("why", status.availability.why_not);
        detail("fix", status.availability.how_to_fix);
    }
}

}  // namespace

int run_backends(Invocation& invocation) {
    const auto options = backend_options(invocation.config);
    Document document = {{"backends", Document::array()}};
    for (const auto& entry : infer::backends()) {
        if (invocation.cancel->should_stop()) {
            return report_error(Error{ErrorCode::cancelled, "stopped", "", {}}, invocation);
        }
        const Status status = look_at(entry, options);
        if (invocation.output == Output::plain) {
            print_row(status);
        } else {
            document["backends"].push_back(document_of(status));
        }
    }
    if (invocation.output != Output::plain) {
        const std::string text = structured_text(document, invocation.output);
        std::fwrite(text.data(), 1, text.size(), stdout);
    }
    return to_int(ExitCode::ok);
}

}  // namespace caro::cli
