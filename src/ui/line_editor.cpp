#include "ui/line_editor.hpp"

#include <fmt/core.h>
#include <unistd.h>

#include "ui/terminal.hpp"
#include "util/utf8.hpp"

namespace caro::ui {

namespace {

bool continues(char byte) { return (static_cast<unsigned char>(byte) & 0xC0) == 0x80; }

class LineEditor {
  public:
    LineEditor(int out_fd, std::string_view prompt, std::string text)
        : m_out(out_fd), m_prompt(prompt), m_text(std::move(text)), m_at(m_text.size()) {}

    const std::string& text() const { return m_text; }

    void insert(std::string_view piece) {
        m_text.insert(m_at, piece);
        m_at += piece.size();
    }

    void backspace() { cut(before(m_at), m_at); }

    void apply(Key::Edit edit) {
        switch (edit) {
            case Key::Edit::none: break;
            case Key::Edit::left: m_at = before(m_at); break;
            case Key::Edit::right: m_at = after(m_at); break;
            case Key::Edit::home: m_at = 0; break;
            case Key::Edit::end: m_at = m_text.size(); break;
            case Key::Edit::erase: cut(m_at, after(m_at)); break;
            case Key::Edit::kill_rest: cut(m_at, m_text.size()); break;
            case Key::Edit::kill_begin: cut(0, m_at); break;
            case Key::Edit::kill_word: kill_word(); break;
        }
    }

    void draw() {
        const std::size_t columns = terminal_width(m_out);
        const std::string shown = escape_deceptive(m_text);
        const std::size_t total = display_width(m_prompt) + display_width(shown);
        const std::size_t cursor = display_width(m_prompt) + display_width(escape_deceptive(m_text.substr(0, m_at)));
        std::string codes = up_to_start() + "\r\x1b[J" + m_prompt + shown;
        // A full last row leaves the cursor on its edge, where terminals differ.
        codes += total > 0 && total % columns == 0 ? "\r\n" : "";
        m_row = cursor / columns;
        if (total / columns > m_row) {
            codes += fmt::format("\x1b[{}A", total / columns - m_row);
        }
        codes += cursor % columns == 0 ? "\r" : fmt::format("\r\x1b[{}C", cursor % columns);
        put(codes);
    }

    void clear() { put(up_to_start() + "\r\x1b[J"); }

  private:
    std::size_t before(std::size_t at) const {
        while (at > 0 && continues(m_text[--at])) {
        }
        return at;
    }

    std::size_t after(std::size_t at) const {
        if (at < m_text.size()) {
            ++at;
        }
        while (at < m_text.size() && continues(m_text[at])) {
            ++at;
        }
        return at;
    }

    void cut(std::size_t from, std::size_t to) {
        m_text.erase(from, to - from);
        m_at = from;
    }

    void kill_word() {
        std::size_t from = m_at;
        while (from > 0 && m_text[from - 1] == ' ') {
            --from;
        }
        while (from > 0 && m_text[from - 1] != ' ') {
            --from;
        }
        cut(from, m_at);
    }

    std::string up_to_start() const { return m_row == 0 ? "" : fmt::format("\x1b[{}A", m_row); }

    void put(std::string_view text) const {
        while (!text.empty()) {
            const ssize_t written = write(m_out, text.data(), text.size());
            if (written <= 0) {
                return;
            }
            text.remove_prefix(static_cast<std::size_t>(written));
        }
    }

    int m_out;
    std::string m_prompt;
    std::string m_text;
    std::size_t m_at;       // in bytes, between characters
    std::size_t m_row = 0;  // of the cursor, counted from where the prompt begins
};

}  // namespace

bool edit_line(int in_fd, int out_fd, std::string_view prompt, std::string& line, const CancelToken& cancel) {
    const RawMode raw(in_fd);
    LineEditor editor(out_fd, prompt, line);
    while (true) {
        editor.draw();
        const Key key = read_key(in_fd, cancel);
        switch (key.kind) {
            case Key::Kind::enter: editor.clear(); line = editor.text(); return true;
            case Key::Kind::end_of_input:
                if (!key.is_ctrl_d || editor.text().empty()) {
                    editor.clear();
                    return false;
                }
                editor.apply(Key::Edit::erase);
                break;
            case Key::Kind::escape:
            case Key::Kind::interrupted: editor.clear(); return false;
            case Key::Kind::backspace: editor.backspace(); break;
            case Key::Kind::text: editor.insert(key.text); break;
            case Key::Kind::other: editor.apply(key.edit); break;
        }
    }
}

}  // namespace caro::ui
