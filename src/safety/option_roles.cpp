// What has been read: flags, and which operand plays which role.
#include <algorithm>
#include <cctype>

#include "safety/option_reader.hpp"

namespace caro::safety {

bool is_assignment(std::string_view word) noexcept {
    auto equal = word.find('=');
    if (equal != std::string_view::npos && word.substr(0, 10) == "BASH_FUNC_" && equal > 12) {
        word = word.substr(0, equal - 2);  // BASH_FUNC_name%%=() { …
        equal -= 2;
        return std::all_of(word.begin(), word.end(), [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '-'; });
    }
    return equal != std::string_view::npos && equal > 0 &&
           std::all_of(word.begin(), word.begin() + static_cast<std::ptrdiff_t>(equal),
                       [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; });
}

bool Reading::has(std::string_view flag) const {
    return std::find(flags.begin(), flags.end(), flag) != flags.end();
}

std::size_t Reading::last_with(std::string_view flag) const {
    for (std::size_t i = options.size(); i > 0; --i) {
        if (options[i - 1].option->has_flag(flag)) {
            return i - 1;
        }
    }
    return options.size();
}

std::uint8_t platform_bit(Scene::Platform platform) noexcept {
    switch (platform) {
        case Scene::Platform::gnu: return k_gnu;
        case Scene::Platform::bsd: return k_bsd;
        case Scene::Platform::busybox: return k_busybox;
    }
    return k_gnu;
}

std::vector<const std::vector<RoleUse>*> operand_role_lists(const Reading& reading) {
    std::vector<const std::vector<RoleUse>*> lists;
    for (const auto& [flag, roles] : reading.spec->operands_if) {
        if (reading.has(flag)) {
            lists.push_back(&roles);
        }
    }
    if (lists.empty()) {
        lists.push_back(&reading.spec->operands);
    }
    return lists;
}

std::vector<const RoleUse*> roles_of(const Reading& reading, const std::vector<RoleUse>& roles) {
    std::vector<const RoleUse*> uses;
    for (const auto& use : roles) {
        uses.push_back(&use);
    }
    if (reading.has("no-pattern")) {
        const auto first = std::find_if(uses.begin(), uses.end(), [](const RoleUse* use) {
            return use->role == Role::pattern || use->role == Role::code || use->role == Role::script;
        });
        if (first != uses.end()) {
            uses.erase(first);
        }
    }
    const std::size_t count = reading.operands.size();
    const auto needed = static_cast<std::size_t>(std::count_if(
        uses.begin(), uses.end(), [](const RoleUse* use) { return !use->many && !use->optional; }));
    std::size_t spare = count > needed ? count - needed : 0;
    std::vector<const RoleUse*> found;
    for (const auto* use : uses) {
        if (use->many && use->role == Role::assign) {
            while (found.size() < count && is_assignment(reading.operands[found.size()].word->text)) {
                found.push_back(use);
                spare -= spare > 0 ? 1 : 0;
            }
        } else if (use->many) {
            found.insert(found.end(), spare, use);
            spare = 0;
        } else if (!use->optional || spare > 0) {
            spare -= use->optional ? 1 : 0;
            found.push_back(use);
        }
    }
    found.resize(count, nullptr);
    return found;
}

}  // namespace caro::safety
