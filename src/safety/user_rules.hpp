// What a user's own config says about judging: commands that are riskier than caro thinks, rules that count less.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "safety/report.hpp"

namespace caro::safety {

struct UserRules {
    // Ids of rules that count less: what is high or critical becomes moderate, what is moderate is not told.
    // That something could not be understood always counts.
    std::vector<std::string> allow = {};

    // Commands that are at least this risky. A pattern (*, ?, [set]) is held against the words of each command,
    // joined by single spaces, after quotes, variables and wrappers like sudo are taken off; more words may follow.
    std::vector<std::string> moderate = {};
    std::vector<std::string> high = {};
    std::vector<std::string> critical = {};
};

// Sets the rules for all analyses of this process from now on. Call it once, before the first analysis that is to
// obey them; analyses that run meanwhile use the old ones or the new ones.
void use_rules(UserRules rules);

// The highest risk a user's pattern gives a command, with that pattern; nullptr if none matches.
const std::string* user_pattern(std::string_view command, Risk& risk);

// Lowers what the user allows.
void apply_user_rules(Report& report);

}  // namespace caro::safety
