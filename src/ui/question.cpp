#include "ui/question.hpp"

#include <unistd.h>

#include <string>

#include "ui/style.hpp"
#include "ui/terminal.hpp"

namespace caro::ui {

namespace {

void put(int fd, std::string_view text) {
    while (!text.empty()) {
        const ssize_t written = ::write(fd, text.data(), text.size());
        if (written <= 0) {
            return;
        }
        text.remove_prefix(static_cast<std::size_t>(written));
    }
}

}  // namespace

Reply ask_yes_no(int in_fd, int out_fd, std::string_view text, bool color, const CancelToken& cancel) {
    const RawMode raw(in_fd);
    drain_input(in_fd);
    put(out_fd, std::string(text) + " " + paint("[y/N]", Color::cyan, color) + " ");
    while (true) {
        const Key key = read_key(in_fd, cancel);
        if (key.kind == Key::Kind::interrupted) {
            put(out_fd, "\r\n");
            return Reply::interrupted;
        }
        if (key.text == "y" || key.text == "Y") {
            put(out_fd, "y\r\n");
            return Reply::yes;
        }
        const bool no = key.text == "n" || key.text == "N" || key.text == "q";
        if (no || key.kind == Key::Kind::enter || key.kind == Key::Kind::escape || key.kind == Key::Kind::end_of_input) {
            put(out_fd, "n\r\n");
            return Reply::no;
        }
    }
}

}  // namespace caro::ui
