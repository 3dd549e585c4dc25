// Secrets that leave the machine: what prints or holds them, and what sends its words, files or input.
#include <algorithm>
#include <array>
#include <utility>

#include "safety/effects.hpp"
#include "safety/judge.hpp"
#include "safety/secret_sources.hpp"
#include "util/strings.hpp"

namespace caro::safety {

namespace {

constexpr std::array<std::string_view, 10> k_secret_names = {"secret", "token",      "passw",    "api_key",   "apikey",
                                                             "private_key", "access_key", "credential", "database_url", "_pat"};

bool is_socket(std::string_view path) { return path.substr(0, 9) == "/dev/tcp/" || path.substr(0, 9) == "/dev/udp/"; }

// /proc/self/environ, /proc/1/environ
bool is_environment_file(std::string_view path) {
    constexpr std::string_view k_end = "/environ";
    return path.substr(0, 6) == "/proc/" && path.size() > k_end.size() && path.substr(path.size() - k_end.size()) == k_end;
}

// Puts what lies in the folder where everybody sees it.
bool publishes(const Action& action) {
    const std::string_view sub = action.subcommand();
    return (sub == "publish" && any_of(action.name, {"npm", "yarn", "pnpm", "cargo", "poetry", "uv", "flit", "hatch", "vsce", "ovsx", "pub", "dart"})) ||
           (action.name == "twine" && sub == "upload") || (action.name == "gem" && sub == "push") || (action.name == "helm" && sub == "push") ||
           (action.name == "docker" && sub == "push") || (action.name == "mvn" && sub == "deploy");
}

// The other machine that a database's client talks to, or "".
std::string host_of(const Action& action) {
    for (std::size_t i = 0; i < action.args.size(); ++i) {
        const std::string& text = action.args[i].text;
        const std::string host = text == "-h" || text == "--host" ? (i + 1 < action.args.size() ? action.args[i + 1].text : "")
                                 : text.substr(0, 7) == "--host=" ? text.substr(7)
                                 : text.substr(0, 2) == "-h" ? text.substr(2) : "";
        if (!host.empty() && host != "localhost" && host.substr(0, 4) != "127." && host[0] != '/') {
            return host;
        }
    }
    return "";
}

// croc send FILE, tailscale file cp FILE HOST:
bool shares(const Action& action) {
    const auto says = [&action](std::string_view word) {
        return std::any_of(action.args.begin(), action.args.end(), [&](const shell::Word& w) { return w.text == word; });
    };
    return (any_of(action.name, {"croc", "wormhole", "wormhole-william", "magic-wormhole", "ffsend", "portal", "sharik"}) && (says("send") || says("tx") || says("upload"))) ||
           (action.name == "tailscale" && says("file") && says("cp")) || (action.name == "kdeconnect-cli" && says("--share")) ||
           any_of(action.name, {"onionshare-cli", "transfer", "snapdrop", "0x0", "wgetpaste", "ix", "termbin", "paste.rs"});
}

bool sends(const Action& action) {
    if (action.name == "curl") {
        return action.has("-d") || action.has("--data") || action.has("--data-binary") || action.has("--data-raw") ||
               action.has("--data-urlencode") || action.has("-F") || action.has("--form") || action.has("-T") ||
               action.has("--upload-file");
    }
    if (action.name == "wget") {
        return std::any_of(action.args.begin(), action.args.end(), [](const shell::Word& word) {
            return word.text.substr(0, 11) == "--post-file" || word.text.substr(0, 11) == "--post-data" ||
                   word.text.substr(0, 11) == "--body-file";
        });
    }
    const auto says = [&action](std::string_view word) {
        return std::any_of(action.args.begin(), action.args.end(), [&](const shell::Word& w) { return w.text == word; });
    };
    if (any_of(action.name, {"gh", "glab", "hub", "tea"})) {  // what is published
        return (says("gist") || says("snippet") || says("release") || says("issue") || says("pr") || says("mr")) &&
               (says("create") || says("comment") || says("edit") || says("upload") || says("note") || says("close"));
    }
    if (any_of(action.name, {"mysql", "mariadb", "psql", "redis-cli", "mongosh", "mongo", "clickhouse-client"})) {
        return host_of(action) != "";
    }
    if (action.name == "logger") {
        return action.has("-n") || action.has("--server");
    }
    if (action.name == "openssl") {
        return action.subcommand() == "s_client";
    }
    if (any_of(action.name, {"http", "https", "xh", "xhs", "httpie"})) {
        return std::any_of(action.args.begin(), action.args.end(), [](const shell::Word& word) {
            return word.text == "POST" || word.text == "PUT" || word.text == "PATCH" || word.text.find("=@") != std::string::npos ||
                   word.text.find(":=") != std::string::npos;
        });
    }
    return any_of(action.name, {"nc", "ncat", "netcat", "socat", "telnet", "ssh", "mail", "sendmail", "mutt", "mailx", "pastebinit", "ztcp", "nats", "kcat", "mosquitto_pub"}) || shares(action) || input_of(action) == "send";
}

// Programs whose arguments go to a server.
bool asks(std::string_view name) {
    return any_of(name, {"curl", "wget", "dig", "nslookup", "host", "ping", "ping6", "drill", "whois", "getent", "traceroute", "tracepath",
                         "resolvectl", "delv", "kdig", "dog", "doggo", "xh", "http", "https", "lynx", "w3m", "links", "aria2c", "fetch",
                         "finger", "snmpset", "snmptrap", "mosquitto_pub", "twurl", "resolve", "avahi-resolve", "nsupdate"});
}

// Headers that are there to show who asks.
bool names_credential(std::string_view header) {
    const std::string name = to_lower(header.substr(0, header.find(':')));
    return name.find("auth") != std::string::npos || name.find("token") != std::string::npos ||
           name.find("key") != std::string::npos || name.find("cookie") != std::string::npos;
}

// A variable whose name says that it holds a secret.
bool names_secret(std::string_view name) {
    const std::string upper = to_lower(name);
    return std::any_of(k_secret_names.begin(), k_secret_names.end(),
                       [&](std::string_view part) { return upper.find(part) != std::string::npos; });
}

// Prints all variables, or one whose name says that it is secret.
bool prints_environment(const std::string& name, const std::vector<shell::Word>& args) {
    const auto says = [&args](std::string_view word) {
        return std::any_of(args.begin(), args.end(), [&](const shell::Word& w) { return w.text == word; });
    };
    if (any_of(name, {"env", "printenv", "set", "export"}) && (args.empty() || says("-0") || says("-p"))) {
        return true;
    }
    if (name == "printenv") {
        return std::any_of(args.begin(), args.end(), [](const shell::Word& word) { return names_secret(word.text); });
    }
    return any_of(name, {"declare", "typeset"}) && args.size() == 1 && any_of(args[0].text, {"-p", "-x", "-px", "-xp"});
}

// Commands that print secrets: pairs of name and a word that must be among the arguments.
bool prints_secret(const Action& stage) {
    constexpr std::array<std::pair<std::string_view, std::string_view>, 40> k_printers = {{
        {"gpg", "--export-secret-keys"}, {"gpg", "--export-secret-subkeys"}, {"gpg2", "--export-secret-keys"}, {"gpg", "--export-secret-key"},
        {"security", "dump-keychain"},   {"security", "find-generic-password"}, {"security", "find-internet-password"},
        {"git", "credential"},           {"aws", "export-credentials"},      {"aws", "get-secret-value"},
        {"gcloud", "print-access-token"}, {"az", "get-access-token"},        {"gh", "token"},
        {"kubectl", "secrets"},          {"kubectl", "secret"},              {"secret-tool", "lookup"},
        {"op", "read"},                  {"vault", "read"},                  {"docker", "secret"},
        {"pass", "show"},                {"gopass", "show"},                 {"vault", "get"},
        {"bw", "get"},                   {"bw", "export"},                   {"lpass", "show"},
        {"op", "get"},                   {"keyring", "get"},                 {"gcloud", "access"},
        {"az", "show"},                  {"aws", "get-session-token"},       {"aws", "--with-decryption"},
        {"heroku", "config"},            {"doppler", "secrets"},             {"sops", "-d"},
        {"sops", "--decrypt"},           {"ansible-vault", "view"},          {"ansible-vault", "decrypt"},
        {"gcloud", "print-identity-token"}, {"security", "export"},         {"glab", "token"},
    }};
    const auto says = [&stage](std::string_view word) {
        return std::any_of(stage.args.begin(), stage.args.end(), [&](const shell::Word& w) { return w.text == word; });
    };
    const bool of_host = any_of(stage.name, {"curl", "wget"}) && std::any_of(stage.args.begin(), stage.args.end(), [](const auto& w) {
        return w.text.find("169.254.169.254") != std::string::npos || w.text.find("metadata.google.internal") != std::string::npos;
    });
    const bool looks_for = any_of(stage.name, {"grep", "egrep", "rg", "ag"}) &&
                           std::any_of(stage.args.begin(), stage.args.end(), [](const auto& w) {
                               const std::string text = to_lower(w.text);
                               return text.find("passw") != std::string::npos || text.find("secret") != std::string::npos ||
                                      text.find("private key") != std::string::npos || text.find("api_key") != std::string::npos || text.find("akia") != std::string::npos ||
                                      text.find("-----begin") != std::string::npos || text.find("aws_") != std::string::npos ||
                                      text.find("_token") != std::string::npos || text.find("bearer") != std::string::npos;
                           });
    const bool of_accounts = any_of(stage.name, {"mysql", "mariadb", "psql", "sqlite3", "sqlcmd"}) &&
                             std::any_of(stage.args.begin(), stage.args.end(), [](const auto& w) { return reads_accounts(w.text); });
    if (stage.name == "pass" && stage.args.size() == 1 && !any_of(stage.args[0].text, {"ls", "git", "help", "version", "list"})) {
        return true;  // pass NAME
    }
    const auto word_with = [&stage](std::initializer_list<std::string_view> parts) {
        return std::any_of(stage.args.begin(), stage.args.end(), [&](const shell::Word& word) {
            const std::string text = to_lower(word.text);
            return std::any_of(parts.begin(), parts.end(), [&](std::string_view part) { return contains(text, part); });
        });
    };
    const bool of_vault = any_of(stage.name, {"curl", "wget", "http"}) && word_with({"x-vault-token", "/v1/secret/"});
    const bool of_store = any_of(stage.name, {"redis-cli", "valkey-cli", "etcdctl", "consul"}) && word_with({"get"}) && word_with({"secret", "token", "passw", "apikey", "api_key", "credential"});
    return of_host || looks_for || of_accounts || of_vault || of_store || std::any_of(k_printers.begin(), k_printers.end(), [&](const auto& row) {
        return row.first == stage.name && says(row.second) && (row.first != "kubectl" || says("get")) &&
               (row.first != "az" || row.second != "show" || says("secret"));
    });
}

}  // namespace

bool sends_words(const Action& action) { return sends(action) || asks(action.name); }

bool Judge::is_secret(const shell::Word& word) const {
    shell::Word path = word;
    const auto at = word.text.find('@');
    if (at != std::string::npos) {
        path.text = word.text.substr(at + 1);
        path.text = path.text.substr(0, path.text.find(';'));
    }
    path.tilde = path.tilde || path.text.substr(0, 1) == "~";
    if (path.text.size() > 2 && path.text.substr(path.text.size() - 2) == "/*") {
        path.text.erase(path.text.size() - 2);  // all of a folder
    }
    if (path.glob && may_match_secret(normalized(path.text, m_cwd), m_scene.home)) {
        return true;
    }
    return class_of(path) == PathClass::secret || is_environment_file(path.text) || (!path.text.empty() && m_secret_copies.count(normalized(path.text, m_cwd)) != 0);
}

// read -s -p '[sudo] password': somebody is made to type a password for another program.
bool Judge::asks_password(const shell::Pipeline& line, const Action& stage) const {
    constexpr std::array<std::string_view, 6> k_asking = {"sudo", "su", "ssh", "passwd", "login", "doas"};
    if (stage.name != "read" || !stage.has("-s")) {
        return false;
    }
    const bool poses = std::any_of(line.functions.begin(), line.functions.end(), [&](const std::string& name) {
        return std::find(k_asking.begin(), k_asking.end(), name) != k_asking.end();
    });
    return poses || std::any_of(stage.args.begin(), stage.args.end(), [](const shell::Word& word) { return word.text.find("sudo") != std::string::npos; });
}

// auth optional pam_exec.so expose_authtok PROGRAM, where the program talks to others.
void Judge::check_password_hook(std::string_view text, const Action& action) {
    if (!hands_passwords(text)) {
        return;
    }
    for (const auto& [file, script] : m_script.files) {
        if (text.find(file) != std::string_view::npos && talks_to_others(script)) {
            find("secret.leak", "passwords", action.span);
        }
    }
    if (talks_to_others(text)) {
        find("secret.leak", "passwords", action.span);
    }
}

void Judge::check_password_hook(const Action& action) {
    for (const auto& word : action.args) {
        check_password_hook(word.text, action);
        const auto equal = word.text.find('=');
        const bool poses = action.name == "alias" && equal != std::string::npos && any_of(word.text.substr(0, equal), {"sudo", "su", "ssh", "passwd", "doas"});
        if (poses && word.text.find("read -") != std::string::npos && talks_to_others(word.text)) {
            find("secret.leak", "passwords", action.span);
        }
    }
}

bool Judge::nested_secret(const shell::Span& within) const {
    const shell::Pipeline* around = nullptr;
    const auto reads = [this, &around](const shell::Command& command) {
        Action stage;
        if (!command.words.empty() && command.words[0].known()) {
            stage.name = command.words[0].text.substr(command.words[0].text.rfind('/') + 1);
            stage.args.assign(command.words.begin() + 1, command.words.end());
        }
        const bool carries = std::any_of(command.words.begin(), command.words.end(), [this](const shell::Word& word) {
            return word.credential || std::any_of(word.sources.begin(), word.sources.end(), [this](const auto& span) { return nested_secret(span); });
        });
        return carries || (around != nullptr && asks_password(*around, stage)) || prints_environment(stage.name, stage.args) || prints_secret(stage) || dumps_secret(stage) || output_of(stage) == "secret" || std::any_of(command.words.begin(), command.words.end(),
                           [this](const shell::Word& word) { return is_secret(word); }) ||
               std::any_of(command.redirects.begin(), command.redirects.end(), [this](const shell::Redirect& redirect) {
                   return redirect.op == "<" && is_secret(redirect.target);
               });
    };
    const auto [known, fresh] = m_secrets_at.try_emplace({within.start, within.end}, false);
    if (fresh) {
        known->second = any_inside(within, [&](const shell::Pipeline& line) {
            around = &line;
            const bool reads_in = !line.stages.empty() && !line.stages[0].words.empty() &&
                                  any_of(line.stages[0].words[0].text, {"read", "mapfile", "readarray"});
            return (line.substituted || reads_in) &&
                   std::any_of(line.stages.begin(), line.stages.end(), reads);
        });
    }
    return known->second;
}

// What secret a stage reads, or "". Of a stage that sends, words made from secrets count too.
std::string Judge::secret_in(const Action& stage, bool sends) const {
    std::string secret;
    for (const auto& word : stage.args) {
        const std::string_view before = &word == stage.args.data() ? std::string_view() : (&word)[-1].text;
        const bool header = any_of(before, {"-H", "--header"});
        const bool credential = any_of(before, {"-i", "-u", "--user", "-E", "--cert", "--key", "--rsh", "--netrc-file", "--kubeconfig", "--cacert", "--identity",
                                                "--identity-file", "--env-file", "--config", "--ssh-key"}) ||
                                (before == "-F" && stage.name != "curl") || (before == "-e" && stage.name == "rsync") ||
                                (header && names_credential(word.text));
        if (!credential && is_secret(word)) {
            secret = shown(word);
        }
        const bool made = std::any_of(word.sources.begin(), word.sources.end(),
                                      [this](const shell::Span& span) { return nested_secret(span); });
        const bool printed = any_of(stage.name, {"echo", "printf"});
        if ((sends || printed) && made && !credential) {
            secret = sends ? "a secret file" : "what a secret file holds";
        }
        const bool login = word.text.find(std::string(1, shell::Word::k_unknown) + "@") != std::string::npos;
        if (word.credential && (sends || printed) && !credential && !header && !login) {
            secret = word.known() ? shown(word) : printed ? "what a secret variable holds" : "a secret variable";
        }
    }
    for (const auto* redirect : stage.redirects) {
        const auto& sources = redirect->target.sources;
        const bool made = redirect->op == "<" && std::any_of(sources.begin(), sources.end(), [this](const shell::Span& span) { return nested_secret(span); });
        if ((redirect->op == "<" || redirect->op == "<<<") && (made || is_secret(redirect->target))) {
            secret = made ? "what a secret file holds" : shown(redirect->target);
        }
    }
    return secret;
}

// A copy of a secret lies in the working folder, so that it goes along with what is packed there.
bool Judge::copied_here() const {
    return std::any_of(m_secret_copies.begin(), m_secret_copies.end(), [this](const std::string& path) {
        return path[0] != '/' || (m_cwd.size() > 1 && path.compare(0, m_cwd.size(), m_cwd) == 0);
    });
}

// Follows a secret through stage `i`: what it is called after that stage. Tells where it leaves the machine.
std::string Judge::flow_secret(const shell::Pipeline& line, const std::vector<Action>& stages, std::size_t i, std::string secret) {
    const Action& stage = stages[i];
    const bool sent = sends(stage);
    const bool asks_network = asks(stage.name);
    const bool to_network = std::any_of(stage.redirects.begin(), stage.redirects.end(), [this](const auto* redirect) {
        return redirect->op.find('>') != std::string::npos &&
               (is_socket(redirect->target.text) ||
                (m_network_descriptor && redirect->op == ">&" && redirect->target.text != "1" && redirect->target.text != "2"));
    });
    const bool kept = std::any_of(stage.redirects.begin(), stage.redirects.end(),
                                  [](const auto* redirect) { return redirect->op[0] == '>'; });
    const std::string found = secret_in(stage, sent || asks_network || to_network);
    const bool from_words = found == "a secret file" || found == "a secret variable";
    secret = found.empty() ? secret : found;
    if (secret.empty() && (i + 1 < stages.size() || kept) && (prints_secret(stage) || output_of(stage) == "secret" || dumps_secret(stage))) {
        secret = "what " + stage.name + " prints";
    }
    const bool dumps_environment = prints_environment(stage.name, stage.args);
    if (dumps_environment && secret.empty() && (i + 1 < stages.size() || kept)) {
        secret = "the environment";
    }
    if (publishes(stage) && !m_secret_copies.empty() && copied_here()) {
        find("secret.leak", *m_secret_copies.begin(), line.span);
    }
    if (!secret.empty() && (sent || from_words || to_network ||
                            any_of(stage.name, {"scp", "rsync", "sftp", "ftp", "rclone", "tftp", "croc", "wormhole", "ipfs", "telegram-send", "hping3", "ffsend", "transfer"}))) {
        find("secret.leak", secret, line.span);
    }
    return secret;
}

}  // namespace caro::safety
