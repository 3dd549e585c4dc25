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

void Judge::check_code(const Action& action, const shell::Pipeline& /*line*/) {
    const std::string& name = action.name;
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
    if (name == "trap") {
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
