// What the cmdlets of PowerShell do: the actions that are judged, what is run, sent and fetched.
#include <algorithm>
#include <array>

#include "safety/effects.hpp"
#include "safety/powershell.hpp"
#include "safety/powershell_arguments.hpp"
#include "util/strings.hpp"

namespace caro::safety {

namespace {

bool only_reads(std::string_view name) {
    constexpr std::array<std::string_view, 18> k_verbs = {"get-",  "select-", "where-",  "format-", "measure-", "test-", "write-", "sort-", "foreach-", "compare-",
                                                          "group-", "resolve-", "convertto-", "convertfrom-", "out-string", "show-", "split-", "join-"};
    return std::any_of(k_verbs.begin(), k_verbs.end(), [&](std::string_view verb) { return starts_with(name, verb); });
}

// By its name a method changes nothing.
bool only_tells(std::string_view method) {
    constexpr std::array<std::string_view, 30> k_starts = {"get", "to", "add", "is", "has", "contains", "start", "end", "index", "last", "substring", "split", "trim", "replace", "format",
                                                           "pad", "compare", "equals", "count", "where", "match", "parse", "select", "read", "next", "receive", "peek", "subtract", "insert", "remove"};
    return std::any_of(k_starts.begin(), k_starts.end(), [&](std::string_view start) { return starts_with(method, start); });
}

std::string base_of(std::string_view path) {
    const std::string lower = to_lower(path);
    return lower.substr(lower.find_last_of("/\\") + 1);
}

}  // namespace

bool FetchedFiles::runs(const std::vector<shell::Word>& words) const {
    constexpr std::array<std::string_view, 26> k_starters = {"import-module", "ipmo", "add-type", "mshta", "dotnet", "java", "node", "schtasks", "regedit", "add-appxpackage", "sc",
                                                             "start-process", "saps", "start", "cmd", "powershell", "pwsh", "msiexec", "rundll32",
                                                             "regsvr32", "cscript", "wscript", "python", "invoke-item", "ii", "call"};
    const std::string name = base_of(words[0].text);
    if (m_files.count(name) != 0) {
        return true;
    }
    const bool starts = in(k_starters, name.substr(0, name.find(".exe")));
    return starts && std::any_of(words.begin() + 1, words.end(), [this](const auto& word) {
        return m_files.count(base_of(word.text)) != 0;
    });
}

void FetchedFiles::note(const std::vector<shell::Word>& words) {
    constexpr std::array<std::string_view, 9> k_fetchers = {"invoke-webrequest", "invoke-restmethod", "start-bitstransfer", "curl", "wget",
                                                            "certutil",          "bitsadmin",         "iwr",                "irm"};
    const std::string name = base_of(words[0].text);
    if (!in(k_fetchers, name.substr(0, name.find(".exe")))) {
        return;
    }
    for (std::size_t i = 1; i < words.size(); ++i) {
        const std::string text = base_of(words[i].text);
        const bool program = text.find('.') != std::string::npos && words[i].text[0] != '-' && text.size() < 80;
        if (program && m_files.size() < 50) {
            m_files.insert(text);
        }
    }
}

shell::Word PowerShell::word_of(const std::string& text) const {
    shell::Word word;
    word.text = text.find(' ') == std::string::npos || text.find(":\\") == 1 ? replace_all(text, "\\", "/") : text;  // else it may be code
    word.tilde = starts_with(word.text, "~");
    word.glob = word.text.find_first_of("*?") != std::string::npos;
    word.span = m_span;
    return word;
}

PsValue PowerShell::in_folder(PsValue value) const {
    for (auto& item : value.items) {
        const bool relative = !item.empty() && item[0] != '/' && item[0] != '\\' && item[0] != '~' && item[0] != '-' && item.find(':') == std::string::npos;
        if (relative && !m_folder.empty()) {
            item = item == "." ? m_folder : m_folder + "/" + item;
        }
    }
    return value;
}

// A command that is judged like any other, with what the pipe gives it.
void PowerShell::judge_action(const std::string& name, const Arguments& given, const PsValue* input) {
    constexpr std::array<std::string_view, 13> k_take_values = {"out-file", "add-content", "export-csv", "export-clixml", "tee-object", "set-clipboard", "set-variable",
                                                                "invoke-restmethod", "invoke-webrequest", "convertto-securestring", "write-eventlog", "start-sleep", "new-item"};
    constexpr std::array<std::string_view, 8> k_paths = {"remove-item", "clear-content", "set-content", "move-item", "copy-item", "clear-item", "rename-item", "set-itemproperty"};
    if (input != nullptr && input->listed && to_lower(name) == "set-content" && !has(given, "-whatif")) {  // what was in them is gone
        act("Clear-Content", {*input}, false);
        return;
    }
    Action action;
    action.span = m_span;
    action.path = name;
    action.name = name.substr(name.find_last_of("/\\") + 1);
    const std::string lower = to_lower(action.name);
    PsValue whole;
    const auto add = [&](const PsValue& value) {
        for (const auto& item : value.items) {
            action.args.push_back(word_of(in(k_paths, lower) ? in_folder(ps_text(item)).items[0] : item));
        }
        whole.listed = whole.listed || value.listed;
        whole.narrowed = whole.narrowed || value.narrowed;
        whole.work = whole.work || value.work;
    };
    for (const auto& one : given) {
        if (one.parameter.empty()) {
            add(one.value);
            continue;
        }
        const bool truth = one.attached && (starts_with(one.value.text(), "$true") || one.value.text() == "1");
        const bool with_value = one.attached && !truth;
        const bool glued = with_value && (is_switch(one.parameter) || one.value.text() == "$false");
        action.args.push_back(word_of(one.parameter + (glued ? ":" + one.value.text() : "")));
        if (with_value && !glued) {
            add(one.value);
        } else if (truth && !is_switch(one.parameter)) {
            action.args.push_back(word_of("1"));
        }
    }
    const bool pathless = positional(given).empty() && value_for(given, {"-path", "-literalpath", "-name", "-inputobject"}) == nullptr;
    const bool other_path = lower != "remove-item" && in(k_paths, lower) && value_for(given, {"-path", "-literalpath"}) == nullptr && input != nullptr && (input->listed || lower == "move-item");
    const bool by_pipe = input != nullptr && !in(k_take_values, lower) && (pathless || other_path) && (lower != "set-content" || input->listed);
    if (by_pipe) {
        const std::size_t before = action.args.size();
        add(*input);
        // What is piped stands first: Move-Item -Destination x is an option, but Move-Item x y is not.
        std::rotate(action.args.begin(), action.args.begin() + static_cast<std::ptrdiff_t>(before), action.args.end());
    }
    if (whole.listed && lower == "remove-item" && !has(given, "-whatif")) {
        delete_listed(given, by_pipe ? *input : first_of(given, {"-path", "-literalpath"}), action, whole);
        return;
    }
    finish_action(given, input, action, whole);
}

// Files that a listing found are deleted.
void PowerShell::delete_listed(const Arguments& given, const PsValue& from, const Action& action, const PsValue& whole) {
    for (const auto& item : from.items) {
        const shell::Word start = word_of(in_folder(ps_text(item)).items[0]);
        const PathClass kind = m_judge.class_of(start);
        const bool trees = has(given, "-recurse") && kind != PathClass::temporary && kind != PathClass::artefact && !start.glob;
        m_judge.delete_found(start, action, whole.narrowed, whole.work || trees);
        m_judge.changes();
    }
}

void PowerShell::finish_action(const Arguments& given, const PsValue* input, Action& action, const PsValue& whole) {
    const std::string lower = to_lower(action.name);
    action.over_tree = whole.listed;
    action.narrowed = whole.narrowed;
    action.of_work = whole.work;
    std::vector<shell::Word> words = action.args;
    words.insert(words.begin(), word_of(action.path));
    if (m_files.runs(words)) {
        m_judge.find("execute.download", "", m_span);
    }
    m_files.note(words);
    note_made(lower, given, input, words);
    if (m_endless > 0 && starts_itself(lower, given)) {
        m_judge.find("process.fork-bomb", "", m_span);
    }
    if (knowledge().command(action.name) == nullptr && only_reads(lower)) {
        return;
    }
    m_judge.action(action, {});
}

bool PowerShell::starts_itself(const std::string& name, const Arguments& given) const {
    constexpr std::array<std::string_view, 9> k_starters = {"start-process", "start-job", "start-threadjob", "invoke-item", "powershell", "pwsh", "powershell.exe", "cmd", "cmd.exe"};
    return in(k_starters, name) && !has(given, "-wait");
}

// Files that get what came from the network, or what is secret; what is loaded.
void PowerShell::note_made(const std::string& name, const Arguments& given, const PsValue* input, const std::vector<shell::Word>& words) {
    constexpr std::array<std::string_view, 6> k_loaders = {"add-type", "import-module", "new-module", "using", "invoke-item", "register-scheduledtask"};
    constexpr std::array<std::string_view, 7> k_writers = {"out-file", "set-content", "add-content", "copy-item", "compress-archive", "move-item", "tee-object"};
    bool fetched = input != nullptr && input->fetched;
    std::string secret = input != nullptr ? input->secret : "";
    for (const auto& one : given) {
        fetched = fetched || one.value.fetched;
        secret = secret.empty() ? one.value.secret : secret;
        for (const auto& item : one.value.items) {
            secret = secret.empty() && in(k_writers, name) ? secret_file(item) : secret;
        }
    }
    if (fetched && in(k_loaders, name)) {
        m_judge.find("execute.download", "", m_span);
    }
    if (!in(k_writers, name)) {
        return;
    }
    for (const auto& word : words) {
        if (fetched && m_judge.class_of(word) != PathClass::secret) {
            m_files.note({word_of("curl"), word});
        }
        if (!secret.empty() && word.text.find('.') != std::string::npos && m_judge.class_of(word) != PathClass::secret && m_secret_files.size() < 40) {
            m_secret_files[base_of(word.text)] = secret;
        }
    }
}

// What is secret in the file, or "".
std::string PowerShell::secret_file(const std::string& path) const {
    const auto copied = m_secret_files.find(base_of(path));
    if (copied != m_secret_files.end()) {
        return copied->second;
    }
    return !path.empty() && m_judge.class_of(word_of(in_folder(ps_text(path)).items[0])) == PathClass::secret ? path : "";
}

// One thing that is done to paths, by its cmdlet.
void PowerShell::act(const std::string& name, const std::vector<PsValue>& paths, bool recursive) {
    Arguments given;
    for (const auto& path : paths) {
        PsArgument one;
        one.value = path;
        given.push_back(std::move(one));
    }
    if (recursive) {
        PsArgument one;
        one.parameter = "-recurse";
        given.push_back(std::move(one));
    }
    judge_action(name, given, nullptr);
}

// Invoke-Expression and what is like it.
void PowerShell::evaluate(const PsValue& code) {
    if (code.fetched) {
        m_judge.find("execute.download", "", m_span);
    } else if (!code.known()) {
        m_judge.find(m_connects ? "execute.remote-control" : "execute.unknown", "", m_span);
    } else {
        const std::size_t before = m_judge.m_findings.size();
        run_block(code.text());
        if (code.hidden) {
            Action by;
            by.span = m_span;
            m_judge.weigh_hidden(before, by);
        }
    }
}

// A program with its arguments in one text or a list of texts.
void PowerShell::program(const PsValue& file, const PsValue& given) {
    if (file.fetched || !file.known()) {
        m_judge.find(file.fetched ? "execute.download" : "execute.unknown", "", m_span);
        return;
    }
    Arguments words;
    bool quoted = false;
    std::string part;
    const auto take = [&] {
        if (!part.empty()) {
            PsArgument one;
            one.value = ps_text(part);
            words.push_back(std::move(one));
        }
        part.clear();
    };
    for (const auto& item : given.items) {
        for (const char c : item) {
            quoted = c == '"' || c == '\'' ? !quoted : quoted;
            if (c == ' ' && !quoted) {
                take();
            } else if (c != '"' && c != '\'') {
                part += c;
            }
        }
        take();
    }
    command(file.text(), std::move(words), nullptr);
}

// cmd /c …, powershell … as one text
void PowerShell::line_of_program(const std::string& line) {
    const auto space = line.find(' ');
    const std::string name = base_of(line.substr(0, space));
    const std::string bare = name.substr(0, name.find(".exe"));
    if (space != std::string::npos && (bare == "cmd" || bare == "powershell" || bare == "pwsh")) {
        program(ps_text(line.substr(0, space)), ps_text(line.substr(space + 1)));
    }
}

void PowerShell::send(const PsValue& value, std::string_view what) {
    if (!value.secret.empty()) {
        m_judge.find("secret.leak", value.secret, m_span);
    } else if (const std::string secret = secret_file(std::string(what)); !secret.empty()) {
        m_judge.find("secret.leak", secret, m_span);
    }
}

bool PowerShell::network_command(const std::string& name, const Arguments& given, const PsValue* input, PsValue& out) {
    constexpr std::array<std::string_view, 7> k_senders = {"invoke-webrequest", "invoke-restmethod", "send-mailmessage", "start-bitstransfer", "curl.exe", "scp", "nslookup"};
    if (!in(k_senders, name)) {
        return false;
    }
    judge_action(std::string(powershell_name(name)), given, input);
    bool own = false;  // names and passwords for the server itself
    for (const auto& one : given) {
        own = one.parameter.empty() ? own : starts_with("-headers", one.parameter) || starts_with("-credential", one.parameter) || starts_with("-token", one.parameter) || starts_with("-certificate", one.parameter);
        if (!own) {
            send(one.value, one.parameter.empty() && name != "invoke-restmethod" && name != "invoke-webrequest" ? one.value.text() : "");
        }
    }
    if (const PsValue* file = value_for(given, {"-infile", "-attachments", "-source"})) {
        send(*file, in_folder(*file).text());
    }
    if (input != nullptr) {
        send(*input, "");
    }
    out = ps_unknown();
    out.fetched = name != "send-mailmessage";
    return true;
}

bool PowerShell::run_command(const std::string& name, const Arguments& given, const PsValue* input, PsValue& out) {
    constexpr std::array<std::string_view, 9> k_block_runners = {"invoke-command", "start-job", "start-threadjob", "register-objectevent", "register-engineevent",
                                                                 "register-scheduledjob", "measure-command", "trace-command", "register-cimindicationevent"};
    out = ps_unknown();
    if (name == "invoke-expression") {
        const PsValue code = first_of(given, {"-command"});
        evaluate(code.items.empty() && input != nullptr ? *input : code);
        return true;
    }
    if (in(k_block_runners, name)) {
        for (const auto& one : given) {
            if (one.value.block && one.value.fetched) {
                m_judge.find("execute.download", "", m_span);
            }
            if (one.value.block) {
                out = run_block(one.value.code);
            }
        }
        if (m_endless > 0 && starts_itself(name, given)) {
            m_judge.find("process.fork-bomb", "", m_span);
        }
        if (name != "measure-command") {
            m_judge.find("state.change", name, m_span);
        }
        return true;
    }
    if (name == "invoke-wmimethod" || name == "invoke-cimmethod") {
        judge_action(name, given, input);
        for (const auto& one : given) {
            line_of_program(one.value.text());
            const auto line = one.value.members.find("commandline");
            line_of_program(line == one.value.members.end() ? "" : line->second);
        }
        return true;
    }
    if (name == "start-process") {
        const PsValue file = first_of(given, {"-filepath"});
        const PsValue* more = value_for(given, {"-argumentlist", "-args"});
        const auto rest = positional(given);
        judge_action("Start-Process", given, nullptr);
        if (!has(given, "-whatif") && !file.items.empty() && file.known()) {
            program(file, more != nullptr ? *more : rest.size() > 1 ? *rest[1] : PsValue());
        }
        return true;
    }
    return name == "new-object" && created_object(given, out);
}

bool PowerShell::created_object(const Arguments& given, PsValue& out) {
    const PsValue type = first_of(given, {"-typename", "-comobject"});
    const auto rest = positional(given);
    const std::string lower = to_lower(type.text());
    out.type = starts_with(lower, "system.") ? lower.substr(7) : lower;
    m_connects = m_connects || contains(lower, "sockets.tcpclient") || contains(lower, "net.sockets");
    if (contains(lower, "streamreader") || contains(lower, "memorystream") || contains(lower, "deflatestream") || contains(lower, "gzipstream")) {
        for (const auto* one : rest) {
            out.fetched = out.fetched || one->fetched;
        }
        out.hidden = true;
    }
    return true;
}

// What is called of an object: a client of the web, a shell.
PsValue PowerShell::object_method(const PsValue& value, const std::string& name, const std::vector<PsValue>& given) {
    const auto argument = [&](std::size_t i) { return i < given.size() ? given[i] : PsValue(); };
    PsValue made = ps_unknown();
    made.fetched = value.fetched;
    made.secret = value.secret;
    made.hidden = value.hidden;
    made.type = value.type;
    if (starts_with(name, "download") || starts_with(name, "getstring") || starts_with(name, "getbytearray") || starts_with(name, "getasync") || name == "openread" || name == "getresponse" || name == "getresponsestream") {
        made.fetched = true;
        made.type.clear();
        if (name == "downloadfile" && given.size() > 1) {
            m_files.note({word_of("curl"), word_of(argument(1).text())});
            m_judge.find("state.change", "a download", m_span);
        }
    } else if (starts_with(name, "upload") || starts_with(name, "postasync") || starts_with(name, "putasync") || name == "send") {
        m_judge.find("state.change", "a server", m_span);
        send(argument(1), name == "uploadfile" ? in_folder(argument(given.size() - 1)).text() : "");
        send(argument(2), "");
    } else if (name == "run" || name == "exec" || name == "shellexecute") {
        const std::string line = argument(0).text();
        const auto space = line.find(' ');
        const bool one_text = name != "shellexecute" && space != std::string::npos;
        program(one_text ? ps_text(line.substr(0, space)) : argument(0), one_text ? ps_text(line.substr(space + 1)) : argument(1));
    } else if (name == "create" && !given.empty()) {
        m_judge.find("state.change", name, m_span);
        line_of_program(argument(0).text());
    } else if (name == "deletefolder" || name == "deletefile") {
        act("Remove-Item", {argument(0)}, name == "deletefolder");
    } else if (!only_tells(name)) {
        m_judge.find("state.change", name, m_span);
    }
    return made;
}

}  // namespace caro::safety
