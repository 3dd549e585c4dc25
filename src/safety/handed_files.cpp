// Settings files with commands in them that programs are told to read.
#include <algorithm>
#include <array>
#include <set>
#include <utility>

#include "safety/handed.hpp"
#include "util/strings.hpp"

namespace caro::safety {

namespace {

// Without the quotes around it.
std::string unquoted(std::string_view text) {
    text = trim(text);
    const bool quoted = text.size() > 1 && (text.front() == '"' || text.front() == '\'') && text.back() == text.front();
    return replace_all(std::string(quoted ? text.substr(1, text.size() - 2) : text), "\\\"", "\"");
}

// The rest of a line behind its first word and a sign between them; "" if the word is another.
std::string_view behind(std::string_view line, std::string_view word) {
    line = trim(line);
    const bool same = line.size() > word.size() && to_lower(line.substr(0, word.size())) == word;
    const char next = same ? line[word.size()] : 'x';
    return next == ' ' || next == '\t' || next == '=' || next == ':' ? trim(line.substr(line.find_first_not_of(" \t=:", word.size()) == std::string_view::npos
                                                                                            ? line.size()
                                                                                            : line.find_first_not_of(" \t=:", word.size())))
                                                                     : std::string_view();
}

struct Kind {
    std::string_view name;
    std::string_view keys;  // words that begin a line, | between; a command follows
};

// Kinds of files in which a line is a key and a command.
constexpr std::array<Kind, 14> k_kinds = {{
    {"interfaces", "up|down|pre-up|post-up|pre-down|post-down"},
    {"mail", "passcmd|passwordeval|preconnect|postconnect|mda|command|bsmtp|sendmail|mailer"},
    {"ssh", "proxycommand|localcommand|knownhostscommand|remotecommand"},
    {"ninja", "command"},
    {"supervisor", "command"},
    {"openvpn", "up|down|route-up|route-pre-down|ipchange|tls-verify|client-connect|client-disconnect|learn-address|auth-user-pass-verify"},
    {"rsyncd", "pre-xfer exec|post-xfer exec|early exec|name converter"},
    {"screenrc", "exec|screen|bell_msg|shell|logfile"},
    {"i3", "exec|exec_always|exec-once|on_click"},
    {"unit", "execstart|execstartpre|execstartpost|execstop|execstoppost|execreload|execcondition|exec"},
    {"git", "pager|editor|sshcommand|fsmonitor|askpass|external|command|textconv|clean|smudge|driver|cmd|helper|program|hookspath"},
    {"nfs", "preexec|root preexec|postexec|root postexec|magic script|print command|add user script|dfree command"},
    {"dnsmasq", "dhcp-script|dhcp-luascript"},
    {"monit", "exec|start program|stop program"},
}};

void keyed(std::string_view keys, std::string_view text, CodeLines& into) {
    for (const auto line : split(text, '\n')) {
        for (const auto key : split(keys, '|')) {
            const std::string_view value = behind(line, key);
            if (!value.empty() && value[0] != '#') {
                into.push_back(unquoted(starts_with(value, "!") ? value.substr(1) : value));
            }
        }
    }
}

// Match exec "CMD"
void ssh_match(std::string_view text, CodeLines& into) {
    for (const auto line : split(text, '\n')) {
        const std::string_view rule = behind(line, "match");
        const auto at = to_lower(rule).find("exec ");
        if (at != std::string_view::npos) {
            into.push_back(unquoted(rule.substr(at + 5)));
        }
    }
}

// [alias] x = !CMD
void git_aliases(std::string_view text, CodeLines& into) {
    for (const auto line : split(text, '\n')) {
        const auto equal = line.find('=');
        const std::string value = equal == std::string_view::npos ? "" : unquoted(line.substr(equal + 1));
        if (starts_with(value, "!")) {
            into.push_back(value.substr(1));
        }
    }
}

// install MODULE CMD, remove MODULE CMD
void modprobe(std::string_view text, CodeLines& into) {
    for (const auto line : split(text, '\n')) {
        for (const std::string_view key : {"install", "remove"}) {
            const std::string_view rule = behind(line, key);
            const auto space = rule.find_first_of(" \t");
            if (space != std::string_view::npos) {
                into.emplace_back(trim(rule.substr(space)));
            }
        }
    }
}

// R /path: removed with all below; r: removed; D: emptied
void tmpfiles(std::string_view text, CodeLines& into) {
    for (const auto line : split(text, '\n')) {
        const auto words = plain_words(line);
        if (words.size() > 1 && (words[0][0] == 'R' || words[0][0] == 'r' || words[0][0] == 'D')) {
            into.push_back((words[0][0] == 'r' ? "rm -f " : "rm -rf ") + words[1] + (words[0][0] == 'D' ? "/*" : ""));
        }
    }
}

// min hour day month weekday CMD, @daily CMD
void crontab(std::string_view text, CodeLines& into) {
    for (auto line : split(text, '\n')) {
        line = trim(line);
        for (int fields = starts_with(line, "@") ? 1 : 5; fields > 0 && !line.empty(); --fields) {
            const auto space = line.find_first_of(" \t");
            line = space == std::string_view::npos ? std::string_view() : trim(line.substr(space));
        }
        into.emplace_back(line);
    }
}

// [job] filename=/dev/sda, rw=write of fio
void fio(std::string_view text, CodeLines& into) {
    std::string file;
    bool writes = false;
    for (const auto line : split(text, '\n')) {
        const std::string_view name = behind(line, "filename");
        const std::string_view mode = std::max(behind(line, "rw"), behind(line, "readwrite"));
        file = name.empty() ? file : std::string(name);
        writes = writes || (!mode.empty() && mode != "read" && mode != "randread");
    }
    if (writes && starts_with(file, "/dev/")) {
        into.push_back("dd of=" + file);
    }
}

// PATH EVENTS CMD
void incron(std::string_view text, CodeLines& into) {
    for (auto line : split(text, '\n')) {
        line = trim(line);
        for (int fields = 2; fields > 0 && !line.empty(); --fields) {
            const auto space = line.find_first_of(" \t");
            line = space == std::string_view::npos ? std::string_view() : trim(line.substr(space));
        }
        into.emplace_back(line);
    }
}

// What is in quotes and looks like a command: run-shell "CMD"
void texts(std::string_view text, CodeLines& into) {
    for (std::size_t i = 0; i < text.size() && into.size() < 40; ++i) {
        if (text[i] == '"' || text[i] == '\'') {
            const auto end = text.find(text[i], i + 1);
            const std::string_view part = end == std::string_view::npos ? std::string_view() : text.substr(i + 1, end - i - 1);
            if (contains(part, " ")) {
                into.emplace_back(part);
            }
            i = end == std::string_view::npos ? text.size() : end;
        }
    }
}

// Lines that are indented, as recipes are: of just and of make.
void recipes(std::string_view text, CodeLines& into) {
    for (const auto line : split(text, '\n')) {
        if (line.size() > 1 && (line[0] == ' ' || line[0] == '\t')) {
            std::string_view recipe = trim(line);
            recipe.remove_prefix(std::min(recipe.find_first_not_of("@-+"), recipe.size()));
            into.emplace_back(recipe);
        }
    }
}

// - CMD, cmd: CMD, shell: CMD, run: CMD in YAML
void yaml(std::string_view text, CodeLines& into) {
    for (auto line : split(text, '\n')) {
        line = trim(line);
        const bool item = starts_with(line, "- ");
        line = item ? trim(line.substr(2)) : line;
        for (const std::string_view key : {"shell", "command", "cmd", "run", "raw", "script", "entry", "exec", "ansible.builtin.shell", "ansible.builtin.command",
                                           "ansible.builtin.raw", "prepare", "before_script"}) {
            const std::string_view value = behind(line, key);
            if (!value.empty()) {
                into.push_back(unquoted(value));
            }
        }
        if (item && !contains(line, ": ") && contains(line, " ")) {
            into.push_back(unquoted(line));
        }
    }
}

// web: CMD
void procfile(std::string_view text, CodeLines& into) {
    for (const auto line : split(text, '\n')) {
        const auto colon = line.find(": ");
        if (colon != std::string_view::npos && line.substr(0, colon).find(' ') == std::string_view::npos) {
            into.emplace_back(trim(line.substr(colon + 2)));
        }
    }
}

// execute_process(COMMAND …), file(REMOVE_RECURSE …)
void cmake(std::string_view text, CodeLines& into) {
    for (const auto& [mark, command] : {std::pair<std::string_view, std::string_view>{"COMMAND ", ""}, {"REMOVE_RECURSE ", "rm -rf "}, {"REMOVE ", "rm -f "}}) {
        for (auto at = text.find(mark); at != std::string_view::npos && into.size() < 40; at = text.find(mark, at + 1)) {
            const auto end = std::min(text.find_first_of(")\n", at), text.size());
            into.push_back(std::string(command) + std::string(text.substr(at + mark.size(), end - at - mark.size())));
        }
    }
}

// Lines of a program that takes orders: shell CMD, !CMD
void orders(std::string_view text, CodeLines& into) {
    for (auto line : split(text, '\n')) {
        line = trim(line);
        line.remove_prefix(starts_with(line, ":") ? 1 : 0);
        for (const std::string_view word : {"!", "silent !", "sil !", "sil!!", "silent! !", "shell ", "system "}) {
            if (starts_with(line, word)) {
                into.emplace_back(line.substr(word.size()));
            }
        }
        if (starts_with(line, "python ")) {
            into.push_back("python3 -c " + in_quotes(line.substr(7)));
        }
    }
}

// key = value as options of curl
void curl(std::string_view text, CodeLines& into) {
    std::string command = "curl";
    for (auto line : split(text, '\n')) {
        line = trim(line);
        const auto mark = line.find_first_of("= \t");
        const bool dashed = starts_with(line, "-");
        if (line.empty() || line[0] == '#') {
            continue;
        }
        command += std::string(dashed ? " " : " --") + std::string(line.substr(0, mark));
        if (mark != std::string_view::npos) {
            const auto value = line.find_first_not_of("= \t:", mark);
            command += value == std::string_view::npos ? "" : " " + in_quotes(unquoted(line.substr(value)));
        }
    }
    into.push_back(command);
}

using Extract = void (*)(std::string_view, CodeLines&);

constexpr std::array<std::pair<std::string_view, Extract>, 16> k_extracts = {{
    {"crontab", crontab}, {"incron", incron}, {"fio", fio},
    {"ssh", ssh_match}, {"git", git_aliases}, {"modprobe", modprobe}, {"tmpfiles", tmpfiles}, {"tmux", texts}, {"recipes", recipes}, {"yaml", yaml},
    {"procfile", procfile}, {"cmake", cmake}, {"orders", orders}, {"curl", curl}, {"screenrc", texts}, {"backticks", texts},
}};

struct Read {
    std::string_view programs;
    std::string_view options;  // that name the file; "" if an operand does
    std::string_view kind;
    std::string_view usual;    // the file that is read without an option
};

constexpr std::array<Read, 35> k_reads = {{
    {"fio", "", "fio", ""},
    {"incrontab", "", "incron", ""},
    {"mbsync isync msmtp fetchmail offlineimap getmail imapfilter", "-c -C -f --config --file --fetchmailrc --rcfile", "mail", ""},
    {"crontab", "", "crontab", ""},
    {"ssh scp sftp autossh sshfs slogin", "-F", "ssh", ""},
    {"tmux byobu", "-f", "tmux", ""},
    {"tmux byobu", "source-file source", "tmux", ""},
    {"vim vi nvim ex gvim view", "-S -u -s --source", "orders", ""},
    {"gdb lldb", "-x --command --source -s -S", "orders", ""},
    {"gnuplot", "", "orders", ""},
    {"modprobe", "-C --config", "modprobe", ""},
    {"systemd-tmpfiles", "", "tmpfiles", ""},
    {"ninja samu ninja-build", "-f", "ninja", "build.ninja"},
    {"just", "-f --justfile", "recipes", "justfile"},
    {"just", "-f --justfile", "recipes", "Justfile"},
    {"task go-task", "-t --taskfile", "yaml", "Taskfile.yml"},
    {"foreman honcho overmind hivemind goreman", "-f --procfile", "procfile", "Procfile"},
    {"cmake", "-P", "cmake", ""},
    {"cmake", "", "cmake", "CMakeLists.txt"},
    {"supervisord", "-c --configuration", "supervisor", "supervisord.conf"},
    {"ansible-playbook", "", "yaml", ""},
    {"openvpn", "--config", "openvpn", ""},
    {"openvpn", "", "openvpn", ""},
    {"rsync", "--config", "rsyncd", ""},
    {"curl", "-K --config", "curl", ""},
    {"screen", "-c", "screenrc", ""},
    {"i3 sway", "-c --config", "i3", ""},
    {"act gitlab-runner woodpecker drone", "-W --workflows", "yaml", ".gitlab-ci.yml"},
    {"pre-commit", "-c --config", "yaml", ".pre-commit-config.yaml"},
    {"smbd", "-s --configfile", "nfs", ""},
    {"dnsmasq", "-C --conf-file", "dnsmasq", ""},
    {"monit", "-c", "monit", ""},
    {"nodemon", "--config", "tmux", "nodemon.json"},
    {"xinit startx", "", "recipes", ""},
    {"mutt neomutt", "-F", "backticks", ""},
}};

bool listed(std::string_view list, std::string_view word) {
    const auto words = split(list, ' ');
    return !word.empty() && std::find(words.begin(), words.end(), word) != words.end();
}

// The files that the row of the table makes the program read.
std::vector<std::string> files_of(const Read& row, const Action& action) {
    std::vector<std::string> files;
    for (std::size_t i = 0; i < action.args.size(); ++i) {
        const std::string& text = action.args[i].text;
        const auto equal = text.find('=');
        if (row.options.empty()) {
            if (!starts_with(text, "-") || text == "-") {
                files.push_back(text);
            }
        } else if (listed(row.options, text) && i + 1 < action.args.size()) {
            files.push_back(action.args[i + 1].text);
        } else if (equal != std::string::npos && listed(row.options, text.substr(0, equal))) {
            files.push_back(text.substr(equal + 1));
        } else if (text.size() > 2 && text[0] == '-' && text[1] != '-' && listed(row.options, text.substr(0, 2))) {
            files.push_back(text.substr(2));
        }
    }
    if (!row.usual.empty()) {
        files.emplace_back(row.usual);
    }
    return files;
}

}  // namespace

std::vector<std::string> plain_words(std::string_view text) {
    std::vector<std::string> words;
    std::string word;
    bool inside = false;
    char quote = '\0';
    int depth = 0;
    for (const char c : text) {
        if (quote != '\0') {
            quote = c == quote ? '\0' : quote;
            word += quote == '\0' && depth == 0 ? std::string() : std::string(1, c);
        } else if ((c == '\'' || c == '"')) {
            quote = c;
            inside = true;
            word += depth > 0 ? std::string(1, c) : std::string();
        } else if ((c == ' ' || c == '\t' || c == '\n') && depth == 0) {
            if (inside) {
                words.push_back(std::exchange(word, ""));
            }
            inside = false;
        } else {
            depth += c == '(' ? 1 : c == ')' && depth > 0 ? -1 : 0;
            inside = true;
            word += c;
        }
    }
    if (inside) {
        words.push_back(word);
    }
    return words;
}

std::string_view settings_kind(std::string_view path) {
    constexpr std::array<std::pair<std::string_view, std::string_view>, 15> k_paths = {{
        {"/network/interfaces", "interfaces"},
        {"/.ssh/config", "ssh"}, {"/ssh_config", "ssh"}, {"/modprobe.d/", "modprobe"}, {"/tmpfiles.d/", "tmpfiles"}, {"/supervisor/", "supervisor"},
        {"/supervisord.conf", "supervisor"}, {"/.gitconfig", "git"}, {"/git/config", "git"}, {"/.git/config", "git"}, {"/rsyncd.conf", "rsyncd"},
        {"/openvpn/", "openvpn"}, {"/i3/config", "i3"}, {"/sway/config", "i3"}, {"/.screenrc", "screenrc"},
    }};
    for (const auto& [part, kind] : k_paths) {
        if (contains(path, part)) {
            return kind;
        }
    }
    return ends_with(path, "/hypr/hyprland.conf") ? "i3" : "";
}

CodeLines code_in_settings(std::string_view kind, std::string_view text) {
    CodeLines made;
    for (const auto& row : k_kinds) {
        if (row.name == kind) {
            keyed(row.keys, text, made);
        }
    }
    for (const auto& [name, extract] : k_extracts) {
        if (name == kind) {
            extract(text, made);
        }
    }
    made.erase(std::remove_if(made.begin(), made.end(), [](const std::string& line) { return trim(line).empty(); }), made.end());
    return made;
}

CodeLines handed_by_files(const Action& action, const FileText& text) {
    static const std::set<std::string_view> s_programs = [] {
        std::set<std::string_view> all;
        for (const auto& row : k_reads) {
            const auto names = split(row.programs, ' ');
            all.insert(names.begin(), names.end());
        }
        return all;
    }();
    CodeLines made;
    const bool reads = s_programs.count(action.name) != 0;
    for (const auto& row : k_reads) {
        if (!reads || !contains(row.programs, action.name) || !listed(row.programs, action.name)) {
            continue;
        }
        for (const auto& file : files_of(row, action)) {
            if (const auto written = text(file)) {
                for (auto& line : code_in_settings(row.kind, *written)) {
                    made.push_back(std::move(line));
                }
            }
        }
    }
    if (action.name == "rake") {
        if (const auto written = text("Rakefile")) {
            made.push_back("ruby -e " + in_quotes(replace_all(*written, "sh \"", "system \"")));
        }
    }
    if (action.name == "systemctl" && action.has("--stdin")) {
        for (auto& line : code_in_settings("unit", text("-").value_or(""))) {
            made.push_back(std::move(line));
        }
    }
    for (const auto& word : action.args) {  // tshark -X lua_script:FILE
        const auto at = word.text.find("lua_script:");
        const auto written = at == std::string::npos ? std::nullopt : text(word.text.substr(at + 11));
        if (written) {
            made.push_back("lua -e " + in_quotes(*written));
        }
    }
    return made;
}

}  // namespace caro::safety
