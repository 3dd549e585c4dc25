// Editing one line where it stands, for people who have named no editor of their own.
#pragma once

#include <string>
#include <string_view>

#include "util/cancel.hpp"

namespace caro::ui {

// Shows `prompt` and `line` and lets the user change the line with the keys that shells have: arrows, Home, End, Delete,
// Ctrl-A E B F K U W. Takes the text off the screen again. Returns false, with `line` as it was, if it was given up
// (Escape, Ctrl-C, end of input). The terminal must be able to move its cursor.
bool edit_line(int in_fd, int out_fd, std::string_view prompt, std::string& line, const CancelToken& cancel);

}  // namespace caro::ui
