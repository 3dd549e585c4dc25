// Disks, services, accounts, and what is left: the class of a command.
#include <algorithm>
#include <array>

#include "safety/judge.hpp"
#include "safety/knowledge.hpp"
#include "util/strings.hpp"

namespace caro::safety {

namespace {

bool starts_with(std::string_view text, std::string_view beginning) {
    return text.substr(0, beginning.size()) == beginning;
}

bool any_of(std::string_view text, std::initializer_list<std::string_view> list) {
    return std::find(list.begin(), list.end(), text) != list.end();
}

bool reads_by_subcommand(const Action& action) {
    const auto reading = reading_subcommands(action.name);
    if (reading.empty()) {
        return false;
    }
    const auto is_reading = [&](std::string_view word) {
        return std::find(reading.begin(), reading.end(), word) != reading.end();
    };
    if (is_reading(action.subcommand())) {
        return true;
    }
    // Two-word forms are written with a dash: "compose ps", "config view".
    const auto operands = action.operands();
    if (operands.size() >= 2 && is_reading(operands[0]->text + "-" + operands[1]->text)) {
        return true;
    }
    return !action.args.empty() && is_reading(action.args.front().text);
}

}  // namespace

void Judge::check_devices(const Action& action) {
    const std::string& name = action.name;
    const auto operands = action.operands();
    const auto first_device = [&]() -> const shell::Word* {
        for (const auto* word : operands) {
            if (class_of(*word) == PathClass::device) {
                return word;
            }
        }
        return nullptr;
    };
    if (name == "dd") {
        for (const auto* word : operands) {
            if (starts_with(word->text, "of=")) {
                shell::Word target = *word;
                target.text.erase(0, 3);
                write_target(target, action);
            }
        }
        return;
    }
    if (reads_by_subcommand(action) || (name == "fdisk" && action.has("-l"))) {
        return;
    }
    const shell::Word* device = first_device();
    if (starts_with(name, "mkfs") || name == "mkswap") {
        find(device ? "device.write" : "disk.layout", device ? shown(*device) : "", action.span);
        if (device) {
            find("disk.layout", "", action.span);
        }
    } else if (any_of(name, {"wipefs", "blkdiscard"})) {
        find("device.write", device ? shown(*device) : "the device", action.span);
        find("disk.layout", "", action.span);
    } else if (any_of(name, {"fdisk", "sfdisk", "gdisk", "sgdisk", "cfdisk", "parted", "lvremove", "vgremove", "pvremove",
                             "lvreduce", "pvcreate", "vgreduce"})) {
        find("disk.layout", "", action.span);
    } else if ((name == "zpool" && any_of(action.subcommand(), {"destroy", "labelclear", "create"})) ||
               (name == "zfs" && any_of(action.subcommand(), {"destroy", "rollback"})) ||
               (name == "cryptsetup" && any_of(action.subcommand(), {"luksFormat", "erase", "luksErase", "reencrypt"})) ||
               (name == "mdadm" && action.has("--zero-superblock")) ||
               (name == "diskutil" && (starts_with(action.subcommand(), "erase") ||
                                       starts_with(action.subcommand(), "partition") ||
                                       action.subcommand() == "zeroDisk"))) {
        find("disk.layout", "", action.span);
    }
}

void Judge::check_system(const Action& action) {
    const std::string& name = action.name;
    const std::string_view sub = action.subcommand();
    if ((name == "shutdown" && !action.has("-c")) || any_of(name, {"reboot", "halt", "poweroff"}) ||
        (any_of(name, {"init", "telinit"}) && any_of(sub, {"0", "1", "6"})) ||
        (name == "systemctl" && any_of(sub, {"reboot", "poweroff", "halt", "kexec", "rescue", "emergency", "suspend"}))) {
        find("system.stop", "", action.span);
    } else if ((name == "kill" && std::any_of(action.args.begin(), action.args.end(),
                                              [](const shell::Word& w) { return w.text == "-1"; }) &&
                action.args.size() > 1) ||
               name == "killall5" ||
               (name == "pkill" && (action.has("-u") || action.has("-U") || sub == "." || sub == ".*"))) {
        find("process.kill-all", "", action.span);
    } else if ((any_of(name, {"iptables", "ip6tables"}) && (action.has("-F") || action.has("--flush") || action.has("-X"))) ||
               (name == "ufw" && any_of(sub, {"disable", "reset"})) || (name == "setenforce" && sub == "0") ||
               (name == "nft" && sub == "flush") ||
               (name == "systemctl" && any_of(sub, {"disable", "stop", "mask"}) &&
                std::any_of(action.args.begin(), action.args.end(),
                            [](const shell::Word& w) {
                                return any_of(w.text, {"firewalld", "ufw", "apparmor", "auditd", "fail2ban", "iptables",
                                                       "nftables", "firewalld.service", "ufw.service"});
                            })) ||
               (name == "csrutil" && sub == "disable") || (name == "spctl" && action.has("--master-disable")) ||
               (name == "passwd" && action.has("-d")) || (name == "history" && (action.has("-c") || action.has("-w"))) ||
               (name == "sysctl" && action.has("-w")) || name == "visudo" ||
               (name == "mount" && std::any_of(action.args.begin(), action.args.end(), [](const shell::Word& w) {
                    return w.text.find("remount") != std::string::npos;
                })) ||
               (name == "usermod" && std::any_of(action.args.begin(), action.args.end(), [](const shell::Word& w) {
                    return any_of(w.text, {"sudo", "wheel", "root", "admin"});
                }))) {
        find("security.weaken", "", action.span);
    } else if (any_of(name, {"userdel", "deluser", "groupdel", "delgroup"}) || (name == "crontab" && action.has("-r"))) {
        find("account.remove", "", action.span);
    } else if ((any_of(name, {"apt", "apt-get", "aptitude"}) && any_of(sub, {"purge", "autoremove"}) && !action.has("-s") &&
                !action.has("--dry-run") && !action.has("--simulate")) ||
               (any_of(name, {"dnf", "yum"}) && any_of(sub, {"remove", "erase", "autoremove"})) ||
               (name == "pacman" && starts_with(action.args.empty() ? "" : action.args[0].text, "-R")) ||
               (name == "rpm" && (action.has("-e") || action.has("--erase")) && action.has("--nodeps")) ||
               (name == "dpkg" && (action.has("--purge") || action.has("-P") || action.has("--force-all")))) {
        find("package.essential", "", action.span);
    }
}

void Judge::check_class(const Action& action) {
    const std::string& name = action.name;
    const bool own_function = std::find(m_script.functions.begin(), m_script.functions.end(), action.path) !=
                              m_script.functions.end();
    if (own_function || name.empty()) {
        return;  // its body is judged where it stands
    }
    if (action.path.find('/') != std::string::npos && m_downloaded.count(normalized(action.path, m_cwd)) != 0) {
        find("execute.download", "", action.span);
        return;
    }
    const bool standard_place = action.path.find('/') == std::string::npos || starts_with(action.path, "/bin/") ||
                                starts_with(action.path, "/usr/bin/") || starts_with(action.path, "/sbin/") ||
                                starts_with(action.path, "/usr/sbin/") || starts_with(action.path, "/usr/local/bin/");
    const CommandClass kind = standard_place ? safety::class_of(name) : CommandClass::unknown;
    if (kind == CommandClass::unknown) {
        find("command.unknown", name, action.span);
    } else if (kind == CommandClass::write) {
        if (!reads_by_subcommand(action) && !(reads_alone(name) && action.args.empty())) {
            find("state.change", name, action.span);
        }
    } else {
        for (const auto option : writing_options(name)) {
            const bool is_word = option.substr(0, 1) != "-";
            if (is_word ? action.subcommand() == option : action.has(option)) {
                find("state.change", name + " " + std::string(option), action.span);
                return;
            }
        }
        if (name == "hostname" && !action.operands().empty()) {
            find("state.change", name, action.span);
        }
    }
}

}  // namespace caro::safety
