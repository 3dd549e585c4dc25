// Worked examples of requests about piped text.
#pragma once

#include <string_view>
#include <vector>

#include "prompt/similar.hpp"

namespace caro::prompt {

// What shows a model how to answer about this text, in a shell of the POSIX kind: the examples that go with any text, and
// those whose text resembles a line of `piped`, the nearest last. The `ask` of each holds its text and its request, as
// joined() makes them.
std::vector<Example> examples_with_piped(std::string_view piped);

}  // namespace caro::prompt
