#include <cstdio>

#include <unistd.h>

#include "context/context.hpp"
#include "ui/clipboard.hpp"
#include "util/env.hpp"

namespace caro::ui {

namespace {

std::string base64(std::string_view bytes) {
    static constexpr char k_digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string out;
    for (std::size_t i = 0; i < bytes.size(); i += 3) {
        unsigned group = 0;
        for (std::size_t j = 0; j < 3; ++j) {
            group = group << 8 | (i + j < bytes.size() ? static_cast<unsigned char>(bytes[i + j]) : 0U);
        }
        for (std::size_t j = 0; j < 4; ++j) {
            out.push_back(i + j > bytes.size() ? '=' : k_digits[group >> (18 - 6 * j) & 63]);
        }
    }
    return out;
}

bool copy_with(const char* command, std::string_view text) {
    std::FILE* pipe = popen(command, "w");
    if (pipe == nullptr) {
        return false;
    }
    const bool written = std::fwrite(text.data(), 1, text.size(), pipe) == text.size();
    return pclose(pipe) == 0 && written;
}

}  // namespace

std::string osc52(std::string_view text, bool inside_tmux, bool inside_screen) {
    const std::string plain = "\x1b]52;c;" + base64(text) + "\x07";
    if (inside_tmux) {
        return "\x1bPtmux;\x1b" + plain + "\x1b\\";
    }
    if (inside_screen) {
        return "\x1bP" + plain + "\x1b\\";
    }
    return plain;
}

std::string copy_to_clipboard(std::string_view text, int fd) {
    struct Tool {
        const char* needs;  // variable without which it cannot work; nullptr = none
        const char* name;
        const char* command;
    };
    static constexpr Tool k_tools[] = {{"WAYLAND_DISPLAY", "wl-copy", "wl-copy 2>/dev/null"},
                                       {"DISPLAY", "xclip", "xclip -selection clipboard 2>/dev/null"},
                                       {"DISPLAY", "xsel", "xsel --clipboard --input 2>/dev/null"},
                                       {nullptr, "pbcopy", "pbcopy 2>/dev/null"},
                                       // By default tmux takes no clipboard codes from programs, but it gives what
                                       // is loaded this way to the terminal it runs in.
                                       {"TMUX", "tmux", "tmux load-buffer -w - 2>/dev/null"}};
    for (const auto& tool : k_tools) {
        if ((tool.needs == nullptr || get_env_nonempty(tool.needs)) && context::has_tool(tool.name) &&
            copy_with(tool.command, text)) {
            return std::string("copied with ") + tool.name;
        }
    }
    const std::string term = get_env("TERM").value_or("");
    const std::string codes = osc52(text, get_env_nonempty("TMUX").has_value(), term.rfind("screen", 0) == 0);
    const bool sent = write(fd, codes.data(), codes.size()) == static_cast<ssize_t>(codes.size());
    return sent ? "sent to the terminal's clipboard" : "could not be copied";
}

}  // namespace caro::ui
