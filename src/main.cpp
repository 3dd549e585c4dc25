#include "cli/cli.hpp"

int main(int argc, char** argv) { return caro::cli::run(argc, argv); }
