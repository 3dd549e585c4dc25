#include "cli/cli.hpp"

int main(int argc, char** argv) { caro::cli::leave(caro::cli::run(argc, argv)); }
