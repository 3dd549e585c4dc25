// Decides whether a line is a command of caro or a request in plain words.
//
// 1. "--" before the first word, or the first word "ask": a request.
// 2. The first word names a command and the words after it make a whole line of that command
//    (number and, for config, kind of operands): that command.
// 3. Anything else: a request.
//
// Options play no part in it: an option that the chosen command does not know is an error. Neither
// does what is installed here: the same line means the same everywhere.
#pragma once

#include "cli/options.hpp"
#include "cli/parser.hpp"

#include <string>
#include <vector>

namespace caro::cli {

struct Choice {
    Command command = Command::ask;
    std::vector<std::string> operands;  // of a command, without its name
    std::string request;                // of an ask, words joined by a space; "" if there are none
    std::string note;                   // what the user may have meant instead; "" mostly
};

Choice choose(const ParsedLine& line);

// ErrorCode::usage if an option was given that the chosen command does not take.
Result<> check_options(const ParsedLine& line, const Choice& choice);

}  // namespace caro::cli
