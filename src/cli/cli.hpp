// The command line: argument parsing, dispatch, and the one place where errors become text and exit
// codes.
#pragma once

namespace caro::cli {

// Runs caro and returns its exit status. Never throws.
int run(int argc, char** argv);

// Ends the process once all is written. Skips exit handlers and the destructors of static objects: the engine's threads
// still sleep, and the system takes a model's memory back more quickly than it can be freed.
[[noreturn]] void leave(int status);

}  // namespace caro::cli
