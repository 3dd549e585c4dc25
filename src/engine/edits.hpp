// Changes to a command's text, made all at once so that spans stay true.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "shell/script.hpp"

namespace caro::engine {

struct Edit {
    shell::Span span;  // what goes; empty to insert before its start
    std::string text;  // what comes instead
};

// `source` with the edits made, in the order of their spans; one that begins inside another is left out.
std::string apply(std::vector<Edit> edits, std::string_view source);

}  // namespace caro::engine
