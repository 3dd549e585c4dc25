// Letting the user change a text in their own editor.
#pragma once

#include <string>
#include <string_view>

#include "util/result.hpp"

namespace caro::exec {

// True if $VISUAL or $EDITOR names an editor.
bool has_own_editor();

// Opens `text` in $VISUAL, $EDITOR or vi on a private temporary file (mode 0600, removed afterwards) and returns
// what was saved, without the final newline. ErrorCode::io if the editor cannot be started or fails.
Result<std::string> edit_text(std::string_view text);

}  // namespace caro::exec
