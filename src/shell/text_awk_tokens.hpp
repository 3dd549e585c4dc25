// Words and signs of an awk program. Internal to shell.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace caro::shell {

struct AwkToken {
    enum class Kind : unsigned char { name, call, number, text, regex, sign, line, end };
    Kind kind = Kind::end;
    std::string text;
};

// The last one is the end. Nothing if a text or pattern is not closed, or the program is too long.
std::optional<std::vector<AwkToken>> awk_tokens(std::string_view text);

}  // namespace caro::shell
