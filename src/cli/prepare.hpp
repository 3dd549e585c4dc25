// From a parsed line to an Invocation: configuration, flags and what was found out about the place.
#pragma once

#include "cli/dispatch.hpp"
#include "cli/invocation.hpp"
#include "cli/parser.hpp"
#include "config/config.hpp"

#include <functional>
#include <optional>
#include <string>

namespace caro::cli {

// Facts about the process that tests replace.
struct Surroundings {
    bool stdin_tty = false;
    bool stdout_tty = false;
    bool stderr_tty = false;
    std::function<std::optional<std::string>(const char*)> environment;
    std::function<config::Sources(const std::optional<std::filesystem::path>&)> sources;
};

// Those of the running process.
Surroundings surroundings();

// How an error is to be told before there is a configuration: by flags and environment alone.
Output early_output(const ParsedLine& line, const Surroundings& around);
bool early_color(const ParsedLine& line, const Surroundings& around);

// Fills all of the invocation but the input (request, piped_input) and `cancel`. ErrorCode::usage
// for a wrong value of a flag, ErrorCode::config for a wrong configuration, unless the command is
// one to repair it.
Result<> prepare(const ParsedLine& line, const Choice& choice, const Surroundings& around,
                 Invocation& invocation);

}  // namespace caro::cli
