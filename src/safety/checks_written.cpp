// What is put into files that decide or run later: start-up files of shells, tables of cron, units of systemd, hooks of
// git, the settings of the ssh server. The text that goes in is judged as what it will be.
#include <algorithm>
#include <array>

#include "safety/effects.hpp"
#include "safety/guards.hpp"
#include "safety/handed.hpp"
#include "safety/judge.hpp"
#include "safety/secret_sources.hpp"
#include "shell/fish.hpp"
#include "util/strings.hpp"

namespace caro::safety {

namespace {

bool is_start_up_file(std::string_view path) {
    return path == "/etc/profile" || path == "/etc/bash.bashrc" || path == "/etc/rc.local" || path == "/etc/zsh/zshrc" ||
           starts_with(path, "/etc/profile.d/") || starts_with(path, "/etc/cron.daily/") ||
           starts_with(path, "/etc/cron.hourly/") || starts_with(path, "/etc/cron.weekly/") ||
           starts_with(path, "/etc/cron.monthly/") || starts_with(path, "/etc/init.d/") || contains(path, "/.git/hooks/") ||
           starts_with(path, ".git/hooks/") || contains(path, "/.husky/") || starts_with(path, ".husky/") ||
           contains(path, "/dispatcher.d/") || starts_with(path, "/etc/update-motd.d/") || starts_with(path, "/etc/network/if-") ||
           contains(path, "/dhclient-") || starts_with(path, "/etc/ppp/ip-") || ends_with(path, "/.xinitrc") || ends_with(path, "/.xsession") ||
           ends_with(path, "/.xprofile") || ends_with(path, ".envrc") || contains(path, "/.ssh/rc") || contains(path, "/fish/config.fish") ||
           starts_with(path, "/etc/rc.d/") || starts_with(path, "/lib/systemd/system-") || starts_with(path, "/usr/lib/systemd/system-");
}

bool is_cron_table(std::string_view path) {
    return path == "/etc/crontab" || starts_with(path, "/etc/cron.d/") || starts_with(path, "/var/spool/cron/");
}

bool is_unit(std::string_view path) {
    return (contains(path, "/systemd/") && (ends_with(path, ".service") || ends_with(path, ".timer") || contains(path, ".service.d/"))) ||
           ends_with(path, ".desktop");
}

// ~/.psqlrc, ~/.forward and the like: a program reads them whenever it starts.
bool is_settings_of_home(std::string_view path) {
    const std::string_view name = path.substr(path.rfind('/') + 1);
    constexpr std::array<std::string_view, 9> k_names = {".forward", ".my.cnf", ".gdbinit", ".emacs", "init.lua", "init.el", ".lldbinit", ".pythonrc.py", ".Rprofile"};
    const bool rc = name.size() > 3 && name[0] == '.' && ends_with(name, "rc");
    return rc || std::find(k_names.begin(), k_names.end(), name) != k_names.end();
}

// Settings of the ssh server that let people in who should stay out; in lower case, white space as one blank.
bool opens_ssh(std::string_view text) {
    constexpr std::array<std::string_view, 5> k_lines = {"permitrootlogin yes", "permitemptypasswords yes",
                                                         "passwordauthentication yes", "strictmodes no",
                                                         "permituserenvironment yes"};
    const auto lines = split(text, '\n');
    return std::any_of(lines.begin(), lines.end(), [&](std::string_view line) {
        std::string plain;
        for (const char c : trim(line)) {
            const bool blank = c == ' ' || c == '\t' || c == '=';
            if (!blank || (!plain.empty() && plain.back() != ' ')) {
                plain += blank ? ' ' : c;
            }
        }
        plain = to_lower(plain);
        return std::find(k_lines.begin(), k_lines.end(), plain) != k_lines.end();
    });
}

// ExecStart=CODE and the like of a unit, Exec=CODE of a desktop entry, one a line.
std::string started_by_unit(std::string_view text) {
    std::string code;
    for (std::string_view line : split(text, '\n')) {
        line = trim(line);
        if (starts_with(line, "Exec") && contains(line, "=")) {
            std::string_view command = line.substr(line.find('=') + 1);
            command.remove_prefix(std::min(command.find_first_not_of("-@:+!"), command.size()));
            code += std::string(command) + "\n";
        }
    }
    return code;
}

// RUN+="…" and PROGRAM="…" of udev, DPkg::Post-Invoke { "…"; } of apt, run-shell "…" of tmux: what is in quotes behind them.
std::string behind_keys(std::string_view text) {
    std::string code;
    for (const std::string_view key : {"RUN+=", "RUN=", "PROGRAM=", "PROGRAM==", "Invoke", "run-shell", "hook", "autocmd"}) {
        for (auto at = text.find(key); at != std::string_view::npos; at = text.find(key, at + 1)) {
            const auto start = text.find('"', at);
            if (start == std::string_view::npos || start > at + key.size() + 20) {
                continue;
            }
            for (auto i = start + 1; i < text.size() && text[i] != '"'; ++i) {
                i += text[i] == '\\' && i + 1 < text.size() ? 1 : 0;
                code += text[i];
            }
            code += '\n';
        }
        if (code.size() > 8000) {
            break;
        }
    }
    return code;
}

}  // namespace

// prerotate … endscript of logrotate
std::string rotation_code(std::string_view text) {
    std::string code;
    bool inside = false;
    for (const auto line : split(text, '\n')) {
        const std::string_view word = trim(line);
        const bool begins = word == "postrotate" || word == "prerotate" || word == "firstaction" || word == "lastaction" || word == "preremove";
        inside = begins || (inside && word != "endscript");
        code += inside && !begins ? std::string(word) + "\n" : "";
    }
    return code;
}

// Judges code that runs later; only what is bad enough to matter then is told now.
void Judge::later(std::string_view code, const Action& by) {
    const std::size_t before = m_findings.size();
    const bool complete = m_complete;
    nested(code, by);
    m_complete = complete;
    m_findings.erase(std::remove_if(m_findings.begin() + static_cast<std::ptrdiff_t>(before), m_findings.end(),
                                    [](const Finding& finding) {
                                        return finding.risk < Risk::high || finding.rule == "execute.unknown" ||
                                               finding.rule == "parse.incomplete";
                                    }),
                     m_findings.end());
}

bool runs_by_itself(std::string_view path) {
    return is_start_up_file(path) || is_cron_table(path) || contains(path, "/autostart/") || contains(path, "/LaunchAgents/") ||
           contains(path, "/LaunchDaemons/") || contains(path, "/udev/rules.d/") || contains(path, "/security/pam_") || path == "/etc/ld.so.preload" || contains(path, "/Startup/");
}

// `text` goes into the file that a command line of `by` writes.
void Judge::check_written(std::string_view file, std::string_view text, const Action& by) {
    shell::Word word;
    word.text = file;
    word.tilde = starts_with(file, "~");
    const std::string path = normalized(file, m_cwd);
    check_password_hook(text, by);
    const bool page = is_public_place(path) || ends_with(path, ".php") || ends_with(path, ".jsp") || ends_with(path, ".aspx") || ends_with(path, ".phtml");
    if (page && is_web_shell(text)) {
        find("execute.remote-control", shown(word), by.span);
    }
    const std::string_view weak = weakened_by(path, text);
    if (!weak.empty()) {
        find(weak, shown(word), by.span);
    }
    for (const auto& code : code_in_settings(settings_kind(path), text)) {
        later(code, by);
    }
    if (is_settings_of_home(path)) {
        for (const auto& code : code_in_general(text)) {
            disaster(code, by);
        }
    }
    if (path == "/proc/sys/kernel/core_pattern" && starts_with(text, "|")) {
        later(text.substr(1), by);
    } else if (path == "/proc/sys/kernel/modprobe" || path == "/sys/kernel/uevent_helper" || path == "/proc/sys/kernel/hotplug") {
        const auto script = m_script.files.find(std::string(trim(text)));
        later(script == m_script.files.end() ? text : std::string_view(script->second), by);
    }
    const bool ssh_server = contains(path, "/etc/ssh/sshd_config");
    if (class_of(word) == PathClass::login && !contains(path, "/.ssh/")) {
        const Arrivals before = m_arrivals;  // a plug-in that was cloned is what people have there
        m_arrivals.trees.erase(std::remove_if(m_arrivals.trees.begin(), m_arrivals.trees.end(), [](const Arrivals::Tree& tree) { return tree.clone; }),
                               m_arrivals.trees.end());
        later(text, by);
        m_arrivals = before;
    } else if (contains(path, "/fish/") && ends_with(path, ".fish")) {
        later(shell::from_fish(text).text, by);
    } else if (is_start_up_file(path) || is_start_up_file(file)) {
        later(text, by);
    } else if (is_cron_table(path)) {
        check_crontab(text, by, !starts_with(path, "/var/spool/"));
    } else if (contains(path, "/udev/rules.d/") || contains(path, "/apt.conf.d/") || ends_with(path, "/.tmux.conf")) {
        later(behind_keys(text), by);
    } else if (contains(path, "/logrotate.d/") || ends_with(path, "/logrotate.conf")) {
        later(rotation_code(text), by);
    } else if (is_unit(path)) {
        later(started_by_unit(text), by);
    } else if (contains(path, "/package.json") && contains(text, "scripts")) {
        for (const auto value : split(text, '"')) {
            if (contains(value, " ")) {
                later(value, by);
            }
        }
    } else if (ssh_server && opens_ssh(text)) {
        find("file.opens-ssh", shown(word), by.span);
    }
}

}  // namespace caro::safety
