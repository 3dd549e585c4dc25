// Putting text on the clipboard, also from a remote machine.
#pragma once

#include <string>
#include <string_view>

namespace caro::ui {

// The OSC 52 sequence that makes a terminal copy `text`; wrapped for tmux and screen where `term_program`
// (the value of $TMUX or of $TERM) says so.
std::string osc52(std::string_view text, bool inside_tmux, bool inside_screen);

// Copies with the desktop's own tool (wl-copy, xclip, xsel, pbcopy) where one works, else through the terminal at
// `fd`. Returns how it was done, for people.
std::string copy_to_clipboard(std::string_view text, int fd);

}  // namespace caro::ui
