// What the knowledge base says about one command: its options, operands, dangers and sub-commands. Plain data.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "safety/report.hpp"

namespace caro::safety {

// What a command does when no option or operand says more.
enum class CommandClass : std::uint8_t { unknown, read, write };

// How the command reads its words.
enum class Style : std::uint8_t { gnu, posix, long_names, keyvalue, bundle, raw, slash, powershell };

// What happens with an operand or with the value of an option.
enum class Role : std::uint8_t {
    text, pattern, mode, owner, host, package, service, pid, name,           // no file is touched
    read, write, append, create, remove, move, modify, truncate,              // files
    permissions, ownership, attributes, device, archive, chdir, volume,       // metadata, disks, places
    url, download, send, senddata,                                            // network
    kill, command, shell, assign, code, script, plugin,                       // processes and code
};

struct RoleUse {
    Role role = Role::text;
    std::string language;   // of code and script: "sh", "python", "sql" …
    bool many = false;      // any number of words
    bool optional = false;
};

// Platforms an option exists on, as a set of bits.
enum PlatformBits : std::uint8_t { k_gnu = 1, k_bsd = 2, k_busybox = 4, k_everywhere = 7 };

enum class Arity : std::uint8_t { none, required, optional, until_end };

struct Option {
    std::vector<std::string> names;  // with their dashes; of style keyvalue the bare name
    Arity arity = Arity::none;
    std::uint8_t count = 1;          // words taken by Arity::required
    std::uint8_t platforms = k_everywhere;
    std::vector<std::string> flags;  // names of roles are flags too
    std::vector<RoleUse> roles;      // of the value

    bool has_flag(std::string_view flag) const;
};

// A danger under conditions; all that are given must hold. Without conditions it always holds.
struct Danger {
    std::vector<std::string> with;      // flags that must be there
    std::vector<std::string> without;   // flags that must not
    std::vector<std::string> operands;  // globs; one operand must match one of them …
    bool no_operand_matches = false;    // … or none may
    std::size_t nth = 0;                // only the nth operand is asked; 0 = any
    int operand_count = -1;             // 0: there must be none, 1: at least one
    std::vector<std::string> options;   // names, one of which must be given
    std::vector<std::string> values;    // globs for its value
    Risk risk = Risk::moderate;
    std::string rule;
    std::string why;
    std::string safer;

    bool unconditional() const;
};

// A command that runs another one, which its operands begin.
struct Wrapper {
    std::vector<std::string_view> value_options;  // options that take the next word
    std::size_t skipped_operands = 0;             // words before the wrapped command (timeout 5 …)
};

struct Spec {
    std::string id;  // "git.push"
    CommandClass kind = CommandClass::write;
    Style style = Style::gnu;
    bool ignores_case = false;      // names of sub-commands
    bool privilege = false;         // what it runs gets other rights
    bool options_complete = false;  // an option that is not listed does not exist
    std::string engine;             // logic in C++ that knows this command
    std::vector<Option> options;
    std::unordered_map<std::string_view, std::vector<const Option*>> by_name;
    std::vector<RoleUse> operands;
    std::vector<std::pair<std::string, std::vector<RoleUse>>> operands_if;  // by flag
    std::string input;                                                      // "code.sh", "send", ""
    std::vector<std::pair<std::string, std::string>> input_if;              // by flag
    std::string output;                                                     // "network", "secret", ""
    std::vector<Danger> dangers;
    std::map<std::string, std::string> examples;  // command → name of its risk
    const Spec* parent = nullptr;
    std::unique_ptr<Wrapper> wrapper;  // nullptr for commands that run no other

    // Sub-commands by their words; those that have no block of their own only have a class.
    struct Node {
        std::map<std::string, std::unique_ptr<Node>, std::less<>> children;
        const Spec* spec = nullptr;
        // Sub-commands that also need certain options ("remote -v"), with those options.
        std::vector<std::pair<std::vector<std::string>, const Spec*>> with_options;
    };
    Node subcommands;
    std::vector<std::unique_ptr<Spec>> children;

    Spec() = default;
    Spec(const Spec&) = delete;
    Spec& operator=(const Spec&) = delete;

    // The option of that exact spelling that the platform has, else of any platform; nullptr if there is none.
    const Option* find_option(std::string_view name, std::uint8_t platform) const;
    bool has_subcommands() const { return !subcommands.children.empty(); }
};

}  // namespace caro::safety
