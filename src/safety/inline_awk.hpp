// Commands that an awk program puts together and runs: system(a " " b), a b | getline, print x | "sh". Internal to safety.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace caro::safety {

struct AwkRun {
    std::string code;      // for a shell; k_unknown bytes stand for what is not known
    bool fetched = false;  // it is what another command printed that was run before: "curl …" | getline x; system(x)
    bool composed = false; // put together from several pieces
    bool written = false;  // a file that the program writes to: print > a b
    bool printed = false;  // nothing runs it here; it is what the program prints
};

std::vector<AwkRun> awk_runs(std::string_view program);

}  // namespace caro::safety
