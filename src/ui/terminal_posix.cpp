#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <string_view>
#include <utility>

#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "ui/terminal.hpp"
#include "util/env.hpp"

namespace caro::ui {

namespace {

// State of the one raw terminal, for the signal handlers; tcsetattr is async-signal-safe.
volatile sig_atomic_t g_raw_fd = -1;
termios g_saved;
termios g_raw;

// Ctrl-Z and fatal signals: give the terminal back as it was, then do what the signal does by default.
void on_leaving_signal(int signal) {
    const int saved_errno = errno;
    restore_terminal();
    struct sigaction plain {};
    plain.sa_handler = SIG_DFL;
    struct sigaction mine {};
    sigaction(signal, &plain, &mine);
    sigset_t one;
    sigemptyset(&one);
    sigaddset(&one, signal);
    raise(signal);
    sigprocmask(SIG_UNBLOCK, &one, nullptr);
    // Only SIGTSTP comes back here, after `fg`.
    sigaction(signal, &mine, nullptr);
    if (g_raw_fd >= 0) {
        tcsetattr(g_raw_fd, TCSANOW, &g_raw);
    }
    errno = saved_errno;
}

int read_byte(int fd, int timeout_ms) {
    pollfd ready{fd, POLLIN, 0};
    if (poll(&ready, 1, timeout_ms) <= 0) {
        return -1;
    }
    unsigned char byte = 0;
    return read(fd, &byte, 1) == 1 ? byte : -2;
}

Key editing(Key::Edit edit) {
    Key key;
    key.edit = edit;
    return key;
}

// What stands behind Escape: nothing for the key itself, else what an arrow or function key sends.
Key read_sequence(int fd) {
    std::string rest;
    for (int byte = read_byte(fd, 10); byte >= 0; byte = read_byte(fd, 10)) {
        rest.push_back(static_cast<char>(byte));
        // "[" and "O" introduce; the first letter or "~" after them ends the sequence.
        if (rest.size() > 1 && byte >= 0x40) {
            break;
        }
    }
    if (rest.empty()) {
        return {Key::Kind::escape, {}};
    }
    static constexpr std::pair<std::string_view, Key::Edit> k_sequences[] = {
        {"[D", Key::Edit::left},  {"OD", Key::Edit::left},  {"[C", Key::Edit::right}, {"OC", Key::Edit::right},
        {"[H", Key::Edit::home},  {"OH", Key::Edit::home},  {"[1~", Key::Edit::home}, {"[7~", Key::Edit::home},
        {"[F", Key::Edit::end},   {"OF", Key::Edit::end},   {"[4~", Key::Edit::end},  {"[8~", Key::Edit::end},
        {"[3~", Key::Edit::erase}};
    for (const auto& [sequence, edit] : k_sequences) {
        if (rest == sequence) {
            return editing(edit);
        }
    }
    return {};
}

// Control characters that edit, as in a shell.
Key::Edit edit_of(int byte) {
    switch (byte) {
        case 1: return Key::Edit::home;         // Ctrl-A
        case 2: return Key::Edit::left;         // Ctrl-B
        case 5: return Key::Edit::end;          // Ctrl-E
        case 6: return Key::Edit::right;        // Ctrl-F
        case 11: return Key::Edit::kill_rest;   // Ctrl-K
        case 21: return Key::Edit::kill_begin;  // Ctrl-U
        case 23: return Key::Edit::kill_word;   // Ctrl-W
        default: return Key::Edit::none;
    }
}

}  // namespace

void restore_terminal() noexcept {
    if (g_raw_fd >= 0) {
        tcsetattr(g_raw_fd, TCSANOW, &g_saved);
    }
}

bool is_in_foreground(int fd) { return tcgetpgrp(fd) == getpgrp(); }

bool is_dumb_terminal() {
    const auto term = get_env_nonempty("TERM");
    return !term || *term == "dumb";
}

RawMode::RawMode(int fd, Keys keys) : m_fd(fd) {
    if (tcgetattr(fd, &g_saved) != 0) {
        m_fd = -1;
        return;
    }
    g_raw = g_saved;
    // Signals stay on: Ctrl-C must reach caro's handler while it waits for a key.
    g_raw.c_lflag &= ~static_cast<tcflag_t>(keys == Keys::one_by_one ? ICANON | ECHO : ECHO);
    g_raw.c_cc[VMIN] = 1;
    g_raw.c_cc[VTIME] = 0;
    g_raw_fd = fd;
    for (const int signal : {SIGTSTP, SIGHUP, SIGQUIT, SIGABRT, SIGSEGV}) {
        struct sigaction action {};
        action.sa_handler = on_leaving_signal;
        sigaction(signal, &action, nullptr);
    }
    tcsetattr(fd, TCSADRAIN, &g_raw);
}

RawMode::~RawMode() {
    if (m_fd < 0) {
        return;
    }
    restore_terminal();
    g_raw_fd = -1;
    for (const int signal : {SIGTSTP, SIGHUP, SIGQUIT, SIGABRT, SIGSEGV}) {
        std::signal(signal, SIG_DFL);
    }
}

Key read_key(int fd, const CancelToken& cancel) {
    int byte = -1;
    while (byte == -1) {
        if (cancel.should_stop()) {
            return {Key::Kind::interrupted, {}};
        }
        byte = read_byte(fd, 50);
    }
    if (byte == -2 || byte == 4) {
        Key key{Key::Kind::end_of_input, {}};
        key.is_ctrl_d = byte == 4;
        return key;
    }
    if (byte == '\r' || byte == '\n') {
        return {Key::Kind::enter, {}};
    }
    if (byte == 3) {
        return {Key::Kind::interrupted, {}};
    }
    if (byte == 127 || byte == 8) {
        return {Key::Kind::backspace, {}};
    }
    if (byte == 27) {
        return read_sequence(fd);
    }
    if (byte < 32) {
        return editing(edit_of(byte));
    }
    Key key{Key::Kind::text, std::string(1, static_cast<char>(byte))};
    for (int more = byte >= 0xF0 ? 3 : byte >= 0xE0 ? 2 : byte >= 0xC0 ? 1 : 0; more > 0; --more) {
        const int next = read_byte(fd, 50);
        if (next < 0) {
            break;
        }
        key.text.push_back(static_cast<char>(next));
    }
    return key;
}

void drain_input(int fd) { tcflush(fd, TCIFLUSH); }

std::size_t terminal_width(int fd) {
    winsize size{};
    if (ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) {
        return std::max<std::size_t>(20, size.ws_col);
    }
    const auto columns = get_env_nonempty("COLUMNS");
    const long value = columns ? std::strtol(columns->c_str(), nullptr, 10) : 0;
    return value > 0 ? std::max<std::size_t>(20, static_cast<std::size_t>(value)) : 80;
}

int open_controlling_terminal() { return open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY); }

}  // namespace caro::ui
