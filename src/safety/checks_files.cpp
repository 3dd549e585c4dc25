// Deleting, moving, writing and permissions.
#include <algorithm>
#include <array>

#include "safety/judge.hpp"
#include "util/strings.hpp"

namespace caro::safety {

namespace {

// Files whose loss keeps a system from starting or people from logging in.
constexpr std::array<std::string_view, 12> k_vital_files = {
    "/etc/passwd", "/etc/shadow", "/etc/group",   "/etc/fstab",   "/etc/sudoers", "/etc/gshadow",
    "/etc/crypttab", "/boot/grub/grub.cfg", "/etc/hosts.deny", "/etc/ld.so.preload", "/etc/inittab", "/etc/pam.conf"};

constexpr std::array<std::string_view, 10> k_login_files = {
    ".bashrc", ".bash_profile", ".profile", ".zshrc", ".zprofile", ".zshenv", ".ssh/authorized_keys", ".ssh/config",
    ".bash_login", ".config/fish/config.fish"};

bool is_vital(std::string_view path) {
    return std::find(k_vital_files.begin(), k_vital_files.end(), path) != k_vital_files.end();
}

bool is_login_file(std::string_view path) {
    return std::any_of(k_login_files.begin(), k_login_files.end(), [path](std::string_view file) {
        return path.size() >= file.size() && path.substr(path.size() - file.size()) == file;
    });
}

}  // namespace

void Judge::delete_target(const shell::Word& target, const Action& action, bool recursive) {
    const PathClass kind = class_of(target);
    const std::string text = shown(target);
    if (kind == PathClass::unknown) {
        // $X/ and $X/* become / when the variable is empty; an unknown path alone could be anything.
        const auto after = target.text.find(shell::Word::k_unknown) + 1;
        const bool collapses = target.unset_variable && after < target.text.size() && target.text[after] == '/';
        find(recursive || collapses ? "delete.unknown" : "delete.files",
             collapses ? target.text.substr(after) : text, action.span);
    } else if ((is_protected(kind) && (recursive || target.glob)) || kind == PathClass::device ||
               (is_vital(normalized(target.text, m_cwd)))) {
        find("delete.protected", text, action.span);
    } else if (kind == PathClass::system_part || kind == PathClass::secret || is_protected(kind)) {
        find(recursive ? "delete.protected" : "delete.tree", text, action.span);
    } else if (recursive && kind != PathClass::temporary && kind != PathClass::artefact) {
        find("delete.tree", text, action.span);
    } else if (target.glob && (kind == PathClass::here || kind == PathClass::elsewhere) &&
               (text == "*" || text.substr(text.rfind('/') + 1) == "*")) {
        find("delete.tree", text, action.span);
    } else {
        find("delete.files", text, action.span);
    }
}

void Judge::check_delete(const Action& action) {
    if (action.name != "rm" && action.name != "unlink" && action.name != "rmdir" && action.name != "srm" &&
        action.name != "shred" && action.name != "del") {
        return;
    }
    const bool recursive = action.name == "rm" && (action.has("-r") || action.has("-R") || action.has("--recursive"));
    const bool wipes = action.name == "shred" || action.name == "srm";
    for (const auto* target : action.operands()) {
        if (wipes && class_of(*target) == PathClass::device) {
            find("device.write", shown(*target), action.span);
        } else if (wipes) {
            find("file.discard", shown(*target), action.span);
        } else {
            delete_target(*target, action, recursive);
        }
    }
    if (action.args_from_input && action.operands().empty()) {
        find(recursive ? "delete.tree" : "delete.files", "what comes from the pipe", action.span);
    }
}

void Judge::check_find(const Action& action, const shell::Pipeline& line) {
    if (action.name != "find" && action.name != "fd" && action.name != "fdfind") {
        return;
    }
    std::vector<shell::Word> starts;
    bool narrowed = false;
    bool deletes = false;
    std::size_t i = 0;
    for (; i < action.args.size() && action.args[i].text.substr(0, 1) != "-" && action.args[i].text != "(" &&
           action.args[i].text != "!";
         ++i) {
        starts.push_back(action.args[i]);
    }
    for (; i < action.args.size(); ++i) {
        const std::string& text = action.args[i].text;
        narrowed = narrowed || text == "-name" || text == "-iname" || text == "-path" || text == "-regex" ||
                   text == "-empty" || text == "-user" || text == "-inum";
        deletes = deletes || text == "-delete";
        if (text == "-exec" || text == "-execdir" || text == "-ok" || text == "-okdir" || text == "-x" ||
            text == "-X" || text == "--exec" || text == "--exec-batch") {
            shell::Command inner;
            inner.span = action.span;
            for (++i; i < action.args.size() && action.args[i].text != ";" && action.args[i].text != "+"; ++i) {
                inner.words.push_back(action.args[i]);
            }
            Action run = unwrap(inner);
            const bool removes = run.name == "rm" || run.name == "shred" || run.name == "unlink";
            deletes = deletes || removes;
            if (!removes) {
                this->action(run, line);
            }
        } else if (text.substr(0, 5) == "-fpri" || text == "-fls") {
            find("state.change", "find " + text, action.span);
        }
    }
    if (!deletes) {
        return;
    }
    if (starts.empty()) {
        shell::Word here;
        here.text = ".";
        starts.push_back(here);
    }
    for (const auto& start : starts) {
        const PathClass kind = class_of(start);
        if (narrowed && (kind == PathClass::here || kind == PathClass::project || kind == PathClass::elsewhere ||
                         kind == PathClass::temporary || kind == PathClass::artefact)) {
            find("delete.files", "the files it finds below " + shown(start), action.span);
        } else if (narrowed && is_protected(kind)) {
            find("delete.tree", "the files it finds below " + shown(start), action.span);
        } else {
            delete_target(start, action, true);
        }
    }
}

void Judge::check_permissions(const Action& action) {
    if (action.name != "chmod" && action.name != "chown" && action.name != "chgrp" && action.name != "setfacl" &&
        action.name != "chattr") {
        return;
    }
    const bool recursive = action.has("-R") || action.has("--recursive");
    auto operands = action.operands();
    const std::string mode = operands.empty() ? "" : operands.front()->text;
    const bool all_digits = !mode.empty() && mode.find_first_not_of("01234567") == std::string::npos;
    const bool world = action.name == "chmod" &&
                       ((all_digits && mode.size() >= 3 && (mode.back() - '0') & 2) ||
                        (mode.find('w') != std::string::npos && mode.find('-') == std::string::npos &&
                         (mode.find('o') != std::string::npos || mode.find('a') != std::string::npos)));
    const bool setuid = action.name == "chmod" &&
                        ((all_digits && mode.size() == 4 && mode[0] >= '2' && mode[0] != '1') ||
                         (mode.find('s') != std::string::npos && mode.find('+') != std::string::npos));
    if (!operands.empty()) {
        operands.erase(operands.begin());
    }
    for (const auto* target : operands) {
        const PathClass kind = class_of(*target);
        if (recursive && (is_protected(kind) || kind == PathClass::system_part)) {
            find("permission.sweep", shown(*target), action.span);
        } else if (world || setuid || is_protected(kind) || kind == PathClass::secret) {
            find(world || setuid ? "permission.open" : "file.write-system", shown(*target), action.span);
        } else {
            find("state.change", action.name, action.span);
        }
    }
}

void Judge::write_target(const shell::Word& target, const Action& action) {
    const PathClass kind = class_of(target);
    const std::string path = normalized(target.text, m_cwd);
    if (kind == PathClass::device) {
        find("device.write", shown(target), action.span);
    } else if (is_vital(path)) {
        find("file.overwrite-system", shown(target), action.span);
    } else if (kind == PathClass::system || kind == PathClass::system_part || kind == PathClass::secret ||
               kind == PathClass::root || is_login_file(path)) {
        const bool log = path.substr(0, 9) == "/var/log/" || path.substr(0, 9) == "/var/tmp/";
        find(log ? "state.change" : "file.write-system", shown(target), action.span);
    } else if (kind != PathClass::harmless_device) {
        find("state.change", shown(target), action.span);
    }
}

void Judge::check_moves(const Action& action) {
    const bool move = action.name == "mv";
    const bool copy = action.name == "cp" || action.name == "install" || action.name == "ln" || action.name == "rsync" ||
                      action.name == "scp";
    const auto operands = action.operands();
    if (action.name == "tee" || action.name == "truncate") {
        const bool empties = action.name == "truncate" && (action.has("-s0") || (action.has("-s") && !operands.empty() &&
                                                                                operands.front()->text == "0"));
        for (const auto* target : operands) {
            if (action.name == "truncate" && target->text.find_first_not_of("0123456789KMGT+-%") == std::string::npos) {
                continue;  // the size
            }
            write_target(*target, action);
            if (empties) {
                find("file.discard", shown(*target), action.span);
            }
        }
        return;
    }
    if ((!move && !copy) || operands.size() < 2) {
        return;
    }
    const shell::Word& last = *operands.back();
    for (std::size_t i = 0; move && i + 1 < operands.size(); ++i) {
        const PathClass kind = class_of(*operands[i]);
        if (is_protected(kind)) {
            find("move.protected", shown(*operands[i]), action.span);
        } else if (kind == PathClass::unknown && operands[i]->unset_variable) {
            find("state.change", action.name, action.span);
        } else if (last.text == "/dev/null") {
            find("file.discard", shown(*operands[i]), action.span);
        }
    }
    if (action.name == "rsync" && (action.has("--delete") || action.has("--delete-after"))) {
        find("delete.tree", "what is in " + shown(last) + " but not in the source", action.span);
    }
    write_target(last, action);
}

void Judge::check_redirects(const Action& action) {
    for (const auto* redirect : action.redirects) {
        const std::string& op = redirect->op;
        if (op.find('>') == std::string::npos || op == ">&" || op == "<>") {
            continue;
        }
        write_target(redirect->target, action);
    }
}

}  // namespace caro::safety
