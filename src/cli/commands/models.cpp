// caro models: dispatch, path and use
#include "cli/commands/models.hpp"

#include <fmt/core.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>

#include "cli/error_text.hpp"
#include "cli/exit_code.hpp"
#include "cli/model_fetch.hpp"
#include "cli/options.hpp"
#include "config/edit.hpp"
#include "models/bundle.hpp"
#include "models/cache.hpp"
#include "models/store.hpp"
#include "ui/question.hpp"
#include "util/utf8.hpp"

namespace caro::cli {

namespace {

struct Action {
    std::string_view name;
    Result<int> (*run)(Invocation&);
};

constexpr std::array k_runs = {
    Action{"list", models_list},     Action{"search", models_search}, Action{"pull", models_pull},
    Action{"verify", models_verify}, Action{"use", models_use},       Action{"info", models_info},
    Action{"rm", models_rm},         Action{"prune", models_prune},   Action{"path", models_path},
    Action{"bundle", models_bundle}, Action{"import", models_import}, Action{"recommend", models_recommend},
};

// Options of the command that belong to some of its actions only.
Result<> check_action_options(const Invocation& invocation, std::string_view action) {
    if (invocation.updates && action != "list") {
        return fail(ErrorCode::usage, fmt::format("caro models {} takes no --updates", action),
                    "It belongs to: caro models list --updates");
    }
    if ((!invocation.quantize.empty() || !invocation.name.empty()) && action != "import") {
        return fail(ErrorCode::usage, fmt::format("caro models {} takes no --{}", action, invocation.name.empty() ? "quantize" : "name"),
                    "It belongs to: caro models import FOLDER");
    }
    if (invocation.config.origin("models.max_size").where == "--max-size" && action != "prune") {
        return fail(ErrorCode::usage, fmt::format("caro models {} takes no --max-size", action),
                    "It belongs to: caro models prune --max-size SIZE");
    }
    return {};
}

bool is_gguf(const std::filesystem::path& path) {
    std::ifstream in(path, std::ios::binary);
    char magic[4] = {};
    in.read(magic, sizeof magic);
    return in && std::string_view(magic, sizeof magic) == "GGUF";
}

}  // namespace

void print_text(std::string_view text) { std::fwrite(text.data(), 1, text.size(), stdout); }

void note_to_user(const Invocation& invocation, std::string_view text) {
    if (!invocation.quiet && invocation.output == Output::plain) {
        print_note(text, invocation.color);
    }
}

std::string chosen_model(const Invocation& invocation) {
    const auto& set = invocation.config.get<std::string>("model");
    const auto& bundle = models::own_bundle();
    return set.empty() && bundle ? bundle->file : set;
}

Result<std::filesystem::path> locate(const models::Reference& reference) {
    const auto& bundle = models::own_bundle();
    return bundle && reference.text() == bundle->file ? Result<std::filesystem::path>(bundle->program)
                                                      : models::find(reference);
}

Result<models::Reference> wanted_model(const Invocation& invocation) {
    return models::parse_reference(invocation.operands.size() > 1 ? invocation.operands[1] : chosen_model(invocation));
}

bool is_chosen(const models::Reference& reference, const Invocation& invocation) {
    const auto chosen = models::parse_reference(chosen_model(invocation));
    return chosen && chosen->stable_text() == reference.stable_text();
}

Result<bool> confirmed(const Invocation& invocation, std::string_view question, std::string_view doing) {
    if (invocation.yes) {
        return true;
    }
    const QuestionTerminal terminal(invocation);
    if (!terminal.is_there()) {
        return fail(ErrorCode::usage, fmt::format("{} needs a yes, and there is nobody to ask", doing), "Add --yes");
    }
    switch (ui::ask_yes_no(terminal.fd(), STDERR_FILENO, escape_deceptive(question), invocation.color, *invocation.cancel)) {
        case ui::Reply::yes: return true;
        case ui::Reply::no: return false;
        case ui::Reply::interrupted: break;
    }
    return fail(ErrorCode::cancelled, "interrupted");
}

Result<int> models_path(Invocation& invocation) {
    TRY_ASSIGN(const auto reference, wanted_model(invocation));
    TRY_ASSIGN(const auto path, locate(reference));
    if (invocation.output == Output::plain) {
        print_text(path.string() + "\n");
    } else {
        print_text(structured_text({{"name", reference.text()}, {"path", path.string()}}, invocation.output));
    }
    return to_int(ExitCode::ok);
}

Result<int> models_use(Invocation& invocation) {
    TRY_ASSIGN(auto reference, wanted_model(invocation));
    const auto path = models::find(reference);
    if (path && reference.kind == models::Reference::Kind::hub && reference.file.empty()) {
        // Of a repository the file that is here, so that another one fetched later changes nothing.
        models::ManifestEntry entry;
        entry.repo = reference.repo;
        entry.file = path->filename().string();
        reference.file = models::repository_name(entry);
        reference.quant.clear();
    }
    const bool is_path = reference.kind == models::Reference::Kind::path;
    if (is_path) {
        TRY(path);
        if (!is_gguf(*path)) {
            return fail(ErrorCode::bad_model, fmt::format("{} is no GGUF file", path->string()), "Name a model file");
        }
    }
    const auto file = invocation.config.user_file();
    if (!file) {
        return fail(ErrorCode::io, "there is no home folder to keep a configuration file in",
                    "Set HOME or XDG_CONFIG_HOME, or name a file with --config");
    }
    // A bare file name may have been found beside the program or in the cache.
    const std::string value = is_path ? path->string() : reference.stable_text();
    const std::size_t row = config::find_row("model");
    if (!invocation.dry_run) {
        TRY(config::set_in_file(*file, row, config::Value(value)));
    }
    if (invocation.output != Output::plain) {
        print_text(structured_text({{"model", value}, {"here", path.has_value()}, {"file", file->string()}},
                                   invocation.output));
    } else if (!invocation.quiet) {
        print_text(fmt::format("{} answers from now on\n", escape_deceptive(reference.text())));
    }
    const auto& origin = invocation.config.origin(row);
    if (origin.layer > config::Layer::user) {
        note_to_user(invocation, fmt::format("here the model still comes from {}", origin.text()));
    }
    if (!path) {
        note_to_user(invocation, fmt::format("{}. {}", path.error().message, path.error().hint));
    }
    const auto& backend = invocation.config.get<std::string>("backend");
    if (backend != "auto" && backend != "embedded") {
        note_to_user(invocation, fmt::format("the back end is {}, for which the model is one of the server's", backend));
    }
    return to_int(ExitCode::ok);
}

int run_models(Invocation& invocation) {
    const std::string action = invocation.operands.empty() ? "list" : invocation.operands.front();
    const auto fitting = check_action_options(invocation, action);
    Result<int> status = to_int(ExitCode::failed);
    for (const auto& row : k_runs) {
        if (row.name == action) {
            status = fitting ? row.run(invocation) : Result<int>(fail(fitting.error()));
        }
    }
    for (const auto& warning : invocation.warnings) {
        note_to_user(invocation, warning);
    }
    return status ? *status : report_error(status.error(), invocation);
}

}  // namespace caro::cli
