// What moves between the commands of one line: downloads into shells, secrets into the network, loops without end.
#include <algorithm>

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

// True if the program takes its code from standard input.
bool runs_input(const Action& action) {
    if (action.name == "source" || action.name == ".") {
        return std::any_of(action.args.begin(), action.args.end(),
                           [](const shell::Word& word) { return word.text == "/dev/stdin"; });
    }
    if (!is_interpreter(action.name)) {
        return false;
    }
    const auto operands = action.operands();
    return action.has("-s") || operands.empty() || operands.front()->text == "-" ||
           operands.front()->text == "/dev/stdin";
}

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
    return any_of(action.name, {"nc", "ncat", "netcat", "socat", "telnet", "ssh", "mail", "sendmail", "mutt"});
}

}  // namespace

bool Judge::nested_secret(const shell::Span& within) const {
    for (const auto& line : m_script.pipelines) {
        if (!line.substituted || line.span.start < within.start || line.span.end > within.end) {
            continue;
        }
        for (const auto& command : line.stages) {
            for (std::size_t i = 1; i < command.words.size(); ++i) {
                if (class_of(command.words[i]) == PathClass::secret) {
                    return true;
                }
            }
        }
    }
    return false;
}

void Judge::check_flow(const shell::Pipeline& line, const std::vector<Action>& stages) {
    bool from_network = false;
    bool decoded = false;
    std::string literal;
    bool literal_known = false;
    std::string secret;
    for (std::size_t i = 0; i < stages.size(); ++i) {
        const Action& stage = stages[i];
        if (i > 0 && runs_input(stage)) {
            if (from_network) {
                find("execute.download", "", line.span);
            } else if (decoded) {
                find("execute.decoded", "", line.span);
            } else if (literal_known && is_shell(stage.name)) {
                nested(literal, stage);
            } else {
                find("execute.unknown", "", line.span);
            }
        } else if (i == 0 && runs_input(stage) && is_shell(stage.name) && decoded) {
            find("execute.decoded", "", line.span);
        }
        literal_known = (stage.name == "echo" || stage.name == "printf") &&
                        std::all_of(stage.args.begin(), stage.args.end(), [](const shell::Word& w) { return w.known(); });
        literal.clear();
        for (const auto& word : stage.args) {
            if (word.text.substr(0, 1) != "-") {
                literal += (literal.empty() ? "" : " ") + word.text;
            }
        }
        for (const auto& word : stage.args) {
            const std::string text = word.text.substr(word.text.find('@') + 1);
            shell::Word path = word;
            path.text = word.text.find('@') == std::string::npos ? word.text : text;
            const bool key_option = &word != stage.args.data() && (&word)[-1].text == "-i";
            if (!key_option && class_of(path) == PathClass::secret) {
                secret = shown(path);
            }
        }
        for (const auto* redirect : stage.redirects) {
            if (redirect->op == "<" && class_of(redirect->target) == PathClass::secret) {
                secret = shown(redirect->target);
            }
        }
        const bool dumps_environment = any_of(stage.name, {"env", "printenv"}) && stage.args.empty();
        if (dumps_environment && secret.empty() && i + 1 < stages.size()) {
            secret = "the environment";
        }
        if (sends(stage) && nested_secret(stage.span)) {
            secret = "a secret file";
        }
        if (!secret.empty() && (sends(stage) || (any_of(stage.name, {"scp", "rsync", "sftp", "ftp"}) &&
                                                 line.span.end > 0))) {
            find("secret.leak", secret, line.span);
        }
        from_network = from_network || fetches(stage);
        decoded = decoded || decodes(stage);
        if (any_of(stage.name, {"curl", "wget"})) {
            for (std::size_t k = 0; k + 1 < stage.args.size(); ++k) {
                if (any_of(stage.args[k].text, {"-o", "-O", "--output"})) {
                    m_downloaded.insert(normalized(stage.args[k + 1].text, m_cwd));
                }
            }
            if (stage.has("-O") || stage.name == "wget") {
                for (const auto* url : stage.operands()) {
                    m_downloaded.insert(normalized(url->text.substr(url->text.rfind('/') + 1), m_cwd));
                }
            }
        }
        if (from_network) {
            for (const auto* redirect : stage.redirects) {
                if (redirect->op.find('>') != std::string::npos) {
                    m_downloaded.insert(normalized(redirect->target.text, m_cwd));
                }
            }
        }
    }
    // sort f > f: the shell empties the file before sort reads it.
    if (!stages.empty()) {
        for (const auto* redirect : stages.back().redirects) {
            if (redirect->op != ">" && redirect->op != ">|" && redirect->op != "&>") {
                continue;
            }
            for (const auto& stage : stages) {
                const bool reads = std::any_of(stage.args.begin(), stage.args.end(), [&](const shell::Word& word) {
                    return word.known() && !word.text.empty() && word.text == redirect->target.text &&
                           stage.name != "echo" && stage.name != "printf" && word.text[0] != '-';
                });
                if (reads && class_of(redirect->target) != PathClass::harmless_device) {
                    find("file.truncates-input", shown(redirect->target), line.span);
                }
            }
        }
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
