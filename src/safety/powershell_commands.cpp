// What the cmdlets of PowerShell give to the next in a pipeline, and what they do.
#include <algorithm>
#include <array>

#include "safety/effects.hpp"
#include "safety/powershell.hpp"
#include "util/strings.hpp"

namespace caro::safety {

namespace {

using Arguments = std::vector<PsArgument>;

constexpr std::array<std::pair<std::string_view, std::string_view>, 60> k_aliases = {{
    {"rm", "Remove-Item"},          {"del", "Remove-Item"},         {"erase", "Remove-Item"},       {"rd", "Remove-Item"},
    {"ri", "Remove-Item"},          {"rmdir", "Remove-Item"},       {"mv", "Move-Item"},            {"move", "Move-Item"},
    {"mi", "Move-Item"},            {"cp", "Copy-Item"},            {"copy", "Copy-Item"},          {"cpi", "Copy-Item"},
    {"ls", "Get-ChildItem"},        {"dir", "Get-ChildItem"},       {"gci", "Get-ChildItem"},       {"cat", "Get-Content"},
    {"gc", "Get-Content"},          {"type", "Get-Content"},        {"iwr", "Invoke-WebRequest"},   {"curl", "Invoke-WebRequest"},
    {"wget", "Invoke-WebRequest"},  {"irm", "Invoke-RestMethod"},   {"iex", "Invoke-Expression"},   {"kill", "Stop-Process"},
    {"spps", "Stop-Process"},       {"sc", "Set-Content"},          {"clc", "Clear-Content"},       {"ni", "New-Item"},
    {"saps", "Start-Process"},      {"start", "Start-Process"},     {"gi", "Get-Item"},             {"rvpa", "Resolve-Path"},
    {"cvpa", "Convert-Path"},       {"%", "ForEach-Object"},        {"foreach", "ForEach-Object"},  {"?", "Where-Object"},
    {"where", "Where-Object"},      {"select", "Select-Object"},    {"sort", "Sort-Object"},        {"tee", "Tee-Object"},
    {"echo", "Write-Output"},       {"write", "Write-Output"},      {"gcm", "Get-Command"},         {"sal", "Set-Alias"},
    {"nal", "New-Alias"},           {"sajb", "Start-Job"},          {"icm", "Invoke-Command"},      {"ii", "Invoke-Item"},
    {"sv", "Set-Variable"},         {"set", "Set-Variable"},        {"gv", "Get-Variable"},         {"cd", "Set-Location"},
    {"sl", "Set-Location"},         {"chdir", "Set-Location"},      {"pushd", "Push-Location"},     {"gps", "Get-Process"},
    {"ps", "Get-Process"},          {"gsv", "Get-Service"},         {"sleep", "Start-Sleep"},       {"cls", "Clear-Host"},
}};

constexpr std::array<std::string_view, 40> k_switches = {
    "-recurse", "-force", "-verbose", "-whatif", "-confirm", "-raw", "-usebasicparsing", "-file", "-directory", "-hidden", "-append", "-wait",
    "-nonewwindow", "-passthru", "-asplaintext", "-noclobber", "-descending", "-unique", "-quiet", "-asjob", "-readonly", "-system", "-removedata",
    "-removeoem", "-casesensitive", "-simplematch", "-notmatch", "-sum", "-average", "-compress", "-nonewline", "-usedefaultcredentials",
    "-skipcertificatecheck", "-all", "-asstring", "-valueonly", "-attributes!", "-notypeinformation", "-autosize", "-noninteractive"};

bool is_off(const PsArgument& one) { return one.attached && (one.value.text() == "$false" || one.value.text() == "0"); }

bool has(const Arguments& given, std::string_view name) {
    return std::any_of(given.begin(), given.end(), [&](const PsArgument& one) {
        return one.parameter.size() > 1 && starts_with(name, one.parameter) && !is_off(one);
    });
}

bool is_switch(std::string_view parameter) {
    return std::any_of(k_switches.begin(), k_switches.end(), [&](std::string_view name) { return starts_with(name, parameter); });
}

bool is_word(const PsArgument& one) { return one.parameter.empty(); }

// The argument of a parameter, nullptr if it is not given.
const PsValue* value_for(const Arguments& given, const std::vector<std::string_view>& names) {
    for (std::size_t i = 0; i < given.size(); ++i) {
        const std::string& parameter = given[i].parameter;
        const bool named = parameter.size() > 1 && std::any_of(names.begin(), names.end(), [&](std::string_view name) { return starts_with(name, parameter); });
        if (named && given[i].attached) {
            return &given[i].value;
        }
        if (named && i + 1 < given.size() && is_word(given[i + 1])) {
            return &given[i + 1].value;
        }
    }
    return nullptr;
}

// Values that belong to no parameter.
std::vector<const PsValue*> positional(const Arguments& given) {
    std::vector<const PsValue*> all;
    for (std::size_t i = 0; i < given.size(); ++i) {
        const bool taken = i > 0 && !is_word(given[i - 1]) && !given[i - 1].attached && !is_switch(given[i - 1].parameter);
        if (is_word(given[i]) && !taken) {
            all.push_back(&given[i].value);
        }
    }
    return all;
}

PsValue first_of(const Arguments& given, std::initializer_list<std::string_view> names) {
    const PsValue* named = value_for(given, names);
    const auto rest = positional(given);
    return named != nullptr ? *named : rest.empty() ? PsValue() : *rest[0];
}

template <class List>
bool in(const List& list, std::string_view name) {
    return std::find(list.begin(), list.end(), name) != list.end();
}

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

// The cmdlet that a pattern finds: Get-Command Remove-I*, gcm *-Exp*n
std::string found_cmdlet(std::string_view pattern) {
    constexpr std::array<std::string_view, 8> k_cmdlets = {"Invoke-Expression", "Remove-Item", "Clear-Content", "Invoke-WebRequest",
                                                           "Invoke-RestMethod", "Start-Process", "Format-Volume", "Clear-Disk"};
    const auto found = std::find_if(k_cmdlets.begin(), k_cmdlets.end(), [&](std::string_view name) { return glob_match(pattern, name, true); });
    return found == k_cmdlets.end() ? std::string(pattern) : std::string(*found);
}

}  // namespace

std::string_view powershell_name(std::string_view name) {
    const std::string lower = to_lower(name);
    for (const auto& [alias, full] : k_aliases) {
        if (alias == lower) {
            return full;
        }
    }
    return name;
}

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
    const bool by_pipe = input != nullptr && !in(k_take_values, lower) && (pathless || (lower != "remove-item" && in(k_paths, lower) && value_for(given, {"-path", "-literalpath"}) == nullptr && (input->listed || lower == "move-item")));
    if (by_pipe) {
        const std::size_t before = action.args.size();
        if (lower != "set-content" || input->listed) {
            add(*input);
        }
        // What is piped stands first: Move-Item -Destination x is an option, but Move-Item x y is not.
        std::rotate(action.args.begin(), action.args.begin() + static_cast<std::ptrdiff_t>(before), action.args.end());
    }
    if (whole.listed && lower == "remove-item" && !has(given, "-whatif")) {
        const PsValue* paths = by_pipe ? input : nullptr;
        const PsValue own = first_of(given, {"-path", "-literalpath"});
        for (const auto& item : paths != nullptr ? paths->items : own.items) {
            const shell::Word start = word_of(in_folder(ps_text(item)).items[0]);
            const PathClass kind = m_judge.class_of(start);
            const bool trees = has(given, "-recurse") && kind != PathClass::temporary && kind != PathClass::artefact && !start.glob;
            m_judge.delete_found(start, action, whole.narrowed, whole.work || trees);
            m_judge.changes();
        }
        return;
    }
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

void PowerShell::send(const PsValue& value, std::string_view what) {
    if (!value.secret.empty()) {
        m_judge.find("secret.leak", value.secret, m_span);
    } else if (const std::string secret = secret_file(std::string(what)); !secret.empty()) {
        m_judge.find("secret.leak", secret, m_span);
    }
}

PsValue PowerShell::each(const Arguments& given, const PsValue* input) {
    constexpr std::size_t k_most_rounds = 12;
    PsValue out;
    const PsValue nothing = ps_unknown();
    const PsValue& from = input == nullptr || input->items.empty() ? nothing : *input;
    const bool endless_input = from.items.size() > 1000;
    m_endless += endless_input ? 1 : 0;
    for (std::size_t i = 0; i < from.items.size() && i < k_most_rounds + (from.known() ? 200 : 0); ++i) {
        PsValue one = from;
        one.list = false;
        one.items.assign(1, from.items[i]);
        m_variables["_"] = one;
        m_variables["psitem"] = one;
        PsValue made;
        for (const auto& argument : given) {
            if (argument.value.block) {
                made = run_block(argument.value.code);
            } else if (argument.parameter.empty() && to_lower(argument.value.text()) == "delete") {
                act("Remove-Item", {one}, true);
            } else if (argument.parameter.empty()) {
                made = member(one, to_lower(argument.value.text()));
            }
        }
        out.items.insert(out.items.end(), made.items.begin(), made.items.end());
        out.fetched = out.fetched || made.fetched;
        out.secret = out.secret.empty() ? made.secret : out.secret;
        out.listed = out.listed || made.listed;
        out.narrowed = out.narrowed || made.narrowed;
        out.work = out.work || made.work;
        out.hidden = out.hidden || made.hidden;
        if (spent()) {
            break;
        }
    }
    m_endless -= endless_input ? 1 : 0;
    out.list = true;
    return out;
}

// Some of what comes; all but a few counts as all.
PsValue PowerShell::where(const Arguments& given, const PsValue* input) const {
    PsValue out = input == nullptr ? ps_unknown() : *input;
    std::string condition;
    for (const auto& one : given) {
        condition += one.parameter + " " + to_lower(one.value.block ? one.value.code : one.value.text()) + " ";
    }
    constexpr std::array<std::string_view, 7> k_excluding = {"-ne ", "-notlike", "-notmatch", "-notin", "-notcontains", "-not ", "!"};
    const bool excludes = std::any_of(k_excluding.begin(), k_excluding.end(), [&](std::string_view word) { return contains(condition, word); });
    const bool kinds = contains(condition, "psiscontainer") || trim(condition) == "$true";
    out.narrowed = out.narrowed || (!excludes && !kinds);
    return out;
}

// What Get-ChildItem, Get-Item and Resolve-Path list.
PsValue PowerShell::listing(const std::string& name, const Arguments& given, const PsValue* input) const {
    const auto rest = positional(given);
    const PsValue* named = value_for(given, {"-path", "-literalpath"});
    PsValue made = named != nullptr ? *named : !rest.empty() ? *rest[0] : input != nullptr ? *input : ps_text(".");
    const bool lists = name == "get-childitem" || contains(name, "enumerate");
    PsValue out;
    out.list = true;
    out.fetched = made.fetched;
    const PsValue* filter = value_for(given, {"-filter", "-include"});
    filter = filter == nullptr && lists && rest.size() > 1 ? rest[1] : filter;
    bool narrowed = false;
    bool work = false;
    for (const auto& item : in_folder(made).items) {
        const std::string path = replace_all(item, "\\", "/");
        if (starts_with(to_lower(path), "env:") || starts_with(to_lower(path), "$env:")) {
            out.secret = "the environment";
        }
        const std::string last = path.substr(path.rfind('/') + 1);
        const bool some = last.find_first_of("*?") != std::string::npos && !is_all_glob(last) && last != "*.*";
        narrowed = narrowed || (some && has(given, "-recurse"));
        work = work || (narrowed && is_work(last));
        for (const auto& pattern : filter == nullptr ? std::vector<std::string>{"*"} : filter->items) {
            const bool all = pattern == "*" || pattern == "*.*";
            narrowed = narrowed || !all;
            work = work || (!all && is_work(pattern));
            const std::string below = path + (path.empty() || path.back() == '/' ? "" : "/") + pattern;
            shell::Word word;
            word.text = below;
            const bool artefact = !all && m_judge.class_of(word) == PathClass::artefact;
            out.items.push_back(artefact ? below : some && has(given, "-recurse") ? path.substr(0, path.size() - std::min(path.size(), last.size() + 1)) : path);
            if (out.items.back().empty()) {
                out.items.back() = ".";
            }
        }
        out.listed = out.listed || (lists && (!some || has(given, "-recurse")));
    }
    out.narrowed = narrowed;
    out.work = work;
    return out;
}

// Cmdlets that hand on what they get, or some of it.
bool PowerShell::flow_command(const std::string& name, const Arguments& given, const PsValue* input, PsValue& out) {
    constexpr std::array<std::string_view, 16> k_same = {"sort-object", "out-string", "convertto-json", "convertto-csv", "convertto-xml", "format-list", "format-table", "get-unique",
                                                         "out-host", "convertto-html", "write-output", "write-host", "convertfrom-json", "get-member", "convertfrom-csv", "select-xml"};
    if (name == "foreach-object") {
        out = each(given, input);
    } else if (name == "where-object") {
        out = where(given, input);
    } else if (name == "select-object" && input != nullptr) {
        out = *input;
        out.narrowed = out.narrowed || has(given, "-first") || has(given, "-last") || has(given, "-index");
    } else if (in(k_same, name)) {
        const auto rest = positional(given);
        out = input != nullptr ? *input : rest.empty() ? first_of(given, {"-inputobject", "-object"}) : *rest[0];
        for (std::size_t i = 1; i < rest.size() && starts_with(name, "write-"); ++i) {
            out.items.insert(out.items.end(), rest[i]->items.begin(), rest[i]->items.end());
        }
    } else if (name == "out-null") {
        out = PsValue();
    } else {
        return false;
    }
    return true;
}

bool PowerShell::value_command(const std::string& name, const Arguments& given, const PsValue* input, PsValue& out) {
    const auto rest = positional(given);
    const auto text = [&](std::size_t i) { return i < rest.size() ? rest[i]->text() : std::string(); };
    if (name == "set-alias" || name == "new-alias") {
        const PsValue* alias = value_for(given, {"-name"});
        const PsValue* value = value_for(given, {"-value"});
        m_names[to_lower(alias != nullptr ? alias->text() : text(0))] = value != nullptr ? value->text() : text(alias != nullptr ? 0 : 1);
    } else if (name == "set-variable" || name == "new-variable") {
        const PsValue* value = value_for(given, {"-value"});
        m_variables[to_lower(first_of(given, {"-name"}).text())] = value != nullptr ? *value : rest.size() > 1 ? *rest[1] : input != nullptr ? *input : PsValue();
    } else if (name == "get-variable") {
        out = value_of(to_lower(first_of(given, {"-name"}).text()));
    } else if (name == "join-path") {
        const PsValue* child = value_for(given, {"-childpath"});
        const std::string base = first_of(given, {"-path"}).text();
        out = ps_text(base + "/" + (child != nullptr ? child->text() : text(value_for(given, {"-path"}) != nullptr ? 0 : 1)));
    } else if (name == "get-command") {
        out = ps_text(found_cmdlet(first_of(given, {"-name"}).text()));
    } else if (name == "set-location" || name == "push-location") {
        const PsValue where = in_folder(first_of(given, {"-path", "-literalpath"}));
        m_folder = where.known() ? replace_all(where.text(), "\\", "/") : "";
    } else if (name == "convertto-securestring" || name == "split-path" || name == "get-random") {
        out = ps_unknown();
    } else if (name == "get-clipboard") {
        out = ps_unknown();
    } else {
        return false;
    }
    return true;
}

bool PowerShell::file_command(const std::string& name, const Arguments& given, const PsValue* input, PsValue& out) {
    if (name == "get-childitem" || name == "get-item" || name == "resolve-path" || name == "convert-path") {
        out = listing(name, given, input);
        return true;
    }
    if (name == "get-content" || name == "import-csv" || name == "get-itemproperty" || name == "import-clixml") {
        PsValue path = first_of(given, {"-path", "-literalpath"});
        path = path.items.empty() && input != nullptr ? *input : path;
        out = ps_unknown();
        for (const auto& item : in_folder(path).items) {
            const bool environment = starts_with(to_lower(item), "env:");
            const std::string secret = environment ? "the environment" : secret_file(item);
            out.secret = out.secret.empty() ? secret : out.secret;
            std::vector<shell::Word> words = {word_of("call"), word_of(item)};
            out.fetched = out.fetched || m_files.runs(words);
        }
        return true;
    }
    return false;
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
    if (name == "new-object") {
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
    return false;
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
    } else if (name == "deletefolder" || name == "deletefile") {
        act("Remove-Item", {argument(0)}, name == "deletefolder");
    } else if (!only_tells(name)) {
        m_judge.find("state.change", name, m_span);
    }
    return made;
}

PsValue PowerShell::run_code(const std::string& code, const Arguments& given, const PsValue* input) { return run_function(function_of("", code), given, input); }

PsValue PowerShell::run_function(const Function& made, const Arguments& given, const PsValue* input) {
    const auto rest = positional(given);
    for (std::size_t i = 0, next = 0; i < made.parameters.size(); ++i) {
        const std::string parameter = "-" + made.parameters[i];
        const PsValue* named = value_for(given, {std::string_view(parameter)});
        m_variables[made.parameters[i]] = named != nullptr ? *named : next < rest.size() ? *rest[next++] : PsValue();
    }
    PsValue all;
    for (const auto* one : rest) {
        all.items.insert(all.items.end(), one->items.begin(), one->items.end());
    }
    all.list = true;
    m_variables["args"] = all;
    if (input != nullptr) {
        m_variables["_"] = *input;
        m_variables["input"] = *input;
    }
    return run_block(made.body);
}

PsValue PowerShell::command(const std::string& name, Arguments given, const PsValue* input) {
    if (spent() || m_depth > 20) {
        return ps_unknown();
    }
    std::string lower = to_lower(name);
    lower = lower.size() > 3 && lower.compare(lower.size() - 4, 4, ".exe") == 0 && lower.find('-') != std::string::npos ? lower.substr(0, lower.size() - 4) : lower;
    if (const auto other = m_names.find(lower); other != m_names.end() && to_lower(other->second) != lower) {
        const std::string target = other->second;
        ++m_depth;
        PsValue made = command(target, std::move(given), input);
        --m_depth;
        return made;
    }
    if (const auto own = m_functions.find(lower); own != m_functions.end()) {
        const Function body = own->second;
        return run_function(body, given, input);
    }
    const std::string full(powershell_name(lower));
    const std::string cmdlet = to_lower(full);
    PsValue out;
    if (flow_command(cmdlet, given, input, out) || value_command(cmdlet, given, input, out) || file_command(cmdlet, given, input, out) ||
        network_command(cmdlet, given, input, out) || run_command(cmdlet, given, input, out)) {
        return out;
    }
    if (cmdlet == "stop-process" && input != nullptr && input->type == "processes" && positional(given).empty()) {
        m_judge.find("process.kill-all", "", m_span);
    }
    const std::string program_name = lower.substr(0, lower.find(".exe"));
    if (input != nullptr && input->fetched && (is_interpreter(program_name) || program_name == "cmd" || program_name == "powershell" || program_name == "pwsh")) {
        m_judge.find("execute.download", "", m_span);
    }
    judge_action(full == lower ? name : full, given, input);
    const auto rest = positional(given);
    if (cmdlet == "get-process" && given.empty()) {
        out = ps_unknown();
        out.type = "processes";
        return out;
    }
    if (cmdlet == "get-psdrive" || cmdlet == "get-volume") {
        out = ps_text("C:/");
        out.listed = true;
        return out;
    }
    if (cmdlet == "get-service" && given.empty()) {
        out = ps_text("WinDefend");  // is among them
        return out;
    }
    if (starts_with(cmdlet, "get-") && !rest.empty()) {
        out = *rest[0];  // Get-Service NAME, Get-LocalUser NAME
        return out;
    }
    if (const PsValue* named = starts_with(cmdlet, "get-") ? value_for(given, {"-name"}) : nullptr) {
        return *named;
    }
    return ps_unknown();
}

}  // namespace caro::safety
