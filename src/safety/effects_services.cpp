// Services that guard the machine or keep it reachable, stopped or taken out of the start by any manager of services:
// systemctl, service, rc-update, sv, rcctl, svcadm, launchctl, sysrc, /etc/init.d/NAME stop …
#include <algorithm>
#include <array>

#include "safety/effects.hpp"
#include "util/strings.hpp"

namespace caro::safety {

namespace {

constexpr std::array<std::string_view, 23> k_managers = {
    "systemctl", "service", "rc-service", "invoke-rc.d", "chkconfig", "update-rc.d", "rc-update", "sysv-rc-conf", "initctl", "sv",     "s6-svc", "s6-rc",
    "rcctl",     "svcadm",  "launchctl",  "sysrc",       "dinitctl",  "supervisorctl", "monit",   "runit",        "stop",    "brew",   "herd"};

constexpr std::array<std::string_view, 17> k_ends = {"stop",    "disable", "mask",  "off",     "down",    "remove", "del",      "delete",      "onestop",
                                                     "forcestop", "kill",  "exit",  "-d",      "d",       "unload", "bootout", "maintenance"};

// Names, or beginnings of names that have more behind them (a version, .service).
constexpr std::array<std::string_view, 44> k_guards = {
    "firewalld", "ufw",       "iptables", "ip6tables", "nftables",   "apparmor", "auditd",   "fail2ban",  "clamav",     "clamd",    "falcon",
    "crowdsec",  "crowdstrike", "selinux", "osqueryd", "sssd",       "wazuh",    "ossec",    "pf",        "ipfw",       "npf",      "ipfilter",
    "firewall",  "blacklistd", "sentinel", "sophos",   "mdatp",      "cbagentd", "cbdaemon", "ds_agent",  "aide",       "tripwire", "samhain",
    "usbguard",  "fapolicyd", "qualys",   "nessus",    "rapid7",     "sysmon",   "elastic-agent", "snort", "suricata", "opensnitch", "polkit"};

constexpr std::array<std::string_view, 15> k_access = {"ssh",      "sshd",   "network", "networking", "NetworkManager", "systemd-networkd", "dbus", "svc:/network/ssh",
                                                       "dropbear", "netif",  "wpa_supplicant", "connman", "dhcpcd", "svc:/network/physical", "com.openssh.sshd"};

bool names(std::string_view word, std::string_view service) {
    if (word.substr(0, service.size()) != service) {
        return false;
    }
    const std::string_view rest = word.substr(service.size());
    return rest.empty() || rest[0] == '.' || rest[0] == '-' || rest[0] == ':' || rest[0] == '@' || rest == "d";
}

template <class List>
bool names_one(const List& list, std::string_view word) {
    word.remove_prefix(word.substr(0, 11) == "/etc/init.d" || word.substr(0, 7) == "/etc/sv" ? word.rfind('/') + 1 : 0);
    return std::any_of(list.begin(), list.end(), [word](std::string_view service) { return names(word, service); });
}

// sysrc pf_enable=NO
bool switched_off(std::string_view word, std::string& service) {
    const auto at = word.find("_enable=");
    if (at == std::string_view::npos) {
        return false;
    }
    service = word.substr(0, at);
    const std::string value = to_lower(word.substr(at + 8));
    return value == "no" || value == "false" || value == "off" || value == "0";
}

}  // namespace

void Effects::services() {
    if (!in(k_managers, m_action.name)) {
        return;
    }
    const auto& args = m_action.args;
    const bool ends = std::any_of(args.begin(), args.end(), [](const shell::Word& word) { return in(k_ends, word.text); });
    for (const auto& arg : args) {
        std::string service = arg.text;
        if (!switched_off(arg.text, service) && !ends) {
            continue;
        }
        if (names_one(k_guards, service)) {
            m_judge.find("security.service-off", service, m_action.span);
        } else if (names_one(k_access, service)) {
            m_judge.find("system.cuts-off", service, m_action.span);
        }
    }
}

// /etc/init.d/NAME VERB is service NAME VERB.
bool Judge::init_script(const Action& act, const shell::Pipeline& line) {
    for (const std::string_view folder : {"/etc/init.d/", "/etc/rc.d/", "/etc/rc.d/init.d/", "/usr/local/etc/rc.d/"}) {
        if (act.path.substr(0, folder.size()) != folder || act.path.find('/', folder.size()) != std::string::npos || act.args.empty()) {
            continue;
        }
        Action service = act;
        shell::Word name;
        name.text = act.path.substr(folder.size());
        name.span = act.span;
        service.path = service.name = "service";
        service.args.insert(service.args.begin(), std::move(name));
        action(service, line);
        return true;
    }
    return false;
}

}  // namespace caro::safety
