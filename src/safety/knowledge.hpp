// What commands do, from data/commands/*.toml. Read once, on first use; thread-safe.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace caro::safety {

enum class CommandClass : unsigned char { unknown, read, write };

struct Wrapper {
    std::vector<std::string_view> value_options;  // options that take the next word
    std::size_t skipped_operands = 0;             // words before the wrapped command (timeout 5 …)
};

// Class of a command by its base name.
CommandClass class_of(std::string_view name);

// Options that make a reading command write; empty if there are none.
std::vector<std::string_view> writing_options(std::string_view name);

// First operands or options with which a writing command only reads; empty if there are none.
std::vector<std::string_view> reading_subcommands(std::string_view name);

// True for commands that only read when they stand alone.
bool reads_alone(std::string_view name);

// How to find the wrapped command; nullptr if the command is no wrapper.
const Wrapper* wrapper_of(std::string_view name);

}  // namespace caro::safety
