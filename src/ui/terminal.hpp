// The terminal a person sits at: single keys, pending input, width. All functions work on file descriptors.
#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "util/cancel.hpp"
#include "util/result.hpp"

namespace caro::ui {

// A terminal without echo; the old mode comes back on destruction and also when caro is ended by a signal or stopped
// with Ctrl-Z. One at a time.
class RawMode {
  public:
    enum class Keys : unsigned char {
        one_by_one,  // for reading keys
        by_line,     // nothing is read: what is typed meanwhile must only not show up in the middle of what is drawn
    };
    explicit RawMode(int fd, Keys keys = Keys::one_by_one);
    ~RawMode();
    RawMode(const RawMode&) = delete;
    RawMode& operator=(const RawMode&) = delete;

  private:
    int m_fd;
};

// Gives the terminal its old mode back if it is raw. Safe in a signal handler.
void restore_terminal() noexcept;

// True if this process may change the terminal without being stopped for it: it is not in the background.
bool is_in_foreground(int fd);

// True if the terminal cannot move its cursor (TERM is "dumb" or not set): drawing over a line is not possible.
bool is_dumb_terminal();

// What read_key() found: a character of UTF-8 text in `text`, or one of the special keys.
struct Key {
    enum class Kind : unsigned char { text, enter, escape, backspace, end_of_input, interrupted, other };
    // What a key of Kind::other does to a line that is being edited.
    enum class Edit : unsigned char { none, left, right, home, end, erase, kill_rest, kill_begin, kill_word };
    Kind kind = Kind::other;
    std::string text;
    Edit edit = Edit::none;
    bool is_ctrl_d = false;  // Kind::end_of_input by that key, not because the terminal is gone
};

// Waits for one key; returns Kind::interrupted within 50 ms of cancel(). Arrow keys and the like are `other`.
Key read_key(int fd, const CancelToken& cancel);

// Throws away what was typed and not yet read, so that an early Enter cannot answer a later question.
void drain_input(int fd);

// Columns of the terminal; $COLUMNS or 80 if it does not tell. At least 20.
std::size_t terminal_width(int fd);

// The person's terminal: /dev/tty for reading, when standard input is something else. -1 if there is none.
int open_controlling_terminal();

}  // namespace caro::ui
