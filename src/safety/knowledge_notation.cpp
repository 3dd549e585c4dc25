// The notation of single options and roles in the data files.
#include <algorithm>
#include <array>
#include <cctype>

#include <fmt/core.h>

#include "safety/knowledge_reader.hpp"
#include "util/strings.hpp"

namespace caro::safety {

namespace {

struct RoleName {
    std::string_view name;
    Role role;
};

constexpr std::array k_roles = {
    RoleName{"text", Role::text},
    RoleName{"pattern", Role::pattern},
    RoleName{"mode", Role::mode},
    RoleName{"owner", Role::owner},
    RoleName{"host", Role::host},
    RoleName{"package", Role::package},
    RoleName{"service", Role::service},
    RoleName{"pid", Role::pid},
    RoleName{"name", Role::name},
    RoleName{"read", Role::read},
    RoleName{"write", Role::write},
    RoleName{"append", Role::append},
    RoleName{"create", Role::create},
    RoleName{"delete", Role::remove},
    RoleName{"move", Role::move},
    RoleName{"modify", Role::modify},
    RoleName{"truncate", Role::truncate},
    RoleName{"permissions", Role::permissions},
    RoleName{"ownership", Role::ownership},
    RoleName{"attributes", Role::attributes},
    RoleName{"device", Role::device},
    RoleName{"archive", Role::archive},
    RoleName{"chdir", Role::chdir},
    RoleName{"volume", Role::volume},
    RoleName{"url", Role::url},
    RoleName{"download", Role::download},
    RoleName{"send", Role::send},
    RoleName{"senddata", Role::senddata},
    RoleName{"kill", Role::kill},
    RoleName{"command", Role::command},
    RoleName{"shell", Role::shell},
    RoleName{"assign", Role::assign},
    RoleName{"code", Role::code},
    RoleName{"script", Role::script},
    RoleName{"plugin", Role::plugin},
};

constexpr std::array<std::string_view, 15> k_languages = {"sh",  "python", "perl", "ruby",  "node",       "php",         "awk",
                                                          "sed", "sql",    "lua",  "powershell", "applescript", "redis", "mongo", "other"};

std::vector<std::string_view> words_of(std::string_view text) {
    std::vector<std::string_view> words;
    for (const auto part : split(text, ' ')) {
        if (!part.empty()) {
            words.push_back(part);
        }
    }
    return words;
}

// The part of an option's text after ":" and "@".
bool read_words(std::string_view text, Option& option, std::string& problem) {
    for (const auto word : words_of(text)) {
        RoleUse use;
        option.flags.emplace_back(word);
        if (option.arity != Arity::none && read_role(word, use)) {
            option.roles.push_back(std::move(use));
        } else if (word.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-._") != std::string_view::npos) {
            problem = fmt::format("\"{}\" is no flag or role", word);
            return false;
        }
    }
    return true;
}

bool read_platforms(std::string_view text, Option& option, std::string& problem) {
    option.platforms = 0;
    for (const auto part : split(text, ',')) {
        const auto name = trim(part);
        const int bit = name == "gnu" ? k_gnu : name == "bsd" || name == "macos" ? k_bsd : name == "busybox" ? k_busybox : 0;
        if (bit == 0) {
            problem = fmt::format("there is no dialect \"{}\"", name);
            return false;
        }
        option.platforms = static_cast<std::uint8_t>(option.platforms | bit);
    }
    return true;
}

}  // namespace

bool Option::has_flag(std::string_view flag) const {
    return std::find(flags.begin(), flags.end(), flag) != flags.end();
}

bool Danger::unconditional() const {
    return with.empty() && without.empty() && operands.empty() && operand_count < 0 && options.empty();
}

const Option* Spec::find_option(std::string_view name, std::uint8_t platform) const {
    const auto it = by_name.find(name);
    if (it == by_name.end()) {
        return nullptr;
    }
    for (const auto* option : it->second) {
        if ((option->platforms & platform) != 0) {
            return option;
        }
    }
    return it->second.front();
}

bool read_role(std::string_view text, RoleUse& use) {
    if (text.size() > 3 && text.substr(text.size() - 3) == "...") {
        use.many = true;
        text.remove_suffix(3);
    } else if (!text.empty() && text.back() == '*') {
        use.many = true;
        text.remove_suffix(1);
    } else if (!text.empty() && text.back() == '?') {
        use.optional = true;
        text.remove_suffix(1);
    }
    const auto dot = text.find('.');
    const std::string_view base = text.substr(0, dot);
    const auto it = std::find_if(k_roles.begin(), k_roles.end(), [base](const RoleName& row) { return row.name == base; });
    if (it == k_roles.end()) {
        return false;
    }
    use.role = it->role;
    const bool has_language = use.role == Role::code || use.role == Role::script;
    if ((dot != std::string_view::npos) != has_language) {
        return false;
    }
    if (has_language) {
        use.language = text.substr(dot + 1);
        return std::find(k_languages.begin(), k_languages.end(), use.language) != k_languages.end();
    }
    return true;
}

bool read_option(std::string_view text, Option& option, std::string& problem) {
    const auto at = text.rfind(" @");
    if (at != std::string_view::npos && !read_platforms(text.substr(at + 2), option, problem)) {
        return false;
    }
    text = text.substr(0, at);
    const auto colon = text.find(" :");
    const std::string_view meaning = colon == std::string_view::npos ? std::string_view() : text.substr(colon + 2);
    for (const auto word : words_of(text.substr(0, colon))) {
        if (word.front() != '=' || word.size() > 2) {
            option.names.emplace_back(word);
        } else if (word == "=") {
            option.arity = Arity::required;
        } else if (word == "=?") {
            option.arity = Arity::optional;
        } else if (word == "=;") {
            option.arity = Arity::until_end;
        } else if (std::isdigit(static_cast<unsigned char>(word[1])) != 0) {
            option.arity = Arity::required;
            option.count = static_cast<std::uint8_t>(word[1] - '0');
        } else {
            problem = fmt::format("\"{}\" says nothing about an argument", word);
            return false;
        }
    }
    if (option.names.empty()) {
        problem = "it has no name";
        return false;
    }
    return read_words(meaning, option, problem);
}

}  // namespace caro::safety
