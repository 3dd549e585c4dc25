#include <cstdlib>

#include <pwd.h>
#include <unistd.h>

#include "util/env.hpp"

namespace caro {

namespace {

std::optional<std::filesystem::path> xdg_dir(const char* variable, const char* below_home) {
    if (const auto value = get_env_nonempty(variable)) {
        const std::filesystem::path path(*value);
        if (path.is_absolute()) {
            return path / "caro";
        }
    }
    if (const auto home = home_dir()) {
        return *home / below_home / "caro";
    }
    return std::nullopt;
}

}  // namespace

std::optional<std::string> get_env(const char* name) {
    const char* value = std::getenv(name);
    if (value == nullptr) {
        return std::nullopt;
    }
    return std::string(value);
}

std::optional<std::string> get_env_nonempty(const char* name) {
    auto value = get_env(name);
    if (value && value->empty()) {
        return std::nullopt;
    }
    return value;
}

std::optional<std::filesystem::path> home_dir() {
    if (const auto home = get_env_nonempty("HOME")) {
        std::filesystem::path path(*home);
        if (path.is_absolute()) {
            return path;
        }
    }
    const passwd* entry = getpwuid(getuid());
    if (entry != nullptr && entry->pw_dir != nullptr && entry->pw_dir[0] == '/') {
        return std::filesystem::path(entry->pw_dir);
    }
    return std::nullopt;
}

std::optional<std::filesystem::path> config_dir() { return xdg_dir("XDG_CONFIG_HOME", ".config"); }
std::optional<std::filesystem::path> cache_dir() {
#ifdef __APPLE__
    return xdg_dir("XDG_CACHE_HOME", "Library/Caches");
#else
    return xdg_dir("XDG_CACHE_HOME", ".cache");
#endif
}
std::optional<std::filesystem::path> data_dir() { return xdg_dir("XDG_DATA_HOME", ".local/share"); }
std::optional<std::filesystem::path> state_dir() { return xdg_dir("XDG_STATE_HOME", ".local/state"); }

}  // namespace caro
