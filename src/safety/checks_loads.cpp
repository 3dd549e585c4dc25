// Files from the network that are not run by a shell but loaded: modules, libraries, units, tables of cron, playbooks.
#include <algorithm>
#include <array>
#include <utility>

#include "safety/effects.hpp"
#include "safety/judge.hpp"
#include "util/strings.hpp"

namespace caro::safety {

namespace {

// Programs that run, or load as code, a file among their words.
bool is_loader(std::string_view name) {
    constexpr std::array<std::string_view, 54> k_loaders = {
        "insmod",   "modprobe", "kmod",     "kextload",  "kmutil",   "launchctl", "crontab",  "at",      "msiexec", "rundll32", "regsvr32", "wscript", "cscript",
        "mshta",    "start",    "java",     "node",      "deno",     "bun",       "ruby",     "perl",    "php",     "lua",      "luajit",   "go",      "vim",
        "vi",       "nvim",     "ex",       "view",      "emacs",    "gdb",       "lldb",     "ansible-playbook",   "ansible", "osascript", "wine",  "mono",
        "dotnet",   "tclsh",    "expect",   "rscript",   "julia",    "tmux",      "regedit", "schtasks", "sc",       "qjs",     "puppet",
        "nomad", "pwsh", "powershell", "pwsh.exe", "powershell.exe"};
    return std::find(k_loaders.begin(), k_loaders.end(), name) != k_loaders.end();
}

// Programs that build or install what they are given.
bool is_builder(std::string_view name) {
    return any_of(name, {"make", "gmake", "cmake", "ninja", "meson", "dpkg", "rpm", "apt", "apt-get", "dnf", "yum", "zypper", "pacman", "apk", "installer", "snap",
                         "flatpak", "pip", "pip3", "pipx", "uv", "npm", "yarn", "pnpm", "gem", "cargo", "brew", "docker", "podman", "docker-compose"});
}

// Files that such programs take from the folder in force.
std::vector<std::string_view> taken_from_folder(const Action& action) {
    const std::string& name = action.name;
    if (any_of(name, {"make", "gmake"})) {
        return {"Makefile", "makefile", "GNUmakefile"};
    }
    if (any_of(name, {"docker", "podman", "docker-compose"})) {
        return {"docker-compose.yml", "docker-compose.yaml", "compose.yml", "compose.yaml", "Dockerfile"};
    }
    constexpr std::array<std::pair<std::string_view, std::string_view>, 34> k_files = {{
        {"rake", "Rakefile"},        {"just", "justfile"},         {"task", "Taskfile.yml"},      {"vagrant", "Vagrantfile"},  {"npm", "package.json"},
        {"yarn", "package.json"},    {"pnpm", "package.json"},     {"bun", "package.json"},       {"terraform", "main.tf"},    {"tofu", "main.tf"},
        {"pip", "setup.py"},         {"pip3", "setup.py"},         {"pip", "pyproject.toml"},     {"uv", "pyproject.toml"},    {"poetry", "pyproject.toml"},
        {"gradle", "build.gradle"},  {"gradle", "build.gradle.kts"}, {"gradle", "settings.gradle"}, {"mvn", "pom.xml"},        {"cmake", "CMakeLists.txt"},
        {"pre-commit", ".pre-commit-config.yaml"}, {"cargo", "build.rs"}, {"cargo", "Cargo.toml"}, {"bundle", "Gemfile"},      {"composer", "composer.json"},
        {"direnv", ".envrc"},        {"tox", "tox.ini"},           {"nox", "noxfile.py"},         {"pytest", "conftest.py"},   {"gulp", "gulpfile.js"},
        {"ant", "build.xml"},        {"sbt", "build.sbt"},         {"meson", "meson.build"},      {"scons", "SConstruct"},
    }};
    std::vector<std::string_view> files;
    for (const auto& [tool, file] : k_files) {
        if (tool == name) {
            files.push_back(file);
        }
    }
    return files;
}

// Variables that hold files or folders which programs load code from.
constexpr std::array<std::string_view, 22> k_code_variables = {
    "LD_PRELOAD", "LD_AUDIT", "LD_LIBRARY_PATH", "DYLD_INSERT_LIBRARIES", "DYLD_LIBRARY_PATH", "PYTHONPATH", "PYTHONSTARTUP", "PERL5LIB", "RUBYLIB", "NODE_PATH", "CLASSPATH",
    "NODE_OPTIONS", "RUBYOPT", "PERL5OPT", "JAVA_TOOL_OPTIONS", "BASH_ENV", "ENV", "GCONV_PATH", "LUA_INIT", "VIMINIT", "PHPRC", "R_PROFILE"};

}  // namespace

// The words of a loader that it loads; what else stands there is data.
std::vector<const shell::Word*> Judge::loaded_words(const Action& act, const std::string& name) const {
    constexpr std::array<std::string_view, 10> k_windows = {".exe", ".msi", ".bat", ".cmd", ".ps1", ".vbs", ".hta", ".lnk", ".scr", ".dll"};
    const bool editor = any_of(name, {"vim", "vi", "nvim", "ex", "view", "gdb", "lldb", "tmux", "ansible", "schtasks", "sc"}) || starts_with(name, "pwsh") || starts_with(name, "powershell") || starts_with(name, "emacs");
    const bool only_first = is_interpreter(name) || any_of(name, {"java", "go", "deno", "bun", "luajit", "wine", "mono", "dotnet", "tclsh", "expect", "rscript", "julia"});
    std::vector<const shell::Word*> words;
    for (std::size_t i = 0; i < act.args.size(); ++i) {
        const std::string& text = act.args[i].text;
        const std::string_view before = i > 0 ? std::string_view(act.args[i - 1].text) : std::string_view();
        if (name == "make" || name == "gmake") {  // its operands are targets
            words.insert(words.end(), any_of(before, {"-f", "-C", "--file", "--directory", "--makefile"}) || starts_with(text, "--file=") ? 1 : 0, &act.args[i]);
        } else if (editor) {
            const bool loaded = any_of(before, {"-S", "-s", "-u", "-x", "-l", "--load", "--script", "-command", "source-file", "source", "/tr", "-File", "-file", "-f", "/tr"}) || starts_with(text, "--load=");
            words.insert(words.end(), loaded ? 1 : 0, &act.args[i]);
        } else if (name == "start" || name == "open" || name == "xdg-open") {
            const bool runs = text.size() > 4 && std::find(k_windows.begin(), k_windows.end(), to_lower(text.substr(text.size() - 4))) != k_windows.end();
            words.insert(words.end(), runs ? 1 : 0, &act.args[i]);
        } else {
            if (name != "go" || act.subcommand() == "run") {
                words.push_back(&act.args[i]);
            }
            const bool operand = !text.empty() && text[0] != '-' && text != "run" && text != "exec";
            if (only_first && operand) {
                break;
            }
        }
    }
    return words;
}

// Code that names a file which came from the network: ctypes.CDLL("./x.so")
bool Judge::names_arrived(std::string_view code) const {
    for (auto at = code.find_first_of("\"'"); at != std::string_view::npos;) {
        const auto end = code.find(code[at], at + 1);
        if (end == std::string_view::npos) {
            return false;
        }
        const std::string_view text = code.substr(at + 1, end - at - 1);
        const bool reads = at > 5 && code.substr(at - 5, 5) == "open(";
        if (!reads && text.size() > 2 && text.size() < 300 && arrived(text, Arrival::load) && text.find(".json") == std::string_view::npos &&
            text.find(".csv") == std::string_view::npos && text.find(".txt") == std::string_view::npos) {
            return true;
        }
        at = code.find_first_of("\"'", end + 1);
    }
    return false;
}

namespace {

// make -f FILE
bool before_is_file(const Action& act, const shell::Word& word) {
    const bool given = &word != act.args.data() && any_of((&word)[-1].text, {"-f", "--file", "--makefile"});
    return any_of(act.name, {"make", "gmake"}) && (given || starts_with(word.text, "--file="));
}

}  // namespace

bool is_address(std::string_view text) {
    constexpr std::array<std::string_view, 11> k_beginnings = {"http://", "https://", "git+", "git://", "ssh://git", "git@", "github:", "gitlab:", "bitbucket:", "gist:", "tarball+http"};
    const bool address = std::any_of(k_beginnings.begin(), k_beginnings.end(), [text](std::string_view beginning) { return starts_with(text, beginning); });
    return address && text.find("localhost") == std::string_view::npos && text.find("127.0.0.1") == std::string_view::npos;
}

// npx URL, ansible-pull -U URL, nix run github:x/y: a package or script from an address is run at once.
void Judge::check_addresses(const Action& act, const std::string& name) {
    const std::string_view sub = act.subcommand();
    const auto says = [&act](std::string_view word) {
        return std::any_of(act.args.begin(), act.args.end(), [&](const shell::Word& w) { return w.text == word; });
    };
    const bool always = any_of(name, {"npx", "bunx", "pnpx", "uvx", "ansible-pull", "nix-shell"});
    const bool runs = (any_of(name, {"npm", "pnpm", "yarn", "bun", "uv", "pipx", "nix", "deno", "cargo", "conda"}) &&
                       (any_of(sub, {"run", "exec", "dlx", "x", "tool", "shell", "develop"}))) ||
                      (any_of(name, {"chef-client", "chef-solo"}) && (says("--recipe-url") || says("-r"))) || (name == "go" && sub == "run");
    if (!always && !runs) {
        return;
    }
    for (const auto& word : act.args) {
        const std::string_view text = word.text;
        const bool address = is_address(text);
        const bool module = name == "go" && text.find('@') != std::string_view::npos && text.find('/') != std::string_view::npos && text[0] != '.';
        const bool value = &word != act.args.data() && (&word)[-1].text.size() > 1 && (&word)[-1].text[0] == '-' &&
                           !any_of((&word)[-1].text, {"-y", "-U", "--url", "--yes", "-A", "--spec", "--from", "-p", "--package", "--recipe-url", "-r", "-q", "-c"});
        if ((address || module) && !value) {
            find("execute.download", "", act.span);
            return;
        }
    }
}

// Takes from its input what it runs, as far as that is more than what runs_input tells: make -f -, at, crontab -
bool loads_input(const Action& action) {
    const auto says = [&action](std::string_view word) {
        return std::any_of(action.args.begin(), action.args.end(), [&](const shell::Word& w) { return w.text == word; });
    };
    const std::string& name = action.name;
    const bool input = says("-") || says("/dev/stdin") || says("/dev/fd/0") || says("/proc/self/fd/0");
    if (any_of(name, {"ssh", "slogin"})) {  // ssh HOST bash: it runs there
        const auto operands = action.operands();
        return operands.size() == 1 || (operands.size() >= 2 && (is_shell(operands[1]->text) || operands[1]->text == "sudo" || starts_with(operands[1]->text, "bash ") || starts_with(operands[1]->text, "sh ")));
    }
    if (any_of(name, {"su", "sudo", "doas", "login"})) {  // a shell of somebody else reads it
        return !action.has("-c") && (name == "su" || ((action.has("-i") || action.has("-s")) && action.operands().empty()));
    }
    if (any_of(name, {"pip", "pip3", "npm", "uv"})) {
        return says("/dev/stdin") || says("-");
    }
    if (any_of(name, {"at", "batch"})) {
        return !says("-f") && !says("-l") && !says("-r");
    }
    if (any_of(name, {"tar", "bsdtar", "gtar"})) {  // tar x --to-command=sh
        return std::any_of(action.args.begin(), action.args.end(), [](const shell::Word& word) {
            return starts_with(word.text, "--to-command=") && is_interpreter(base_name(std::string_view(word.text).substr(13)));
        });
    }
    if (name == "parallel" || name == "crontab") {
        return name == "crontab" ? input || (action.operands().empty() && !says("-l") && !says("-e") && !says("-r")) : action.operands().empty();
    }
    if (any_of(name, {"vim", "vi", "nvim", "ex", "view", "tmux"}) || starts_with(name, "emacs")) {
        return input && (says("-S") || says("-s") || says("source-file") || says("-l") || says("--load"));
    }
    const bool script = any_of(name, {"awk", "gawk", "mawk", "sed", "ansible-playbook", "tclsh", "expect", "make", "gmake", "gdb", "lldb", "osascript", "just", "ninja"});
    return input && (script || (any_of(name, {"docker", "podman"}) && says("build")) || is_loader(name));
}

// Units and modules, which are loaded by a name that leaves the folder and the ending out.
void Judge::check_named_loads(const Action& act, const std::string& name) {
    if (name == "systemctl") {
        const bool starts = any_of(act.subcommand(), {"start", "enable", "restart", "reenable", "link", "try-restart", "isolate", "preset"});
        for (const auto& word : act.args) {
            const bool unit = std::any_of(m_arrivals.files.begin(), m_arrivals.files.end(), [&](const std::string& file) {
                const std::string_view last = std::string_view(file).substr(file.rfind('/') + 1);
                return (last == word.text && last.find('.') != std::string_view::npos) || (starts_with(last, word.text) && any_of(last.substr(word.text.size()), {".service", ".timer", ".socket", ".path"}));
            });
            if (starts && !word.text.empty() && (unit || (word.text.find('/') != std::string::npos && arrived(word.text, Arrival::load)))) {
                find("execute.download", shown(word), act.span);
            }
        }
        return;
    }
    if (name == "modprobe" || name == "insmod") {
        for (const auto* word : act.operands()) {
            const bool module = std::any_of(m_arrivals.files.begin(), m_arrivals.files.end(), [&](const std::string& file) {
                const std::string_view last = std::string_view(file).substr(file.rfind('/') + 1);
                return starts_with(last, word->text) && any_of(last.substr(std::min(word->text.size(), last.size())), {".ko", ".ko.xz", ".ko.zst", ".ko.gz"});
            });
            if (module) {
                find("execute.download", shown(*word), act.span);
            }
        }
    }
}

namespace {

// The file that the word of a loader names.
std::string_view loaded_file(std::string_view text, std::string_view name) {
    const auto mark = text.find_first_of("=,@:");
    const bool option = starts_with(text, "-");
    if (option && mark != std::string_view::npos) {
        return text.substr(mark + 1);  // --file=x
    }
    if (option && text.size() > 2 && text[1] != '-') {
        return text.substr(2);  // -r./x.rb
    }
    return name == "rundll32" ? text.substr(0, mark) : text;
}

}  // namespace

// A word of a loader is a file that came from the network.
void Judge::check_loads(const Action& act) {
    const std::string name = to_lower(act.name);
    check_addresses(act, name);
    if (m_arrivals.empty() && act.args.empty()) {
        return;
    }
    for (const auto* word : is_loader(name) ? loaded_words(act, name) : std::vector<const shell::Word*>()) {  // puppet apply <(curl …)
        if (is_fetched(*word) && !is_interpreter(name)) {
            find("execute.download", "", act.span);
        }
    }
    if (m_arrivals.empty()) {
        return;
    }
    const bool loader = is_loader(name) || starts_with(name, "python") || starts_with(name, "emacs");
    const bool builder = is_builder(name);
    const bool database = any_of(name, {"psql", "sqlite3", "mysql", "mariadb", "redis-cli", "valkey-cli", "duckdb"});
    if (database && std::any_of(act.args.begin(), act.args.end(), [this](const shell::Word& word) {
            return to_lower(word.text).find("load") != std::string::npos && names_arrived(word.text);
        })) {
        find("execute.download", name, act.span);
    }
    if (name == "systemctl" || name == "modprobe" || name == "insmod") {
        check_named_loads(act, name);
    }
    if (name == "enable" && act.has("-f") && std::any_of(act.args.begin(), act.args.end(), [this](const shell::Word& word) { return arrived(word.text, Arrival::load); })) {
        find("execute.download", name, act.span);  // enable -f FILE.so NAME
    }
    if (!loader && !builder && taken_from_folder(act).empty()) {
        return;
    }
    const bool container = starts_with(name, "docker") || name == "podman";
    const bool bare = std::none_of(act.args.begin(), act.args.end(), [container](const shell::Word& word) {
        return any_of(word.text, {"-n", "-C", "--version", "help", "list"}) || (container && any_of(word.text, {"run", "exec", "ps", "logs"}));
    });
    for (const auto file : taken_from_folder(act)) {
        if (bare && m_arrivals.files.count(normalized(file, m_cwd)) != 0) {
            find("execute.download", file, act.span);
        }
    }
    for (const auto* word : loaded_words(act, name)) {
        const std::string_view text = loaded_file(word->text, name);
        const bool script = is_interpreter(name);  // the operand itself is judged by its role
        const bool in_code = text.find('(') != std::string_view::npos && names_arrived(text);
        if (!text.empty() && (in_code || ((loader || before_is_file(act, *word)) && arrived(text, script ? Arrival::program : Arrival::load)) || (builder && arrived(text, Arrival::build)) ||
                              (name == "java" && arrived(std::string(text) + ".class", Arrival::load)) ||
                              (script && act.privileged && arrived(text, Arrival::shell)))) {
            find("execute.download", shown(*word), act.span);
        }
    }
    if (any_of(name, {"make", "gmake", "cmake", "ninja", "npm", "pip"}) && arrived(".", Arrival::build)) {
        find("execute.download", name, act.span);
    }
}

// LD_PRELOAD=x.so, PYTHONPATH=folder …: what lies there came from the network.
void Judge::check_loaded_settings(const shell::Command& command) {
    if (m_arrivals.empty()) {
        return;
    }
    for (const auto& [name, word] : command.assignments) {
        if (std::find(k_code_variables.begin(), k_code_variables.end(), name) == k_code_variables.end()) {
            continue;
        }
        std::string piece;
        for (const char c : word.text + ":") {
            if (c != ':' && c != ' ' && c != '=') {
                piece += c;
                continue;
            }
            std::string path = piece.substr(0, 2) == "-r" ? piece.substr(2) : piece;
            piece.clear();
            if (path.empty() || path[0] == '-') {
                continue;
            }
            const std::string folder = normalized(path, m_cwd);
            const bool within = std::any_of(m_arrivals.files.begin(), m_arrivals.files.end(), [&](const std::string& file) {
                const auto slash = file.rfind('/');
                return folder == (slash == std::string::npos ? "." : file.substr(0, slash)) || (folder == "." && slash == std::string::npos);
            });
            if (within || arrived(path, Arrival::load)) {
                find("execute.download", path, command.span);
            }
        }
    }
}

}  // namespace caro::safety
