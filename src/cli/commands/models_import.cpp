// caro models import FOLDER|REPO
#include <fmt/core.h>

#include <algorithm>
#include <array>

#include "cli/commands/models.hpp"
#include "cli/exit_code.hpp"
#include "cli/model_fetch.hpp"
#include "cli/model_import.hpp"
#include "models/cache.hpp"
#include "util/strings.hpp"
#include "util/utf8.hpp"

namespace caro::cli {

namespace {

namespace fs = std::filesystem;

void print_imported(const Imported& imported, const ImportPlan& plan, const Invocation& invocation) {
    if (invocation.output != Output::plain) {
        print_text(structured_text({{"path", imported.path.string()},
                                    {"made", imported.made},
                                    {"source", plan.repo.empty() ? fs::absolute(plan.folder).string() : plan.repo},
                                    {"weights", infer::name_of(plan.type)}},
                                   invocation.output));
        return;
    }
    if (!imported.made) {
        note_to_user(invocation, "this was done before, and nothing has changed since");
    }
    print_text(escape_deceptive(imported.path.string()) + "\n");
    note_to_user(invocation, fmt::format("to answer with it: caro models use {}", imported.path.filename().string()));
}

// Says what would be done.
Result<int> rehearse(const ImportPlan& plan, const Invocation& invocation) {
    TRY_ASSIGN(const auto checkpoint, models::read_checkpoint(plan.folder));
    TRY(models::plan_tensors(checkpoint));
    TRY(models::read_tokenizer(plan.folder, checkpoint.config.vocabulary));
    TRY_ASSIGN(const auto file, import_file_name(plan, checkpoint));
    note_to_user(invocation, fmt::format("dry run: would make {} of {} of weights", file, size_text(checkpoint.bytes)));
    return to_int(ExitCode::ok);
}

// A checkpoint of the hub is fetched first, and thrown away when the model file is made.
Result<int> import_from_hub(const models::Reference& reference, ImportPlan plan, Invocation& invocation) {
    TRY_ASSIGN(auto offer, checkpoint_offer(reference, invocation));
    note_to_user(invocation, fmt::format("{} has {} of files, licence {}", offer.repo, size_text(offer.size),
                                         offer.licence.empty() ? "unknown" : offer.licence));
    if (invocation.dry_run) {
        note_to_user(invocation, "dry run: nothing is downloaded");
        return to_int(ExitCode::ok);
    }
    if (!invocation.config.get<bool>("models.auto_download")) {
        TRY_ASSIGN(const bool wanted, confirmed(invocation, fmt::format("Download {}?", size_text(offer.size)), "downloading a checkpoint"));
        if (!wanted) {
            return to_int(ExitCode::declined);
        }
    }
    TRY_ASSIGN(plan.folder, fetch_checkpoint(offer, invocation));
    plan.repo = offer.repo;
    plan.licence = offer.licence;
    if (plan.name.empty()) {
        plan.name = offer.repo.substr(offer.repo.rfind('/') + 1);
    }
    TRY_ASSIGN(const auto imported, import_checkpoint(plan, invocation));
    std::error_code ignored;
    fs::remove_all(plan.folder, ignored);
    fs::remove(plan.folder.parent_path(), ignored);  // unless another revision lies there
    print_imported(imported, plan, invocation);
    return to_int(ExitCode::ok);
}

}  // namespace

Result<int> models_import(Invocation& invocation) {
    ImportPlan plan;
    plan.name = invocation.name;
    plan.replace = invocation.yes;
    if (!invocation.quantize.empty()) {
        const auto type = infer::weight_type(invocation.quantize);
        if (!type) {
            return fail(ErrorCode::usage, fmt::format("caro cannot make weights of the type {}", escape_deceptive(invocation.quantize)),
                        "Choose one of " + infer::weight_type_names());
        }
        plan.type = *type;
    }
    plan.folder = invocation.operands[1];
    std::error_code error;
    if (!fs::is_directory(plan.folder, error)) {
        TRY_ASSIGN(const auto reference, models::parse_reference(invocation.operands[1]));
        if (reference.kind == models::Reference::Kind::hub && reference.file.empty() && reference.quant.empty()) {
            return import_from_hub(reference, std::move(plan), invocation);
        }
        return fail(ErrorCode::usage, fmt::format("{} is neither a folder nor a repository of the hub", escape_deceptive(invocation.operands[1])),
                    "Name a folder with config.json and .safetensors files, or owner/name");
    }
    if (invocation.dry_run) {
        return rehearse(plan, invocation);
    }
    TRY_ASSIGN(const auto imported, import_checkpoint(plan, invocation));
    print_imported(imported, plan, invocation);
    return to_int(ExitCode::ok);
}

}  // namespace caro::cli
