// Splits a command line into options and words. Options may stand anywhere before "--".
#pragma once

#include "cli/options.hpp"
#include "util/result.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace caro::cli {

struct OptionUse {
    const OptionRow* row = nullptr;
    std::string value;    // of the argument, or what a flag implies; "" for a plain flag
    std::string spelled;  // "--shell"; for messages
};

struct ParsedLine {
    std::vector<OptionUse> options;   // in the order given
    std::vector<std::string> words;   // all that is no option, in the order given
    std::optional<std::size_t> mark;  // number of words before "--"; nullopt if there is no "--"
    std::optional<Error> problem;     // ErrorCode::usage; what came before it is still filled in

    // True if the option of that long name was given.
    bool has(std::string_view name) const;
    // The value given last; nullopt if the option was not given.
    std::optional<std::string> value(std::string_view name) const;
};

// `arguments` without the program's name. Never fails as such: see ParsedLine::problem.
ParsedLine parse_line(const std::vector<std::string>& arguments);

}  // namespace caro::cli
