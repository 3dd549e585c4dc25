#include "cli/error_text.hpp"

#include "cli/signals.hpp"
#include "cli/structured_internal.hpp"
#include "util/strings.hpp"
#include "util/utf8.hpp"

#include <fmt/core.h>

#include <cstdio>

namespace caro::cli {

namespace {

constexpr const char* k_red = "\x1b[1;31m";
constexpr const char* k_yellow = "\x1b[33m";
constexpr const char* k_bold = "\x1b[1m";
constexpr const char* k_reset = "\x1b[0m";

std::string styled(std::string_view text, const char* style, bool color) {
    return color ? fmt::format("{}{}{}", style, text, k_reset) : std::string(text);
}

// One line that shows exactly what it holds.
std::string shown(std::string_view text) {
    return escape_deceptive(replace_all(trim(text), "\n", " "));
}

std::string whole_message(const Error& error) {
    std::string text;
    for (auto doing = error.trail.rbegin(); doing != error.trail.rend(); ++doing) {
        text += *doing + ": ";
    }
    return text + error.message;
}

}  // namespace

std::string error_text(const Error& error, bool color) {
    std::string text = fmt::format("{} {} {}\n", styled("caro:", k_bold, color),
                                   styled("error:", k_red, color), shown(whole_message(error)));
    if (!error.hint.empty()) {
        text += fmt::format("  {} {}\n", styled("fix:", k_bold, color), shown(error.hint));
    }
    if (error.code == ErrorCode::usage) {
        text += "  try 'caro --help'\n";
    }
    return text;
}

std::string error_document(const Error& error, Output output, ExitCode status) {
    const Document document = {{"error",
                                {{"code", to_string(error.code)},
                                 {"message", whole_message(error)},
                                 {"hint", error.hint}}},
                               {"exit_code", to_int(status)}};
    return structured_text(document, output);
}

int report_error(const Error& error, Output output, bool color, ExitCode status) {
    if (error.code == ErrorCode::cancelled) {
        claim_last_word();
    }
    if (output == Output::plain) {
        const std::string text = error_text(error, color);
        std::fflush(stdout);
        std::fwrite(text.data(), 1, text.size(), stderr);
    } else {
        const std::string text = error_document(error, output, status);
        std::fwrite(text.data(), 1, text.size(), stdout);
    }
    return to_int(status);
}

int report_error(const Error& error, Output output, bool color) {
    return report_error(error, output, color, exit_code_of(error.code));
}

int report_error(const Error& error, const Invocation& invocation) {
    return report_error(error, invocation.output, invocation.color);
}

int report_error(const Error& error, const Invocation& invocation, ExitCode status) {
    return report_error(error, invocation.output, invocation.color, status);
}

void print_note(std::string_view text, bool color) {
    const std::string line = fmt::format("{} {} {}\n", styled("caro:", k_bold, color),
                                         styled("note:", k_yellow, color), shown(text));
    std::fwrite(line.data(), 1, line.size(), stderr);
}

}  // namespace caro::cli
