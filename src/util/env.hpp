// The process environment and the standard folders (XDG base directory specification).
#pragma once

#include <filesystem>
#include <optional>
#include <string>

namespace caro {

// Value of an environment variable; nullopt if unset. An empty value is returned as "".
std::optional<std::string> get_env(const char* name);

// Like get_env, but an empty value counts as unset.
std::optional<std::string> get_env_nonempty(const char* name);

// The user's home folder: $HOME if absolute, else the password database; nullopt if neither tells.
std::optional<std::filesystem::path> home_dir();

// caro's folders below the XDG base directories ("…/caro"). Non-absolute XDG values are ignored, as the
// specification asks. nullopt if there is no home to fall back to. Nothing is created.
std::optional<std::filesystem::path> config_dir();  // $XDG_CONFIG_HOME, ~/.config
std::optional<std::filesystem::path> cache_dir();   // $XDG_CACHE_HOME, ~/.cache, on macOS ~/Library/Caches
std::optional<std::filesystem::path> data_dir();    // $XDG_DATA_HOME, ~/.local/share
std::optional<std::filesystem::path> state_dir();   // $XDG_STATE_HOME, ~/.local/state

}  // namespace caro
