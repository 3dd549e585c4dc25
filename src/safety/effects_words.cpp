// Commands that only their words tell about.
#include <algorithm>
#include <array>

#include "safety/effects.hpp"
#include "safety/verbs.hpp"
#include "util/strings.hpp"

namespace caro::safety {

// A sub-command that the data do not have, or a task of somebody's build file, may tell by its words.
void Effects::unlisted() {
    constexpr std::array<std::string_view, 12> k_runners = {"make", "meson", "npm",  "yarn", "pnpm", "rake",
                                                           "gulp", "grunt", "mvn", "invoke", "bundle", "composer"};
    const bool runs_tasks = std::find(k_runners.begin(), k_runners.end(), m_spec.id) != k_runners.end();
    std::string_view told;
    if (runs_tasks) {
        for (const auto& operand : m_reading.operands) {
            told = told.empty() ? told_by_task(operand.word->text) : told;
        }
    } else if (m_reading.spec == &m_spec && m_spec.has_subcommands()) {
        told = told_by_words("", m_action.args);
    }
    if (!told.empty()) {
        m_judge.find(told, m_action.name, m_action.span);
    }
}

namespace {

bool lists(const shell::Command& stage, std::string_view tool) {
    constexpr std::array<std::string_view, 7> k_lists = {"list", "ls", "ps", "get", "images", "show", "index"};
    const std::string_view path = stage.words.size() < 2 ? std::string_view() : std::string_view(stage.words.front().text);
    const bool filtered = std::any_of(stage.words.begin(), stage.words.end(), [](const shell::Word& word) {
        return word.text.find("filter") != std::string::npos || word.text == "-f" || word.text == "-l" || word.text.find("selector") != std::string::npos;
    });
    return path.substr(path.rfind('/') + 1) == tool && !filtered && std::any_of(stage.words.begin() + 1, stage.words.end(), [&](const shell::Word& word) {
        return std::find(k_lists.begin(), k_lists.end(), word.text) != k_lists.end();
    });
}

// Of awk only what picks a column.
bool keeps_all(const shell::Command& stage) {
    constexpr std::array<std::string_view, 6> k_filters = {"cut", "sort", "tr", "jq", "xargs", "sed"};
    const std::string_view name = stage.words.empty() ? std::string_view() : std::string_view(stage.words.front().text);
    const std::string_view program = stage.words.size() > 1 ? std::string_view(stage.words[1].text) : std::string_view();
    return std::find(k_filters.begin(), k_filters.end(), name) != k_filters.end() || (name == "tail" && program.find('+') != std::string_view::npos) ||
           (name == "awk" && (program.substr(0, 1) == "{" || program.substr(0, 2) == "NR"));
}

bool is_plain_address(std::string_view text) {
    const auto at = text.find("http://");
    if (at == std::string_view::npos || (at != 0 && text[at - 1] != '=' && text[at - 1] != '+')) {
        return false;
    }
    const std::string_view host = text.substr(at + 7);
    constexpr std::array<std::string_view, 5> k_here = {"localhost", "127.", "[::1]", "0.0.0.0", "host.docker.internal"};
    return std::none_of(k_here.begin(), k_here.end(), [host](std::string_view own) { return host.substr(0, own.size()) == own; });
}

}  // namespace

// Packages whose code runs here, from an address that anybody on the way can answer for: npm install --registry=http://…
void Effects::plain_source() {
    constexpr std::array<std::string_view, 19> k_managers = {"npm",  "yarn",  "pnpm", "pip",      "uv",    "pipx",  "gem",     "bundle", "cargo", "go",
                                                            "conda", "rpm",  "dnf",  "composer", "nuget", "choco", "Install-Module", "helm", "poetry"};
    if (std::find(k_managers.begin(), k_managers.end(), m_spec.id) == k_managers.end()) {
        return;
    }
    const bool fetches = std::any_of(m_action.args.begin(), m_action.args.end(), [](const shell::Word& word) {
        constexpr std::array<std::string_view, 16> k_words = {"install", "i",   "add", "ci", "set", "get", "run", "wheel", "localinstall", "sync",
                                                              "require", "config", "-i", "-U", "-ivh", "-Uvh"};
        return std::find(k_words.begin(), k_words.end(), word.text) != k_words.end();
    });
    const bool proxy = std::any_of(m_action.args.begin(), m_action.args.end(), [](const shell::Word& word) {
        return word.text.find("proxy") != std::string::npos || word.text == "--homepage";
    });
    const auto plain = std::find_if(m_action.args.begin(), m_action.args.end(), [](const shell::Word& word) { return is_plain_address(word.text); });
    if (fetches && !proxy && plain != m_action.args.end()) {
        m_judge.find("network.plain-source", shown(*plain), m_action.span);
    }
}

// TOOL rm $(TOOL list): everything the tool knows of goes at once.
void Effects::all_listed() {
    constexpr std::array<std::string_view, 6> k_verbs = {"rm", "delete", "remove", "destroy", "del", "terminate"};
    constexpr std::array<std::string_view, 9> k_judged = {"docker", "git", "pip", "npm", "apt", "brew", "rm", "kubectl", "gh"};
    const bool deletes = std::any_of(m_action.args.begin(), m_action.args.end(), [&](const shell::Word& word) {
        return std::find(k_verbs.begin(), k_verbs.end(), word.text) != k_verbs.end();
    });
    if (!deletes || std::find(k_judged.begin(), k_judged.end(), m_spec.id) != k_judged.end()) {
        return;
    }
    const auto all_of = [&](const shell::Pipeline& line, std::size_t count) {
        return count > 0 && lists(line.stages.front(), m_action.name) &&
               std::all_of(line.stages.begin() + 1, line.stages.begin() + static_cast<std::ptrdiff_t>(count), keeps_all);
    };
    bool all = m_action.args_from_input && m_line.stages.size() > 1 && all_of(m_line, m_line.stages.size() - 1);
    for (const auto& word : m_action.args) {
        all = all || m_judge.any_substituted(word, [&](const shell::Pipeline& inner) { return all_of(inner, inner.stages.size()); });
    }
    if (all) {
        m_judge.find("words.destroy", m_action.name, m_action.span);
    }
}

// (echo select disk 0 & echo clean) | diskpart
void Effects::diskpart() {
    const auto erases = [](std::string_view text) {
        const std::string lower = to_lower(text);
        return lower.substr(0, 5) == "clean" || lower.substr(0, 6) == "format" || lower.substr(0, 16) == "delete partition" ||
               lower.substr(0, 13) == "delete volume";
    };
    bool found = false;
    const std::string input = m_action.input.value_or("");
    for (const auto line : split(input, '\n')) {
        found = found || erases(trim(line));
    }
    for (const auto& line : m_judge.m_script.pipelines) {
        for (const auto& stage : line.stages) {
            std::string said;
            for (std::size_t i = 1; i < stage.words.size() && stage.words[0].text == "echo"; ++i) {
                said += (said.empty() ? "" : " ") + stage.words[i].text;
            }
            found = found || erases(said);
        }
    }
    if (found) {
        m_judge.find("device.write", "a disk", m_action.span);
    }
}

// What a server is told through a connection: echo flush_all | nc cache 11211.
void Effects::protocol() {
    if (m_spec.output != "network" || m_spec.input != "send" || !m_action.input) {
        return;
    }
    constexpr std::array<std::string_view, 8> k_losses = {"flush_all", "flushall", "flushdb", "shutdown", "config set dir", "slaveof ", "replicaof ", "debug segfault"};
    for (const auto line : split(*m_action.input, '\n')) {
        const std::string lower = to_lower(trim(line));
        if (std::any_of(k_losses.begin(), k_losses.end(), [&](std::string_view loss) { return lower.substr(0, loss.size()) == loss; })) {
            m_judge.find("database.drop", "", m_action.span);
        }
    }
}

// git add .env && git commit … && git push
void Effects::staged() {
    const auto& operands = m_action.operands();
    std::string_view verb;
    for (const auto* word : operands) {  // git -C FOLDER add
        verb = verb.empty() && (word->text == "add" || word->text == "commit" || word->text == "push" || word->text == "stage") ? std::string_view(word->text) : verb;
    }
    verb = verb == "stage" ? std::string_view("add") : verb;
    for (const auto* word : operands) {
        const bool adds = verb == "add" || verb == "commit";
        const std::string folder = normalized(word->text, m_judge.m_cwd) + "/";
        const bool holds_copy = std::any_of(m_judge.m_secret_copies.begin(), m_judge.m_secret_copies.end(),
                                            [&folder](const std::string& copy) { return starts_with(copy, folder); });
        if (adds && word != operands.front() && (m_judge.is_secret(*word) || holds_copy)) {
            m_judge.m_staged_secret = shown(*word);
        }
    }
    if (verb == "commit" && std::any_of(m_action.args.begin(), m_action.args.end(), [this](const shell::Word& word) {
            return std::any_of(word.sources.begin(), word.sources.end(), [this](const shell::Span& span) { return m_judge.nested_secret(span); });
        })) {
        m_judge.m_staged_secret = "what a secret file holds";
    }
    const bool all = verb == "commit" && (m_action.has("-a") || m_action.has("--all"));
    const bool folder = verb == "add" && std::any_of(m_action.args.begin(), m_action.args.end(), [](const shell::Word& word) {
        return word.text == "." || word.text == "-A" || word.text == "--all" || word.text == "*" || word.text == "-u";
    });
    if ((all || folder) && !m_judge.m_secret_copies.empty() && m_judge.copied_here()) {
        m_judge.m_staged_secret = *m_judge.m_secret_copies.begin();
    }
    if (m_reading.spec->id == "git.push" && !m_judge.m_staged_secret.empty()) {
        m_judge.find("secret.leak", m_judge.m_staged_secret, m_action.span);
    }
}

// What file transfer programs are told to put: lftp -e 'put FILE', ftp <<< 'put FILE'.
void Effects::puts() {
    if (m_spec.id == "gh" && m_action.has("--push") && !m_judge.m_staged_secret.empty()) {
        m_judge.find("secret.leak", m_judge.m_staged_secret, m_action.span);
    }
    if (m_spec.id == "diskpart") {
        diskpart();
    }
    if (m_spec.id != "lftp" && m_spec.id != "socat" && m_spec.id != "git") {
        return;
    }
    if (m_spec.id == "git") {  // git -C ~/.ssh push
        shell::Word folder;
        folder.text = m_judge.m_cwd;
        if (m_reading.spec->id == "git.push" && !folder.text.empty() && class_of(folder) == PathClass::secret) {
            m_judge.find("secret.leak", folder.text, m_action.span);
        }
        staged();
        return;
    }
    std::string code = m_action.input.value_or("");
    for (const auto& word : m_action.args) {
        code += "\n" + word.text;
    }
    const bool talks = m_spec.id == "lftp" || code.find("TCP") != std::string::npos || code.find("tcp") != std::string::npos ||
                       code.find("UDP") != std::string::npos || code.find("OPENSSL") != std::string::npos;
    bool putting = m_spec.id == "socat";
    code = replace_all(replace_all(replace_all(code, ";", " ; "), "\n", " ; "), ",", " ");
    for (const auto part : split(code, ' ')) {
        const bool verb = part == "put" || part == "mput" || part == "reput" || part == "mirror";
        putting = m_spec.id == "socat" || (part != ";" && (putting || verb));
        shell::Word path;
        path.text = m_spec.id == "socat" ? part.substr(part.find(':') == std::string_view::npos ? 0 : part.find(':') + 1) : part;
        path.tilde = path.text.substr(0, 1) == "~";
        if (putting && talks && path.text.size() > 3 && m_judge.is_secret(path)) {
            m_judge.find("secret.leak", path.text, m_action.span);
        }
    }
}

}  // namespace caro::safety
