#include "cli/invocation.hpp"

namespace caro::cli {

int run_ask(Invocation& invocation) {
    return report_error(Error{ErrorCode::internal, "caro ask is not in this build yet", "", {}}, invocation);
}

}  // namespace caro::cli
