// The rules of data/rules/*.toml: how bad a kind of finding is, and what to say about it.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "safety/report.hpp"

namespace caro::safety {

struct Rule {
    std::string id;
    Risk risk = Risk::high;
    std::string why;    // may hold {target}
    std::string safer;  // may hold {target}
    std::vector<std::string> match;
    std::vector<std::string> ignore;
};

// All rules; read once.
std::span<const Rule> rules();

// The rule of that id; nullptr if there is none (a bug, found by the tests).
const Rule* find_rule(std::string_view id);

// A path quoted so that a shell takes it for one word.
std::string shell_word(std::string_view path);

// A finding of that rule about the given bytes.
Finding make_finding(std::string_view id, std::string_view target, std::size_t start, std::size_t end);

}  // namespace caro::safety
