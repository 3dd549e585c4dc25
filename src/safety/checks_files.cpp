// Deleting, moving and writing files: how bad it is, by what the path is.
#include <algorithm>

#include "safety/effects.hpp"
#include "safety/path_lists.hpp"
#include "util/strings.hpp"

namespace caro::safety {

namespace {

bool is_etc_file(std::string_view path) {
    return std::find(k_etc_files.begin(), k_etc_files.end(), path) != k_etc_files.end();
}

bool is_log(std::string_view path) {
    return path.substr(0, 9) == "/var/log/" || (path.size() > 4 && path.substr(path.size() - 4) == ".log");
}

bool is_vital_folder(std::string_view path) {
    const auto slash = path.rfind('/');
    path = slash != std::string_view::npos && is_all_glob(path.substr(slash + 1)) ? path.substr(0, slash) : path;
    return std::find(k_vital_folders.begin(), k_vital_folders.end(), path) != k_vital_folders.end();
}

// By its name it is a file, so that "recursive" says nothing.
bool names_file(std::string_view text) {
    return std::any_of(k_file_endings.begin(), k_file_endings.end(), [text](std::string_view end) {
        return text.size() > end.size() && text.substr(text.size() - end.size()) == end;
    });
}

std::string_view last_part(std::string_view text) {
    while (text.size() > 1 && text.back() == '/') {
        text.remove_suffix(1);
    }
    return text.substr(text.rfind('/') + 1);
}

// Settings of the kernel that keep a machine from being taken over.
bool is_kernel_guard(std::string_view path) {
    return path == "/proc/sys/kernel/randomize_va_space" || path == "/proc/sys/kernel/core_pattern" ||
           path == "/proc/sys/kernel/modprobe" || path == "/proc/sys/kernel/yama/ptrace_scope" ||
           path == "/proc/sys/kernel/kptr_restrict" || path == "/sys/fs/selinux/enforce" || path == "/selinux/enforce" ||
           path == "/sys/kernel/uevent_helper" || path == "/proc/sys/kernel/hotplug" || path == "/proc/sys/fs/binfmt_misc/register";
}

// echo core.%p > /proc/sys/kernel/core_pattern: a name, or the program of the system that collects them.
bool names_core_file(std::string_view path, const Action& action) {
    if (path != "/proc/sys/kernel/core_pattern" || action.args.size() != 1) {
        return false;
    }
    const std::string_view text = action.args[0].text;
    return text.substr(0, 1) != "|" || text.substr(0, 60).find("systemd-coredump") != std::string_view::npos || text.substr(0, 60).find("apport") != std::string_view::npos;
}

// Settings without which other systems are out of reach.
bool holds_access(std::string_view path) {
    constexpr std::array<std::string_view, 6> k_ends = {"/.kube/config", "/.gitconfig", "/.netrc", "/.git-credentials",
                                                        "/.docker/config.json", "/.aws/config"};
    return std::any_of(k_ends.begin(), k_ends.end(), [path](std::string_view end) {
        return path.size() > end.size() && path.substr(path.size() - end.size()) == end;
    });
}

// > FILE, : > FILE, cat /dev/null > FILE, exec 7> FILE
bool prints_nothing(const Action& action) {
    const bool none = action.path.empty() || action.name == ":" || action.name == "true" || action.name == "exec";
    const bool empty = action.args.size() == 1 && (action.args[0].text == "/dev/null" || action.args[0].text == "-n" || action.args[0].text.empty());
    return (none && action.args.empty()) || (empty && (action.name == "cat" || action.name == "echo" || action.name == "printf"));
}

// Databases and the like, and settings of the system: worth nothing once they are empty.
bool holds_data(std::string_view path) {  // as it is written
    constexpr std::array<std::string_view, 57> k_ends = {".yml", ".yaml", ".toml", ".ini", ".conf", ".cnf", ".env", ".properties", ".plist",
                                                         ".tar", ".tgz", ".gz", ".xz", ".zst", ".zip", ".7z", ".bak", ".iso", ".img",
                                                         ".csv", ".tsv", ".ods", ".odt", ".odp", ".xls", ".xlsx", ".doc", ".docx", ".ppt", ".pptx", ".pdf", ".tex", ".parquet", ".psd", ".numbers", ".pages", ".ipynb",
                                                         ".db",  ".sqlite", ".sqlite3", ".sql",  ".mdb",  ".ibd",  ".rdb", ".aof",   ".kdbx", ".pst",
                                                         ".mbox", ".dump",  ".qcow2",   ".vmdk", ".vdi", ".ledger", ".gnucash", ".keystore", ".jks", ".p12"};
    const bool ends = std::any_of(k_ends.begin(), k_ends.end(), [&](std::string_view end) {
        return path.size() > end.size() && path.substr(path.size() - end.size()) == end;
    });
    return (ends && path.substr(0, 5) != "/tmp/" && path.find("test") == std::string_view::npos) || path.substr(0, 5) == "/etc/" || path.substr(0, 9) == "/var/lib/";
}

}  // namespace

// A path whose value is not known: $X/ and $X/* become / when the variable is empty.
void Judge::delete_unknown(const shell::Word& target, const Action& action, bool recursive) {
    const auto after = target.text.rfind(shell::Word::k_unknown) + 1;
    const bool collapses = after < target.text.size() && target.text[after] == '/' && target.text.find('/') >= after - 1;
    shell::Word collapsed = target;
    collapsed.text.erase(0, after);
    const bool artefact = collapses && class_of(collapsed) == PathClass::artefact;  // $PWD/node_modules
    if (artefact) {
        find("delete.files", shown(target), action.span);
    } else if (collapses && target.text.find(shell::Word::k_unknown) != 0) {
        find(recursive ? "delete.tree" : "delete.files", shown(target), action.span);
    } else if (recursive || (collapses && target.glob)) {
        find("delete.unknown", collapses ? target.text.substr(after) : shown(target), action.span);
    } else {
        find("delete.files", shown(target), action.span);
    }
}

void Judge::delete_target(const shell::Word& target, const Action& action, bool recursive) {
    PathClass kind = class_of(target);
    const std::string text = shown(target);
    const std::string path = normalized(target.text, m_cwd);
    if (const shell::Word* before = m_moved.empty() ? nullptr : moved_from(path)) {
        const shell::Word moved = *before;
        m_moved.clear();  // what was there has no place it came from
        delete_target(moved, action, recursive);
        return;
    }
    if (target.text == "bin" || target.text == "./bin") {  // rm -rf bin obj: what .NET builds
        const bool beside = std::any_of(action.args.begin(), action.args.end(), [](const shell::Word& word) {
            return word.text == "obj" || word.text == "./obj" || word.text == "build";
        });
        kind = beside && kind == PathClass::project ? PathClass::artefact : kind;
    }
    const bool all = is_all_glob(last_part(target.text));
    if (kind == PathClass::artefact && target.unset_variable && !target.text.empty() && target.text[0] == '/') {
        kind = PathClass::elsewhere;  // $BASE/build where BASE is not set
    }
    if (kind == PathClass::unknown) {
        delete_unknown(target, action, recursive);
    } else if ((is_protected(kind) && (recursive || target.glob)) || kind == PathClass::device ||
               kind == PathClass::system_core || is_vital(path) || is_vital_folder(path)) {
        find("delete.protected", text, action.span);
    } else if (kind == PathClass::harmless_device && !recursive && path.substr(0, 5) == "/dev/" && path.find('/', 5) == std::string::npos) {
        find("delete.important", text, action.span);  // rm /dev/null: programs write to a file of that name from then on
    } else if (recursive && (path == "/tmp" || path == "/var/tmp")) {
        find("delete.tree", text, action.span);
    } else if ((kind == PathClass::temporary || kind == PathClass::artefact) && !keeps_traces(path)) {
        find("delete.files", text, action.span);
    } else if ((recursive && !(kind == PathClass::project && names_file(target.text))) || is_protected(kind) || (all && (kind == PathClass::here || kind == PathClass::elsewhere ||
                                                          kind == PathClass::project || kind == PathClass::system_part))) {
        find("delete.tree", text, action.span);
    } else if (kind == PathClass::login || kind == PathClass::vcs || is_key_material(path) || keeps_traces(path) ||
               is_etc_file(path) || grants_rights(path) || holds_access(path)) {
        find("delete.important", text, action.span);
    } else if (target.glob && (text[0] == '/' || text[0] == '~') && (is_work(target.text) || contains(path, "/backup")) && !is_passing_folder(path.substr(0, path.rfind('/')))) {
        find("delete.work", text, action.span);  // rm ~/Documents/*.docx
    } else {
        find("delete.files", text, action.span);
    }
}

// True if the path is one whose change is judged by what it is, and a finding was made.
bool Judge::write_special(const std::string& path, const shell::Word& target, const Action& action, Writing how) {
    const bool empties = how == Writing::overwrite || how == Writing::truncate;
    if (path == "/proc/sysrq-trigger") {
        find("system.sysrq", "", action.span);
    } else if (is_kernel_guard(path) && !names_core_file(path, action)) {
        find("kernel.guard", shown(target), action.span);
    } else if (path.substr(0, 11) == "/sys/block/" && path.size() > 25 && path.substr(path.size() - 14) == "/device/delete") {
        find("file.write-system", shown(target), action.span);  // the disk is gone until the next start
    } else if (is_vital(path) && empties) {
        find("file.overwrite-system", shown(target), action.span);
    } else if (grants_rights(path)) {
        find("file.grant", shown(target), action.span);
    } else if (keeps_traces(path) &&
               (empties || how == Writing::create || (how == Writing::modify && path.substr(0, 9) == "/var/log/"))) {
        find("file.traces", shown(target), action.span);
    } else {
        return false;
    }
    return true;
}

void Judge::write_target(const shell::Word& target, const Action& action, Writing how) {
    const PathClass kind = class_of(target);
    const std::string path = normalized(target.text, m_cwd);
    const bool empties = how == Writing::overwrite || how == Writing::truncate;
    if (kind == PathClass::harmless_device) {
        return;
    }
    // /dev/$DISK; what is only printed goes to a terminal, perhaps.
    const bool some_device = path.size() == 6 && path.substr(0, 5) == "/dev/" && path[5] == shell::Word::k_unknown && !any_of(action.name, {"echo", "printf", "print", "wall"});
    if (kind == PathClass::device || some_device) {
        find("device.write", shown(target), action.span);
        return;
    }
    if (const shell::Word* before = how == Writing::truncate && !m_moved.empty() ? moved_from(path) : nullptr; before != nullptr && is_work(before->text)) {
        find("file.discard", shown(*before), action.span);
        return;
    }
    if (write_special(path, target, action, how)) {
        return;
    }
    if (empties && is_protected(kind) && is_all_glob(last_part(target.text))) {  // for f in /etc/*; do : > "$f"; done
        find("file.overwrite-system", shown(target), action.span);
        return;
    }
    const bool core = kind == PathClass::system_core || (kind == PathClass::system && is_core_folder(path) && path != "/etc");
    const bool important = is_etc_file(path) || kind == PathClass::login || is_key_material(path) || is_vital(path);
    if ((core && how != Writing::create) || (important && empties)) {
        find("file.write-system", shown(target), action.span);
    } else if (how == Writing::truncate && kind != PathClass::temporary && kind != PathClass::artefact && !is_log(path)) {
        find("file.discard", shown(target), action.span);
    } else {
        find("file.write", shown(target), action.span);
    }
}

void Judge::move_source(const shell::Word& source, const Action& action, const shell::Word* target) {
    const PathClass kind = class_of(source);
    const std::string path = normalized(source.text, m_cwd);
    const bool gone = target != nullptr && target->text == "/dev/null";
    // fstab → fstab.bak keeps it beside its place.
    const bool beside = target != nullptr && target->text.substr(0, source.text.size()) == source.text;
    const bool system = kind == PathClass::root || kind == PathClass::system || kind == PathClass::system_core || is_vital(path) ||
                        is_vital_folder(path);
    // for f in *.jpg; do mv "$f" all.jpg; done: one after the other takes the place of the one before.
    const bool over = target != nullptr && !source.glob && source.text.find('*') != std::string::npos && target->known() &&
                      target->text.find('*') == std::string::npos && target->text.find('.') != std::string::npos &&
                      last_part(target->text).find('.', 1) != std::string_view::npos;
    if (over && kind != PathClass::temporary && kind != PathClass::artefact) {
        find("file.discard", shown(source), action.span);
    } else if ((system && (!beside || is_protected(kind))) || (kind == PathClass::home && gone)) {
        find("move.protected", shown(source), action.span);
    } else if (gone) {
        find("file.discard", shown(source), action.span);
    } else if (system || kind == PathClass::home) {
        find("move.system", shown(source), action.span);
    } else {
        find("state.change", action.name, action.span);
    }
}

// dd if=/dev/zero of=disk.qcow2, dd of=ibdata1 count=0: nothing of what was there is left.
void Judge::check_emptied(const Action& action) {
    std::string file;
    bool nothing = false;
    for (const auto& word : action.args) {
        file = word.text.substr(0, 3) == "of=" ? word.text.substr(3) : file;
        nothing = nothing || word.text == "count=0" || word.text == "if=/dev/zero" || word.text == "if=/dev/urandom" || word.text == "if=/dev/null";
    }
    if (action.name == "dd" && nothing && !file.empty() && file.substr(0, 5) != "/dev/" && file.find(".img") == std::string::npos && holds_data(file)) {
        find("file.discard", file, action.span);
    }
}

void Judge::check_redirects(const Action& action) {
    for (const auto* redirect : action.redirects) {
        const std::string& op = redirect->op;
        // ">&2" and ">&-" name descriptors, ">& file" a file.
        const std::string& target = redirect->target.text;
        const bool descriptor = op == ">&" && (target == "-" || target.find_first_not_of("0123456789-") == std::string::npos);
        if (op.find('>') == std::string::npos || descriptor) {
            continue;
        }
        if (target.substr(0, 9) == "/dev/tcp/" || target.substr(0, 9) == "/dev/udp/") {
            find(is_shell(action.name) ? "execute.remote-control" : "state.change", action.name, action.span);
            continue;
        }
        const bool keeps = op == ">>" || op == "&>>" || op == "<>";
        // for f in *.docx; do > "$f"; done: nothing is written, to all of them.
        const bool empties_all = !keeps && (action.path.empty() || action.name == ":" || action.name == "true") &&
                                 target.find('*') != std::string::npos;
        const bool empties = !keeps && prints_nothing(action) && holds_data(redirect->target.tilde ? normalized(target, "") : target);
        shell::Word file = redirect->target;
        if (const auto link = m_links.empty() ? m_links.end() : m_links.find(normalized(file.text, m_cwd)); link != m_links.end()) {
            file.text = link->second;
            file.tilde = false;
        }
        if (file.text == "/proc/sys/fs/binfmt_misc/register" && !action.args.empty()) {
            note_format(action.args.back().text);
        }
        write_target(file, action, keeps ? Writing::append : empties || empties_all ? Writing::truncate : Writing::overwrite);
    }
}

}  // namespace caro::safety
