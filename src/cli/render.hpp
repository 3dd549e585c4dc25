// Everything that is made from the tables of options, commands, settings and exit codes.
#pragma once

#include "cli/options.hpp"
#include "util/result.hpp"

#include <string>
#include <string_view>

namespace caro::cli {

// `caro --help`; at most 80 columns.
std::string help_text();

// `caro COMMAND --help`.
std::string help_text(const CommandRow& command);

// Completion script; ErrorCode::usage naming the shells there are.
Result<std::string> completions(std::string_view shell);

// Manual page in man(7) form.
std::string manual_page();

// docs/cli.md, docs/config.md and docs/exit-codes.md.
std::string cli_markdown();
std::string config_markdown();
std::string exit_codes_markdown();

}  // namespace caro::cli
