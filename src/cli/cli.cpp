#include "cli/cli.hpp"

#include <cstdio>

namespace caro::cli {

int run(int, char**) {
    std::puts("caro");
    return 0;
}

}  // namespace caro::cli
