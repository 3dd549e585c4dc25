// Files of tools that say what to run, written by the text and then given to the tool: playbooks, Terraform, Dockerfiles,
// task runners, Puppet and Chef.
#include <algorithm>
#include <array>

#include "safety/judge.hpp"
#include "util/strings.hpp"

namespace caro::safety {

namespace {

// The tool reads files of that name from the folder in force.
bool takes(std::string_view tool, std::string_view file) {
    const std::string_view name = base_name(file);
    if (any_of(tool, {"terraform", "tofu", "terragrunt"})) {
        return ends_with(name, ".tf") || ends_with(name, ".hcl") || ends_with(name, ".tf.json");
    }
    if (any_of(tool, {"docker", "podman", "buildah", "nerdctl"})) {
        return name == "Dockerfile" || name == "Containerfile" || contains(name, "compose.y");
    }
    if (any_of(tool, {"docker-compose", "podman-compose"})) {
        return contains(name, "compose.y");
    }
    return (tool == "rake" && name == "Rakefile") || (tool == "just" && any_of(name, {"justfile", "Justfile", ".justfile"})) ||
           (tool == "task" && starts_with(name, "Taskfile")) || (tool == "vagrant" && name == "Vagrantfile") || (tool == "tox" && name == "tox.ini") ||
           (tool == "nox" && name == "noxfile.py") || (any_of(tool, {"foreman", "overmind", "goreman", "honcho"}) && name == "Procfile") ||
           (tool == "act" && contains(file, ".github/workflows")) || (any_of(tool, {"npm", "yarn", "pnpm"}) && name == "package.json") ||
           (tool == "pre-commit" && name == ".pre-commit-config.yaml") || (any_of(tool, {"invoke", "fab"}) && any_of(name, {"tasks.py", "fabfile.py"})) ||
           (tool == "gulp" && starts_with(name, "gulpfile")) || (tool == "scons" && name == "SConstruct") || (tool == "cmake" && name == "CMakeLists.txt");
}

// Tools that are given such a file by name.
bool is_runner(std::string_view tool) {
    return any_of(tool, {"ansible-playbook", "puppet", "chef-apply", "chef-client", "salt-call", "terraform", "tofu", "docker", "podman", "docker-compose", "just", "task", "rake",
                         "nomad", "packer", "act", "bolt", "pyinfra", "supervisord", "pm2", "vagrant", "scons", "invoke", "fab", "cmake", "ninja", "tup", "bazel", "expect"});
}

}  // namespace

// Judges what stands in texts and behind keys of a recipe as commands; only what is bad is told.
void Judge::later_texts(std::string_view text, const Action& by) {
    constexpr int k_most = 80;
    int left = k_most;
    for (const auto raw : split(text, '\n')) {
        std::string_view line = trim(raw);
        if (line.empty() || line[0] == '#' || --left < 0) {
            continue;
        }
        std::string list;  // ["sh", "-c", "…"]
        for (auto at = line.find_first_of("\"'"); at != std::string_view::npos; at = line.find_first_of("\"'", at + 1)) {
            std::string piece;
            const char quote = line[at];
            for (++at; at < line.size() && line[at] != quote; ++at) {
                at += line[at] == '\\' && at + 1 < line.size() ? 1 : 0;
                piece += line[at];
            }
            if (contains(piece, " ") && --left > 0) {
                later(piece, by);
            }
            list += " '" + replace_all(piece, "'", "'\\''") + "'";
        }
        if (contains(line, "[") && !list.empty()) {
            later(list, by);
        }
        line.remove_prefix(starts_with(line, "- ") ? 2 : 0);
        const auto colon = line.find(": ");
        if (starts_with(line, "RUN ")) {
            line.remove_prefix(4);
        } else if (colon != std::string_view::npos && line.substr(0, colon).find(' ') == std::string_view::npos) {
            line.remove_prefix(colon + 2);
        }
        if (contains(line, " ") && !starts_with(line, "\"") && !starts_with(line, "'")) {
            later(line, by);
        }
    }
    absent_paths(text, by);
}

// ensure => absent, state: absent, action :delete: the path beside it is deleted.
void Judge::absent_paths(std::string_view text, const Action& by) {
    const bool absent = contains(text, "absent") || contains(text, ":delete") || contains(text, ":remove");
    if (!absent) {
        return;
    }
    int left = 20;
    const bool all = contains(text, "recurse") || contains(text, "force") || contains(text, "state") || contains(text, "recursive");
    for (const std::string_view key : {"path:", "dest:", "path=", "dest=", "file {", "file{", "directory ", "name:"}) {
        for (auto at = text.find(key); at != std::string_view::npos; at = text.find(key, at + 1)) {
            std::string_view rest = trim(text.substr(at + key.size(), 200));
            rest.remove_prefix(std::min(rest.find_first_not_of("\"' "), rest.size()));
            const std::string_view path = rest.substr(0, rest.find_first_of("\"' \n:,"));
            if (!path.empty() && (path[0] == '/' || path[0] == '~') && --left > 0) {
                later((all ? "rm -rf '" : "rm -f '") + std::string(path) + "'", by);
            }
        }
    }
}

// Tasks, entries of the registry and processes of Windows, jobs of launchd.
void Judge::check_tasks(const Action& act) {
    for (std::size_t i = 0; i + 1 < act.args.size(); ++i) {  // what Windows or launchd run later
        const std::string option = to_lower(act.args[i].text);
        const bool task = to_lower(act.name) == "schtasks" && option == "/tr";
        const bool start = to_lower(act.name) == "reg" && option == "/d" &&
                           std::any_of(act.args.begin(), act.args.end(), [](const shell::Word& word) { return contains(to_lower(word.text), "run"); });
        if (task || start) {
            judge_cmd(act.args[i + 1].text, act.span);
        } else if (act.name == "launchctl" && option == "--") {
            std::string line;
            for (std::size_t k = i + 1; k < act.args.size(); ++k) {
                line += " '" + replace_all(act.args[k].text, "'", "'\\''") + "'";
            }
            later(line, act);
        }
    }
    if (act.name == "wmic" && std::any_of(act.args.begin(), act.args.end(), [](const shell::Word& word) { return word.text == "create"; })) {
        judge_cmd(act.args.back().text, act.span);
    }
}

void Judge::check_recipes(const Action& act) {
    const bool puppet = any_of(act.name, {"puppet", "chef-apply", "bolt"});
    for (std::size_t i = 0; puppet && i + 1 < act.args.size(); ++i) {
        if (any_of(act.args[i].text, {"-e", "--execute"})) {
            later_texts(act.args[i + 1].text, act);
        }
    }
    if (any_of(act.name, {"fab", "mco", "invoke", "cap", "sup"})) {
        for (const auto& word : act.args) {
            const auto equal = word.text.find("command=");
            if (contains(word.text, " ")) {
                later(equal == 0 ? std::string_view(word.text).substr(8) : std::string_view(word.text), act);
            }
        }
    }
    check_tasks(act);
    if (act.name == "ansible-console" && act.input) {
        for (const auto line : split(*act.input, '\n')) {
            const std::string_view order = trim(line);
            const auto blank = order.find(' ');
            later(blank == std::string_view::npos ? order : order.substr(blank + 1), act);
            later(order, act);
        }
    }
    for (const auto& word : act.args) {  // aws ssm send-command --parameters 'commands=["…"]'
        const auto at = act.name == "aws" ? word.text.find("commands") : std::string::npos;
        if (at != std::string::npos) {
            later_texts(std::string_view(word.text).substr(at), act);
        }
    }
    const bool builds = std::any_of(act.args.begin(), act.args.end(), [](const shell::Word& word) { return any_of(word.text, {"build", "bake"}); });
    if (any_of(act.name, {"docker", "podman", "buildah"}) && builds && act.input) {
        later_texts(*act.input, act);
    }
    if (m_script.files.empty() || !(is_runner(act.name) || takes(act.name, "Procfile") || any_of(act.name, {"npm", "yarn", "pnpm", "tox", "nox", "gulp", "pre-commit"}))) {
        return;
    }
    const auto files = m_script.files;
    for (const auto& [file, text] : files) {
        const bool named = is_runner(act.name) && std::any_of(act.args.begin(), act.args.end(), [&file = file](const shell::Word& word) {
            const std::string_view given = word.text;
            return given == file || (starts_with(given, "./") && given.substr(2) == file) || (given.find('=') != std::string_view::npos && given.substr(given.find('=') + 1) == file);
        });
        if (named || (file.find('/') == std::string::npos && takes(act.name, file)) || (act.name == "act" && takes(act.name, file))) {
            later_texts(text, act);
        }
    }
}

}  // namespace caro::safety
