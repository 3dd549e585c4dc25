#include "safety/secret_sources.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "util/strings.hpp"

namespace caro::safety {

namespace {

// Program, a word of its, and another one; "" stands for any.
struct Printer {
    std::string_view name;
    std::string_view word;
    std::string_view other;
};

constexpr std::array<Printer, 105> k_printers = {{
    {"helm", "values", ""},              {"bw", "list", ""},                 {"secret-tool", "search", ""},         {"dconf", "dump", ""},
    {"atuin", "history", ""},            {"atuin", "search", ""},            {"git", "--list", "--global"},         {"git", "-l", "config"},
    {"gh", "status", "-t"},              {"gh", "status", "--show-token"},   {"npm", "config", "get"},              {"npm", "token", ""},
    {"mysqldump", "--all-databases", ""}, {"mysqldump", "-A", ""},           {"helm", "get", "all"},                {"kwalletcli", "", ""},
    {"lpass", "export", ""},             {"pass", "grep", ""},               {"gopass", "cat", ""},                 {"dashlane", "", ""},
    {"dcli", "", ""},                    {"vault", "kv", "get"},             {"conjur", "variable", ""},            {"aws-vault", "export", ""},
    {"flyctl", "secrets", ""},           {"eas", "secret", ""},              {"cryptsetup", "--dump-master-key", ""}, {"cryptsetup", "--dump-volume-key", ""},
    {"age", "-d", ""},                   {"age", "--decrypt", ""},           {"rage", "-d", ""},                    {"gpg", "-d", ""},
    {"gpg", "--decrypt", ""},            {"gpg2", "-d", ""},                 {"sops", "-d", ""},                    {"sops", "decrypt", ""},
    {"ansible-vault", "view", ""},       {"ccrypt", "-c", ""},               {"ccat", "", ""},
    {"kubectl", "view", "--raw"},        {"oc", "view", "--raw"},            {"kubectl", "create", "token"},        {"docker", "config", "inspect"},
    {"oc", "whoami", "-t"},              {"az", "account", "get-access-token"},
    {"terraform", "state", "pull"},      {"terraform", "output", "-json"},   {"terraform", "output", "-raw"},       {"terraform", "show", "-json"},
    {"tofu", "state", "pull"},           {"tofu", "output", "-json"},        {"tofu", "show", "-json"},             {"pulumi", "--show-secrets", ""},
    {"pulumi", "stack", "export"},       {"nmcli", "-s", ""},                {"nmcli", "--show-secrets", ""},       {"netsh", "key=clear", ""},
    {"getent", "shadow", ""},            {"getent", "gshadow", ""},          {"unshadow", "", ""},                  {"history", "", ""},
    {"fc", "-l", ""},                    {"fc", "-ln", ""},                  {"fc", "-lr", ""},                     {"docker", "inspect", ""},
    {"podman", "inspect", ""},           {"docker", "secret", "inspect"},    {"podman", "secret", "inspect"},       {"pg_dumpall", "", ""},
    {"mysqldump", "mysql", ""},          {"mysqldump", "user", ""},          {"mimikatz", "", ""},                  {"pypykatz", "", ""},
    {"lazagne", "", ""},                 {"secretsdump.py", "", ""},         {"impacket-secretsdump", "", ""},      {"xinput", "test", ""},
    {"xinput", "test-xi2", ""},          {"showkey", "", ""},                {"logkeys", "", ""},                   {"evtest", "", ""},
    {"tcpdump", "-A", ""},               {"tcpdump", "-X", ""},              {"tshark", "http.authbasic", ""},      {"dsniff", "", ""},
    {"gpg", "--export-secret-keys", ""}, {"gpg2", "--export-secret-keys", ""}, {"gcore", "", ""},                   {"keyctl", "print", ""},
    {"keyctl", "pipe", ""},              {"kwallet-query", "-r", ""},        {"cmdkey", "/list", ""},               {"vaultcmd", "/listcreds", ""},
    {"age-keygen", "-y", ""},            {"wg", "showconf", ""},             {"wg", "show", "private-key"},         {"chamber", "export", ""},
    {"chamber", "read", ""},             {"infisical", "export", ""},        {"berglas", "access", ""},             {"credstash", "get", ""},
    {"kpcli", "", ""},                   {"keepassxc-cli", "show", ""},      {"hashcat", "--show", ""},             {"john", "--show", ""},
}};

}  // namespace

bool dumps_secret(const Action& action) {
    const auto says = [&action](std::string_view word) {
        return word.empty() || std::any_of(action.args.begin(), action.args.end(), [&](const shell::Word& w) { return to_lower(w.text) == word || w.text == word; });
    };
    if (action.name == "ps") {  // ps eww: with the environment of each process
        return std::any_of(action.args.begin(), action.args.end(), [](const shell::Word& word) {
            return word.text.find_first_not_of("auxewfl") == std::string::npos && word.text.find('e') != std::string::npos;
        });
    }
    if (any_of(action.name, {"strace", "ltrace", "bpftrace", "gdb"})) {
        return says("-p") && std::any_of(action.args.begin(), action.args.end(), [](const shell::Word& word) {
                   return contains(word.text, "read") || contains(word.text, "write") || contains(word.text, "trace=");
               });
    }
    const bool memory = std::any_of(action.args.begin(), action.args.end(), [](const shell::Word& word) {
        return word.text.rfind("/proc/", 0) == 0 && word.text.size() > 10 && word.text.substr(word.text.size() - 4) == "/mem";
    });
    const std::string name = to_lower(action.name);
    return memory || std::any_of(k_printers.begin(), k_printers.end(), [&](const Printer& row) { return row.name == name && says(row.word) && says(row.other); });
}

std::string_view dumped_to(const Action& action) {
    const std::string name = to_lower(action.name);
    const auto operands = action.operands();
    const auto names = [&](std::initializer_list<std::string_view> parts) {
        return std::any_of(action.args.begin(), action.args.end(), [&](const shell::Word& word) {
            const std::string text = to_lower(word.text);
            return std::any_of(parts.begin(), parts.end(), [&](std::string_view part) { return contains(text, part); });
        });
    };
    if (operands.empty()) {
        return {};
    }
    const bool hive = name == "reg" && any_of(to_lower(action.subcommand()), {"save", "export"}) && names({"sam", "security", "hklm\\system"});
    if (name == "gcore") {
        const auto option = std::find_if(action.args.begin(), action.args.end(), [](const shell::Word& word) { return word.text == "-o" || word.text == "-a"; });
        return option != action.args.end() && option + 1 != action.args.end() ? std::string_view((option + 1)->text) : std::string_view("core");
    }
    if (name == "history" && !action.args.empty() && any_of(action.args.front().text, {"-w", "-a"})) {
        return action.args.back().text;
    }
    if (any_of(name, {"compress-archive", "makecab", "copy", "copy-item", "cp", "robocopy", "xcopy"}) && names({"\\.ssh", "\\.aws", "\\.gnupg", "\\.kube", "\\.azure", "login data"})) {
        return operands.back()->text;
    }
    const bool memory = (contains(name, "procdump") && names({"lsass"})) || (name == "rundll32" && names({"comsvcs"}));
    if (hive || memory) {
        const bool switches = operands.back()->text.substr(0, 1) == "/" && operands.size() > 1;
        return operands[operands.size() - (switches ? 2 : 1)]->text;
    }
    for (std::size_t i = 0; i + 1 < action.args.size(); ++i) {
        const bool file = any_of(action.args[i].text, {"-o", "--output", "-f", "--outfile"});
        if (file && ((any_of(name, {"gpg", "gpg2"}) && names({"--export-secret"})) || (name == "security" && names({"export"})) || (name == "bw" && names({"export"})))) {
            return action.args[i + 1].text;
        }
    }
    return {};
}

bool may_match_secret(std::string_view pattern, std::string_view home) {
    constexpr std::array<std::string_view, 17> k_files = {
        "/home/u/.ssh/id_rsa", "/home/u/.aws/credentials", "/home/u/.ssh/id_ed25519",
        "/etc/shadow", "/etc/gshadow", "/etc/sudoers", "/root/.ssh/id_rsa", "/root/.ssh/id_ed25519", "/root/.aws/credentials", "~/.ssh/id_rsa",
        "~/.ssh/id_ed25519", "~/.aws/credentials", "~/.netrc", "~/.kube/config", "~/.git-credentials", "~/.gnupg/secring.gpg", "/etc/master.passwd"};
    std::string path(pattern);
    if (!home.empty() && path.compare(0, home.size(), home) == 0) {
        path = "~" + path.substr(home.size());
    }
    const auto parts = split(path, '/');
    const std::string_view last = parts.back();
    const auto plain = std::count_if(last.begin(), last.end(), [](char c) { return c != '*' && c != '?' && c != '[' && c != ']'; });
    if (plain < 3 || path.find_first_of("*?[") == std::string::npos || path.size() > 200) {
        return false;
    }
    return std::any_of(k_files.begin(), k_files.end(), [&](std::string_view file) {
        const auto names = split(file, '/');
        bool same = names.size() == parts.size();
        for (std::size_t i = 0; same && i < parts.size(); ++i) {
            same = glob_match(parts[i], names[i]);
        }
        return same;
    });
}

std::string_view leaked_on_windows(std::string_view code) {
    constexpr std::array<std::string_view, 17> k_senders = {"-infile", "uploadfile", "uploadstring", "uploaddata", "-method post", "-method put", "-method:post", "send-mailmessage",
                                                            "-body",   "-attachments", "curl -t", "curl -f", "curl.exe -t", "-transfertype upload", "curl.exe -f", "curl -d", "curl.exe -d"};
    constexpr std::array<std::string_view, 17> k_files = {"/.ssh/id_", "/.aws/credentials", "consolehost_history", "/.azure/", "/login data", "/.kube/config", "/.git-credentials",
                                                          "/config/sam", "ntds.dit", "/.gnupg/", "/logins.json", "/key4.db", "/.netrc", "/network/cookies", "unattend.xml", "/.docker/config.json", "userprofile/.ssh"};
    constexpr std::array<std::string_view, 6> k_marks = {"powershell", "pwsh", "invoke-", "iwr ", "irm ", "net.webclient"};
    if (code.size() > 20000 || code.find("http") == std::string_view::npos) {
        return {};
    }
    const std::string given = to_lower(code);
    const std::string lower = replace_all(given, "\\", "/");
    const bool marked = std::any_of(k_marks.begin(), k_marks.end(), [&](std::string_view mark) { return contains(lower, mark); });
    const bool sends = contains(lower, "http") && std::any_of(k_senders.begin(), k_senders.end(), [&](std::string_view word) { return contains(lower, word); });
    if (!sends) {
        return {};
    }
    const auto file = std::find_if(k_files.begin(), k_files.end(), [&](std::string_view name) {
        return marked ? contains(lower, name) : contains(given, replace_all(std::string(name), "/", "\\"));
    });
    return file == k_files.end() || contains(lower, ".pub") ? std::string_view() : *file;
}

bool hands_passwords(std::string_view text) { return contains(text, "pam_exec") && contains(text, "expose_authtok"); }

bool talks_to_others(std::string_view script) {
    constexpr std::array<std::string_view, 10> k_talkers = {"curl", "wget", "nc ", "ncat", "/dev/tcp/", "/dev/udp/", "http://", "https://", "sendmail", "nslookup"};
    return std::any_of(k_talkers.begin(), k_talkers.end(), [&](std::string_view word) { return contains(script, word); });
}

bool is_public_place(std::string_view path) {
    constexpr std::array<std::string_view, 12> k_places = {"/var/www/", "/public_html/", "/nginx/html/", "/srv/www/", "/srv/http/", "/htdocs/",
                                                           "/webapps/ROOT/", "/inetpub/wwwroot/", "/wwwroot/", "/srv/ftp/", "/var/ftp/pub/", "/usr/share/caddy/"};
    const std::string whole = "/" + std::string(path) + "/";
    return std::any_of(k_places.begin(), k_places.end(), [&](std::string_view place) { return contains(whole, place); });
}

}  // namespace caro::safety
