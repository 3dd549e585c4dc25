// What the safety analysis says, in lines for people.
#pragma once

#include <cstddef>
#include <string>

#include "engine/engine.hpp"

namespace caro::ui {

// Risk, explanation and findings with their reasons and safer forms, each on its own indented line. Ends with a
// newline; nothing is wider than `width` columns. Contains no control characters but colour codes.
std::string describe(const engine::Suggestion& suggestion, bool color, std::size_t width);

// The one line that goes to standard error where only the command is wanted; "" for safe and moderate ones.
std::string warning_line(const safety::Report& report);

}  // namespace caro::ui
