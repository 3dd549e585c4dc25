// Permissions and owners.
#include <algorithm>

#include "safety/effects.hpp"
#include "util/strings.hpp"

namespace caro::safety {

namespace {

// What a mode gives and takes, from its text: 0755, u+s, a=rwx …
struct Mode {
    bool known = false;
    bool world_write = false;   // everybody may write
    bool group_or_world = false;  // somebody else may read or write
    bool set_user = false;      // runs with the rights of its owner
    bool locks_out = false;     // the owner loses a right
    bool widens = false;        // gives some right
};

Mode mode_of_digits(std::string_view text) {
    Mode mode;
    mode.known = true;
    const auto digit = [&](std::size_t from_end) {
        return text.size() >= from_end ? text[text.size() - from_end] - '0' : 0;
    };
    const bool sticky = (digit(4) & 1) != 0;
    mode.world_write = (digit(1) & 2) != 0 && !sticky;
    mode.group_or_world = (digit(1) & 6) != 0 || (digit(2) & 6) != 0;
    mode.set_user = (digit(4) & 4) != 0;
    mode.locks_out = (digit(3) & 6) != 6 && (digit(3) & 4) == 0;
    mode.widens = true;
    return mode;
}

void add_clause(std::string_view clause, Mode& mode) {
    const auto at = clause.find_first_of("+-=");
    if (at == std::string_view::npos) {
        return;
    }
    mode.known = true;
    const std::string_view who = at == 0 ? "a" : clause.substr(0, at);
    const std::string_view rights = clause.substr(at + 1);
    const auto has = [](std::string_view text, char c) { return text.find(c) != std::string_view::npos; };
    const bool everybody = has(who, 'a') || has(who, 'o');
    if (clause[at] == '-' || (clause[at] == '=' && !has(rights, 'r'))) {
        mode.locks_out = mode.locks_out || ((has(who, 'u') || has(who, 'a')) && (clause[at] == '=' || has(rights, 'r') || has(rights, 'w')));
        return;
    }
    mode.widens = true;
    // "+w" without a letter before obeys the umask, which keeps it from others.
    mode.world_write = mode.world_write || (everybody && at > 0 && has(rights, 'w'));
    mode.group_or_world = mode.group_or_world || ((everybody || has(who, 'g')) && (has(rights, 'r') || has(rights, 'w')));
    mode.set_user = mode.set_user || (has(rights, 's') && (has(who, 'u') || has(who, 'a')));
}

Mode read_mode(const shell::Word* word) {
    Mode mode;
    if (word == nullptr || !word->known() || word->text.empty()) {
        return mode;
    }
    if (word->text.find_first_not_of("01234567") == std::string::npos) {
        return mode_of_digits(word->text);
    }
    for (const auto clause : split(word->text, ',')) {
        add_clause(clause, mode);
    }
    return mode;
}

}  // namespace

std::string_view Effects::minus_mode() const {
    for (const auto unknown : m_reading.unknown) {
        if (unknown.size() > 1 && unknown.find_first_not_of("rwxXst,", 1) == std::string_view::npos) {
            return unknown;
        }
    }
    return {};
}

void Effects::permissions(const shell::Word& target) {
    const PathClass kind = class_of(target);
    const std::string path = normalized(target.text, m_judge.m_cwd);
    shell::Word taken;  // chmod -x FILE: a mode that looks like an option
    taken.text = minus_mode();
    for (const auto& word : m_action.args) {  // the mode of a place where everybody may write
        taken.text = any_of(word.text, {"--reference=/tmp", "--reference=/var/tmp", "--reference=/dev/null", "--reference=/dev/shm"}) ? "777" : taken.text;
    }
    const Mode mode = read_mode(taken.text.empty() ? operand_with(Role::mode) : &taken);
    const bool system = is_protected(kind) || kind == PathClass::system_core || kind == PathClass::system_part;
    const bool harmful = !mode.known || mode.world_write || mode.locks_out || mode.set_user;
    const bool all = sweeps() || (target.glob && is_all_glob(target.text.substr(target.text.rfind('/') + 1)));
    if (all && system && (kind == PathClass::home ? harmful : harmful || is_protected(kind))) {
        const bool narrow = kind == PathClass::system_part;
        m_judge.find(narrow ? "permission.system" : "permission.sweep", shown(target), m_action.span);
    } else if ((kind == PathClass::root || (is_core_folder(path) && mode.locks_out)) && harmful) {
        m_judge.find("permission.sweep", shown(target), m_action.span);
    } else if (mode.set_user || (mode.world_write && kind != PathClass::temporary && kind != PathClass::harmless_device)) {
        m_judge.find(mode.set_user ? "permission.setuid" : "permission.open", shown(target), m_action.span);
    } else if (kind == PathClass::secret && (mode.group_or_world || !mode.known) && is_key_material(path)) {
        m_judge.find("permission.open", shown(target), m_action.span);
    } else if ((system && kind != PathClass::system_part && harmful) || kind == PathClass::device) {
        m_judge.find("permission.system", shown(target), m_action.span);
    } else {
        m_judge.find("state.change", m_action.name, m_action.span);
    }
}

void Effects::ownership(const shell::Word& target) {
    const PathClass kind = class_of(target);
    const std::string path = normalized(target.text, m_judge.m_cwd);
    const shell::Word* owner = operand_with(Role::owner);
    const bool all = sweeps() || (target.glob && is_all_glob(target.text.substr(target.text.rfind('/') + 1)));
    const std::string& home = m_judge.m_scene.home;
    const std::string user = home.substr(home.rfind('/') + 1);
    const bool own = owner == nullptr || !owner->known() || owner->text.substr(0, owner->text.find_first_of(":.")) == user;
    if ((kind == PathClass::home || path == "/usr/local") && own) {
        m_judge.find("state.change", m_action.name, m_action.span);
    } else if (all && (is_protected(kind) || kind == PathClass::system_core)) {
        m_judge.find("permission.sweep", shown(target), m_action.span);
    } else if (kind == PathClass::root || kind == PathClass::system_core || is_vital(path) || is_core_folder(path) ||
               kind == PathClass::device || (kind == PathClass::secret && is_key_material(path) && !own)) {
        m_judge.find("permission.system", shown(target), m_action.span);
    } else {
        m_judge.find("state.change", m_action.name, m_action.span);
    }
}

}  // namespace caro::safety
