// What the cmdlets of PowerShell give to the next in a pipeline.
#include <algorithm>
#include <array>

#include "safety/effects.hpp"
#include "safety/powershell.hpp"
#include "safety/powershell_arguments.hpp"
#include "util/strings.hpp"

namespace caro::safety {

namespace {

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
        out.take_origin(made);
        out.take_listing(made);
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
    const bool literal = out.known() && !out.listed;  // names that stand in the code
    out.narrowed = out.narrowed || (!excludes && !kinds && !literal);
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
