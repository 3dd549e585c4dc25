// The question under a suggestion: run, edit, alternatives, copy or quit.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "safety/report.hpp"
#include "util/cancel.hpp"

namespace caro::ui {

enum class Choice : unsigned char { run, edit, alternatives, copy, quit, interrupted };

struct MenuOptions {
    safety::Decision decision = safety::Decision::confirm;
    bool read_only = false;    // Enter may run it
    bool may_run = true;       // false: a dry run, or a command that cannot be run
    std::string confirm_word;  // to be typed for Decision::type_to_confirm
    bool color = false;
    std::size_t width = 80;
};

// The menu's one line of text; what it offers is what it does.
std::string menu_text(const MenuOptions& options);

// Drains pending input, shows the menu on `out_fd` and waits for an answer on `in_fd`. Enter means run only for a
// command that only reads; in all other cases the default is no.
Choice ask_menu(int in_fd, int out_fd, const MenuOptions& options, const CancelToken& cancel);

// Shows numbered `lines` and returns the chosen index, or -1 for none.
int choose_number(int in_fd, int out_fd, std::size_t count, bool color, const CancelToken& cancel);

// Reads one line in raw mode, starting from what `line` holds. Returns false if it was given up (Escape, Ctrl-C, end).
bool read_line(int in_fd, int out_fd, std::string_view prompt, std::string& line, const CancelToken& cancel);

}  // namespace caro::ui
