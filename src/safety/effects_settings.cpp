// Settings whose value is a command: git's configuration, options of ssh.
#include <algorithm>
#include <array>

#include "safety/effects.hpp"
#include "safety/guards.hpp"
#include "util/strings.hpp"

namespace caro::safety {

namespace {

// Keys, in lower case, whose value git hands to a shell as it is; with * for a part of the name.
constexpr std::array<std::string_view, 19> k_git_code = {
    "core.pager",      "pager.*",         "core.editor",     "sequence.editor",  "core.sshcommand",
    "core.fsmonitor",  "core.askpass",    "diff.external",   "diff.*.command",   "diff.*.textconv",
    "filter.*.clean",  "filter.*.smudge", "merge.*.driver",  "difftool.*.cmd",   "mergetool.*.cmd",
    "gpg.program",     "credential.*",    "interactive.difffilter", "uploadpack.packobjectshook"};

// Options of ssh that name a command.
constexpr std::array<std::string_view, 3> k_ssh_code = {"proxycommand", "localcommand", "knownhostscommand"};

bool git_runs(std::string_view key) {
    return std::any_of(k_git_code.begin(), k_git_code.end(), [&](std::string_view glob) { return glob_match(glob, key); });
}

}  // namespace

void Effects::setting(std::string_view key, std::string_view value) {
    const std::string lower = to_lower(key);
    if (lower == "http.sslverify" && (value == "false" || value == "0" || value == "no" || value == "off")) {
        m_judge.find("network.trusts-anybody", "", m_action.span);
    }
    const std::string command = to_lower(value);
    if (lower == "core.sshcommand" && (command.find("stricthostkeychecking=no") != std::string::npos || command.find("userknownhostsfile=/dev/null") != std::string::npos)) {
        m_judge.find("network.trusts-anybody", "", m_action.span);
    }
    const bool bang = value.substr(0, 1) == "!";
    const bool alias = lower.substr(0, 6) == "alias.";
    if (bang && (alias || lower.substr(0, 11) == "credential." || git_runs(lower))) {
        m_judge.later(value.substr(1), m_action);
    } else if (!alias && git_runs(lower)) {
        m_judge.later(value, m_action);
    }
}

// Commands behind a ! in programs that are no shells: less +'!CMD', ed <<< '!CMD'; cmake -E rm.
void Effects::escapes() {
    const std::string& name = m_action.name;
    const bool pages = m_spec.id == "vi" || name == "less" || name == "more" || name == "man" || name == "most";
    for (const auto& word : m_action.args) {
        const std::string_view text = word.text;
        const std::size_t mark = text.substr(0, 2) == "+!" ? 2 : text.substr(0, 3) == "+:!" ? 3 : 0;
        const bool of_dc = name == "dc" && text.substr(0, 1) == "!";
        if ((pages && mark != 0) || of_dc) {
            m_judge.nested(text.substr(of_dc ? 1 : mark), m_action);
        } else if (m_spec.id == "vi" && (text.find("lua ") != std::string_view::npos || text.find("system(") != std::string_view::npos)) {
            texts_of(text, "other", false);
        } else if (m_spec.id == "npm" && text.substr(0, 8) == "scripts." && text.find('=') != std::string_view::npos) {
            m_judge.later(text.substr(text.find('=') + 1), m_action);
        }
    }
    const bool talks = name == "ed" || name == "red" || name == "ftp" || name == "sftp" || name == "dc" || name == "mail";
    const std::string_view input = m_action.input && talks ? std::string_view(*m_action.input) : std::string_view();
    for (const auto line : split(input, '\n')) {
        const bool reads = name == "ed" && line.size() > 3 && (line.substr(0, 3) == "r !" || line.substr(0, 3) == "w !" || line.substr(0, 3) == "e !");
        if (line.substr(0, 1) == "!" || reads) {
            m_judge.nested(line.substr(reads ? 3 : 1), m_action);
        }
    }
    if (name == "cmake" && m_action.args.size() > 2 && m_action.args[0].text == "-E") {
        const std::string& tool = m_action.args[1].text;
        std::string line = tool == "remove_directory" ? "rm -rf" : tool == "remove" ? "rm -f" : tool;
        for (std::size_t i = 2; i < m_action.args.size(); ++i) {
            line += " '" + m_action.args[i].text + "'";
        }
        m_judge.nested(line, m_action);
    }
}

// yes | CMD, echo y | CMD, CMD <<< y
bool Effects::answers_yes() const {
    const auto yes = [](std::string_view text) { return !trim(text).empty() && to_lower(trim(text).substr(0, 1)) == "y"; };
    const auto& first = m_line.stages.empty() ? std::vector<shell::Word>() : m_line.stages.front().words;
    const bool piped = m_line.stages.size() > 1 && !first.empty() &&
                       (first.front().text == "yes" || ((first.front().text == "echo" || first.front().text == "printf") &&
                                                        yes(first.back().text)));
    return piped || (m_action.input && yes(*m_action.input));
}

// Commands and changes of files that tools for many machines bring to them.
void Effects::run_everywhere() {
    if (m_spec.id != "ansible-playbook") {
        return;
    }
    const auto& args = m_action.args;
    for (std::size_t i = 0; i < args.size(); ++i) {
        const std::string_view text = args[i].text;
        const bool salt = text.substr(0, 4) == "cmd." && i + 1 < args.size();  // salt '*' cmd.run CODE
        const bool bolt = text == "run" && i > 0 && args[i - 1].text == "command" && i + 1 < args.size();
        const bool knife = text == "ssh" && i == 0 && args.size() > 2;  // knife ssh QUERY CODE
        if (salt || bolt || knife) {
            m_judge.later(args[i + (knife ? 2 : 1)].text, m_action);
        }
        if ((text == "-r" || text == "--raw") && m_action.name == "salt-ssh" && i + 1 < args.size()) {
            m_judge.later(args[i + 1].text, m_action);
        }
        const bool state = text.substr(0, 5) == "name=" && i > 0 && args[i - 1].text.substr(0, 4) == "cmd.";
        if (state) {  // state.single cmd.run name=CODE
            m_judge.later(text.substr(5), m_action);
        }
        if (text == "file.remove" && i + 1 < args.size()) {
            m_judge.later("rm -rf '" + args[i + 1].text + "'", m_action);
        }
        const auto path = text.find("path=") == std::string_view::npos ? text.find("dest=") : text.find("path=");
        if (path != std::string_view::npos && text.find("state=absent") != std::string_view::npos) {
            const std::string_view rest = text.substr(path + 5);
            m_judge.later("rm -rf '" + std::string(rest.substr(0, rest.find(' '))) + "'", m_action);
        }
    }
}

// Commands in the values of options of programs for something else.
void Effects::given_commands() {
    escapes();
    if (m_spec.id == "ansible-playbook") {  // ansible all -m shell -a CMD
        for (const auto& given : m_reading.options) {
            if (given.name == "-a" && !given.values.empty()) {
                m_judge.later(given.values.front()->text, m_action);
            }
        }
    }
    run_everywhere();
    if (m_spec.id == "ssh-keygen" && answers_yes()) {  // it asks before it overwrites a key
        for (const auto& given : m_reading.options) {
            const bool file = given.name == "-f" && !given.values.empty();
            if (file && class_of(*given.values.front()) != PathClass::temporary) {
                m_judge.find("delete.important", shown(*given.values.front()), m_action.span);
            }
        }
    }
    if (m_spec.id == "ssh-keygen" && m_action.has("-p")) {  // -p -N '': the key is then open to whoever gets the file
        for (const auto& given : m_reading.options) {
            if (given.name == "-N" && !given.values.empty() && given.values.front()->text.empty()) {
                m_judge.find("security.guard-off", "the passphrase of a key", m_action.span);
            }
        }
    }
    if (m_spec.id == "gdb") {  // gdb -ex 'shell CMD'
        for (const auto& given : m_reading.options) {
            const std::string_view text = given.values.empty() ? std::string_view() : std::string_view(given.values.front()->text);
            const std::size_t skipped = text.substr(0, 6) == "shell " ? 6 : text.substr(0, 1) == "!" ? 1 : 0;
            if (skipped != 0) {
                m_judge.nested(text.substr(skipped), m_action);
            }
        }
    }
    if (m_spec.id == "vi") {
        for (const auto& given : m_reading.options) {
            std::string_view text = given.values.empty() ? std::string_view() : std::string_view(given.values.front()->text);
            text.remove_prefix(text.substr(0, 1) == ":" ? 1 : 0);
            if ((given.name == "-c" || given.name == "--cmd") && text.substr(0, 1) == "!") {
                m_judge.nested(text.substr(1), m_action);
            }
        }
    }
}

// Options without a value, of whatever program, that take any certificate or signature.
bool Effects::trusts_by_option(std::string_view text) const {
    constexpr std::array<std::string_view, 24> k_options = {
        "--tlsAllowInvalidCertificates", "--tlsAllowInvalidHostnames", "--sslAllowInvalidCertificates", "-tls-skip-verify", "--tls-skip-verify",
        "--ssl-mode=DISABLED", "--skip-ssl",         "-Dmaven.wagon.http.ssl.insecure=true", "-Dmaven.wagon.http.ssl.allowall=true", "--tls-insecure",
        "--insecure-skip-tls-verify", "--no-gpg-verify",   "--skip-tls-verify",       "--no-verify-ssl",       "--trust-server-cert",
        "--disable-tls-verification", "--skip-ssl-verify", "--insecure-registry",     "--no-signature-check",  "--allow-unsigned",
        "--no-ssl-verify",            "--skip-signature",  "--ignore-certificate-errors", "--insecure-no-tls-verify"};
    if (text.size() < 2 || text[0] != '-') {
        return false;
    }
    if (std::find(k_options.begin(), k_options.end(), text) != k_options.end()) {
        return true;
    }
    if (text == "--insecure" && any_of(m_action.name, {"argocd", "redis-cli", "valkey-cli", "talosctl", "step", "flux"})) {
        return true;
    }
    const bool curl = m_spec.id == "curl" && m_action.has("-k");
    const bool loose = curl || text == "--no-check-certificate" || text == "-SkipCertificateCheck" || text == "--insecure";
    return loose && (m_reading.has("download") || m_reading.has("writes") || m_reading.has("send") || m_reading.has("senddata") ||
                     (m_spec.id == "wget" && !prints_download()) || (curl && gives_credentials())) && !only_here();
}

// curl -u NAME, -b COOKIE: what anybody on the way may then read
bool Effects::gives_credentials() const {
    return std::any_of(m_reading.options.begin(), m_reading.options.end(), [](const GivenOption& given) {
        constexpr std::array<std::string_view, 8> k_options = {"-u", "--user", "-b", "--cookie", "--oauth2-bearer", "-E", "--cert", "--netrc-file"};
        return std::find(k_options.begin(), k_options.end(), given.name) != k_options.end();
    });
}

// wget -O -
bool Effects::prints_download() const {
    return std::any_of(m_reading.options.begin(), m_reading.options.end(), [](const GivenOption& given) {
        return (given.name == "-O" || given.name == "--output-document") && !given.values.empty() && given.values.front()->text == "-";
    });
}

// Every address is of this machine, of a network of one's own, or is not known.
bool Effects::only_here() const {
    constexpr std::array<std::string_view, 10> k_own = {"localhost", "127.", "10.", "192.168.", "172.", "[::1]", "0.0.0.0", "\x1a", "host.docker", "kubernetes"};
    for (const auto& operand : m_reading.operands) {
        const std::string_view url = operand.word->text;
        const auto scheme = url.find("://");
        const std::string_view host = url.substr(scheme == std::string_view::npos ? 0 : scheme + 3);
        const std::string_view name = host.substr(0, host.find_first_of(":/"));
        const bool plain = name.find('.') == std::string_view::npos;
        const bool own = plain || std::any_of(k_own.begin(), k_own.end(), [host](std::string_view beginning) { return host.substr(0, beginning.size()) == beginning; });
        if (!own) {
            return false;
        }
    }
    return true;
}

// conda config --set ssl_verify false, go env -w GOINSECURE='*', apt-get -o …Verify-Peer=false, kubectl --insecure-skip-tls-verify
void Effects::trust() {
    constexpr std::array<std::string_view, 9> k_words = {"echo", "printf", "grep", "rg", "test", "[", "sed", "awk", "egrep"};
    const auto& args = m_action.args;
    if (std::find(k_words.begin(), k_words.end(), m_action.name) != k_words.end() || (m_spec.id == "git" && m_action.has("-m"))) {
        return;
    }
    if (any_of(m_spec.id, {"ssh", "scp", "sftp", "rsync"})) {
        std::string all;
        for (const auto& word : args) {
            all += to_lower(word.text) + " ";
        }
        if (contains(all, "stricthostkeychecking=no") && contains(all, "userknownhostsfile=/dev/null")) {
            m_judge.find("network.trusts-anybody", "", m_action.span);  // neither asks nor remembers whom it talks to
            return;
        }
    }
    bool config = false;
    for (std::size_t i = 0; i < args.size(); ++i) {
        const std::string_view text = args[i].text;
        const auto equal = text.find('=');
        if ((text.size() > 200 && m_action.name != "lftp") || text.find('\n') != std::string_view::npos) {
            continue;
        }
        const bool gem = text == "NoSecurity" && i > 0 && m_action.name == "gem";
        const bool lftp = m_action.name == "lftp" && contains(text, "ssl:verify-certificate no");
        if (gem || lftp) {
            m_judge.find("network.trusts-anybody", "", m_action.span);
            return;
        }
        const bool reads = text == "--get" || text == "get" || text == "list";
        config = (config || text == "config" || text == "set" || text == "--set" || text == "-w" || text == "write") && !reads;
        const bool setting = text.find("://") == std::string_view::npos && text.find('?') == std::string_view::npos;
        const bool pair = equal != std::string_view::npos && setting && trusts_anybody(text.substr(0, equal), text.substr(equal + 1));
        const bool next = config && i + 1 < args.size() && trusts_anybody(text, args[i + 1].text);
        if (pair || next || trusts_by_option(text)) {
            m_judge.find("network.trusts-anybody", "", m_action.span);
            return;
        }
    }
}

void Effects::settings() {
    trust();
    if (m_spec.id == "git") {
        for (const auto& given : m_reading.options) {
            if (given.name == "-c" && !given.values.empty()) {
                const std::string_view text = given.values.front()->text;
                setting(text.substr(0, text.find('=')), text.substr(std::min(text.find('='), text.size() - 1) + 1));
            }
        }
        const auto& args = m_action.args;
        const auto config = std::find_if(args.begin(), args.end(), [](const shell::Word& word) { return word.text == "config"; });
        for (auto word = config; word != args.end() && word + 1 != args.end(); ++word) {
            if (word->text.find('.') != std::string::npos && word->text[0] != '-') {
                setting(word->text, (word + 1)->text);
                break;
            }
        }
    }
    if (m_spec.id == "npm" || m_spec.id == "yarn") {  // npm config set strict-ssl false
        for (std::size_t i = 0; i + 1 < m_reading.operands.size(); ++i) {
            if (m_reading.operands[i].word->text == "strict-ssl" && m_reading.operands[i + 1].word->text == "false") {
                m_judge.find("network.trusts-anybody", "", m_action.span);
            }
        }
    }
    given_commands();
    embedded();
    if (m_spec.id != "ssh") {
        return;
    }
    for (const auto& given : m_reading.options) {
        const std::string_view text = given.name == "-o" && !given.values.empty() ? given.values.front()->text : std::string_view();
        const auto equal = text.find_first_of("= ");
        const std::string key = to_lower(text.substr(0, equal));
        if (equal != std::string_view::npos && std::find(k_ssh_code.begin(), k_ssh_code.end(), key) != k_ssh_code.end()) {
            m_judge.nested(trim(text.substr(equal + 1)), m_action);
        }
    }
}

}  // namespace caro::safety
