// Reads the words of a command by its Spec: which are options, their values, operands, the sub-command.
#pragma once

#include <cstdint>
#include <deque>
#include <span>
#include <string_view>
#include <vector>

#include "safety/analyzer.hpp"
#include "safety/knowledge_spec.hpp"
#include "shell/script.hpp"

namespace caro::safety {

// One option that is there.
struct GivenOption {
    const Option* option = nullptr;
    std::string_view name;                     // as the data spell it
    std::vector<const shell::Word*> values;
    std::size_t at = 0;                        // index of its word
};

// An operand with its place among the words.
struct Operand {
    const shell::Word* word = nullptr;
    std::size_t at = 0;
};

struct Reading {
    const Spec* spec = nullptr;            // of the sub-command, if there is one
    std::vector<GivenOption> options;
    std::vector<Operand> operands;         // without the words of the sub-command
    std::vector<std::string_view> unknown; // options that the data do not have
    std::vector<std::string_view> flags;   // of all given options
    bool stopped = false;                  // an option took over the rest (python -c)
    std::size_t rest = 0;                  // with `stopped`: first word that is not the command's own
    std::deque<shell::Word> made;          // values that are parts of words

    bool has(std::string_view flag) const;
    // Index in `options` of the last one with that flag; options.size() if there is none.
    std::size_t last_with(std::string_view flag) const;
};

std::uint8_t platform_bit(Scene::Platform platform) noexcept;

// Reads the words after the command's name. The result points into `words` and `spec`.
Reading read_words(const Spec& spec, std::span<const shell::Word> words, Scene::Platform platform);

// The role lists that apply with the flags given; mostly one.
std::vector<const std::vector<RoleUse>*> operand_role_lists(const Reading& reading);

// The role of each operand by one list, in order; nullptr for operands it says nothing about.
std::vector<const RoleUse*> roles_of(const Reading& reading, const std::vector<RoleUse>& roles);

// NAME=VALUE.
bool is_assignment(std::string_view word) noexcept;

}  // namespace caro::safety
