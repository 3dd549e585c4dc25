// The command line: argument parsing, dispatch, and the one place where errors become text and exit
// codes.
#pragma once

namespace caro::cli {

// Runs caro and returns its exit status. Never throws.
int run(int argc, char** argv);

}  // namespace caro::cli
