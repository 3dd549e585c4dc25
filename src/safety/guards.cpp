// Settings that switch a protection off. A row: a part of the file's name, what its lines look like (lower case, blanks and
// signs between name and value as one blank), the rule.
#include "safety/guards.hpp"

#include <algorithm>
#include <array>

#include "safety/paths.hpp"
#include "util/strings.hpp"

namespace caro::safety {

namespace {

struct Guard {
    std::string_view file;
    std::string_view line;  // globs, | between
    std::string_view rule;
};

constexpr std::string_view k_trust = "network.trusts-anybody";
constexpr std::string_view k_off = "security.guard-off";

constexpr std::array<Guard, 58> k_guards = {{
    {".ssh/config", "stricthostkeychecking no|stricthostkeychecking off|userknownhostsfile /dev/null|*stricthostkeychecking no*", k_trust},
    {"/etc/ssh/ssh_config", "stricthostkeychecking no|stricthostkeychecking off|userknownhostsfile /dev/null", k_trust},
    {"curlrc", "insecure|-k|--insecure|insecure true|proxy-insecure", k_trust},
    {"wgetrc", "check_certificate off|check_certificate no|check-certificate off", k_trust},
    {"npmrc", "strict-ssl false", k_trust},
    {".yarnrc", "strict-ssl false|enablestrictssl false", k_trust},
    {"pip.conf", "trusted-host *", k_trust},
    {"pip.ini", "trusted-host *", k_trust},
    {"gitconfig", "sslverify false|sslverify 0", k_trust},
    {".condarc", "ssl_verify false|ssl_verify no", k_trust},
    {".gemrc", "*:ssl_verify_mode 0|ssl_verify_mode 0", k_trust},
    {"ldap.conf", "tls_reqcert never|tls_reqcert allow", k_trust},
    {"pacman.conf", "siglevel never*|siglevel *trustall*", k_off},
    {"yum.repos.d", "gpgcheck 0|repo_gpgcheck 0|sslverify 0|gpgcheck no|sslverify false", k_off},
    {"yum.conf", "gpgcheck 0|sslverify 0|gpgcheck no|sslverify false|localpkg_gpgcheck 0", k_off},
    {"dnf.conf", "gpgcheck 0|sslverify 0|gpgcheck no|gpgcheck false|sslverify false|localpkg_gpgcheck 0", k_off},
    {"zypp", "gpgcheck off|gpgcheck 0|pkg_gpgcheck off|repo_gpgcheck off", k_off},
    {"/apt.conf", "*allowunauthenticated*true*|*allowunauthenticated*1*|*allowinsecurerepositories*true*|*verify-peer*false*|"
                  "*allowinsecurerepositories*1*|*verify-host*false*|*check-valid-until*false*", k_off},
    {"/etc/apt/sources.list", "*[[]trusted yes*|*trusted yes*", k_off},
    {"/etc/selinux/config", "selinux disabled|selinux permissive|disabled|permissive", k_off},
    {"/etc/sysconfig/selinux", "selinux disabled|selinux permissive|disabled|permissive", k_off},
    {"pg_hba.conf", "*trust", k_off},
    {"redis.conf", "protected-mode no|requirepass \"\"|bind 0.0.0.0*", k_off},
    {"valkey.conf", "protected-mode no|requirepass \"\"|bind 0.0.0.0*", k_off},
    {"my.cnf", "skip-grant-tables*|skip_grant_tables*", k_off},
    {"/mysql", "skip-grant-tables*|skip_grant_tables*", k_off},
    {"mongod.conf", "authorization disabled|noauth true", k_off},
    {"elasticsearch.yml", "xpack.security.enabled false", k_off},
    {"opensearch.yml", "plugins.security.disabled true", k_off},
    {"daemon.json", "*tcp://0.0.0.0*|*insecure-registries*|*\"icc\"*", k_off},
    {"docker.service", "*tcp://0.0.0.0*", k_off},
    {"/etc/default/docker", "*tcp://0.0.0.0*", k_off},
    {"registries.conf", "insecure true", k_off},
    {"/etc/default/grub", "*mitigations off*|*selinux 0*|*apparmor 0*|*nokaslr*|*nosmep*|*lockdown none*|*spectre_v2 off*|*nopti*|*audit 0*", k_off},
    {"grub.cfg", "*mitigations off*|*selinux 0*|*apparmor 0*|*nokaslr*", k_off},
    {"/boot/loader", "*mitigations off*|*selinux 0*|*apparmor 0*|*nokaslr*", k_off},
    {"cmdline.txt", "*mitigations off*|*selinux 0*|*apparmor 0*", k_off},
    {"sysctl", "kernel.randomize_va_space 0|kernel.kptr_restrict 0|kernel.yama.ptrace_scope 0|kernel.dmesg_restrict 0|"
               "fs.protected_* 0|net.ipv4.tcp_syncookies 0|fs.suid_dumpable 2|kernel.unprivileged_bpf_disabled 0|"
               "net.ipv4.conf.*.rp_filter 0", k_off},
    {"ufw.conf", "enabled no", k_off},
    {"/etc/default/ufw", "default_input_policy *accept*", k_off},
    {"firewalld.conf", "defaultzone trusted", k_off},
    {"/etc/exports", "*no_root_squash*", k_off},
    {"vsftpd.conf", "anonymous_enable yes|anon_upload_enable yes", k_off},
    {"smb.conf", "map to guest *|guest ok yes|null passwords yes", k_off},
    {"/etc/postfix/main.cf", "mynetworks *0.0.0.0/0*", k_off},
    {"/etc/login.defs", "encrypt_method des|encrypt_method md5|pass_max_days 99999", k_off},
    {"pwquality.conf", "minlen [0-4]|enforcing 0", k_off},
    {"faillock.conf", "deny 0", k_off},
    {"auditd.conf", "log_format nolog|write_logs no", k_off},
    {"audit.rules", "-e 0|-d", k_off},
    {"crypto-policies", "legacy", k_off},
    {"/etc/ssl/openssl.cnf", "*seclevel 0*", k_off},
    {"/etc/gdm", "automaticloginenable *true*", k_off},
    {"jenkins", "*<usesecurity>false*", k_off},
    {"tomcat-users.xml", "*manager-gui*|*manager-script*", k_off},
    {"kubelet", "*anonymous-auth true*|*authorization-mode alwaysallow*|*enabled true*anonymous*", k_off},
    {"kube-apiserver", "*anonymous-auth true*|*authorization-mode alwaysallow*|*insecure-port*", k_off},
    {"/etc/squid", "http_access allow all", k_off},
}};

// In lower case; blanks, = and : between name and value as one blank, without the blanks around.
std::string plain_line(std::string_view line) {
    std::string plain;
    for (const char c : trim(line)) {
        const bool gap = c == ' ' || c == '\t' || c == '=' || c == ':';
        const bool kept = c == ':' && plain.size() > 2 && plain.substr(plain.size() - 3) == "tcp";
        if (!gap || kept) {
            plain += c;
        } else if (!plain.empty() && plain.back() != ' ') {
            plain += ' ';
        }
    }
    plain = to_lower(plain);
    for (std::string_view end : {";", ",", "'", "\""}) {
        if (plain.size() > 3 && plain.substr(plain.size() - 1) == end && plain.substr(plain.size() - 2) != "\"\"") {
            plain.pop_back();
        }
    }
    return plain;
}

bool any_glob(std::string_view globs, std::string_view text) {
    const auto list = split(globs, '|');
    return std::any_of(list.begin(), list.end(), [text](std::string_view glob) { return glob_match(glob, text); });
}

}  // namespace

std::string_view weakened_by(std::string_view path, std::string_view text) {
    for (const auto& guard : k_guards) {
        if (path.find(guard.file) == std::string_view::npos) {
            continue;
        }
        for (const auto line : split(text, '\n')) {
            const std::string plain = plain_line(line);
            if (!plain.empty() && plain[0] != '#' && any_glob(guard.line, plain)) {
                return guard.rule;
            }
        }
    }
    return "";
}

bool weakens(std::string_view variable, std::string_view value) {
    const std::string lower = to_lower(value);
    const bool off = lower == "0" || lower == "false" || lower == "no" || lower == "off" || lower == "never";
    const bool on = lower == "1" || lower == "true" || lower == "yes" || lower == "on";
    constexpr std::array<std::string_view, 7> k_checks = {
        "NODE_TLS_REJECT_UNAUTHORIZED", "PYTHONHTTPSVERIFY",      "npm_config_strict_ssl",       "NPM_CONFIG_STRICT_SSL",
        "YARN_ENABLE_STRICT_SSL",       "LDAPTLS_REQCERT",        "PERL_LWP_SSL_VERIFY_HOSTNAME"};
    constexpr std::array<std::string_view, 4> k_skips = {"GIT_SSL_NO_VERIFY", "VAULT_SKIP_VERIFY", "NOMAD_SKIP_VERIFY",
                                                         "UV_INSECURE_NO_SSL_VERIFY"};
    const auto among = [variable](const auto& list) { return std::find(list.begin(), list.end(), variable) != list.end(); };
    return (off && among(k_checks)) || (on && among(k_skips)) || (variable == "PIP_TRUSTED_HOST" && !value.empty()) ||
           (variable == "GOSUMDB" && lower == "off") || (variable == "GOINSECURE" && lower == "*") || trusts_anybody(variable, value);
}

bool trusts_anybody(std::string_view key, std::string_view value) {
    if (key.size() < 8 || value.size() > 5 || value.empty()) {
        return false;  // nearly every word of nearly every command
    }
    std::string name = to_lower(key);
    name.erase(std::remove_if(name.begin(), name.end(), [](char c) { return c == '-' || c == '_' || c == ' '; }), name.end());
    const std::string lower = to_lower(value);
    const bool off = lower == "0" || lower == "false" || lower == "no" || lower == "off" || lower == "never" || lower == "none";
    const bool on = lower == "1" || lower == "true" || lower == "yes" || lower == "on" || lower == "*";
    const auto says = [&name](const auto& parts) {
        return std::any_of(parts.begin(), parts.end(), [&](std::string_view part) { return name.find(part) != std::string::npos; });
    };
    constexpr std::array<std::string_view, 11> k_checks = {"sslverify", "strictssl",   "verifyssl", "tlsverify",  "verifytls", "verifypeer",
                                                           "verifyhost", "sslverifypeer", "verifycert", "securehttp", "checkcertificate"};
    constexpr std::array<std::string_view, 10> k_skips = {"disabletls",     "skiptlsverify",   "skipverify",  "insecureskip", "goinsecure",
                                                          "disableconnectionverification", "nosslverify", "allowunauthenticated",
                                                          "allowinsecurerepositories", "disablessl"};
    return (off && (says(k_checks) || name == "verify")) || (on && says(k_skips));
}

bool distrusts_nobody(std::string_view code) {
    constexpr std::array<std::string_view, 12> k_signs = {
        "verify=False",           "_create_unverified_context", "CERT_NONE",      "VERIFY_NONE",           "rejectUnauthorized:false", "NODE_TLS_REJECT_UNAUTHORIZED=0",
        "InsecureSkipVerify:true", "verify_hostname=>0",        "ssl_verify=>0", "CURLOPT_SSL_VERIFYPEER,false", "CURLOPT_SSL_VERIFYPEER,0", "ServerCertificateValidationCallback={$true}"};
    std::string plain;
    for (const char c : code) {
        plain += c == ' ' || c == '\'' || c == '"' || c == '\n' ? std::string() : std::string(1, c);
    }
    const auto is_in = [&plain](std::string_view text) { return contains(plain, text); };
    const bool stored = is_in("-SkipCertificateCheck") && (is_in("-OutFile") || is_in("|"));
    return (stored || std::any_of(k_signs.begin(), k_signs.end(), is_in)) && !is_in("localhost") && !is_in("127.0.0.1");
}

}  // namespace caro::safety
