// What moves between the commands of one line: downloads into shells, secrets into the network, loops without end.
#include <algorithm>
#include <array>
#include <utility>

#include "safety/effects.hpp"
#include "safety/judge.hpp"
#include "util/strings.hpp"

namespace caro::safety {

namespace {

bool any_of(std::string_view text, std::initializer_list<std::string_view> list) {
    return std::find(list.begin(), list.end(), text) != list.end();
}

bool decodes(const Action& action) {
    return (any_of(action.name, {"base64", "base32"}) && (action.has("-d") || action.has("-D") || action.has("--decode"))) ||
           (action.name == "xxd" && action.has("-r")) || (action.name == "openssl" && action.has("-d")) ||
           any_of(action.name, {"rev", "uudecode", "gunzip", "zcat"}) || (action.name == "tr" && action.args.size() >= 2);
}

// xargs sh, xargs sh -c, xargs -I{} sh -c {}: what comes is code or the name of a script, not only arguments of a given one.
bool runs_words_from_input(const Action& action) {
    if (!action.args_from_input || !is_interpreter(action.name)) {
        return false;
    }
    const auto operands = action.operands();  // of sh -c CODE ARGUMENTS the first is the code
    return operands.empty() || operands.front()->text == "{}" || operands.front()->text == "%" || !operands.front()->known();
}

bool is_socket(std::string_view path) { return path.substr(0, 9) == "/dev/tcp/" || path.substr(0, 9) == "/dev/udp/"; }

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
    if (action.name == "logger") {
        return action.has("-n") || action.has("--server");
    }
    if (action.name == "openssl") {
        return action.subcommand() == "s_client";
    }
    return any_of(action.name, {"nc", "ncat", "netcat", "socat", "telnet", "ssh", "mail", "sendmail", "mutt", "mailx"}) || input_of(action) == "send";
}

// The file that dd writes to without an end, or "".
std::string filled_by_dd(const Action& stage, bool from_endless) {
    std::string file;
    for (const auto& word : stage.args) {
        if (word.text.substr(0, 6) == "count=" || word.text.substr(0, 8) == "of=/dev/") {
            return "";
        }
        file = word.text.substr(0, 3) == "of=" ? word.text.substr(3) : file;
    }
    return from_endless && stage.name == "dd" ? file : "";
}

// Programs whose arguments go to a server.
bool asks(std::string_view name) { return any_of(name, {"curl", "wget", "dig", "nslookup", "host", "ping", "drill"}); }

// Headers that are there to show who asks.
bool names_credential(std::string_view header) {
    const std::string name = to_lower(header.substr(0, header.find(':')));
    return name.find("auth") != std::string::npos || name.find("token") != std::string::npos ||
           name.find("key") != std::string::npos || name.find("cookie") != std::string::npos;
}

// Commands that print secrets: pairs of name and a word that must be among the arguments.
bool prints_secret(const Action& stage) {
    constexpr std::array<std::pair<std::string_view, std::string_view>, 19> k_printers = {{
        {"gpg", "--export-secret-keys"}, {"gpg", "--export-secret-subkeys"}, {"gpg2", "--export-secret-keys"}, {"gpg", "--export-secret-key"},
        {"security", "dump-keychain"},   {"security", "find-generic-password"}, {"security", "find-internet-password"},
        {"git", "credential"},           {"aws", "export-credentials"},      {"aws", "get-secret-value"},
        {"gcloud", "print-access-token"}, {"az", "get-access-token"},        {"gh", "token"},
        {"kubectl", "secrets"},          {"kubectl", "secret"},              {"secret-tool", "lookup"},
        {"op", "read"},                  {"vault", "read"},                  {"docker", "secret"},
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
                                      text.find("private key") != std::string::npos || text.find("api_key") != std::string::npos;
                           });
    const bool of_accounts = any_of(stage.name, {"mysql", "mariadb", "psql", "sqlite3", "sqlcmd"}) &&
                             std::any_of(stage.args.begin(), stage.args.end(), [](const auto& w) { return reads_accounts(w.text); });
    return of_host || looks_for || of_accounts || std::any_of(k_printers.begin(), k_printers.end(), [&](const auto& row) {
        return row.first == stage.name && says(row.second) && (row.first != "kubectl" || says("get"));
    });
}

}  // namespace

// True if the program takes its code from standard input.
bool runs_input(const Action& action) {
    if (action.name == "source" || action.name == ".") {
        return std::any_of(action.args.begin(), action.args.end(),
                           [](const shell::Word& word) { return word.text == "/dev/stdin"; });
    }
    const std::string name = to_lower(action.name);
    const bool other = any_of(name, {"iex", "invoke-expression", "pwsh", "powershell", "tclsh", "expect", "osascript", "bun", "julia",
                                     "rscript", "guile", "elixir", "groovy", "scala"});
    if (!is_interpreter(action.name) && !other) {
        return false;
    }
    const auto operands = action.operands();
    return action.has("-s") || operands.empty() || operands.front()->text == "-" ||
           operands.front()->text == "/dev/stdin";
}

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
    return class_of(path) == PathClass::secret || (!path.text.empty() && m_secret_copies.count(normalized(path.text, m_cwd)) != 0);
}

bool Judge::nested_secret(const shell::Span& within) const {
    const auto reads = [this](const shell::Command& command) {
        const bool prints_all = command.words.size() == 1 && any_of(command.words[0].text, {"env", "printenv", "set", "export"});
        return prints_all || std::any_of(command.words.begin(), command.words.end(),
                           [this](const shell::Word& word) { return is_secret(word); }) ||
               std::any_of(command.redirects.begin(), command.redirects.end(), [this](const shell::Redirect& redirect) {
                   return redirect.op == "<" && is_secret(redirect.target);
               });
    };
    const auto [known, fresh] = m_secrets_at.try_emplace({within.start, within.end}, false);
    if (fresh) {
        known->second = std::any_of(m_script.pipelines.begin(), m_script.pipelines.end(), [&](const shell::Pipeline& line) {
            return line.substituted && line.span.start >= within.start && line.span.end <= within.end &&
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
        const bool credential = any_of(before, {"-i", "-u", "--user", "-E", "--cert", "--key"}) ||
                                (header && names_credential(word.text));
        if (!credential && is_secret(word)) {
            secret = shown(word);
        }
        const bool made = std::any_of(word.sources.begin(), word.sources.end(),
                                      [this](const shell::Span& span) { return nested_secret(span); });
        if (sends && made && !credential) {
            secret = "a secret file";
        }
        const bool printed = any_of(stage.name, {"echo", "printf"});
        const bool login = word.text.find(std::string(1, shell::Word::k_unknown) + "@") != std::string::npos;
        if (word.credential && (sends || printed) && !credential && !header && !login) {
            secret = printed ? "what a secret variable holds" : "a secret variable";
        }
    }
    for (const auto* redirect : stage.redirects) {
        if ((redirect->op == "<" || redirect->op == "<<<") && is_secret(redirect->target)) {
            secret = shown(redirect->target);
        }
    }
    return secret;
}

// Remembers where downloads and copies of secrets are put.
void Judge::note_files(const Action& stage, bool from_network, bool secret) {
    const auto add = [&](std::set<std::string>& into, std::string_view path) { into.insert(normalized(path, m_cwd)); };
    if (any_of(stage.name, {"curl", "wget", "aria2c", "fetch", "scp", "rsync", "certutil", "bitsadmin"}) || output_of(stage) == "network") {
        for (std::size_t k = 0; k < stage.args.size(); ++k) {
            const std::string& text = stage.args[k].text;
            const bool glued = (text.substr(0, 2) == "-o" || text.substr(0, 2) == "-O") && text.size() > 2;
            if (any_of(text, {"-o", "-O", "--output", "--output-document"}) && k + 1 < stage.args.size()) {
                add(m_downloaded, stage.args[k + 1].text);
            } else if (glued || text.substr(0, 9) == "--output=" || text.substr(0, 18) == "--output-document=") {
                add(m_downloaded, text.substr(glued ? 2 : text.find('=') + 1));
            } else if (text.size() > 2 && text[0] == '-' && text[1] != '-' && k + 1 < stage.args.size() &&
                       text.back() == (stage.name == "wget" ? 'O' : 'o')) {
                add(m_downloaded, stage.args[k + 1].text);  // -fsSLo FILE, -qO FILE
            }
        }
        for (const auto* operand : stage.operands()) {
            add(m_downloaded, operand->text.substr(operand->text.rfind('/') + 1));
        }
    }
    const auto operands = stage.operands();
    const bool copies = any_of(stage.name, {"cp", "mv", "install", "ln"}) && operands.size() >= 2;
    if (copies && m_downloaded.count(normalized(operands.front()->text, m_cwd)) != 0) {
        add(m_downloaded, operands.back()->text);
    }
    if (secret && copies) {
        add(m_secret_copies, operands.back()->text);
    } else if (secret && any_of(stage.name, {"tar", "zip", "7z", "gpg", "openssl", "base64"}) && !operands.empty()) {
        for (const auto* operand : operands) {
            if (!is_secret(*operand)) {
                add(m_secret_copies, operand->text);
            }
        }
    }
    for (const auto* redirect : stage.redirects) {
        const bool writes = redirect->op.find('>') != std::string::npos;
        if (writes && from_network) {
            add(m_downloaded, redirect->target.text);
        }
        if (writes && secret) {
            add(m_secret_copies, redirect->target.text);
        }
    }
    if (stage.name == "tee" && from_network) {
        for (const auto* operand : operands) {
            add(m_downloaded, operand->text);
        }
    }
}

// A word of it is a process that runs what it is given: >(sh).
bool Judge::feeds_shell(const std::vector<shell::Word>& words) const {
    for (const auto& word : words) {
        for (const auto& within : word.sources) {
            for (const auto& line : m_script.pipelines) {
                if (line.substituted && line.span.start >= within.start && line.span.end <= within.end && !line.stages.empty() &&
                    line.stages.front().words.size() == 1 && is_shell(line.stages.front().words.front().text)) {
                    return true;
                }
            }
        }
    }
    return false;
}

// Follows a secret through stage `i`: what it is called after that stage. Tells where it leaves the machine.
std::string Judge::flow_secret(const shell::Pipeline& line, const std::vector<Action>& stages, std::size_t i, std::string secret) {
    const Action& stage = stages[i];
    const bool sent = sends(stage);
    const bool asks_network = asks(stage.name);
    const std::string found = secret_in(stage, sent || asks_network);
    const bool from_words = found == "a secret file" || found == "a secret variable";
    secret = found.empty() ? secret : found;
    if (secret.empty() && i + 1 < stages.size() && (prints_secret(stage) || output_of(stage) == "secret")) {
        secret = "what " + stage.name + " prints";
    }
    const bool dumps_environment = any_of(stage.name, {"env", "printenv", "export", "set"}) && stage.args.empty();
    const bool kept = std::any_of(stage.redirects.begin(), stage.redirects.end(),
                                  [](const auto* redirect) { return redirect->op[0] == '>'; });
    if (dumps_environment && secret.empty() && (i + 1 < stages.size() || kept)) {
        secret = "the environment";
    }
    const bool to_network = std::any_of(stage.redirects.begin(), stage.redirects.end(), [this](const auto* redirect) {
        return redirect->op.find('>') != std::string::npos &&
               (is_socket(redirect->target.text) ||
                (m_network_descriptor && redirect->op == ">&" && redirect->target.text != "1" && redirect->target.text != "2"));
    });
    if (!secret.empty() && (sent || from_words || to_network ||
                            any_of(stage.name, {"scp", "rsync", "sftp", "ftp", "rclone"}))) {
        find("secret.leak", secret, line.span);
    }
    return secret;
}

void Judge::check_flow(const shell::Pipeline& line, const std::vector<Action>& stages) {
    bool from_network = false;
    bool decoded = false;
    std::string secret;
    for (std::size_t i = 0; i < stages.size(); ++i) {
        const Action& stage = stages[i];
        const bool runs = runs_input(stage) || runs_words_from_input(stage);
        const bool unknown = !line.stages[i].words.empty() && (!stage.name_known || (stage.name == "eval" && !stage.expanded));
        const bool by_name = runs && is_shell(stage.name) && std::any_of(stage.redirects.begin(), stage.redirects.end(),
                                                                         [](const auto* redirect) { return redirect->op[0] == '<'; });
        if ((i > 0 || m_fetched_input) && !by_name && (runs || unknown)) {
            if (from_network || (m_fetched_input && i == 0)) {
                find("execute.download", "", line.span);
            } else if (decoded && runs && !stage.input) {
                find("execute.decoded", "", line.span);
            } else if (runs && !stage.input && !line.stages[i].only_flow) {
                find("execute.unknown", "", line.span);
            }
        }
        const bool asks_network = asks(stage.name);
        const bool some_unknown = std::any_of(stage.args.begin(), stage.args.end(), [](const auto& word) { return !word.known(); });
        const bool fed = stage.args_from_input || (i > 0 && line.stages[i - 1].only_flow && some_unknown);
        if (asks_network && fed && !secret.empty()) {
            find("secret.leak", secret, line.span);  // … | xargs -I{} curl https://example.com/{}
        }
        // (crontab -l; echo '… CODE') | crontab -
        for (std::size_t k = 0; stage.name == "crontab" && !stage.input && k < i; ++k) {
            if (stages[k].name == "echo" && !stages[k].args.empty()) {
                check_crontab(stages[k].args.back().text, stage);
            }
        }
        if (stage.name == "tee" && i > 0 && feeds_shell(stage.args)) {
            find(from_network ? "execute.download" : "execute.unknown", "", line.span);  // … | tee >(sh)
        }
        if (stage.name == "visudo" && i > 0) {  // echo … | EDITOR='tee -a' visudo
            find("file.grant", "/etc/sudoers", line.span);
        }
        if (stage.name == "exec" && stage.args.empty() && !line.stages[i].only_flow) {
            m_fetched_input = m_fetched_input || std::any_of(stage.redirects.begin(), stage.redirects.end(), [this](const auto* redirect) {
                return redirect->op[0] == '<' && redirect->descriptor <= 0 && (nested_fetch(redirect->target) || is_socket(redirect->target.text));
            });
        }
        for (const auto* redirect : stage.redirects) {  // curl … > >(sh)
            if (redirect->op[0] == '>' && (from_network || fetches(stage)) && feeds_shell({redirect->target})) {
                find("execute.download", "", line.span);
            }
        }
        secret = flow_secret(line, stages, i, std::move(secret));
        from_network = from_network || fetches(stage) ||
                       std::any_of(stage.redirects.begin(), stage.redirects.end(), [this](const auto* redirect) {
                           return redirect->op[0] == '<' && (is_socket(redirect->target.text) ||
                                                             (redirect->op == "<&" && m_network_descriptor));
                       });
        decoded = decoded || decodes(stage);
        note_files(stage, from_network, !secret.empty());
    }
    m_hidden_input = decoded;
    check_remote_shell(line, stages);
    check_truncation(line, stages);
    check_growth(line, stages);
}

// A shell whose input or output is a connection.
void Judge::check_remote_shell(const shell::Pipeline& line, const std::vector<Action>& stages) {
    for (std::size_t i = 0; i < stages.size(); ++i) {
        const Action& stage = stages[i];
        const bool socket = std::any_of(stage.redirects.begin(), stage.redirects.end(),
                                        [](const auto* redirect) { return is_socket(redirect->target.text); });
        m_network_descriptor = m_network_descriptor || (socket && stage.args.empty());
        const bool descriptor = m_network_descriptor && is_shell(stage.name) &&
                                std::any_of(stage.redirects.begin(), stage.redirects.end(),
                                            [](const auto* redirect) { return redirect->op == "<&"; });
        bool given = (socket && is_interpreter(stage.name)) || descriptor;
        const bool interactive = is_shell(stage.name) && runs_input(stage) && i > 0;
        for (std::size_t k = i + 1; interactive && k < stages.size(); ++k) {
            given = given || any_of(stages[k].name, {"nc", "ncat", "netcat", "socat", "telnet", "openssl"});
        }
        for (const auto& word : stage.args) {
            const std::string_view text = word.text;
            const bool netcat = any_of(stage.name, {"nc", "ncat", "netcat", "nc.traditional"});
            const bool option = netcat && (any_of(text, {"-e", "-c", "--exec", "--sh-exec"}) ||
                                           (text.size() > 2 && text[0] == '-' && text[1] != '-' && text.back() == 'e'));
            const bool address = stage.name == "socat" && (text.substr(0, 5) == "EXEC:" || text.substr(0, 5) == "exec:" ||
                                                           text.substr(0, 7) == "SYSTEM:" || text.substr(0, 7) == "system:");
            given = given || option || address;
        }
        if (given) {
            find("execute.remote-shell", "", line.span);
        }
    }
}

// sort f > f: the shell empties the file before sort reads it.
void Judge::check_truncation(const shell::Pipeline& line, const std::vector<Action>& stages) {
    if (stages.empty()) {
        return;
    }
    for (const auto* redirect : stages.back().redirects) {
        if (redirect->op != ">" && redirect->op != ">|" && redirect->op != "&>") {
            continue;
        }
        for (const auto& stage : stages) {
            const bool reads = std::any_of(stage.args.begin(), stage.args.end(), [&](const shell::Word& word) {
                return word.known() && !word.text.empty() && word.text == redirect->target.text && stage.name != "echo" &&
                       stage.name != "printf" && word.text[0] != '-';
            });
            const bool from = std::any_of(stage.redirects.begin(), stage.redirects.end(), [&](const auto* other) {
                return other->op == "<" && other->target.known() && other->target.text == redirect->target.text;
            });
            const PathClass kind = class_of(redirect->target);
            if ((reads || from) && kind != PathClass::harmless_device && kind != PathClass::temporary) {
                find("file.truncates-input", shown(redirect->target), line.span);
            }
        }
    }
}

// yes > file, while true; do … >> file; done
void Judge::check_growth(const shell::Pipeline& line, const std::vector<Action>& stages) {
    bool endless = false;
    bool into_file = false;
    std::string target;
    for (const auto& stage : stages) {
        const bool source = std::any_of(stage.args.begin(), stage.args.end(), [](const shell::Word& word) {
            return any_of(word.text, {"/dev/zero", "/dev/urandom", "/dev/random", "/dev/full", "if=/dev/zero", "if=/dev/urandom"});
        });
        const bool bounded = stage.name == "head" || stage.name == "timeout" || std::any_of(stage.args.begin(), stage.args.end(), [](const auto& word) {
            return word.text.substr(0, 6) == "count=" || word.text.substr(0, 3) == "of=";
        });
        const bool passes = any_of(stage.name, {"cat", "tee", "tr", "base64", "sed", "gzip", "xxd", "od", "hexdump"});
        endless = (endless && passes) || stage.name == "yes" || (source && !bounded && any_of(stage.name, {"cat", "dd", "base64", "tr", "cp", "pv"}));
        for (const auto* redirect : stage.redirects) {
            const PathClass kind = class_of(redirect->target);
            if (redirect->op[0] == '>' && redirect->op != ">&" && kind != PathClass::harmless_device && kind != PathClass::device) {
                into_file = true;
                target = shown(redirect->target);
            }
        }
        if (const std::string file = filled_by_dd(stage, source); !file.empty()) {
            find("disk.fill", file, line.span);
        }
        if (stage.name == "tee" && !stage.operands().empty()) {
            into_file = true;
            target = shown(*stage.operands().front());
        }
    }
    if (endless && into_file) {
        find("disk.fill", target, line.span);
    }
}

void Judge::check_fork_bomb(const shell::Pipeline& line, const std::vector<Action>& stages) {
    std::size_t calls_itself = 0;
    for (const auto& stage : stages) {
        calls_itself += std::find(line.functions.begin(), line.functions.end(), stage.path) != line.functions.end() &&
                                !stage.path.empty()
                            ? 1
                            : 0;
    }
    const bool multiplies = calls_itself >= 2 || (calls_itself == 1 && line.background);
    if (multiplies || (line.in_endless_loop && line.background)) {
        find("process.fork-bomb", "", line.span);
    }
}

}  // namespace caro::safety
