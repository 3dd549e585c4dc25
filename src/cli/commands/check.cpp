#include "cli/invocation.hpp"

namespace caro::cli {

int run_check(Invocation& invocation) {
    return report_error(Error{ErrorCode::internal, "caro check is not in this build yet", "", {}}, invocation);
}

}  // namespace caro::cli
