// Which back end answers.
#pragma once

#include <memory>

#include "cli/invocation.hpp"
#include "infer/generator.hpp"
#include "util/result.hpp"

namespace caro::cli {

// The back end the user chose, or the best one that is ready. ErrorCode::unavailable with the exact remedy if
// none is; an explicit choice never becomes another.
Result<std::unique_ptr<infer::Generator>> choose_backend(Invocation& invocation);

}  // namespace caro::cli
