// Changing one setting of a configuration file while everything else in it stays as it is.
#pragma once

#include "config/config.hpp"
#include "util/result.hpp"

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>

namespace caro::config {

// `text` with the setting of `row` set to `value`; comments, order and spacing of all else are
// kept. ErrorCode::config if the text is no TOML or holds the setting in a form that must be edited
// by hand.
Result<std::string> set_in_text(std::string_view text, std::string_view label, std::size_t row,
                                const Value& value);

// `text` without the line that sets `key`, which need not be a setting (so that a wrong line can be
// removed); the same text if there is none. Errors as above.
Result<std::string> unset_in_text(std::string_view text, std::string_view label,
                                  std::string_view key);

// The same for a file, which is replaced atomically (through symbolic links) and created if
// missing; its mode is kept. ErrorCode::io besides the errors above.
Result<> set_in_file(const std::filesystem::path& path, std::size_t row, const Value& value);

// True if the file held the key.
Result<bool> unset_in_file(const std::filesystem::path& path, std::string_view key);

}  // namespace caro::config
