#include "safety/paths.hpp"

#include <algorithm>
#include <array>
#include <vector>

#include "util/strings.hpp"

namespace caro::safety {

namespace {

constexpr std::array<std::string_view, 26> k_system = {
    "bin",  "boot",    "dev",    "etc",          "lib",   "lib32",   "lib64",  "libx32", "opt",
    "proc", "root",    "run",    "sbin",         "srv",   "sys",     "usr",    "var",    "home",
    "mnt",  "Library", "System", "Applications", "Users", "private", "Volumes", "snap"};

constexpr std::array<std::string_view, 30> k_artefacts = {
    "node_modules", "build", "dist", "target", "out", "bin-debug", "__pycache__", ".pytest_cache", ".mypy_cache",
    ".cache", ".tox", ".venv", "venv", ".next", ".nuxt", "coverage", "htmlcov", ".gradle", ".parcel-cache", "tmp",
    "temp", ".eggs", "cmake-build-debug", "CMakeFiles", ".terraform", "bower_components", ".turbo", ".ruff_cache",
    "_build", "obj"};

constexpr std::array<std::string_view, 8> k_artefact_endings = {".o",   ".pyc", ".tmp", ".log",
                                                                 ".bak", ".swp", "~",    ".class"};

bool ends_with(std::string_view text, std::string_view end) {
    return text.size() >= end.size() && text.substr(text.size() - end.size()) == end;
}

bool contains(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

bool is_secret(std::string_view path) {
    if (ends_with(path, ".pub")) {
        return false;
    }
    return path == "/etc/shadow" || path == "/etc/gshadow" || path == "/etc/sudoers" ||
           contains(path, "/.ssh/id_") || ends_with(path, "/.ssh") || contains(path, "/.gnupg") ||
           contains(path, "/.aws/credentials") || contains(path, "/.netrc") || contains(path, "/.pgpass") ||
           contains(path, "/.kube/config") || contains(path, "/.docker/config.json") ||
           contains(path, "/.git-credentials") || contains(path, "/.npmrc") || contains(path, "/.pypirc") ||
           contains(path, "/.config/gcloud") || contains(path, "/.azure/") || contains(path, "/.bash_history") ||
           contains(path, "/.zsh_history") || ends_with(path, "/.env") || contains(path, "/.password-store") ||
           contains(path, "/etc/ssl/private") || contains(path, "/ssh_host_") || ends_with(path, ".kdbx") ||
           ends_with(path, ".pem") || contains(path, "/.ssh/*") || contains(path, "/Login Data");
}

bool is_disk(std::string_view name) {
    for (const std::string_view prefix : {"sd", "hd", "vd", "xvd", "nvme", "mmcblk", "disk", "rdisk", "md", "dm-",
                                          "loop", "mapper/", "mem", "kmem", "port", "sr", "mtd", "zram"}) {
        if (name.substr(0, prefix.size()) == prefix) {
            return true;
        }
    }
    return false;
}

PathClass class_of_absolute(std::string_view path, const Scene& scene) {
    if (path.empty() || path == "/" || path == "/*" || path == "/.*") {
        return PathClass::root;
    }
    if (path.substr(0, 5) == "/dev/") {
        return is_disk(path.substr(5)) ? PathClass::device : PathClass::harmless_device;
    }
    if (is_secret(path)) {
        return PathClass::secret;
    }
    for (const std::string_view temporary : {"/tmp", "/var/tmp", "/private/tmp", "/dev/shm"}) {
        if (path.substr(0, temporary.size()) == temporary &&
            (path.size() == temporary.size() || path[temporary.size()] == '/')) {
            return PathClass::temporary;
        }
    }
    std::string_view whole = path;
    if (ends_with(whole, "/*") || ends_with(whole, "/.*")) {
        whole = whole.substr(0, whole.rfind('/'));
    }
    if (!scene.home.empty() && (whole == scene.home || contains(scene.home + "/", std::string(whole) + "/"))) {
        return PathClass::home;
    }
    const auto parts = split(whole.substr(1), '/');
    const bool under_home = !scene.home.empty() && whole.substr(0, scene.home.size() + 1) == scene.home + "/";
    if (under_home) {
        return PathClass::elsewhere;
    }
    if (parts.size() == 2 && (parts[0] == "home" || parts[0] == "Users")) {
        return PathClass::home;
    }
    if (std::find(k_system.begin(), k_system.end(), parts[0]) == k_system.end()) {
        return parts.size() == 1 && parts[0].find_first_of("*?[") != std::string_view::npos ? PathClass::root
                                                                                            : PathClass::elsewhere;
    }
    if (parts[0] == "home" || parts[0] == "Users" || parts[0] == "mnt" || parts[0] == "opt" || parts[0] == "srv" ||
        parts[0] == "Volumes") {
        return parts.size() == 1 ? PathClass::system : PathClass::elsewhere;
    }
    return parts.size() <= 2 ? PathClass::system : PathClass::system_part;
}

bool is_artefact(std::string_view path) {
    while (ends_with(path, "/")) {
        path.remove_suffix(1);
    }
    if (ends_with(path, "/*")) {
        path.remove_suffix(2);
    }
    const std::string_view last = path.substr(path.rfind('/') + 1);
    return std::find(k_artefacts.begin(), k_artefacts.end(), last) != k_artefacts.end() ||
           std::any_of(k_artefact_endings.begin(), k_artefact_endings.end(),
                       [&](std::string_view end) { return ends_with(last, end); });
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

PathClass classify(const shell::Word& word, const Scene& scene, std::string_view cwd) {
    const std::string& text = word.text;
    if (!word.known()) {
        return PathClass::unknown;
    }
    if (text.empty()) {
        return PathClass::project;
    }
    if (word.tilde && scene.home.empty()) {
        return text == "~" || text == "~/" || text == "~/*" ? PathClass::home
               : is_secret("/" + text)                      ? PathClass::secret
                                                            : PathClass::elsewhere;
    }
    const std::string path = normalized(text, cwd);
    const bool absolute = text.front() == '/' || (word.tilde && text.front() == '/');
    if (absolute) {
        const PathClass kind = class_of_absolute(path, scene);
        return (kind == PathClass::elsewhere || kind == PathClass::temporary) && is_artefact(path) &&
                       kind != PathClass::temporary
                   ? PathClass::artefact
                   : kind;
    }
    if (!path.empty() && path.front() == '/') {
        const PathClass kind = class_of_absolute(path, scene);
        if (is_protected(kind) || kind == PathClass::device || kind == PathClass::secret) {
            return kind;
        }
    }
    if (is_secret("/" + text)) {
        return PathClass::secret;
    }
    const std::string bare = normalized(text, "");
    if (bare.empty() || bare == "*" || bare == ".*" || bare == ".." || bare == "../*" || bare.substr(0, 3) == "../") {
        return PathClass::here;
    }
    return is_artefact(bare) ? PathClass::artefact : PathClass::project;
}

}  // namespace caro::safety
