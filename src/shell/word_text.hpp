// Values of the pieces words are made of.
#pragma once

#include <string>
#include <string_view>

#include "shell/script.hpp"

namespace caro::shell {

bool is_name_character(char c) noexcept;
// A letter or _: what a name may begin with.
bool is_name_start(char c) noexcept;

// True for commands whose arguments are code (eval, source, sh, …).
bool runs_its_words(std::string_view command) noexcept;

// Appends the literal text of a double-quoted piece (its backslash rules are fewer).
void append_double_quoted(std::string_view source, std::string& into);

// The text without " and ': an index between brackets.
std::string without_quotes(std::string_view text);

// Appends the value of $'…', given with its quotes.
void append_ansi_c(std::string_view source, std::string& into);

}  // namespace caro::shell
