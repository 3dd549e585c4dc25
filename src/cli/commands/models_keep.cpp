// caro models verify, rm and prune
#include <fmt/core.h>
#include <unistd.h>

#include <algorithm>
#include <limits>
#include <optional>

#include "cli/commands/models.hpp"
#include "cli/exit_code.hpp"
#include "models/bundle.hpp"
#include "models/cache.hpp"
#include "models/store.hpp"
#include "ui/progress.hpp"
#include "ui/terminal.hpp"
#include "util/strings.hpp"
#include "util/utf8.hpp"

namespace caro::cli {

namespace {

using models::CachedModel;
using State = models::VerifyReport::State;

std::string_view word_of(State state) {
    switch (state) {
        case State::good: return "good";
        case State::noted: return "noted";
        case State::wrong: return "wrong";
        case State::damaged: return "damaged";
    }
    return "";
}

// The hash that a file of the catalogue must have; "" for others.
std::string promised_hash(const CachedModel& model) {
    for (const auto& entry : models::catalogue().value_or(std::vector<models::CatalogueEntry>{})) {
        if (entry.file == models::repository_name(model.entry) && (model.entry.repo.empty() || model.entry.repo == entry.repo)) {
            return entry.sha256;
        }
    }
    return "";
}

// The model an operand means, wherever its file is.
Result<CachedModel> model_of(const std::string& operand, const models::Cache& cache) {
    const auto reference = models::parse_reference(operand);
    const auto path = reference ? locate(*reference) : Result<std::filesystem::path>(fail(reference.error()));
    for (const auto& model : cache.list()) {
        if ((path && model.path == *path) || model.entry.file == operand ||
            (reference && reference->kind != models::Reference::Kind::path && model.entry.repo == reference->repo &&
             models::repository_name(model.entry) == reference->file)) {
            return model;
        }
    }
    if (!path) {
        return fail(path.error());
    }
    CachedModel model;
    model.path = *path;
    model.entry.file = path->filename().string();
    model.entry.repo = reference->repo;
    return model;
}

bool is_in(const models::Cache& cache, const CachedModel& model) { return model.path.parent_path() == cache.models_dir(); }

std::vector<std::string> names_of(const std::vector<CachedModel>& list) {
    std::vector<std::string> names;
    for (const auto& model : list) {
        names.push_back(fmt::format("{} ({})", model.entry.file, size_text(model.entry.size)));
    }
    return names;
}

// The model inside this program is only a part of its file.
Result<models::VerifyReport> verify_bytes(const CachedModel& model, const models::Cache& cache,
                                          const models::FractionSink& show, const CancelToken& cancel) {
    const auto& bundle = models::own_bundle();
    if (!bundle || model.path != bundle->program) {
        return cache.verify(model, promised_hash(model), show, cancel);
    }
    TRY_ASSIGN(const bool good, models::verify_bundle(*bundle, show, cancel));
    return models::VerifyReport{good ? State::good : State::wrong, bundle->sha256, good ? bundle->sha256 : "other"};
}

Result<State> verify_one(const CachedModel& model, const models::Cache& cache, Document& results, Invocation& invocation) {
    const bool bar = invocation.stderr_tty && !invocation.quiet && invocation.output == Output::plain;
    ui::Progress progress(bar ? ui::Progress::Form::bar : ui::Progress::Form::none, invocation.color,
                          ui::terminal_width(STDERR_FILENO), model.entry.file);
    std::error_code error;
    const std::uint64_t size = std::filesystem::file_size(model.path, error);
    const auto show = [&](double fraction) {
        progress.update(static_cast<std::uint64_t>(fraction * static_cast<double>(size)), size);
    };
    auto report = verify_bytes(model, cache, show, *invocation.cancel);
    progress.clear();
    TRY(report);
    if (invocation.output == Output::plain) {
        print_text(fmt::format("{:<8} {}\n", word_of(report->state), escape_deceptive(model.path.string())));
        if (report->state == State::wrong) {
            print_text(fmt::format("         should be {}\n         but is    {}\n", report->expected, report->actual));
        }
    } else {
        results.push_back({{"file", model.entry.file},
                           {"path", model.path.string()},
                           {"state", word_of(report->state)},
                           {"expected", report->expected.empty() ? Document(nullptr) : Document(report->expected)},
                           {"sha256", report->actual}});
    }
    return report->state;
}

// What prune would remove, longest unused first: the last ones of the list, as far as they are too much.
std::vector<CachedModel> surplus(const models::Cache& cache, std::uint64_t limit, const std::filesystem::path& configured) {
    const auto list = cache.list();
    std::uint64_t total = 0;
    for (const auto& model : list) {
        total += model.entry.size;
    }
    std::vector<CachedModel> removed;
    for (std::size_t i = list.size(); i > 1 && total > limit; --i) {
        if (!list[i - 1].in_use && list[i - 1].path != configured) {
            removed.push_back(list[i - 1]);
            total -= list[i - 1].entry.size;
        }
    }
    return removed;
}

}  // namespace

Result<int> models_verify(Invocation& invocation) {
    TRY_ASSIGN(const auto cache, models::Cache::of_user());
    std::vector<CachedModel> list;
    if (invocation.operands.size() > 1) {
        TRY_ASSIGN(auto model, model_of(invocation.operands[1], cache));
        list.push_back(std::move(model));
    } else {
        list = cache.list();
        if (const auto& bundle = models::own_bundle()) {
            CachedModel inside;
            inside.path = bundle->program;
            inside.entry.file = bundle->file;
            list.insert(list.begin(), std::move(inside));
        }
    }
    if (list.empty()) {
        note_to_user(invocation, "there is no model in the cache");
    }
    Document results = Document::array();
    bool bad = false;
    for (const auto& model : list) {
        TRY_ASSIGN(const State state, verify_one(model, cache, results, invocation));
        bad = bad || state == State::wrong || state == State::damaged;
        if (state == State::wrong || state == State::damaged) {
            note_to_user(invocation, is_in(cache, model) ? fmt::format("remove it and fetch it again: caro models rm {}",
                                                                       model.entry.file)
                                                         : "fetch it again where it came from");
        }
    }
    if (invocation.output != Output::plain) {
        print_text(structured_text({{"models", results}}, invocation.output));
    }
    return to_int(bad ? ExitCode::bad_model : ExitCode::ok);
}

Result<int> models_rm(Invocation& invocation) {
    TRY_ASSIGN(const auto cache, models::Cache::of_user());
    std::vector<CachedModel> list;
    for (auto operand = invocation.operands.begin() + 1; operand != invocation.operands.end(); ++operand) {
        TRY_ASSIGN(auto model, model_of(*operand, cache));
        if (!is_in(cache, model)) {
            return fail(ErrorCode::usage, fmt::format("{} is not in caro's cache", model.path.string()),
                        "caro removes only what it keeps itself; remove that file where it belongs");
        }
        list.push_back(std::move(model));
    }
    const std::string names = join(names_of(list), ", ");
    if (invocation.dry_run) {
        print_text(fmt::format("would remove {}\n", escape_deceptive(names)));
        return to_int(ExitCode::ok);
    }
    TRY_ASSIGN(const bool yes, confirmed(invocation, fmt::format("Remove {}?", names), "removing a model"));
    if (!yes) {
        return to_int(ExitCode::declined);
    }
    Document removed = Document::array();
    for (const auto& model : list) {
        TRY(cache.remove(model.entry.file));
        removed.push_back(model.entry.file);
    }
    if (invocation.output != Output::plain) {
        print_text(structured_text({{"removed", removed}}, invocation.output));
    } else if (!invocation.quiet) {
        print_text(fmt::format("removed {}\n", escape_deceptive(names)));
    }
    return to_int(ExitCode::ok);
}

Result<int> models_prune(Invocation& invocation) {
    TRY_ASSIGN(const auto cache, models::Cache::of_user());
    const std::uint64_t given = parse_size(invocation.config.get<std::string>("models.max_size")).value_or(0);
    const std::uint64_t limit = given == 0 ? std::numeric_limits<std::uint64_t>::max() : given;
    const auto configured = models::find(invocation.config.get<std::string>("model")).value_or("");
    std::vector<std::string> names = names_of(surplus(cache, limit, configured));
    for (const auto& part : cache.partial()) {
        names.push_back(fmt::format("{} (unfinished, {})", part.path.filename().string(), size_text(part.size)));
    }
    if (names.empty() && invocation.output == Output::plain) {
        note_to_user(invocation, given == 0 ? "there is no unfinished download; --max-size SIZE removes models too"
                                            : "there is nothing to remove");
        return to_int(ExitCode::ok);
    }
    const std::string all = join(names, ", ");
    if (invocation.dry_run) {
        print_text(invocation.output == Output::plain
                       ? fmt::format("would remove {}\n", escape_deceptive(all))
                       : structured_text({{"would_remove", names}}, invocation.output));
        return to_int(ExitCode::ok);
    }
    TRY_ASSIGN(const bool yes, confirmed(invocation, fmt::format("Remove {}?", all), "removing models"));
    if (!yes) {
        return to_int(ExitCode::declined);
    }
    // The configured model is held, as if it were running, so that it stays.
    std::optional<models::ModelInUse> keep;
    if (!configured.empty()) {
        keep.emplace(configured);
    }
    TRY_ASSIGN(const auto report, cache.prune(limit, true));
    if (invocation.output != Output::plain) {
        print_text(structured_text({{"removed", report.removed}, {"in_use", report.in_use}, {"freed", report.freed},
                                    {"kept", report.kept}},
                                   invocation.output));
    } else {
        print_text(fmt::format("removed {}; {} freed\n",
                               report.removed.empty() ? "nothing" : escape_deceptive(join(report.removed, ", ")),
                               size_text(report.freed)));
    }
    return to_int(ExitCode::ok);
}

}  // namespace caro::cli
