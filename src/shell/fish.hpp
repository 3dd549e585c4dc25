// fish in the words of a POSIX shell, so that one reader follows both.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace caro::shell {

struct Translation {
    std::string text;
    std::vector<std::uint32_t> origin;  // of each byte of `text`: its offset in the source
};

// Writes fish code (3.x: blocks with end, set, (…), $argv, string escapes, and/or/not) as code for parse(), which does
// the same. What does not parse as fish (an end too many, a block without one) does not parse afterwards either. Total:
// linear time, bounded depth. The language: fish's documentation, "The fish language".
Translation from_fish(std::string_view source);

}  // namespace caro::shell
