// The terminal a person sits at: single keys, pending input, width. All functions work on file descriptors.
#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "util/cancel.hpp"
#include "util/result.hpp"

namespace caro::ui {

// A terminal in raw mode (keys one by one, no echo); the old mode comes back on destruction and also when
// caro is ended by a signal or stopped with Ctrl-Z. One at a time.
class RawMode {
  public:
    explicit RawMode(int fd);
    ~RawMode();
    RawMode(const RawMode&) = delete;
    RawMode& operator=(const RawMode&) = delete;

  private:
    int m_fd;
};

// What read_key() found: a character of UTF-8 text in `text`, or one of the special keys.
struct Key {
    enum class Kind : unsigned char { text, enter, escape, backspace, end_of_input, interrupted, other };
    Kind kind = Kind::other;
    std::string text;
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
