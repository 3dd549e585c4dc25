// Commands that run other code: shells, interpreters, eval, ssh, containers.
#include <algorithm>
#include <array>

#include "safety/judge.hpp"
#include "safety/rules.hpp"
#include "util/strings.hpp"

namespace caro::safety {

namespace {

bool any_of(std::string_view text, std::initializer_list<std::string_view> list) {
    return std::find(list.begin(), list.end(), text) != list.end();
}

// Code given with -c or -e, and for shells also in grouped letters (-lc); nullptr if there is none.
const shell::Word* code_argument(const Action& action, char letter) {
    for (std::size_t i = 0; i + 1 < action.args.size(); ++i) {
        const std::string& text = action.args[i].text;
        if (text.size() >= 2 && text[0] == '-' && text[1] != '-' && text.find(letter) != std::string::npos) {
            return &action.args[i + 1];
        }
        if (text.empty() || text[0] != '-') {
            return nullptr;
        }
    }
    return nullptr;
}

// Calls in inline code that delete, run programs or write. Only calls count (name followed by a bracket or a
// space and quote), not mere words.
bool inline_code_acts(std::string_view code) {
    constexpr std::array<std::string_view, 34> k_calls = {
        "os.system(",     "os.popen(",      "subprocess.",   "shutil.rmtree(", "os.remove(",   "os.unlink(",
        "os.rmdir(",      "os.removedirs(", "os.rename(",    "os.exec",        "os.spawn",     "os.kill(",
        "pty.spawn(",     ".unlink(",       ".rmdir(",       "rmSync(",        "unlinkSync(",  "rmdirSync(",
        "child_process",  "execSync(",      "spawnSync(",    "FileUtils.rm",   "File.delete(", "Dir.rmdir(",
        "system(",        "exec(",          "unlink ",       "unlink(",        "rmtree(",      "eval(",
        "shell_exec(",    "passthru(",      "`",             "socket."};
    return std::any_of(k_calls.begin(), k_calls.end(),
                       [code](std::string_view call) { return code.find(call) != std::string_view::npos; });
}

bool inline_code_writes(std::string_view code) {
    constexpr std::array<std::string_view, 10> k_signs = {"'w'", "\"w\"", "'a'",        "\"a\"",  "'wb'",
                                                          "write", "urlopen", "requests.", "rename", "mkdir"};
    return std::any_of(k_signs.begin(), k_signs.end(),
                       [code](std::string_view sign) { return code.find(sign) != std::string_view::npos; });
}

std::string joined(const std::vector<shell::Word>& words, std::size_t from) {
    std::string all;
    for (std::size_t i = from; i < words.size(); ++i) {
        all += (all.empty() ? "" : " ") + words[i].text;
    }
    return all;
}

}  // namespace

bool fetches(const Action& action) {
    if (any_of(action.name, {"curl", "fetch", "http", "https", "lynx", "aria2c"})) {
        return true;
    }
    if (action.name == "wget") {
        return action.has("-O") || action.has("--output-document");
    }
    return any_of(action.name, {"nc", "ncat", "netcat", "ssh", "socat", "telnet"});
}

bool Judge::nested_fetch(const shell::Span& within) const {
    return std::any_of(m_script.pipelines.begin(), m_script.pipelines.end(), [&](const shell::Pipeline& line) {
        return line.substituted && line.span.start >= within.start && line.span.end <= within.end &&
               std::any_of(line.stages.begin(), line.stages.end(), [](const shell::Command& command) {
                   return !command.words.empty() &&
                          any_of(command.words.front().text, {"curl", "wget", "fetch", "nc", "ncat", "ssh"});
               });
    });
}

// The same for what a word was made from, perhaps in a variable some lines before.
bool Judge::nested_fetch(const shell::Word& word) const {
    return std::any_of(word.sources.begin(), word.sources.end(),
                       [this](const shell::Span& span) { return nested_fetch(span); });
}

void Judge::check_code(const Action& action, const shell::Pipeline& line) {
    const std::string& name = action.name;
    if (action.expanded) {
        return;
    }
    if (name == "eval" || is_shell(name)) {
        const shell::Word* code = is_shell(name) ? code_argument(action, 'c') : nullptr;
        std::string text = code ? code->text : name == "eval" ? joined(action.args, 0) : "";
        if ((code || name == "eval") && text.find(shell::Word::k_unknown) != std::string::npos) {
            find(nested_fetch(action.span) ? "execute.download" : "execute.unknown", "", action.span);
        } else if (code || name == "eval") {
            nested(text, action);
        }
        if (code || name == "eval" || action.has("-n")) {
            return;
        }
    }
    if (is_shell(name) || any_of(name, {"source", "."})) {
        const auto operands = action.operands();
        if (!operands.empty()) {
            const bool from_net = !operands.front()->known() && nested_fetch(action.span);
            const bool fetched = m_downloaded.count(normalized(operands.front()->text, m_cwd)) != 0;
            find(from_net || fetched ? "execute.download" : operands.front()->known() ? "command.unknown" : "execute.unknown",
                 shown(*operands.front()), action.span);
        }
        for (const auto* redirect : action.redirects) {
            if (redirect->op == "<<" || redirect->op == "<<<") {
                if (redirect->target.known()) {
                    nested(redirect->target.text, action);
                } else {
                    find(nested_fetch(redirect->span) ? "execute.download" : "execute.unknown", "", action.span);
                }
            } else if (redirect->op == "<") {
                find(nested_fetch(redirect->span) ? "execute.download" : "execute.unknown", "", action.span);
            }
        }
        return;
    }
    if (is_interpreter(name) || any_of(name, {"awk", "gawk", "mawk", "nawk"})) {
        const bool awk = name.find("awk") != std::string::npos;
        const auto operands = action.operands();
        const shell::Word* code = awk ? (operands.empty() ? nullptr : operands.front())
                                      : code_argument(action, name.substr(0, 6) == "python" ? 'c' : 'e');
        if (code != nullptr && inline_code_acts(code->text)) {
            find("inline-code.destroys", "", action.span);
        } else if (code != nullptr && !awk && inline_code_writes(code->text)) {
            find("state.change", "the inline program", action.span);
        } else if (code != nullptr && awk && code->text.find_first_of(">|") != std::string::npos &&
                   (code->text.find("> \"") != std::string::npos || code->text.find(">\"") != std::string::npos ||
                    code->text.find("| \"") != std::string::npos || code->text.find("|\"") != std::string::npos)) {
            find("state.change", "the awk program", action.span);
        } else if (!awk && code == nullptr && !operands.empty()) {
            const bool fetched = m_downloaded.count(normalized(operands.front()->text, m_cwd)) != 0 ||
                                 (!operands.front()->known() && nested_fetch(action.span));
            find(fetched ? "execute.download" : "command.unknown", shown(*operands.front()), action.span);
        }
        return;
    }
    if (name == "ssh") {
        const auto operands = action.operands();
        const std::size_t at = operands.empty() ? 0 : static_cast<std::size_t>(operands.front() - action.args.data()) + 1;
        if (!operands.empty() && at < action.args.size() && action.args[at].text.substr(0, 1) != "-") {
            nested(joined(action.args, at), action);
        }
        find("state.change", "ssh", action.span);
    } else if (any_of(name, {"docker", "podman", "kubectl"}) && any_of(action.subcommand(), {"exec", "run"})) {
        for (std::size_t i = 1; i < action.args.size(); ++i) {
            const std::string_view word = std::string_view(action.args[i].text).substr(action.args[i].text.rfind('/') + 1);
            if (is_shell(word) || any_of(word, {"rm", "dd", "mkfs", "chmod", "chown"})) {
                shell::Command inner;
                inner.span = action.span;
                inner.words.assign(action.args.begin() + static_cast<std::ptrdiff_t>(i), action.args.end());
                this->action(unwrap(inner), line);
                break;
            }
        }
        find("state.change", name, action.span);
    } else if (name == "trap") {
        const shell::Word* code = code_argument(action, 'c');
        const auto operands = action.operands();
        if (name == "trap" && operands.size() >= 2) {
            code = operands.front();
        }
        if (code != nullptr) {
            nested(code->text, action);
            find("state.change", name, action.span);
        }
    } else if (name == "alias") {
        for (const auto& word : action.args) {
            const auto equal = word.text.find('=');
            if (equal != std::string::npos) {
                nested(word.text.substr(equal + 1), action);
            }
        }
    }
}

}  // namespace caro::safety
