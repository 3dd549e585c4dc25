// Compressed texts. Internal to shell.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace caro::shell {

enum class Wrapping : unsigned char { gzip, zlib, none };

// The text that was compressed with deflate, or nothing if this is no such data or the text is too long for a command.
std::optional<std::string> inflated(std::string_view data, Wrapping wrapping);

}  // namespace caro::shell
