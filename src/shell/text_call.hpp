// A call of a text tool whose output is worked out, and what its words mean. Internal to shell.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "shell/filters.hpp"
#include "shell/script.hpp"

namespace caro::shell {

inline constexpr std::size_t k_longest_text = 64 * 1024;  // of what a tool reads or prints

struct ToolCall {
    std::string name;
    const std::vector<Word>& words;
    const std::optional<std::string>& input;
    const Surroundings& around;

    // Contents of a file, of - and /dev/stdin too.
    std::optional<std::string> file(const std::string& name) const;
};

// The options of a call, as getopt reads them.
struct ToolOptions {
    std::string letters;  // those without a value, long ones by their letter
    std::map<char, std::vector<std::string>> values;
    std::vector<std::string> operands;
    bool unknown = false;

    bool has(char letter) const { return letters.find(letter) != std::string::npos || values.count(letter) != 0; }
    std::string value(char letter, std::string fallback = "") const;
};

// `plain`: letters without a value; `valued`: letters with one; `longs`: "name" → letter. With `permutes` false the first
// operand ends the options.
ToolOptions read_options(const ToolCall& call, std::string_view plain, std::string_view valued,
                         const std::map<std::string, char>& longs = {}, bool permutes = true);

// What the operands hold, one behind the other, or the input if there are none; nothing if one is not known.
std::optional<std::string> contents_of(const ToolCall& call, const std::vector<std::string>& operands);

// Lines without their ends.
std::vector<std::string> text_lines(std::string_view text);
std::string text_of(const std::vector<std::string>& lines);

// %s, %5d, %-3x, %c … with arguments from functions. `codes`: %c of a number is the character with that code.
struct FormatArguments {
    std::size_t count = 0;
    std::function<std::string(std::size_t)> text;
    std::function<double(std::size_t)> number;
    std::function<bool(std::size_t)> is_number;
};
std::string formatted(std::string_view format, const FormatArguments& arguments);

// text.substr(at, size), of which nothing is left where `at` lies behind the end.
inline std::string_view tail(std::string_view text, std::size_t at, std::size_t size = std::string_view::npos) {
    return at < text.size() ? text.substr(at, size) : std::string_view();
}

// A character as UTF-8.
void append_utf8(std::string& into, unsigned long code);

}  // namespace caro::shell
