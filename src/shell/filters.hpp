// What harmless text tools print, for those whose output depends on nothing but their words and input.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "shell/script.hpp"

namespace caro::shell {

// What a command finds around it.
struct Surroundings {
    std::function<std::optional<std::string>(const std::string&)> file = {};      // contents of a file, if they are known
    std::function<std::optional<std::string>(const std::string&)> variable = {};  // value of an environment variable
    std::function<std::optional<std::string>(const std::string&)> run = {};       // runs code, tells what it prints
    std::function<void(const std::string&, const std::string&)> write = {};       // a file gets a text
};

// Output of a command (name first, all words known), or nothing if it is not known. `input` is what it reads.
std::optional<std::string> output_of(const std::vector<Word>& words, const std::optional<std::string>& input,
                                     const Surroundings& around = {});

// What an awk program does.
struct AwkResult {
    struct Run {
        std::string command;
        std::optional<std::string> input;  // what is printed to it
    };
    std::string output;
    std::vector<Run> runs;                     // system(…), print | "…"
    std::map<std::string, std::string> files;  // print > "…"
    bool complete = false;                     // false: it came to something that is not known
};

// Nothing if the program is not understood. `variables`: -v NAME=VALUE and -F as FS.
std::optional<AwkResult> awk_result(std::string_view program, const std::map<std::string, std::string>& variables,
                                    const std::optional<std::string>& input, const Surroundings& around = {});

// Text with the backslash escapes of echo -e and printf replaced.
std::string unescaped(std::string_view text);

// The bytes that base64 digits stand for.
std::string decoded_base64(std::string_view text);

// The bytes that hexadecimal digits stand for; other characters are passed over.
std::string decoded_hex(std::string_view text);

// True if the name matches the shell pattern: *, ?, [set].
bool matches(std::string_view pattern, std::string_view text);

}  // namespace caro::shell
