#include "ui/menu.hpp"

#include <fmt/core.h>
#include <unistd.h>

#include "ui/style.hpp"
#include "ui/terminal.hpp"
#include "util/utf8.hpp"

namespace caro::ui {

namespace {

void put(int fd, std::string_view text) {
    while (!text.empty()) {
        const ssize_t written = write(fd, text.data(), text.size());
        if (written <= 0) {
            return;
        }
        text.remove_prefix(static_cast<std::size_t>(written));
    }
}

bool enter_runs(const MenuOptions& options) {
    return options.may_run && options.read_only && options.decision != safety::Decision::refuse &&
           options.decision != safety::Decision::type_to_confirm;
}

bool can_run(const MenuOptions& options) {
    return options.may_run && options.decision != safety::Decision::refuse;
}

// Takes text of that width, which began in the first column, off the screen again; where that cannot be done, ends it.
std::string erase(std::size_t shown, std::size_t columns) {
    if (is_dumb_terminal()) {
        return "\r\n";
    }
    const std::size_t rows = columns == 0 || shown == 0 ? 0 : (shown - 1) / columns;
    return rows == 0 ? "\r\x1b[J" : fmt::format("\r\x1b[{}A\x1b[J", rows);
}

// Deletes the last character of UTF-8 text.
void drop_last(std::string& text) {
    while (!text.empty() && (static_cast<unsigned char>(text.back()) & 0xC0) == 0x80) {
        text.pop_back();
    }
    if (!text.empty()) {
        text.pop_back();
    }
}

}  // namespace

std::string menu_text(const MenuOptions& options) {
    const auto item = [&](std::string_view key, std::string_view rest) {
        return paint(fmt::format("[{}]", key), Color::cyan, options.color) + std::string(rest) + "  ";
    };
    std::string text;
    if (enter_runs(options)) {
        text += item("Enter", " run");
    } else if (can_run(options)) {
        text += item("r", "un");
    }
    text += item("e", "dit") + item("a", "lternatives") + item("c", "opy");
    text += enter_runs(options) ? item("q", "uit") : item("Enter", " no");
    return text;
}

Choice ask_menu(int in_fd, int out_fd, const MenuOptions& options, const CancelToken& cancel) {
    const RawMode raw(in_fd);
    drain_input(in_fd);
    put(out_fd, menu_text(options));
    Choice choice = Choice::quit;
    for (bool done = false; !done;) {
        const Key key = read_key(in_fd, cancel);
        done = true;
        if (key.kind == Key::Kind::interrupted) {
            choice = Choice::interrupted;
        } else if (key.kind == Key::Kind::enter) {
            choice = enter_runs(options) ? Choice::run : Choice::quit;
        } else if (key.kind == Key::Kind::escape || key.kind == Key::Kind::end_of_input || key.text == "q" ||
                   key.text == "n") {
            choice = Choice::quit;
        } else if ((key.text == "r" || key.text == "y") && can_run(options)) {
            choice = Choice::run;
        } else if (key.text == "e") {
            choice = Choice::edit;
        } else if (key.text == "a") {
            choice = Choice::alternatives;
        } else if (key.text == "c") {
            choice = Choice::copy;
        } else {
            done = false;
        }
    }
    MenuOptions bare = options;
    bare.color = false;
    put(out_fd, erase(display_width(menu_text(bare)), terminal_width(out_fd)));
    if (choice == Choice::run && options.decision == safety::Decision::type_to_confirm) {
        std::string typed;
        const std::string prompt = fmt::format("type {} to run it: ", options.confirm_word);
        if (!read_line(in_fd, out_fd, prompt, typed, cancel)) {
            return cancel.should_stop() ? Choice::interrupted : Choice::quit;
        }
        return typed == options.confirm_word ? Choice::run : Choice::quit;
    }
    return choice;
}

int choose_number(int in_fd, int out_fd, std::size_t count, bool color, const CancelToken& cancel) {
    const RawMode raw(in_fd);
    drain_input(in_fd);
    put(out_fd, paint(fmt::format("[1-{}]", count), Color::cyan, color) + " choose  " +
                    paint("[Enter]", Color::cyan, color) + " keep the first one");
    int chosen = -1;
    while (true) {
        const Key key = read_key(in_fd, cancel);
        if (key.kind == Key::Kind::text && key.text.size() == 1 && key.text[0] >= '1' &&
            key.text[0] < static_cast<char>('1' + count)) {
            chosen = key.text[0] - '1';
            break;
        }
        if (key.kind != Key::Kind::text && key.kind != Key::Kind::other) {
            break;
        }
        if (key.text == "q" || key.text == "n") {
            break;
        }
    }
    put(out_fd, erase(0, 0));
    return chosen;
}

bool read_line(int in_fd, int out_fd, std::string_view prompt, std::string& line, const CancelToken& cancel) {
    const RawMode raw(in_fd);
    put(out_fd, std::string(prompt) + line);
    while (true) {
        const Key key = read_key(in_fd, cancel);
        switch (key.kind) {
            case Key::Kind::enter: put(out_fd, "\r\n"); return true;
            case Key::Kind::escape:
            case Key::Kind::end_of_input:
            case Key::Kind::interrupted: put(out_fd, "\r\n"); return false;
            case Key::Kind::backspace:
                if (!line.empty()) {
                    drop_last(line);
                }
                break;
            case Key::Kind::text: line += key.text; break;
            case Key::Kind::other: break;
        }
        put(out_fd, "\r\x1b[K" + std::string(prompt) + line);
    }
}

}  // namespace caro::ui
