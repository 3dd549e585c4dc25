// The one place where an Error becomes text (or JSON, YAML) and an exit status.
#pragma once

#include "cli/exit_code.hpp"
#include "cli/invocation.hpp"
#include "util/result.hpp"

#include <string>

namespace caro::cli {

// "caro: error: cause" and, on lines of their own, the remedy and for usage errors where to find
// help. Ends with a newline. Characters that could deceive are made visible.
std::string error_text(const Error& error, bool color);

// {"error": {"code": …, "message": …, "hint": …}, "exit_code": …}, ending with a newline.
std::string error_document(const Error& error, Output output, ExitCode status);

// Text on standard error, or the document on standard output for json and yaml; returns the exit
// status, which is the error's own unless another one is given.
int report_error(const Error& error, Output output, bool color);
int report_error(const Error& error, const Invocation& invocation, ExitCode status);

// "caro: note: text" on standard error.
void print_note(std::string_view text, bool color);

}  // namespace caro::cli
