#include "safety/paths.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <string>
#include <vector>

#include "safety/path_lists.hpp"
#include "util/strings.hpp"

namespace caro::safety {

namespace {

// The path contains one of the parts, which all begin with a slash. Called for every word, so no part is searched for alone.
template <class List>
bool contains_any(std::string_view path, const List& parts) {
    for (auto at = path.find('/'); at != std::string_view::npos && at + 1 < path.size(); at = path.find('/', at + 1)) {
        const std::string_view rest = path.substr(at);
        for (const std::string_view part : parts) {
            if (part[1] == rest[1] && starts_with(rest, part)) {
                return true;
            }
        }
    }
    return false;
}

// `path` is `folder` or in it.
bool within(std::string_view path, std::string_view folder) {
    return starts_with(path, folder) && (path.size() == folder.size() || path[folder.size()] == '/');
}

bool has_glob(std::string_view text) { return text.find_first_of("*?[") != std::string_view::npos; }

bool is_secret(std::string_view path) {
    if (ends_with(path, ".pub")) {
        return false;
    }
    return is_key_material(path) ||
           contains_any(path, k_secret_parts) ||
           std::any_of(k_secret_ends.begin(), k_secret_ends.end(),
                       [path](std::string_view end) { return ends_with(path, end); });
}

bool is_disk(std::string_view name) {
    return std::any_of(k_disks.begin(), k_disks.end(), [name](std::string_view disk) { return starts_with(name, disk); });
}

bool is_vcs(std::string_view path) {
    return !ends_with(path, ".lock") && (ends_with(path, "/.git") || ends_with(path, "/.hg") || ends_with(path, "/.svn") ||
                                         contains(path, "/.git/"));
}

bool is_login(std::string_view path) {
    return std::any_of(k_login_files.begin(), k_login_files.end(), [path](std::string_view file) {
        return ends_with(path, file) && path.size() > file.size() && path[path.size() - file.size() - 1] == '/';
    });
}

// In a folder that is made anew by a build or a download.
bool in_artefact(std::string_view path) {
    constexpr std::array<std::string_view, 14> k_anywhere = {
        "/__pycache__/", "/.venv/", "/.gradle/", "/DerivedData/", "/.m2/repository/", "/Pods/", "/.next/",
        "/.tox/",        "/target/debug/", "/target/release/", "/build/intermediates/", "/.npm/_", "/.cargo/registry/", "/.terraform/"};
    constexpr std::array<std::string_view, 7> k_first = {"/build/", "/dist/", "/target/", "/out/", "/obj/", "/_build/", "/coverage/"};
    return contains_any(path, k_anywhere) ||
           std::any_of(k_first.begin(), k_first.end(), [path](std::string_view folder) { return starts_with(path, folder); });
}

bool is_artefact(std::string_view path) {
    const std::string_view last = path.substr(path.rfind('/') + 1);
    return in(k_artefacts, last) || starts_with(path, "/var/cache/") || starts_with(path, "/var/lib/apt/lists") || contains(path, "/.local/share/Trash/") ||
           contains(path, "/.cache/") || contains(path, "/node_modules/") || in_artefact(path) ||
           std::any_of(k_artefact_endings.begin(), k_artefact_endings.end(),
                       [&](std::string_view end) { return ends_with(last, end) && last.size() > end.size(); });
}

// /proc/self/root/etc is /etc; /private/etc of macOS too.
std::string_view without_aliases(std::string_view path) {
    while (starts_with(path, "/proc/")) {
        const auto next = path.find('/', 6);
        const std::string_view process = path.substr(6, next == std::string_view::npos ? next : next - 6);
        if (next == std::string_view::npos || !within(path.substr(next), "/root") ||
            process.find_first_not_of("0123456789*?selfthread-") != std::string_view::npos) {
            break;
        }
        path = path.substr(next + 5);
    }
    if (within(path, "/private/etc") || within(path, "/private/var") || within(path, "/private/tmp")) {
        path.remove_prefix(8);
    }
    return path.empty() ? "/" : path;
}

// The folder meant by /folder/*, /folder/.* and the like; `path` itself otherwise.
std::string_view without_all_globs(std::string_view path) {
    while (path.size() > 1 && is_all_glob(path.substr(path.rfind('/') + 1))) {
        path = path.substr(0, path.rfind('/'));
    }
    return path.empty() ? "/" : path;
}

PathClass class_in_usr(const std::vector<std::string_view>& parts) {
    if (parts.size() == 2 && parts[1] != "src" && parts[1] != "games") {
        return PathClass::system;
    }
    if (parts[1] == "local") {
        return PathClass::elsewhere;
    }
    const bool settings = parts.size() > 3 && (parts[2] == "systemd" || parts[2] == "udev" || parts[2] == "firmware");
    return in(k_program_folders, parts[1]) && !settings ? PathClass::system_core : PathClass::system_part;
}

PathClass class_in_var(const std::vector<std::string_view>& parts) {
    if (parts[1] == "lib") {
        const bool core = parts.size() == 2 || parts[2] == "dpkg" || parts[2] == "rpm" || parts[2] == "pacman";
        return parts.size() == 2 ? PathClass::system : core ? PathClass::system_core : PathClass::system_part;
    }
    if (parts[1] == "www" || parts[1] == "log" || parts[1] == "opt" || parts[1] == "backups") {
        return parts.size() == 2 ? PathClass::system_part : PathClass::elsewhere;
    }
    return PathClass::system_part;
}

// Of a path below a folder of the system; parts[0] is the name of that folder.
PathClass class_in_system(const std::vector<std::string_view>& parts) {
    const std::string_view top = parts[0];
    if (top == "home" || top == "Users") {
        return parts.size() == 1 ? PathClass::system : parts.size() == 2 ? PathClass::home : PathClass::elsewhere;
    }
    if (top == "root") {
        return parts.size() == 1 ? PathClass::home : PathClass::elsewhere;
    }
    if (parts.size() == 1) {
        return PathClass::system;
    }
    if (top == "mnt" && parts[1].size() == 1 && parts.size() <= 3) {  // a disk of Windows in WSL
        return parts.size() == 2 || parts[2] == "Windows" || parts[2] == "Users" ? PathClass::system : PathClass::elsewhere;
    }
    if (top == "mnt" || top == "media" || top == "opt" || top == "srv" || top == "Volumes" || top == "Applications") {
        return PathClass::elsewhere;
    }
    if (top == "usr") {
        return class_in_usr(parts);
    }
    if (top == "var") {
        return class_in_var(parts);
    }
    if (in(k_program_folders, top) && (parts[1] == "systemd" || parts[1] == "udev" || parts[1] == "firmware") && parts.size() > 2) {
        return PathClass::system_part;
    }
    const bool core = in(k_program_folders, top) || top == "boot" || top == "System" || top == "dev";
    return core ? PathClass::system_core : PathClass::system_part;
}

bool contains_home(std::string_view folder, const Scene& scene) {
    return !scene.home.empty() && (folder == "/" || within(scene.home, folder));
}

PathClass class_of_absolute(std::string_view path, const Scene& scene) {
    path = without_aliases(path);
    const std::string_view whole = without_all_globs(path);
    if (whole == "/") {
        return PathClass::root;
    }
    if (starts_with(path, "/dev/") && !within(path, "/dev/shm")) {
        return is_disk(path.substr(5)) ? PathClass::device
               : whole == "/dev"       ? PathClass::system
                                       : PathClass::harmless_device;
    }
    if (!scene.home.empty() && whole == scene.home) {
        return PathClass::home;  // wherever it lies, also below /tmp
    }
    if (within(whole, "/tmp") || within(whole, "/var/tmp") || within(whole, "/dev/shm")) {
        return PathClass::temporary;
    }
    if (is_secret(path)) {
        return PathClass::secret;
    }
    if (contains_home(whole, scene)) {
        return whole == scene.home ? PathClass::home : PathClass::system;
    }
    const auto parts = split(whole.substr(1), '/');
    const bool under_home = !scene.home.empty() && within(whole, scene.home);
    const auto top = std::find_if(k_system.begin(), k_system.end(), [&](std::string_view folder) {
        return folder == parts[0] || (has_glob(parts[0]) && glob_match(parts[0], folder));
    });
    PathClass kind = PathClass::elsewhere;
    if (!under_home && top != k_system.end()) {
        auto known = parts;
        known[0] = *top;
        kind = parts.size() == 1 && has_glob(parts[0]) ? PathClass::root : class_in_system(known);
    }
    if (kind == PathClass::elsewhere || kind == PathClass::system_part) {
        kind = is_login(path) ? PathClass::login : is_vcs(whole) ? PathClass::vcs : is_artefact(whole) ? PathClass::artefact : kind;
    }
    return kind;
}

// Of C:\…, C:/…, %SystemRoot%, $env:USERPROFILE.
bool class_of_windows(std::string_view text, PathClass& kind) {
    std::string path = replace_all(to_lower(text), "\\", "/");
    if (starts_with(path, "//./") || starts_with(path, "//?/physicaldrive")) {  // \\.\PhysicalDrive0
        kind = PathClass::device;
        return true;
    }
    for (const auto& [name, value] : k_windows_variables) {
        if (starts_with(path, name)) {
            path = std::string(value) + path.substr(name.size());
            break;
        }
    }
    // As Git Bash and Cygwin write C:/windows.
    const bool mounted = path.size() > 3 && path[0] == '/' && path[2] == '/' && (path[1] == 'c' || path[1] == 'd');
    const std::string_view cygwin = "/cygdrive/";
    if (mounted) {
        path = std::string(1, path[1]) + ":" + path.substr(2);
    } else if (starts_with(path, cygwin) && path.size() > cygwin.size()) {
        path = path.substr(cygwin.size(), 1) + ":" + path.substr(cygwin.size() + 1);
    }
    if (path.size() < 2 || path[1] != ':' || std::isalpha(static_cast<unsigned char>(path[0])) == 0 ||
        (path.size() > 2 && path[2] != '/' && path[2] != '*')) {
        return false;
    }
    const auto parts = split(trim(std::string_view(path).substr(2)), '/');
    std::vector<std::string_view> names;
    for (const auto part : parts) {
        if (!part.empty() && !is_all_glob(part) && part != "*.*") {
            names.push_back(part);
        }
    }
    if (is_secret(std::string_view(path).substr(2)) || (names.size() > 2 && contains_any(path, k_windows_secrets))) {
        kind = PathClass::secret;
    } else if (names.empty()) {
        kind = PathClass::root;
    } else if (names[0] == "users") {
        kind = names.size() == 1 ? PathClass::system : names.size() == 2 ? PathClass::home : PathClass::elsewhere;
    } else if (names[0] == "windows" && names.size() > 1 && (names[1] == "temp" || names[1] == "tmp")) {
        kind = PathClass::temporary;
    } else if (in(k_windows_folders, names[0])) {
        kind = names.size() <= 2 ? PathClass::system : PathClass::system_core;
    } else {
        kind = names[0] == "temp" || names[0] == "tmp" ? PathClass::temporary : PathClass::elsewhere;
    }
    return true;
}

PathClass class_of_relative(std::string_view text, std::string_view path, const Scene& scene) {
    if (!path.empty() && path.front() == '/') {
        const PathClass kind = class_of_absolute(path, scene);
        if (kind != PathClass::elsewhere && kind != PathClass::artefact) {
            return kind;
        }
    }
    const std::string bare = normalized(text, "");
    const std::string from_here = "/" + bare;
    if (is_secret(from_here)) {
        return PathClass::secret;
    }
    const std::string_view whole = without_all_globs(from_here);
    if (whole == "/" || starts_with(bare, "../") || bare == "..") {
        return starts_with(bare, "../") && is_artefact(from_here) ? PathClass::artefact : PathClass::here;
    }
    return is_login(from_here) ? PathClass::login
           : is_vcs(whole)     ? PathClass::vcs
           : is_artefact(whole) ? PathClass::artefact
                                : PathClass::project;
}

}  // namespace

std::string normalized(std::string_view path, std::string_view cwd) {
    std::string all(path);
    const bool absolute = !path.empty() && path.front() == '/';
    if (!absolute && !cwd.empty()) {
        all = std::string(cwd) + "/" + all;
    }
    const bool rooted = !all.empty() && all.front() == '/';
    std::vector<std::string> parts;
    for (const auto part : split(all, '/')) {
        if (part.empty() || part == ".") {
            continue;
        }
        if (part == ".." && !parts.empty() && parts.back() != "..") {
            parts.pop_back();
        } else if (part != ".." || !rooted) {
            parts.emplace_back(part);
        }
    }
    return (rooted ? "/" : "") + join(parts, "/");
}

bool is_protected(PathClass kind) noexcept {
    return kind == PathClass::root || kind == PathClass::system || kind == PathClass::home;
}

bool is_work(std::string_view path) {
    const auto dot = path.rfind('.');
    return dot != std::string_view::npos && in(k_work_endings, to_lower(path.substr(dot + 1)));
}

bool is_passing_folder(std::string_view path) {
    const std::string name = to_lower(path.substr(path.rfind('/') + 1));
    const bool log = path.substr(0, 8) == "/var/log" || name == "log" || name == "logs" || path.find("/logs/") != std::string_view::npos;
    return log || path.substr(0, 10) == "/var/spool" || path.substr(0, 10) == "/var/crash" || name.find("cache") != std::string::npos ||
           name.find("tmp") != std::string::npos || name.find("temp") != std::string::npos || name.find("trash") != std::string::npos;
}

bool is_vital(std::string_view path) noexcept { return in(k_vital_files, path); }

bool grants_rights(std::string_view path) noexcept {
    return ends_with(path, "/.ssh/authorized_keys") || ends_with(path, "/.ssh/authorized_keys2") ||
           within(path, "/etc/sudoers") || within(path, "/etc/sudoers.d") || within(path, "/etc/pam.d") ||
           path == "/etc/passwd" || path == "/etc/shadow" || path == "/etc/group" || path == "/etc/ld.so.preload" ||
           path == "/etc/doas.conf" || ends_with(path, "/.rhosts") || path == "/etc/hosts.equiv" ||
           within(path, "/etc/polkit-1");
}

bool keeps_traces(std::string_view path) noexcept {
    return std::any_of(k_trace_files.begin(), k_trace_files.end(),
                       [path](std::string_view file) { return contains(path, file); });
}

bool is_key_material(std::string_view path) noexcept {
    return !ends_with(path, ".pub") &&
           (contains_any(path, k_key_parts) ||
            std::any_of(k_key_folders.begin(), k_key_folders.end(),
                        [path](std::string_view folder) { return ends_with(path, folder); }) ||
            ends_with(path, ".kdbx"));
}

bool is_core_folder(std::string_view path) noexcept { return in(k_core_folders, path.empty() ? "/" : path); }

bool is_all_glob(std::string_view name) noexcept {
    if (name.size() > 3 && name.substr(0, 2) == "!(" && name.back() == ')') {
        return true;  // all but a few
    }
    return !name.empty() && name.find_first_not_of("*?.[]!^") == std::string_view::npos &&
           name.find('*') != std::string_view::npos;
}

bool glob_match(std::string_view pattern, std::string_view name, bool ignore_case) noexcept {
    const auto fold = [ignore_case](char c) {
        return ignore_case ? static_cast<char>(std::tolower(static_cast<unsigned char>(c))) : c;
    };
    std::size_t p = 0;
    std::size_t n = 0;
    std::size_t star = std::string_view::npos;
    std::size_t retry = 0;
    while (n < name.size()) {
        const auto close = p < pattern.size() && pattern[p] == '[' ? pattern.find(']', p + 2) : std::string_view::npos;
        if (close != std::string_view::npos) {
            const std::string_view set = pattern.substr(p + 1, close - p - 1);
            const bool negated = set.front() == '!' || set.front() == '^';
            bool match = false;
            for (std::size_t i = negated ? 1 : 0; i < set.size(); ++i) {
                const bool range = i + 2 < set.size() && set[i + 1] == '-';
                match = match || (range ? set[i] <= name[n] && name[n] <= set[i + 2] : fold(set[i]) == fold(name[n]));
                i += range ? 2 : 0;
            }
            if (match != negated) {
                p = close + 1;
                ++n;
                continue;
            }
        } else if (p < pattern.size() && pattern[p] == '*') {
            star = p++;
            retry = n;
            continue;
        } else if (p < pattern.size() && (pattern[p] == '?' || fold(pattern[p]) == fold(name[n]))) {
            ++p;
            ++n;
            continue;
        }
        if (star == std::string_view::npos) {
            return false;
        }
        p = star + 1;
        n = ++retry;
    }
    while (p < pattern.size() && pattern[p] == '*') {
        ++p;
    }
    return p == pattern.size();
}

PathClass classify(const shell::Word& word, const Scene& scene, std::string_view cwd) {
    const std::string& text = word.text;
    if (!word.known()) {
        return PathClass::unknown;
    }
    if (text.empty()) {
        return PathClass::project;
    }
    PathClass kind = PathClass::unknown;
    if (class_of_windows(text, kind)) {
        return kind;
    }
    if (text.front() == '~') {  // the home is not known, or it is somebody else's
        const std::string rest = "/" + normalized(text, "");
        const std::string_view whole = without_all_globs(rest);
        return contains(whole.substr(1), "/") == false ? (word.tilde ? PathClass::home : PathClass::project)
               : is_secret(rest)                        ? PathClass::secret
               : is_login(rest)                         ? PathClass::login
               : is_artefact(rest)                      ? PathClass::artefact
                                                        : PathClass::elsewhere;
    }
    const std::string path = normalized(text, cwd);
    return text.front() == '/' ? class_of_absolute(path, scene) : class_of_relative(text, path, scene);
}

}  // namespace caro::safety
