// What moves between the commands of one line: downloads into shells, secrets into the network, loops without end.
#include <algorithm>
#include <array>
#include <utility>

#include "safety/effects.hpp"
#include "safety/inline_code.hpp"
#include "safety/judge.hpp"
#include "shell/filters.hpp"
#include "util/strings.hpp"

namespace caro::safety {

namespace {

bool decodes(const Action& action) {
    const bool asked = action.has("-d") || action.has("-D") || action.has("--decode") || action.has("--decompress") || action.has("-dc");
    return (asked && any_of(action.name, {"base64", "base32", "base16", "basenc", "openssl", "gzip", "pigz", "bzip2", "xz", "zstd", "lz4", "brotli", "lzma", "lzip", "qprint"})) ||
           (action.name == "xxd" && action.has("-r")) || (action.name == "tr" && action.args.size() >= 2) ||
           any_of(action.name, {"rev", "uudecode", "gunzip", "zcat", "bunzip2", "bzcat", "unxz", "xzcat", "unlzma", "lzcat", "unzstd", "zstdcat", "uncompress", "zlib-flate"});
}

// xargs sh, xargs sh -c, xargs -I{} sh -c {}: what comes is code or the name of a script, not only arguments of a given one.
bool runs_words_from_input(const Action& action) {
    if (!action.args_from_input || !is_interpreter(action.name)) {
        return false;
    }
    const auto operands = action.operands();  // of sh -c CODE ARGUMENTS the first is the code
    return operands.empty() || operands.front()->text == "{}" || operands.front()->text == "%" || !operands.front()->known();
}

// sh -c CODE, parallel: the code begins with a value that is not known.
bool runs_given_code(const Action& action) {
    if (!is_shell(action.name) || !action.has("-c")) {
        return false;
    }
    const auto operands = action.operands();
    return !operands.empty() && !operands.front()->text.empty() && operands.front()->text[0] == shell::Word::k_unknown;
}

bool is_socket(std::string_view path) { return path.substr(0, 9) == "/dev/tcp/" || path.substr(0, 9) == "/dev/udp/"; }

// The file that dd writes to without an end, or "".
std::string filled_by_dd(const Action& stage, bool from_endless) {
    std::string file;
    for (const auto& word : stage.args) {
        if (word.text.substr(0, 6) == "count=" || word.text.substr(0, 8) == "of=/dev/") {
            return "";
        }
        file = word.text.substr(0, 3) == "of=" ? word.text.substr(3) : file;
    }
    return from_endless && stage.name == "dd" ? file : "";
}

}  // namespace

// True if the program takes its code from standard input.
bool runs_input(const Action& action) {
    if (action.name == "source" || action.name == ".") {
        return action.args.empty() || std::any_of(action.args.begin(), action.args.end(),
                           [](const shell::Word& word) { return word.text == "/dev/stdin"; });
    }
    const std::string name = to_lower(action.name);
    const bool other = any_of(name, {"iex", "invoke-expression", "pwsh", "powershell", "tclsh", "expect", "osascript", "bun", "julia",
                                     "rscript", "guile", "elixir", "groovy", "scala", "parallel"});
    if (!is_interpreter(action.name) && !other) {
        return false;
    }
    const bool only_reads = is_shell(action.name) && !action.args.empty() && (action.args[0].text == "-n" || action.args[0].text == "-nv" || action.args[0].text == "-vn");
    const auto operands = action.operands();
    if (only_reads) {
        return false;
    }
    return action.has("-s") || operands.empty() || operands.front()->text == "-" ||
           operands.front()->text == "/dev/stdin";
}

bool opens_connection(const shell::Script& script) {
    const auto connects = [](const shell::Command& stage) {
        return stage.words.empty() && std::any_of(stage.redirects.begin(), stage.redirects.end(), [](const shell::Redirect& redirect) {
                   return redirect.descriptor > 2 && is_socket(redirect.target.text);
               });
    };
    return std::any_of(script.pipelines.begin(), script.pipelines.end(), [&](const shell::Pipeline& line) {
        return std::any_of(line.stages.begin(), line.stages.end(), connects);
    });
}

// The word is a process, >(…), whose first command is such a one.
bool Judge::feeds(const shell::Word& word, bool (*holds)(const shell::Command&)) const {
    return any_substituted(word, [&](const shell::Pipeline& line) { return !line.stages.empty() && holds(line.stages.front()); });
}

// A word of it is a process that runs what it is given: >(sh).
bool Judge::feeds_shell(const std::vector<shell::Word>& words) const {
    return std::any_of(words.begin(), words.end(), [this](const shell::Word& word) {
        return feeds(word, [](const shell::Command& command) { return command.words.size() == 1 && is_shell(command.words.front().text); });
    });
}

namespace {

// python3 -c 'print("…")': all that it prints is known, and is judged with what it does.
bool prints_known(const Action& stage) {
    constexpr std::array<std::string_view, 6> k_languages = {"python", "perl", "ruby", "node", "php", "lua"};
    const auto language = std::find_if(k_languages.begin(), k_languages.end(), [&](std::string_view name) {
        return starts_with(stage.name, name) && stage.name.find_first_not_of("0123456789.js", name.size()) == std::string::npos;  // python3.11, nodejs
    });
    const bool given = stage.args.size() == 2 && any_of(stage.args[0].text, {"-c", "-e", "-E", "-r", "--eval"}) && stage.args[1].known();
    return given && stage.redirects.empty() && language != k_languages.end() && only_prints_known(stage.args[1].text, *language);
}

}  // namespace

// What comes through the pipe becomes code in stage `i`.
void Judge::flow_into_code(const shell::Pipeline& line, const std::vector<Action>& stages, std::size_t i, bool from_network, bool decoded) {
    const Action& stage = stages[i];
    const bool runs = runs_input(stage) || runs_words_from_input(stage);
    const bool unknown = !line.stages[i].words.empty() && (!stage.name_known || (stage.name == "eval" && !stage.expanded));
    const bool by_name = runs && is_shell(stage.name) && std::any_of(stage.redirects.begin(), stage.redirects.end(),
                                                                     [](const auto* redirect) { return redirect->op[0] == '<'; });
    if ((i > 0 || m_fetched_input) && !by_name && (runs || unknown)) {
        if (from_network || (m_fetched_input && i == 0)) {
            find("execute.download", "", line.span);
        } else if (decoded && runs && !stage.input) {
            find("execute.decoded", "", line.span);
        } else if (runs && !stage.input && !line.stages[i].only_flow && !(i > 0 && line.stages[i].words.size() < 3 && is_shell(stage.name) && prints_known(stages[i - 1]))) {
            find("execute.unknown", "", line.span);
        }
    }
    const bool given = i > 0 && line.stages[i - 1].only_flow && runs_given_code(stage);  // … | while read x; do sh -c "$x"; done
    const bool brought = std::any_of(stage.redirects.begin(), stage.redirects.end(), [this](const auto* redirect) {
        return redirect->op == "<" && (is_fetched(redirect->target) || arrived(redirect->target.text, Arrival::load));
    });
    const bool listed = stage.list_arrived && runs_words_from_input(stage);  // xargs -a FILE sh -c
    if (((i > 0 && from_network) || brought) && (given || loads_input(stage) || (brought && runs_words_from_input(stage)))) {
        find("execute.download", "", line.span);
    } else if (listed) {
        find("execute.download", "", line.span);
    }
}

void Judge::check_flow(const shell::Pipeline& line, const std::vector<Action>& stages) {
    bool from_network = false;
    bool decoded = false;
    std::string secret;
    m_network_stage = stages.size();
    for (std::size_t i = 0; i < stages.size(); ++i) {
        const Action& stage = stages[i];
        flow_into_code(line, stages, i, from_network, decoded);
        m_network_stage = from_network ? std::min(m_network_stage, i) : m_network_stage;
        const bool asks_network = sends_words(stage);
        const bool some_unknown = std::any_of(stage.args.begin(), stage.args.end(), [](const auto& word) { return !word.known(); });
        const bool fed = stage.args_from_input || (i > 0 && line.stages[i - 1].only_flow && some_unknown);
        if (asks_network && fed && !secret.empty()) {
            find("secret.leak", secret, line.span);  // … | xargs -I{} curl https://example.com/{}
        }
        // (crontab -l; echo '… CODE') | crontab -
        for (std::size_t k = 0; stage.name == "crontab" && !stage.input && k < i; ++k) {
            const auto table = any_of(stages[k].name, {"echo", "printf", "cat"}) ? shell::output_of(line.stages[k].words, line.stages[k].input) : std::nullopt;
            if (table || (stages[k].name == "echo" && !stages[k].args.empty())) {
                check_crontab(table ? *table : stages[k].args.back().text, stage);
            }
        }
        if (stage.name == "tee" && i > 0 && feeds_shell(stage.args)) {
            find(from_network ? "execute.download" : "execute.unknown", "", line.span);  // … | tee >(sh)
        }
        if (stage.name == "visudo" && i > 0) {  // echo … | EDITOR='tee -a' visudo
            find("file.grant", "/etc/sudoers", line.span);
        }
        if (stage.name == "exec" && stage.args.empty() && !line.stages[i].only_flow) {
            m_fetched_input = m_fetched_input || std::any_of(stage.redirects.begin(), stage.redirects.end(), [this](const auto* redirect) {
                return redirect->op[0] == '<' && redirect->descriptor <= 0 && (nested_fetch(redirect->target) || is_socket(redirect->target.text));
            });
        }
        for (const auto* redirect : stage.redirects) {  // curl … > >(sh)
            if (redirect->op[0] == '>' && (from_network || fetches(stage)) && feeds_shell({redirect->target})) {
                find("execute.download", "", line.span);
            }
        }
        secret = flow_secret(line, stages, i, std::move(secret));
        for (const auto* redirect : stage.redirects) {  // cat KEY > >(nc …)
            if (redirect->op[0] == '>' && !secret.empty() && feeds(redirect->target, [](const shell::Command& command) {
                    return !command.words.empty() && any_of(base_name(command.words.front().text), {"nc", "ncat", "netcat", "socat", "curl", "wget", "ssh", "telnet", "openssl", "http"});
                })) {
                find("secret.leak", secret, line.span);
            }
        }
        from_network = from_network || fetches(stage) ||
                       std::any_of(stage.redirects.begin(), stage.redirects.end(), [this](const auto* redirect) {
                           return redirect->op[0] == '<' && (is_socket(redirect->target.text) ||
                                                             (redirect->op == "<&" && m_network_descriptor) || is_fetched(redirect->target));
                       }) ||
                       prints_arrived(stage) || std::any_of(stage.args.begin(), stage.args.end(), [this](const auto& word) { return is_fetched(word); });
        decoded = decoded || decodes(stage);
        note_files(stage, from_network, !secret.empty());
    }
    m_hidden_input = decoded;
    check_remote_shell(line, stages);
    check_truncation(line, stages);
    check_growth(line, stages);
}

// A shell whose input or output is a connection.
void Judge::check_remote_shell(const shell::Pipeline& line, const std::vector<Action>& stages) {
    for (std::size_t i = 0; i < stages.size(); ++i) {
        const Action& stage = stages[i];
        const bool socket = std::any_of(stage.redirects.begin(), stage.redirects.end(),
                                        [](const auto* redirect) { return is_socket(redirect->target.text); });
        m_network_descriptor = m_network_descriptor || (socket && stage.args.empty()) || stage.name == "ztcp";
        const bool descriptor = m_network_descriptor && is_shell(stage.name) &&
                                std::any_of(stage.redirects.begin(), stage.redirects.end(),
                                            [](const auto* redirect) {
                                                return redirect->op == "<&" || (redirect->op == ">&" && redirect->target.text != "1" && redirect->target.text != "2");
                                            });
        bool given = (socket && is_interpreter(stage.name)) || descriptor;
        const bool joined = std::any_of(stage.redirects.begin(), stage.redirects.end(), [&](const auto* redirect) {
            return redirect->op == "<" && std::any_of(stages.back().redirects.begin(), stages.back().redirects.end(), [&](const auto* out) {
                       return out->op == ">" && out->target.text == redirect->target.text;  // a pipe with a name
                   });
        });
        const bool interactive = is_shell(stage.name) && ((runs_input(stage) && i > 0) || joined || stage.has("-i"));
        for (std::size_t k = i + 1; interactive && k < stages.size(); ++k) {
            given = given || any_of(stages[k].name, {"nc", "ncat", "netcat", "socat", "telnet", "openssl"});
        }
        for (const auto& word : stage.args) {
            const std::string_view text = word.text;
            const bool netcat = any_of(stage.name, {"nc", "ncat", "netcat", "nc.traditional"});
            const bool option = netcat && (any_of(text, {"-e", "-c", "--exec", "--sh-exec"}) ||
                                           (text.size() > 2 && text[0] == '-' && text[1] != '-' && text.back() == 'e'));
            const bool address = stage.name == "socat" && (text.substr(0, 5) == "EXEC:" || text.substr(0, 5) == "exec:" ||
                                                           text.substr(0, 7) == "SYSTEM:" || text.substr(0, 7) == "system:");
            given = given || option || address;
        }
        if (given) {
            find("execute.remote-shell", "", line.span);
        }
    }
}

// sort f > f: the shell empties the file before sort reads it.
void Judge::check_truncation(const shell::Pipeline& line, const std::vector<Action>& stages) {
    if (stages.empty()) {
        return;
    }
    for (const auto* redirect : stages.back().redirects) {
        if (redirect->op != ">" && redirect->op != ">|" && redirect->op != "&>") {
            continue;
        }
        for (const auto& stage : stages) {
            const bool reads = std::any_of(stage.args.begin(), stage.args.end(), [&](const shell::Word& word) {
                return word.known() && !word.text.empty() && word.text == redirect->target.text && stage.name != "echo" &&
                       stage.name != "printf" && word.text[0] != '-';
            });
            const bool from = std::any_of(stage.redirects.begin(), stage.redirects.end(), [&](const auto* other) {
                return other->op == "<" && other->target.known() && other->target.text == redirect->target.text;
            });
            const PathClass kind = class_of(redirect->target);
            if ((reads || from) && kind != PathClass::harmless_device && kind != PathClass::temporary) {
                find("file.truncates-input", shown(redirect->target), line.span);
            }
        }
    }
}

// yes > file, while true; do … >> file; done
void Judge::check_growth(const shell::Pipeline& line, const std::vector<Action>& stages) {
    bool endless = false;
    bool into_file = false;
    std::string target;
    for (const auto& stage : stages) {
        const bool source = std::any_of(stage.args.begin(), stage.args.end(), [](const shell::Word& word) {
            return any_of(word.text, {"/dev/zero", "/dev/urandom", "/dev/random", "/dev/full", "if=/dev/zero", "if=/dev/urandom"});
        });
        const bool bounded = stage.name == "head" || stage.name == "timeout" || std::any_of(stage.args.begin(), stage.args.end(), [](const auto& word) {
            return word.text.substr(0, 6) == "count=" || word.text.substr(0, 3) == "of=";
        });
        const bool passes = any_of(stage.name, {"cat", "tee", "tr", "base64", "sed", "gzip", "xxd", "od", "hexdump"});
        endless = (endless && passes) || stage.name == "yes" || (source && !bounded && any_of(stage.name, {"cat", "dd", "base64", "tr", "cp", "pv"}));
        for (const auto* redirect : stage.redirects) {
            const PathClass kind = class_of(redirect->target);
            if (redirect->op[0] == '>' && redirect->op != ">&" && kind != PathClass::harmless_device && kind != PathClass::device) {
                into_file = true;
                target = shown(redirect->target);
            }
        }
        if (const std::string file = filled_by_dd(stage, source); !file.empty()) {
            find("disk.fill", file, line.span);
        }
        if (stage.name == "tee" && !stage.operands().empty()) {
            into_file = true;
            target = shown(*stage.operands().front());
        }
    }
    if (endless && into_file) {
        find("disk.fill", target, line.span);
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
