// The settings in force: built-in < system files < user file < environment < flags, each with its
// origin. A file in the working directory is never read.
#pragma once

#include "config/settings.hpp"
#include "util/result.hpp"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace caro::config {

using Value = std::variant<bool, std::int64_t, std::string, std::vector<std::string>>;

// Where a value comes from, lowest precedence first.
enum class Layer : std::uint8_t { built_in, system, user, environment, flag };

std::string_view to_string(Layer layer) noexcept;

struct Origin {
    Layer layer = Layer::built_in;
    std::string where;  // file path, variable name or flag; "" for built-in values
    int line = 0;       // in the file; 0 if there is none

    // "built-in", "/etc/caro/config.toml:3", "CARO_SHELL" or "--shell".
    std::string text() const;
};

// Where to look; default_sources() fills it for the running system, tests fill it themselves.
struct Sources {
    std::vector<std::filesystem::path>
        system_files;  // lowest precedence first; missing ones are skipped
    std::optional<std::filesystem::path> user_file;  // nullopt: there is no home
    bool user_file_required = false;  // true for -c FILE: a missing file is then a problem
    std::function<std::optional<std::string>(const std::string&)> environment;  // unset = nullopt
};

// /etc/caro, $XDG_CONFIG_DIRS, the user's folder (or `file` of -c FILE instead of it) and the
// environment.
Sources default_sources(const std::optional<std::filesystem::path>& file);

class Config {
  public:
    // All settings at their built-in values.
    Config();

    // Reads all sources. What is wrong becomes an entry of problems() (ErrorCode::config) and
    // leaves the value of the layer below in force, so that commands that repair the configuration
    // can still work.
    static Config load(const Sources& sources);

    // A setting by name: get<bool>("fallback"), get<std::int64_t>("max_tokens"),
    // get<std::string>("backend"), get<std::vector<std::string>>("safety_rules.allow"). Wrong names
    // and types do not compile.
    template <class T>
    const T& get(std::type_identity_t<Key<T>> key) const {
        return std::get<T>(m_entries[key.index].value);
    }

    // By row of k_settings.
    const Value& value(std::size_t row) const { return m_entries[row].value; }
    const Origin& origin(std::size_t row) const { return m_entries[row].origin; }

    // Where the value of `key` comes from; that of a built-in value if there is no such key.
    Origin origin(std::string_view key) const;

    // Sets a value from the command line. ErrorCode::usage naming the allowed values.
    Result<> set_flag(std::string_view key, std::string_view text, std::string_view flag);

    // What is wrong in files and environment, in the order found; message is "file:line: cause".
    const std::vector<Error>& problems() const { return m_problems; }

    // The files that were read.
    const std::vector<std::filesystem::path>& files() const { return m_files; }

    // All files that were looked for, lowest precedence first, whether or not they are there.
    const std::vector<std::pair<std::filesystem::path, Layer>>& candidates() const {
        return m_candidates;
    }

    // The user's own file (or that of -c FILE), there or not; nullopt if there is no home.
    std::optional<std::filesystem::path> user_file() const;

  private:
    struct Entry {
        Value value;
        Origin origin;
    };
    void read_file(const std::filesystem::path& path, Layer layer, bool required);
    void read_environment(const Sources& sources);

    std::vector<Entry> m_entries;
    std::vector<Error> m_problems;
    std::vector<std::filesystem::path> m_files;
    std::vector<std::pair<std::filesystem::path, Layer>> m_candidates;
};

// Name of the environment variable of a setting: "engine.threads" → "CARO_ENGINE_THREADS".
std::string variable_name(std::string_view key);

// A value as TOML text: true, 160, "auto", ["a.b"].
std::string to_toml(const Value& value);

// A value as people type it: true, 160, auto, a.b,c.d.
std::string to_text(const Value& value);

// Reads what people type as a value of this row. ErrorCode::usage naming what is allowed.
Result<Value> parse_value(const Row& row, std::string_view text);

// Checks a value of the right type against the row's limits. ErrorCode::usage naming what is
// allowed.
Result<> check_value(const Row& row, const Value& value);

// Row of a key. ErrorCode::usage naming the nearest right key, or saying that secrets are never
// stored.
Result<std::size_t> require_row(std::string_view key);

}  // namespace caro::config
