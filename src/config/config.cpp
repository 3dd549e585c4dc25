#include "config/config.hpp"

#include "config/toml_document.hpp"
#include "util/env.hpp"
#include "util/file.hpp"
#include "util/strings.hpp"

#include <fmt/core.h>

#include <algorithm>

namespace caro::config {

namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t k_file_limit = 1U << 20U;

// Words that tell that somebody wants to store a secret.
bool looks_secret(std::string_view key) {
    const std::string name = to_lower(key);
    if (name.find("max") != std::string::npos) {
        return false;  // "max_token" is a mistyped limit
    }
    for (const auto* word :
         {"api_key", "apikey", "api-key", "token", "secret", "password", "passwd"}) {
        if (name.find(word) != std::string::npos) {
            return true;
        }
    }
    const auto dot = name.rfind('.');
    return name.substr(dot == std::string::npos ? 0 : dot + 1) == "key";
}

// The setting somebody meant: by spelling, by another separator, or by its last part alone.
std::string nearest_key(std::string_view key) {
    const auto plain = [](std::string_view text) {
        std::string out = to_lower(text);
        std::replace(out.begin(), out.end(), '_', '.');
        std::replace(out.begin(), out.end(), '-', '.');
        return out;
    };
    std::vector<std::string_view> keys;
    for (const auto& row : k_settings) {
        if (plain(row.key) == plain(key)) {
            return std::string(row.key);
        }
        keys.push_back(row.key);
    }
    if (auto near = nearest(key, keys); !near.empty()) {
        return near;
    }
    for (const auto& row : k_settings) {
        const auto dot = row.key.rfind('.');
        if (dot != std::string_view::npos && plain(row.key.substr(dot + 1)) == plain(key)) {
            return std::string(row.key);
        }
    }
    return "";
}

bool is_table_of_settings(std::string_view name) {
    return std::any_of(k_settings.begin(), k_settings.end(), [&](const Row& row) {
        return row.key.size() > name.size() && row.key.substr(0, name.size()) == name &&
               row.key[name.size()] == '.';
    });
}

Type type_of(const Value& value) {
    switch (value.index()) {
        case 0:
            return Type::boolean;
        case 1:
            return Type::integer;
        case 2:
            return Type::text;
        default:
            return Type::list;
    }
}

// What a line of a file should look like, as a remedy.
std::string example_line(const Row& row) {
    const auto value = parse_value(row, row.fallback);
    const auto dot = row.key.rfind('.');
    const auto name = row.key.substr(dot == std::string_view::npos ? 0 : dot + 1);
    return fmt::format("Write for example: {} = {}", name, value ? to_toml(*value) : "\"…\"");
}

// The value a line of a file gives to a row, checked. `place` is "file:line".
Result<Value> value_of_leaf(const Row& row, const TomlLeaf& leaf, const std::string& place) {
    if (!leaf.value || type_of(*leaf.value) != row.type) {
        const char* wanted = row.type == Type::boolean   ? "true or false"
                             : row.type == Type::integer ? "an integer"
                             : row.type == Type::list    ? "a list of strings"
                                                         : "a string";
        return fail(ErrorCode::config,
                    fmt::format("{}: {} must be {}, not {}", place, row.key, wanted, leaf.kind),
                    example_line(row));
    }
    if (auto checked = check_value(row, *leaf.value); !checked) {
        auto error = std::move(checked.error());
        const std::string hint = error.hint.empty() ? example_line(row) : std::move(error.hint);
        return fail(ErrorCode::config, fmt::format("{}: {}", place, error.message), hint);
    }
    return *leaf.value;
}

Error unknown_key(std::string_view key, const std::string& place) {
    auto row = require_row(key);
    Error error = row ? Error{} : std::move(row.error());
    error.code = ErrorCode::config;
    error.message = fmt::format("{}: {}", place, error.message);
    return error;
}

}  // namespace

std::string_view to_string(Layer layer) noexcept {
    switch (layer) {
        case Layer::built_in:
            return "built-in";
        case Layer::system:
            return "system";
        case Layer::user:
            return "user";
        case Layer::environment:
            return "environment";
        case Layer::flag:
            return "flag";
    }
    return "built-in";
}

std::string Origin::text() const {
    if (where.empty()) {
        return std::string(to_string(layer));
    }
    return line > 0 ? fmt::format("{}:{}", where, line) : where;
}

std::string variable_name(std::string_view key) {
    std::string name = "CARO_";
    for (const char c : key) {
        name += c == '.' ? '_' : static_cast<char>(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
    }
    return name;
}

Result<std::size_t> require_row(std::string_view key) {
    const std::size_t row = find_row(key);
    if (row < k_settings.size()) {
        return row;
    }
    if (looks_secret(key)) {
        return fail(ErrorCode::usage, fmt::format("there is no setting '{}'", key),
                    "Keys are never stored: put the key in the environment variable that "
                    "vllm.key_env names");
    }
    const std::string near = nearest_key(key);
    return fail(ErrorCode::usage, fmt::format("there is no setting '{}'", key),
                near.empty() ? "caro config show lists all settings"
                             : fmt::format("Did you mean '{}'?", near));
}

Config::Config() {
    m_entries.reserve(k_settings.size());
    for (const auto& row : k_settings) {
        auto value = parse_value(row, row.fallback);
        m_entries.push_back({value ? std::move(*value) : Value(std::string(row.fallback)), {}});
    }
}

Config Config::load(const Sources& sources) {
    Config config;
    for (const auto& file : sources.system_files) {
        config.read_file(file, Layer::system, false);
    }
    if (sources.user_file) {
        config.read_file(*sources.user_file, Layer::user, sources.user_file_required);
    }
    config.read_environment(sources);
    return config;
}

Origin Config::origin(std::string_view key) const {
    const std::size_t row = find_row(key);
    return row < m_entries.size() ? m_entries[row].origin : Origin{};
}

std::optional<fs::path> Config::user_file() const {
    for (const auto& [path, layer] : m_candidates) {
        if (layer == Layer::user) {
            return path;
        }
    }
    return std::nullopt;
}

void Config::read_file(const fs::path& path, Layer layer, bool required) {
    m_candidates.emplace_back(path, layer);
    const auto text = caro::read_file(path, k_file_limit);
    if (!text) {
        if (text.error().code == ErrorCode::not_found && !required) {
            return;
        }
        m_problems.push_back({ErrorCode::config,
                              text.error().message,
                              required ? "Check the path given with --config" : text.error().hint,
                              {}});
        return;
    }
    m_files.push_back(path);
    const auto document = read_toml(*text, path.string());
    if (!document) {
        m_problems.push_back(document.error());
        return;
    }
    for (const auto& table : document->tables) {
        const bool has_leaves =
            std::any_of(document->leaves.begin(), document->leaves.end(), [&](const auto& leaf) {
                return leaf.key.substr(0, table.key.size() + 1) == table.key + ".";
            });
        if (!has_leaves && !is_table_of_settings(table.key)) {
            m_problems.push_back(
                unknown_key(table.key, fmt::format("{}:{}", path.string(), table.line)));
        }
    }
    for (const auto& leaf : document->leaves) {
        const std::string place = fmt::format("{}:{}", path.string(), leaf.line);
        const std::size_t index = find_row(leaf.key);
        if (index == k_settings.size()) {
            m_problems.push_back(unknown_key(leaf.key, place));
            continue;
        }
        const Row& row = k_settings[index];
        if (row.user_file_only && layer != Layer::user) {
            m_problems.push_back(
                {ErrorCode::config,
                 fmt::format("{}: {} may only be set in your own configuration file", place,
                             row.key),
                 "Remove that line",
                 {}});
            continue;
        }
        auto value = value_of_leaf(row, leaf, place);
        if (!value) {
            m_problems.push_back(std::move(value.error()));
            continue;
        }
        m_entries[index] = {std::move(*value), {layer, path.string(), leaf.line}};
    }
}

void Config::read_environment(const Sources& sources) {
    if (!sources.environment) {
        return;
    }
    for (std::size_t index = 0; index < k_settings.size(); ++index) {
        const Row& row = k_settings[index];
        const std::string name = variable_name(row.key);
        const auto text = sources.environment(name);
        if (!text || text->empty()) {
            continue;
        }
        if (row.user_file_only) {
            m_problems.push_back(
                {ErrorCode::config,
                 fmt::format("{}: {} may only be set in your own configuration file", name,
                             row.key),
                 fmt::format("Run: unset {}", name),
                 {}});
            continue;
        }
        auto value = parse_value(row, *text);
        if (!value) {
            auto error = std::move(value.error());
            m_problems.push_back({ErrorCode::config,
                                  fmt::format("{}: {}", name, error.message),
                                  error.hint.empty()
                                      ? fmt::format("Correct it or run: unset {}", name)
                                      : std::move(error.hint),
                                  {}});
            continue;
        }
        m_entries[index] = {std::move(*value), {Layer::environment, name, 0}};
    }
}

Result<> Config::set_flag(std::string_view key, std::string_view text, std::string_view flag) {
    TRY_ASSIGN(const std::size_t index, require_row(key));
    auto value = parse_value(k_settings[index], text);
    if (!value) {
        auto error = std::move(value.error());
        // The user typed the flag, so that is what the message speaks of.
        if (error.message.substr(0, key.size()) == key) {
            error.message = std::string(flag) + error.message.substr(key.size());
        }
        return fail(std::move(error));
    }
    m_entries[index] = {std::move(*value), {Layer::flag, std::string(flag), 0}};
    return {};
}

Sources default_sources(const std::optional<fs::path>& file) {
    Sources sources;
    sources.environment = [](const std::string& name) { return get_env(name.c_str()); };
    sources.system_files.emplace_back("/etc/caro/config.toml");
    // The first folder of the list is the most important one, and ours are in rising order.
    const std::string list = get_env_nonempty("XDG_CONFIG_DIRS").value_or("/etc/xdg");
    auto folders = split(list, ':');
    std::reverse(folders.begin(), folders.end());
    for (const auto folder : folders) {
        const fs::path path{std::string(folder)};
        if (path.is_absolute()) {
            sources.system_files.push_back(path / "caro" / "config.toml");
        }
    }
    if (file) {
        sources.user_file = *file;
        sources.user_file_required = true;
    } else if (const auto folder = config_dir()) {
        sources.user_file = *folder / "config.toml";
    }
    return sources;
}

}  // namespace caro::config
