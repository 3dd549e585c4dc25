// Tools whose logic is more than options and operands: signals, containers' volumes, archives, uploads, find.
#include <algorithm>

#include "safety/effects.hpp"
#include "util/strings.hpp"

namespace caro::safety {

std::string input_of(const Action& action) {
    const Spec* spec = action.name.empty() ? nullptr : knowledge().command(action.name);
    if (spec == nullptr) {
        return "";
    }
    const Reading reading = read_words(*spec, action.args, Scene::Platform::gnu);
    for (const auto& [flag, input] : reading.spec->input_if) {
        if (reading.has(flag)) {
            return input;
        }
    }
    return reading.spec->input;
}

std::string output_of(const Action& action) {
    const Spec* spec = action.name.empty() ? nullptr : knowledge().command(action.name);
    if (spec == nullptr) {
        return "";
    }
    return read_words(*spec, action.args, Scene::Platform::gnu).spec->output;
}

// kill: the signal is the first word with a dash; -1 as process means all of them.
void Effects::kill() {
    bool options_over = false;
    bool signal_seen = false;
    bool only_asks = false;
    for (std::size_t i = 0; i < m_action.args.size(); ++i) {
        const std::string& text = m_action.args[i].text;
        if (text == "--" && !options_over) {
            options_over = true;
        } else if (!options_over && !signal_seen && text.size() > 1 && text[0] == '-') {
            signal_seen = true;
            only_asks = any_of(text, {"-0", "-l", "-L", "--list", "--table", "--help", "--version"});
            if (any_of(text, {"-s", "-n", "--signal", "-q"})) {
                ++i;
                only_asks = i < m_action.args.size() && m_action.args[i].text == "0";
            } else if (text == "-1" && m_action.args.size() == 1) {
                m_judge.find("process.kill-all", "", m_action.span);
            }
        } else if (text == "-1" || text == "1") {
            m_judge.find(text == "1" ? "process.kill-vital" : "process.kill-all", text, m_action.span);
        } else if (!only_asks) {
            m_judge.find("state.change", m_action.name, m_action.span);
        }
    }
    m_code_seen = m_code_seen || only_asks;
    if (!only_asks && m_judge.names_all_processes(m_action, m_line)) {
        m_judge.find("process.kill-all", "", m_action.span);
    }
    if (m_action.args_from_input) {
        m_judge.find("state.change", m_action.name, m_action.span);
    }
}

// HOST:CONTAINER[:ro], or type=bind,source=HOST,…
void Effects::volume(const shell::Word& word) {
    std::string_view host = word.text;
    const bool read_only = host.find(":ro") != std::string_view::npos || host.find("readonly") != std::string_view::npos;
    for (const std::string_view key : {"source=", "src="}) {
        const auto at = host.find(key);
        if (at != std::string_view::npos) {
            host = host.substr(at + key.size());
            host = host.substr(0, host.find(','));
        }
    }
    shell::Word path = word;
    path.text = host.substr(0, host.find(':'));
    if (path.text.empty() || (path.text[0] != '/' && path.text[0] != '~' && path.text[0] != '.')) {
        return;  // the name of a volume
    }
    const PathClass kind = class_of(path);
    const bool socket = path.text.find("docker.sock") != std::string::npos;
    const bool whole = any_of(path.text, {"/dev", "/proc", "/sys", "/var", "/root", "/var/lib", "/var/run", "/run"});
    const bool core = (kind == PathClass::system || kind == PathClass::system_core) && is_core_folder(normalized(path.text, m_judge.m_cwd));
    if (socket || (!read_only && (whole || core || kind == PathClass::root))) {
        m_judge.find("container.host-access", shown(path), m_action.span);
    }
}

// kubectl run --overrides '{… "hostPath": {"path": "/"} …}': a folder of the node, and what the container does there.
void Effects::host_paths() {
    if (!any_of(m_action.name, {"kubectl", "oc", "k3s", "microk8s"})) {
        return;
    }
    for (const auto& word : m_action.args) {
        const std::string_view text = word.text;
        const auto at = text.find("hostPath");
        if (at == std::string_view::npos) {
            continue;
        }
        m_judge.find("container.host-access", "the node", m_action.span);
        const auto command = text.find("\"command\"");
        const auto open = command == std::string_view::npos ? command : text.find('[', command);
        const auto close = open == std::string_view::npos ? open : text.find(']', open);
        const auto mount = text.find("\"mountPath\"");
        const auto from = mount == std::string_view::npos ? mount : text.find('"', mount + 11);
        const std::string folder(from == std::string_view::npos ? std::string_view() : text.substr(from + 1, text.find('"', from + 1) - from - 1));
        if (close != std::string_view::npos) {
            std::string line = replace_all(std::string(text.substr(open + 1, close - open - 1)), ",", " ");
            m_judge.nested(folder.size() > 1 ? replace_all(line, folder + "/", "/") : line, m_action);
        }
    }
}

// terraform plan -destroy -out=FILE; terraform apply FILE: what is applied is the plan made before it.
void Effects::planned() {
    const bool applies = any_of(m_action.name, {"terraform", "tofu"}) && m_action.subcommand() == "apply";
    if (applies && (contains(m_judge.m_source, "plan -destroy") || contains(m_judge.m_source, "plan --destroy"))) {
        m_judge.find("words.destroy", m_action.name, m_action.span);
    }
}

// python3 -m http.server, php -S: whoever can reach the machine reads the folder.
void Effects::serve() {
    const auto& args = m_action.args;
    bool serves = false;
    bool only_here = false;
    shell::Word folder;
    folder.text = m_judge.m_cwd.empty() ? "." : m_judge.m_cwd;
    const bool is_server = any_of(m_action.name, {"http-server", "serve", "darkhttpd", "webfsd", "miniserve", "simple-http-server", "updog",
                                                  "uploadserver", "pyftpdlib", "rclone", "dufs", "live-server", "ngrok", "cloudflared", "lt", "bore", "httpd"});
    for (std::size_t i = 0; i < args.size(); ++i) {
        const std::string& text = args[i].text;
        const bool value = i + 1 < args.size();
        serves = serves || any_of(text, {"http.server", "SimpleHTTPServer", "uploadserver", "pyftpdlib", "twisted"}) ||
                 (m_action.name == "php" && text == "-S") || (m_action.name == "ruby" && text == "-run") ||
                 (m_action.name == "caddy" && text == "file-server") || (m_action.name == "npx" && any_of(text, {"serve", "http-server"})) ||
                 (m_action.name == "busybox" && text == "httpd") || (is_server && m_action.name != "rclone") || (is_server && text == "serve");
        only_here = only_here || text.find("127.0.0.1") != std::string::npos || text.find("localhost") != std::string::npos;
        if (any_of(text, {"-d", "--directory", "-t", "--root", "-h"}) && value) {
            folder = args[i + 1];
        } else if (is_server && text.substr(0, 7) == "file://") {
            folder.text = text.substr(7);
        } else if ((is_server || serves) && !text.empty() && (text[0] == '/' || text[0] == '~' || args[i].tilde)) {
            folder = args[i];
        }
    }
    const PathClass kind = class_of(folder);
    const std::string place = normalized(folder.text, m_judge.m_cwd);
    const bool copies = serves && std::any_of(m_judge.m_secret_copies.begin(), m_judge.m_secret_copies.end(), [&](const std::string& file) {
        return file == place || (file.size() > place.size() && file.compare(0, place.size(), place) == 0 && file[place.size()] == '/') || (folder.text == "." && file[0] != '/');
    });
    if (copies && !only_here) {
        m_judge.find("secret.leak", place, m_action.span);
    }
    if (serves && !only_here && (kind == PathClass::secret || is_protected(kind))) {
        m_judge.find("secret.leak", shown(folder), m_action.span);
    }
}

// tar -x -C /, unzip -d /, 7z x -o/: files of the system are overwritten by what is in the archive.
void Effects::extraction() {
    const bool seven = any_of(m_action.name, {"7z", "7za", "7zr", "7zz"}) && any_of(m_action.subcommand(), {"x", "e"});
    const bool unzip = any_of(m_action.name, {"unzip", "bsdunzip"}) && !m_reading.has("read-only");
    for (std::size_t i = 0; (seven || unzip) && i < m_action.args.size(); ++i) {
        const std::string& text = m_action.args[i].text;
        const bool glued = text.size() > 2 && starts_with(text, seven ? "-o" : "-d");
        const std::string folder = glued ? text.substr(2) : unzip && text == "-d" && i + 1 < m_action.args.size() ? m_action.args[i + 1].text : "";
        if (!folder.empty() && is_core_folder(normalized(folder, m_judge.m_cwd))) {
            m_judge.find("file.write-system", folder, m_action.span);
        }
    }
    if (m_reading.has("extract") && !m_reading.has("stdout") && !m_judge.m_cwd.empty() &&
        is_core_folder(m_judge.m_cwd) && operand_with(Role::chdir) != nullptr) {
        m_judge.find("file.write-system", m_judge.m_cwd, m_action.span);
    }
}

// A file whose contents leave the machine.
void Effects::send(const shell::Word& word, bool data) {
    shell::Word path = word;
    const auto at = path.text.find('@');
    if (data && at == std::string::npos) {
        return;
    }
    if (at != std::string::npos && (at == 0 || path.text[at - 1] == '=' || data)) {
        path.text.erase(0, at + 1);
    } else if (class_of(path) != PathClass::secret && path.text.find(':') != std::string::npos && path.text.find('/') > path.text.find(':')) {
        return;  // HOST:PATH is on the other side
    }
    path.text = path.text.substr(0, path.text.find(';'));
    path.tilde = path.tilde || (!path.text.empty() && path.text.front() == '~');
    if (m_judge.is_secret(path) || is_vital(normalized(path.text, m_judge.m_cwd))) {
        m_judge.find("secret.leak", shown(path), m_action.span);
    } else {
        m_judge.find("state.change", m_action.name, m_action.span);
    }
}

namespace {

// db["drop" + "Database"]() of JavaScript as db.dropDatabase()
std::string plain_members(std::string code) {
    for (const std::string_view joint : {"\" + \"", "\"+\"", "' + '", "'+'"}) {
        code = replace_all(code, std::string(joint), "");
    }
    for (const char quote : {'"', '\''}) {
        const std::string open = std::string("[") + quote;
        const std::string close = std::string(1, quote) + "]";
        for (auto at = code.find(open); at != std::string::npos; at = code.find(open, at + 1)) {
            const auto end = code.find(close, at);
            if (end == std::string::npos) {
                break;
            }
            if (end + 2 >= code.size() || code[end + 2] != '(') {
                continue;
            }
            code = code.substr(0, at) + "." + code.substr(at + 2, end - at - 2) + code.substr(end + 2);
        }
    }
    return code;
}

}  // namespace

// psql -Atc "select 'drop table '||…" | psql: what is printed is run by the next one.
bool Effects::feeds_client() const {
    for (std::size_t i = 0; i + 1 < m_line.stages.size(); ++i) {
        const auto& next = m_line.stages[i + 1].words;
        const std::string_view name = next.empty() ? std::string_view() : std::string_view(next[0].text).substr(next[0].text.rfind('/') + 1);
        const bool client = any_of(name, {"psql", "mysql", "mariadb", "sqlite3", "duckdb", "sqlcmd", "sqlplus", "clickhouse-client", "cockroach"});
        if (client && m_line.stages[i].span.start == m_action.span.start) {
            return true;
        }
    }
    return false;
}

void Effects::shell_code(const shell::Word& word) {
    if (m_reading.spec->output == "network" && m_reading.spec->input == "send") {
        m_judge.find("execute.remote-control", "", m_action.span);  // nc -e /bin/sh
    }
    if (word.known() || (!decides(word.text) && !m_judge.is_fetched(word))) {
        m_judge.nested(m_spec.id == "env" ? replace_all(word.text, "\\_", " ") : word.text, m_action);
    } else {
        m_judge.find(m_judge.is_fetched(word) ? "execute.download" : "execute.unknown", "", m_action.span);
    }
}

void Effects::code(const std::string& language, const shell::Word& word) {
    if (language == "sh") {
        shell_code(word);
        return;
    }
    if (language == "awk") {
        awk_code(word.text);
        return;
    }
    if (language == "applescript") {
        applescript(word.text);
        return;
    }
    if (language == "powershell") {
        m_code_seen = true;
        m_judge.judge_powershell(word.text, m_action.span);
        return;
    }
    if (language == "sed") {
        sed_code(word.text);
        return;
    }
    DataCode made;
    if (language == "sql") {
        made = judge_sql(word.text, feeds_client());
        if (const std::string_view file = planted_by_sql(word.text); !file.empty()) {
            m_judge.find("database.plants-file", file, m_action.span);
        }
    } else if (language == "redis") {
        redis_code(word.text);
        return;
    } else if (language == "mongo" && m_judge.is_fetched(word)) {
        m_judge.find("execute.download", "", m_action.span);  // mongosh --eval "$(curl …)"
        return;
    } else if (language == "mongo") {
        const std::string plain = plain_methods(word.text);
        made = judge_mongo(plain_members(plain));
        if (made.risk < Risk::high && calls_unknown_method(plain)) {
            m_judge.find("execute.unknown", "", m_action.span);
        }
    } else {
        program(word.text, language, 0);
        return;
    }
    m_code_seen = true;
    for (const auto& path : made.files) {
        shell::Word file;
        file.text = path;
        m_judge.write_target(file, m_action, Writing::overwrite);
    }
    if (made.risk > Risk::safe) {
        m_judge.find(made.rule, m_action.name, m_action.span);
    }
    if (!made.shell_code.empty()) {
        m_judge.nested(made.shell_code, m_action);
        m_judge.changes();
    }
}

// Commands of Redis, one a line.
void Effects::redis_code(std::string_view code) {
    m_code_seen = true;
    for (const auto line : split(code, '\n')) {
        const DataCode made = judge_redis(line);
        if (made.risk > Risk::safe) {
            m_judge.find(made.rule, m_action.name, m_action.span);
        }
        if (const std::string_view file = planted_by_redis(trim(line)); !file.empty()) {
            m_judge.find("database.plants-file", file, m_action.span);
        }
        if (const std::string command = run_by_redis(line); !command.empty()) {
            m_judge.nested(command, m_action);
        }
    }
}

// do shell script "CODE"; tell app "System Events" to restart
void Effects::applescript(std::string_view code) {
    const std::string lower = to_lower(code);
    for (const std::string_view order : {"to restart", "to shut down", "to log out", "\nrestart", "\nshut down", "\nlog out", "aevtrrst",
                                         "aevtrsdn", "aevtrlgo"}) {
        if (lower.find(order) != std::string::npos) {
            m_judge.nested("shutdown -r now", m_action);
            break;
        }
    }
    if (lower.find("empty trash") != std::string::npos || lower.find("empty the trash") != std::string::npos ||
        lower.find("delete every") != std::string::npos || lower.find("delete (every") != std::string::npos) {
        m_judge.find("delete.tree", "what the script names", m_action.span);
    }
    for (auto at = code.find("doShellScript("); at != std::string_view::npos; at = code.find("doShellScript(", at + 1)) {  // of JavaScript
        const auto start = code.find_first_of("'\"`", at);
        const auto end = start == std::string_view::npos ? start : code.find(code[start], start + 1);
        if (end != std::string_view::npos) {
            m_judge.nested(code.substr(start + 1, end - start - 1), m_action);
        }
    }
    for (auto at = std::min(code.find("do shell script"), code.find("do script")); at != std::string_view::npos;
         at = std::min(code.find("do shell script", at + 1), code.find("do script", at + 1))) {
        std::string line;  // "rm " & "-rf ~"
        auto start = code.find('"', at);
        bool whole = start != std::string_view::npos;
        while (start != std::string_view::npos) {
            const auto end = code.find('"', start + 1);
            whole = whole && end != std::string_view::npos;
            line += whole ? code.substr(start + 1, end - start - 1) : std::string_view();
            const auto next = whole ? code.find_first_not_of(" ", end + 1) : end;
            const bool joined = next != std::string_view::npos && code[next] == '&';
            start = joined ? code.find('"', next) : std::string_view::npos;
        }
        if (whole) {
            m_judge.nested(line, m_action);
        } else {
            m_judge.find("execute.unknown", "", m_action.span);
        }
    }
}

}  // namespace caro::safety
