// A script of sed as commands. Internal to shell.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "shell/text_regex.hpp"

namespace caro::shell {

struct SedAddress {
    enum class Kind : unsigned char { none, line, last, pattern, after, step } kind = Kind::none;
    std::size_t number = 0;
    std::size_t every = 0;
    std::optional<Regex> pattern;
    bool repeats = false;  // //: the pattern that was used last
};

struct SedCommand {
    SedAddress from, to;
    bool inverted = false;
    bool open = false;  // of a range
    std::size_t opened = 0;
    char kind = 0;
    std::string text;  // of a, i, c, w; label; set of y; what s puts in
    std::string other;
    std::optional<Regex> pattern;
    bool repeats = false;
    std::size_t which = 1;
    bool all = false;
    bool prints = false;
    bool runs = false;
    std::string writes;
    std::size_t target = 0;  // of a jump, the end of a block
};

// Nothing if the script has something that is not understood.
std::optional<std::vector<SedCommand>> read_sed(std::string_view text, Regex::Syntax syntax);

}  // namespace caro::shell
