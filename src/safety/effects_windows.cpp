// PowerShell and cmd.exe code: split into commands, each judged like any other. Enough of both languages to see what
// is run; what is computed stays unknown.
#include <algorithm>
#include <array>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "safety/effects.hpp"
#include "shell/filters.hpp"
#include "util/strings.hpp"

namespace caro::safety {

namespace {

struct Line {
    std::vector<shell::Word> words;
    bool piped = false;  // takes what the command before it gives
};

constexpr std::array<std::pair<std::string_view, std::string_view>, 30> k_aliases = {{
    {"rm", "Remove-Item"},        {"del", "Remove-Item"},       {"erase", "Remove-Item"},    {"rd", "Remove-Item"},
    {"ri", "Remove-Item"},        {"rmdir", "Remove-Item"},     {"mv", "Move-Item"},         {"move", "Move-Item"},
    {"mi", "Move-Item"},          {"cp", "Copy-Item"},          {"copy", "Copy-Item"},       {"cpi", "Copy-Item"},
    {"ls", "Get-ChildItem"},      {"dir", "Get-ChildItem"},     {"gci", "Get-ChildItem"},    {"cat", "Get-Content"},
    {"gc", "Get-Content"},        {"type", "Get-Content"},      {"iwr", "Invoke-WebRequest"}, {"curl", "Invoke-WebRequest"},
    {"wget", "Invoke-WebRequest"}, {"irm", "Invoke-RestMethod"}, {"iex", "Invoke-Expression"}, {"kill", "Stop-Process"},
    {"spps", "Stop-Process"},     {"sc", "Set-Content"},        {"clc", "Clear-Content"},    {"ni", "New-Item"},
    {"saps", "Start-Process"},    {"start", "Start-Process"},
}};

// Signs of code from the network.
constexpr std::array<std::string_view, 8> k_fetching = {"invoke-webrequest", "invoke-restmethod", "iwr ", "irm ",
                                                        "downloadstring",    "downloadfile",      "curl ", "wget "};

bool is_reading_verb(std::string_view name) {
    constexpr std::array<std::string_view, 16> k_verbs = {"get-",  "select-", "where-",  "format-", "measure-", "test-",
                                                          "write-", "sort-",  "foreach-", "compare-", "group-", "resolve-",
                                                          "convertto-", "convertfrom-", "out-string", "show-"};
    const std::string lower = to_lower(name);
    return std::any_of(k_verbs.begin(), k_verbs.end(),
                       [&](std::string_view verb) { return lower.substr(0, verb.size()) == verb; });
}

bool fetches_text(std::string_view code) {
    const std::string lower = to_lower(code);
    return std::any_of(k_fetching.begin(), k_fetching.end(),
                       [&](std::string_view word) { return lower.find(word) != std::string::npos; });
}

// The end of a text in quotes that begins at `at`, and its value.
std::size_t quoted(std::string_view code, std::size_t at, char escape, std::string& into) {
    const char quote = code[at];
    for (++at; at < code.size() && code[at] != quote; ++at) {
        if (quote == '"' && code[at] == escape && at + 1 < code.size()) {
            ++at;
        }
        into += code[at];
    }
    return at;
}

// Commands of the code. `escape` is what takes the meaning of the next character away: ` or ^.
std::vector<Line> lines_of(std::string_view code, char escape, std::string_view separators) {
    std::vector<Line> lines(1);
    std::string word;
    bool in_word = false;
    const auto end_word = [&] {
        if (in_word) {
            lines.back().words.emplace_back();
            const bool path = word.find(' ') == std::string::npos;  // else it may be code
            lines.back().words.back().text = path ? replace_all(std::exchange(word, ""), "\\", "/") : std::exchange(word, "");
            lines.back().words.back().tilde = lines.back().words.back().text.substr(0, 1) == "~" && escape == '`';
            lines.back().words.back().glob = lines.back().words.back().text.find_first_of("*?") != std::string::npos;
        }
        in_word = false;
    };
    for (std::size_t i = 0; i < code.size(); ++i) {
        const char c = code[i];
        if (c == escape && i + 1 < code.size()) {
            word += code[++i];
            in_word = true;
        } else if (c == '"' || (c == '\'' && escape == '`')) {
            i = quoted(code, i, escape, word);
            in_word = true;
        } else if (c == ' ' || c == '\t' || c == '\r') {
            end_word();
        } else if (separators.find(c) != std::string_view::npos) {
            end_word();
            const bool pipe = c == '|' && (i + 1 >= code.size() || code[i + 1] != '|');
            if (!lines.back().words.empty()) {
                lines.emplace_back();
            }
            lines.back().piped = pipe;
        } else {
            word += c;
            in_word = true;
        }
    }
    end_word();
    return lines;
}

std::string_view canonical(std::string_view name) {
    const std::string lower = to_lower(name);
    for (const auto& [alias, full] : k_aliases) {
        if (alias == lower) {
            return full;
        }
    }
    return name;
}

std::string base_of(std::string_view path) {
    const std::string lower = to_lower(path);
    return lower.substr(lower.find_last_of("/\\") + 1);
}

// Follows what a text brings from the network into files, and tells when one of them is run.
class Fetched {
  public:
    bool runs(const std::vector<shell::Word>& words) const {
        constexpr std::array<std::string_view, 26> k_starters = {"import-module", "ipmo", "add-type", "mshta", "dotnet", "java", "node", "schtasks", "regedit", "add-appxpackage", "sc",
                                                                 "start-process", "saps", "start", "cmd", "powershell", "pwsh", "msiexec", "rundll32",
                                                                 "regsvr32", "cscript", "wscript", "python", "invoke-item", "ii", "call"};
        const std::string name = base_of(words[0].text);
        if (m_files.count(name) != 0) {
            return true;
        }
        const bool starts = std::find(k_starters.begin(), k_starters.end(), name.substr(0, name.find(".exe"))) != k_starters.end();
        return starts && std::any_of(words.begin() + 1, words.end(), [this](const auto& word) { return m_files.count(base_of(word.text)) != 0; });
    }

    void note(const std::vector<shell::Word>& words) {
        constexpr std::array<std::string_view, 9> k_fetchers = {"invoke-webrequest", "invoke-restmethod", "start-bitstransfer", "curl", "wget",
                                                                "certutil",          "bitsadmin",         "iwr",                "irm"};
        const std::string name = base_of(words[0].text);
        if (std::find(k_fetchers.begin(), k_fetchers.end(), name.substr(0, name.find(".exe"))) == k_fetchers.end()) {
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

  private:
    std::set<std::string> m_files;
};

// $x = command …
void without_assignment(std::vector<shell::Word>& words) {
    if (words.size() > 2 && words[0].text.substr(0, 1) == "$" && words[1].text == "=") {
        words.erase(words.begin(), words.begin() + 2);
    }
}

}  // namespace

namespace {

// & $x, & ('a' + 'b'), . $x: what is called is only known when it runs.
bool calls_value(std::string_view code) {
    for (auto at = code.find_first_of("&."); at != std::string_view::npos; at = code.find_first_of("&.", at + 1)) {
        const auto before = code.substr(0, at).find_last_not_of(" \t\n");
        const bool begins = before == std::string_view::npos || std::string_view(";{(|=").find(code[before]) != std::string_view::npos;
        const auto next = code.find_first_not_of(" \t", at + 1);
        const bool value = next != std::string_view::npos && (code[next] == '$' || code[next] == '(');
        if (value && begins && (code[at] == '&' || next > at + 1)) {
            return true;
        }
    }
    return false;
}

}  // namespace

void Judge::judge_powershell(std::string_view code, const shell::Span& span) {
    const bool fetched = fetches_text(code);
    if (calls_value(code)) {
        find(fetched ? "execute.download" : "execute.unknown", "", span);
    }
    Fetched files;
    std::string name_before;
    std::vector<shell::Word> before;  // operands of the command before a pipe
    for (auto& line : lines_of(code, '`', ";|\n{}()&")) {
        without_assignment(line.words);
        if (line.words.empty() || line.words[0].text.substr(0, 1) == "$" || line.words[0].text.substr(0, 1) == "[") {
            continue;
        }
        Action act;
        act.span = span;
        act.path = std::string(canonical(line.words[0].text));
        act.name = act.path.substr(act.path.find_last_of("/\\") + 1);
        act.args.assign(line.words.begin() + 1, line.words.end());
        const std::string lower = to_lower(act.name);
        line.words[0].text = act.path;
        if (files.runs(line.words)) {
            find("execute.download", "", span);
        }
        files.note(line.words);
        if (lower == "invoke-expression") {
            find(fetched ? "execute.download" : "execute.unknown", "", span);
            continue;
        }
        const bool alone = std::all_of(act.args.begin(), act.args.end(), [](const auto& w) { return w.text.substr(0, 1) == "-"; });
        if (line.piped && alone) {
            act.args.insert(act.args.end(), before.begin(), before.end());
        }
        const bool all_before = line.piped && before.empty() && (name_before == "get-process" || name_before == "gps");
        if ((lower == "stop-process" || lower == "spps") && all_before && alone) {
            find("process.kill-all", "", span);
        }
        name_before = lower;
        before = act.args;
        if (knowledge().command(act.name) == nullptr && is_reading_verb(act.name)) {
            continue;
        }
        action(act, {});
    }
}

void Judge::judge_cmd(std::string_view code, const shell::Span& span) {
    Fetched files;
    for (const auto& line : lines_of(code, '^', "|&\n()")) {
        if (line.words.empty()) {
            continue;
        }
        Action act;
        act.span = span;
        act.path = line.words[0].text;
        act.name = to_lower(act.path.substr(act.path.find_last_of("/\\") + 1));
        act.name = act.name == "rmdir" ? "rd" : act.name;
        if (files.runs(line.words)) {
            find("execute.download", "", span);
        }
        files.note(line.words);
        act.args.assign(line.words.begin() + 1, line.words.end());
        action(act, {});
    }
}

// What is written for PowerShell or cmd.exe: a shell of Unix would take the \ of its paths away.
Judge::Windows Judge::windows_text(std::string_view source) const {
    const bool marks = source.find_first_of("\\%") != std::string_view::npos;
    bool slashes = false;
    bool deletes = false;
    for (const auto& line : m_script.pipelines) {
        for (const auto& stage : line.stages) {
            const std::string name = stage.words.empty() ? "" : stage.words.front().text;
            const bool verb = name.find('-') != std::string::npos;
            if (!verb && !marks && name != "rmdir") {
                continue;
            }
            const Spec* spec = name.empty() || name.find('/') != std::string::npos ? nullptr : knowledge().command(name);
            const bool option = stage.words.size() > 1 && stage.words[1].text.substr(0, 1) == "/" && stage.words[1].text.size() == 2;
            if (spec != nullptr && spec->style == Style::powershell && verb) {
                return Windows::powershell;
            }
            deletes = deletes || (name == "rmdir" && option);
            slashes = slashes || (spec != nullptr && spec->style == Style::slash) || (name == "rmdir" && option);
        }
    }
    return deletes || (slashes && marks) ? Windows::cmd : Windows::no;
}

bool Judge::of_windows(const Action& act) const {
    const Spec* spec = m_windows == Windows::no ? nullptr : knowledge().command(act.name);
    return spec != nullptr && (spec->style == Style::powershell || spec->style == Style::slash || act.name == "rmdir");
}

namespace {

// -EncodedCommand: base64 of UTF-16.
std::optional<std::string> decoded_powershell(const std::string& text) {
    std::string plain;
    for (std::size_t i = 0; i + 3 < text.size(); i += 8) {  // 8 digits are 3 characters of 2 bytes
        const std::string wide = shell::decoded_base64(text.substr(i, 8));
        for (std::size_t k = 0; k + 1 < wide.size(); k += 2) {
            const auto low = static_cast<unsigned char>(wide[k]);
            if (wide[k + 1] != '\0' || (low < 32 && low != '\n' && low != '\t' && low != '\r')) {
                return std::nullopt;
            }
            plain += wide[k];
        }
    }
    return plain.empty() ? std::nullopt : std::optional<std::string>(plain);
}

// In double quotes a shell of Unix takes $env, $_ and $false for its own variables: what was meant is put back.
std::string meant_variables(std::string code) {
    constexpr std::array<std::string_view, 9> k_names = {"USERPROFILE", "APPDATA", "LOCALAPPDATA", "TEMP", "TMP", "HOMEPATH", "SystemRoot", "windir", "ProgramData"};
    const std::string unknown(1, shell::Word::k_unknown);
    for (const auto name : k_names) {
        code = replace_all(code, unknown + ":" + std::string(name), "$env:" + std::string(name));
    }
    return replace_all(replace_all(code, "-Confirm:" + unknown, "-Confirm:$false"), unknown + ".", "$_.");
}

}  // namespace

// powershell -Command CODE, -EncodedCommand BASE64, cmd /c CODE. False if the command is neither.
bool runs_fetched_powershell(std::string_view code) {
    const std::string lower = to_lower(code);
    return (lower.find("iex") != std::string::npos || lower.find("invoke-expression") != std::string::npos) && fetches_text(lower);
}

bool Judge::check_windows_shell(const Action& act) {
    const std::string name = to_lower(act.name);
    const bool cmd = name == "cmd" || name == "cmd.exe";
    const bool powershell = name == "pwsh" || name == "powershell" || name == "powershell.exe" || name == "pwsh.exe";
    if (!cmd && !powershell) {
        return false;
    }
    for (std::size_t i = 0; i < act.args.size(); ++i) {
        const std::string option = to_lower(act.args[i].text);
        const bool runs = cmd ? option == "/c" || option == "/k"
                              : option == "-c" || option == "-command" || option == "/c" || option == "/command" ||
                                    (option[0] != '-' && option[0] != '/' && (i == 0 || act.args[i - 1].text.substr(0, 1) != "-"));
        if (powershell && option.size() > 1 && (option == "-e" || option == "-ec" || option.substr(0, 3) == "-en")) {
            const auto hidden = i + 1 < act.args.size() ? decoded_powershell(act.args[i + 1].text) : std::nullopt;
            const std::size_t before = m_findings.size();
            if (hidden) {
                judge_powershell(*hidden, act.span);
                weigh_hidden(before, act);
                changes();
            } else {
                find("execute.decoded", "", act.span);
            }
            return true;
        }
        if (!runs) {
            continue;
        }
        std::string code;
        for (std::size_t k = option[0] == '-' || option[0] == '/' ? i + 1 : i; k < act.args.size(); ++k) {
            code += (code.empty() ? "" : " ") + act.args[k].text;
        }
        if (!cmd) {
            code = meant_variables(std::move(code));
        }
        if (code.find(shell::Word::k_unknown) != std::string::npos) {
            find("execute.unknown", "", act.span);
            if (!cmd) {  // powershell -c "… $false": the shell around took the variable away
                judge_powershell(replace_all(code, std::string(1, shell::Word::k_unknown), "$unknown"), act.span);
            }
        } else if (cmd) {
            judge_cmd(code, act.span);
        } else {
            judge_powershell(code, act.span);
        }
        return true;
    }
    find("state.change", act.name, act.span);
    return true;
}

}  // namespace caro::safety
