// Files from the network that are not run by a shell but loaded: modules, libraries, units, tables of cron, playbooks.
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

bool starts_with(std::string_view text, std::string_view beginning) { return text.substr(0, beginning.size()) == beginning; }

// Programs that run, or load as code, a file among their words.
bool is_loader(std::string_view name) {
    constexpr std::array<std::string_view, 54> k_loaders = {
        "insmod",   "modprobe", "kmod",     "kextload",  "kmutil",   "launchctl", "crontab",  "at",      "msiexec", "rundll32", "regsvr32", "wscript", "cscript",
        "mshta",    "start",    "java",     "node",      "deno",     "bun",       "ruby",     "perl",    "php",     "lua",      "luajit",   "go",      "vim",
        "vi",       "nvim",     "ex",       "view",      "emacs",    "gdb",       "lldb",     "ansible-playbook",   "ansible", "osascript", "wine",  "mono",
        "dotnet",   "tclsh",    "expect",   "rscript",   "julia",    "tmux",      "make",     "gmake",   "regedit", "schtasks", "sc",       "qjs",     "puppet",
        "terraform", "nomad",   "just"};
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
    if (any_of(name, {"rake", "just", "task", "vagrant", "npm", "yarn", "terraform", "tofu"})) {
        return {"Rakefile", "justfile", "Taskfile.yml", "Vagrantfile", "package.json", "main.tf"};
    }
    return {};
}

// Variables that hold files or folders which programs load code from.
constexpr std::array<std::string_view, 22> k_code_variables = {
    "LD_PRELOAD", "LD_AUDIT", "LD_LIBRARY_PATH", "DYLD_INSERT_LIBRARIES", "DYLD_LIBRARY_PATH", "PYTHONPATH", "PYTHONSTARTUP", "PERL5LIB", "RUBYLIB", "NODE_PATH", "CLASSPATH",
    "NODE_OPTIONS", "RUBYOPT", "PERL5OPT", "JAVA_TOOL_OPTIONS", "BASH_ENV", "ENV", "GCONV_PATH", "LUA_INIT", "VIMINIT", "PHPRC", "R_PROFILE"};

}  // namespace

// A word of a loader is a file that came from the network.
void Judge::check_loads(const Action& act) {
    if (m_arrivals.empty()) {
        return;
    }
    const std::string name = to_lower(act.name);
    const bool loader = is_loader(name) || starts_with(name, "python") || starts_with(name, "emacs");
    const bool builder = is_builder(name);
    if (name == "systemctl") {
        const bool starts = any_of(act.subcommand(), {"start", "enable", "restart", "reenable", "link", "try-restart", "isolate", "preset"});
        for (const auto& word : act.args) {
            const bool unit = std::any_of(m_arrivals.files.begin(), m_arrivals.files.end(), [&](const std::string& file) {
                const std::string_view last = std::string_view(file).substr(file.rfind('/') + 1);
                return last == word.text || (starts_with(last, word.text) && any_of(last.substr(word.text.size()), {".service", ".timer", ".socket", ".path"}));
            });
            if (starts && !word.text.empty() && (unit || arrived(word.text, Arrival::load))) {
                find("execute.download", shown(word), act.span);
            }
        }
        return;
    }
    if (!loader && !builder && taken_from_folder(act).empty()) {
        return;
    }
    const bool bare = std::none_of(act.args.begin(), act.args.end(), [](const shell::Word& word) { return any_of(word.text, {"-n", "-C", "--version", "run", "exec", "ps"}); });
    for (const auto file : taken_from_folder(act)) {
        if (bare && m_arrivals.files.count(normalized(file, m_cwd)) != 0) {
            find("execute.download", file, act.span);
        }
    }
    for (const auto& word : act.args) {
        std::string_view text = word.text;
        const auto mark = text.find_first_of("=,@");
        const bool option = starts_with(text, "-");
        if (option && mark != std::string_view::npos) {
            text.remove_prefix(mark + 1);  // --file=x
        } else if (option && text.size() > 2 && text[1] != '-') {
            text.remove_prefix(2);  // -r./x.rb
        } else if (name == "rundll32") {
            text = text.substr(0, mark);
        }
        const bool code = starts_with(name, "python") && text.find('(') != std::string_view::npos;
        const std::string class_file = name == "java" ? std::string(text) + ".class" : "";
        if (!code && !text.empty() && ((loader && arrived(text, is_interpreter(name) ? Arrival::program : Arrival::load)) ||
                                       (builder && arrived(text, Arrival::build)) || (!class_file.empty() && arrived(class_file, Arrival::load)))) {
            find("execute.download", shown(word), act.span);
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
