#include "engine/edits.hpp"

#include <algorithm>

namespace caro::engine {

std::string apply(std::vector<Edit> edits, std::string_view source) {
    std::stable_sort(edits.begin(), edits.end(), [](const Edit& a, const Edit& b) { return a.span.start < b.span.start; });
    std::string out;
    std::size_t at = 0;
    for (const Edit& edit : edits) {
        if (edit.span.start < at) {
            continue;
        }
        out.append(source.substr(at, edit.span.start - at)).append(edit.text);
        at = edit.span.end;
    }
    return out.append(source.substr(at));
}

}  // namespace caro::engine
