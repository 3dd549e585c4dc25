// A question that is answered with one key.
#pragma once

#include <string_view>

#include "util/cancel.hpp"

namespace caro::ui {

enum class Reply : unsigned char { yes, no, interrupted };

// Drains pending input, shows "TEXT [y/N] " on `out_fd` and waits for a key on `in_fd`. Only y means yes; Enter, Escape,
// n, q and the end of input mean no, other keys nothing. The answer stays on the screen.
Reply ask_yes_no(int in_fd, int out_fd, std::string_view text, bool color, const CancelToken& cancel);

}  // namespace caro::ui
