// A second, independent reading by tree-sitter-bash, to compare the first one with in tests. It knows less: it follows
// no functions, loops or output, and takes some valid bash for errors.
#pragma once

#include <string_view>

#include "shell/script.hpp"

namespace caro::shell {

// Reads the source as `parse` does.
Script parse_with_grammar(std::string_view source, const Environment& environment);

}  // namespace caro::shell
