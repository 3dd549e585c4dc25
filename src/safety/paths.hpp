// What a path is: of the system, of the user, of the project, temporary, or a device.
#pragma once

#include <string>
#include <string_view>

#include "safety/analyzer.hpp"
#include "shell/script.hpp"

namespace caro::safety {

enum class PathClass : unsigned char {
    unknown,     // its value is not known
    root,        // / or all in it
    system,      // a folder the system needs, or one right below
    system_part, // something deeper inside the system
    home,        // a home folder or all in it
    secret,      // keys, credentials, password files
    device,      // a disk or memory device
    harmless_device,  // /dev/null, /dev/stdout, …
    temporary,
    artefact,    // what builds leave behind and make again: node_modules, build, __pycache__ …
    here,        // the working folder as a whole: ., *, ..
    elsewhere,   // any other absolute path
    project,     // any other relative path
};

// Class of a word used as a path. `cwd` is the folder in force ("" if not known); relative paths are joined to it.
// Symbolic links are not followed: only the text is judged.
PathClass classify(const shell::Word& word, const Scene& scene, std::string_view cwd);

// The path made absolute if `cwd` is known, without ., .., doubled or trailing slashes.
std::string normalized(std::string_view path, std::string_view cwd);

// True for root, system and home: what nobody may lose.
bool is_protected(PathClass kind) noexcept;

}  // namespace caro::safety
