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
    system,      // a folder the system cannot be without: /etc, /usr/lib, /var/lib …
    system_core, // programs, libraries, the kernel: what is in /bin, /usr/lib, /boot …
    system_part, // something else inside the system
    home,        // a home folder or all in it
    secret,      // keys, credentials, password files
    login,       // what a shell reads when somebody logs in: ~/.bashrc …
    vcs,         // the data of a version control system: .git
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

// The following ask about a path that is normalized.
// Files without which a system does not start or nobody can log in: /etc/passwd, /etc/fstab …
bool is_vital(std::string_view path) noexcept;

// Files that give somebody rights by what is in them: authorized_keys, sudoers, ld.so.preload …
bool grants_rights(std::string_view path) noexcept;

// Files that tell what was done on the machine: logs of logins and audits, histories of shells.
bool keeps_traces(std::string_view path) noexcept;

// Keys and the like that cannot be made again; weaker than the class `secret`, which has settings with tokens too.
bool is_key_material(std::string_view path) noexcept;

// Folders whose files the system itself is made of: /, /bin, /usr/lib, /etc, /boot …
bool is_core_folder(std::string_view path) noexcept;

// True if its ending tells that people made it: texts, code, pictures, tables.
bool is_work(std::string_view path);

// Folders whose files are there for a time: logs, spools, caches.
bool is_passing_folder(std::string_view path);

// True for names like *, .* and .[!.]*, which stand for everything in a folder.
bool is_all_glob(std::string_view name) noexcept;

// True if the name matches the shell pattern (*, ?, [set]); `/` is an ordinary character.
bool glob_match(std::string_view pattern, std::string_view name, bool ignore_case = false) noexcept;

}  // namespace caro::safety
