// caro models recommend
#include "cli/assessment.hpp"
#include "cli/commands/models.hpp"
#include "cli/exit_code.hpp"

namespace caro::cli {

Result<int> models_recommend(Invocation& invocation) {
    TRY_ASSIGN(const auto assessment, assess(chosen_model(invocation)));
    print_text(invocation.output == Output::plain
                   ? recommend_text(assessment)
                   : structured_text(recommend_document(assessment), invocation.output));
    return to_int(ExitCode::ok);
}

}  // namespace caro::cli
