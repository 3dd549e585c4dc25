// The first request on a machine that has no model yet.
#pragma once

#include "cli/invocation.hpp"
#include "util/result.hpp"

namespace caro::cli {

// After a request failed with `error`: if all it lacks is a model that can be fetched, and the person at the terminal says
// yes or the setting models.auto_download allows it, fetches the model. True: ask again. False: `error` stands. Errors:
// ErrorCode::declined after a no, and those of fetch(); they are what to tell then.
Result<bool> fetch_missing_model(const Error& error, Invocation& invocation);

}  // namespace caro::cli
