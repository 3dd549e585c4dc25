// What came from other machines. Internal to safety.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace caro::safety {

// Files and folders that a text brings from the network.
struct Arrivals {
    // A folder whose files came along: a clone, an unpacked archive.
    struct Tree {
        std::string path;    // "." if the folder in force is not known
        bool shared = false;  // other files lay there before
        bool clone = false;   // a repository, which people build and work in
    };

    std::set<std::string> files;
    std::vector<Tree> trees;
    std::set<std::string> open;  // of these, what anybody on the way could change: http://, ftp://

    bool empty() const { return files.empty() && trees.empty(); }
    void merge(const Arrivals& other);
};

// What is done with something that came from the network.
enum class Arrival : unsigned char {
    command,  // named as a command: ./x
    shell,    // given to a shell: sh x
    program,  // given to another interpreter: python3 x
    load,     // loaded as machine code or settings that run commands
    build,    // compiled, installed as a package: usual, unless it came in the open
};

// The place of a package or script on the network: https://…, git+…, github:…
bool is_address(std::string_view text);

// Files that run by themselves, sooner or later: tables of cron, start-up files of shells, hooks, entries of autostart.
bool runs_by_itself(std::string_view path);

}  // namespace caro::safety
