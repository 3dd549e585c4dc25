// Whether a command changes or deletes what the request only asks about. Small models sometimes go on from finding files to
// deleting them; such an answer is asked for once more.
#pragma once

#include <string>
#include <string_view>

#include "safety/report.hpp"

namespace caro::engine {

// Why the command does more than was asked, for the model and the log; "" if it does not, or that cannot be told.
std::string unasked_change(std::string_view request, const safety::Report& report);

}  // namespace caro::engine
