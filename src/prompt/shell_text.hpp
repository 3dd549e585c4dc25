// What can be said of a line of text without parsing it as shell: open quotes, comments, prose.
// Used to clean model output; the real parser judges the result afterwards.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace caro::prompt {

struct LineScan {
    bool open_quote = false;             // a quote is not closed at the end
    bool continues = false;              // ends in a backslash that joins the next line
    std::optional<std::size_t> comment;  // where an unquoted # at the start of a word stands
};

// Reads `line` as POSIX shells do as far as quotes, backslashes and comments go.
LineScan scan_line(std::string_view line) noexcept;

// True if `line` cannot be the end of a command: it ends in |, &&, ||, ( or {, or in a word such as
// `do`.
bool wants_more(std::string_view line) noexcept;

// True if `line` reads like a sentence rather than like a command.
bool is_prose(std::string_view line) noexcept;

// True if `line` says that the model will not or cannot answer ("I'm sorry, …", "Please provide
// …").
bool is_apology(std::string_view line) noexcept;

}  // namespace caro::prompt
