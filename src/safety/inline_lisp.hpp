// Programs in Lisp, Scheme, Clojure and Racket that stand in a command: what their calls do, and the values they are given.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "safety/inline_code.hpp"

namespace caro::safety {

struct LispReading {
    std::vector<ProgramEffect> effects;
    bool only_reads = true;  // every call only reckons, reads or prints
};

LispReading judge_lisp(std::string_view code);

}  // namespace caro::safety
