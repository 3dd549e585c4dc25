// A small model sometimes falls into saying the same again and again.
#pragma once

#include <cstddef>
#include <string_view>

namespace caro::engine {

// Whether the end of `text` is one piece of at least four bytes said three times or more, and together as long as no
// command that is meant: lines of dashes or stars do not count. Costs about 100,000 comparisons at most.
bool repeats_itself(std::string_view text);

}  // namespace caro::engine
