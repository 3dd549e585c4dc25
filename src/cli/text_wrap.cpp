#include "cli/text_wrap.hpp"

#include "util/strings.hpp"

namespace caro::cli {

std::string wrapped(std::string_view text, std::size_t width, std::string_view indent) {
    std::string out;
    std::size_t used = 0;
    for (const auto word : split(text, ' ')) {
        if (word.empty()) {
            continue;
        }
        if (used != 0 && used + 1 + word.size() > width) {
            out += "\n" + std::string(indent);
            used = 0;
        } else if (used != 0) {
            out += ' ';
            ++used;
        }
        out += word;
        used += word.size();
    }
    return out;
}

}  // namespace caro::cli
