// caro models bundle FILE
#include <fmt/core.h>

#include <filesystem>

#include "cli/commands/models.hpp"
#include "cli/exit_code.hpp"
#include "cli/model_fetch.hpp"
#include "models/bundle.hpp"
#include "models/store.hpp"
#include "ui/progress.hpp"
#include "ui/terminal.hpp"
#include "util/program.hpp"
#include "util/utf8.hpp"

#include <unistd.h>

namespace caro::cli {

Result<int> models_bundle(Invocation& invocation) {
    namespace fs = std::filesystem;
    TRY_ASSIGN(const fs::path model, models::find(invocation.config.get<std::string>("model")));
    const auto program = program_path();
    if (!program) {
        return fail(ErrorCode::internal, "the system does not tell where this program is", "Start caro by its full path");
    }
    if (model == *program) {
        return fail(ErrorCode::usage, "this program carries its model already", "Copy it, or name another model with -m");
    }
    const fs::path output = invocation.operands[1];
    std::error_code error;
    if (fs::exists(output, error) && !invocation.dry_run) {
        TRY_ASSIGN(const bool replace, confirmed(invocation, fmt::format("Replace {}?", output.string()), "replacing a file"));
        if (!replace) {
            return to_int(ExitCode::declined);
        }
    }
    if (invocation.dry_run) {
        note_to_user(invocation, fmt::format("dry run: would put {} into {}", model.filename().string(), output.string()));
        return to_int(ExitCode::ok);
    }
    const auto total = fs::file_size(model, error);
    ui::Progress bar(progress_form(invocation), invocation.color, ui::terminal_width(STDERR_FILENO), output.filename().string());
    const auto made = models::write_bundle(
        *program, model, model.filename().string(), output,
        [&](double fraction) { bar.update(static_cast<std::uint64_t>(fraction * static_cast<double>(total)), total); },
        *invocation.cancel);
    bar.clear();
    if (!made) {
        return fail(made.error());
    }
    if (invocation.output == Output::plain) {
        print_text(escape_deceptive(output.string()) + "\n");
    } else {
        print_text(structured_text({{"path", output.string()}, {"model", made->file}, {"size", made->offset + made->size}, {"sha256", made->sha256}},
                                   invocation.output));
    }
    return to_int(ExitCode::ok);
}

}  // namespace caro::cli
