// Code for the shells of Windows: which text is such code, powershell -c CODE, cmd /c CODE.
#include <algorithm>
#include <array>
#include <string>
#include <utility>
#include <vector>

#include "safety/effects.hpp"
#include "safety/powershell.hpp"
#include "safety/windows_cmd.hpp"
#include "shell/filters.hpp"
#include "util/strings.hpp"

namespace caro::safety {

namespace {

// Signs of code from the network.
constexpr std::array<std::string_view, 8> k_fetching = {"invoke-webrequest", "invoke-restmethod", "iwr ", "irm ",
                                                        "downloadstring",    "downloadfile",      "curl ", "wget "};

bool fetches_text(std::string_view code) {
    const std::string lower = to_lower(code);
    return std::any_of(k_fetching.begin(), k_fetching.end(),
                       [&](std::string_view word) { return lower.find(word) != std::string::npos; });
}

}  // namespace

void Judge::judge_powershell(std::string_view code, const shell::Span& span) {
    constexpr std::size_t k_longest_code = 32 * 1024;
    if (code.size() > k_longest_code || m_windows_depth > 6) {
        find("execute.unknown", "", span);
        return;
    }
    ++m_windows_depth;
    PowerShell(*this, span).run(code);
    --m_windows_depth;
}

void Judge::judge_cmd(std::string_view code, const shell::Span& span) {
    constexpr std::size_t k_longest_code = 32 * 1024;
    if (code.size() > k_longest_code || m_windows_depth > 6) {
        find("execute.unknown", "", span);
        return;
    }
    ++m_windows_depth;
    WindowsCmd(*this, span).run(code);
    --m_windows_depth;
}

// What is written for PowerShell or cmd.exe: a shell of Unix would take the \ of its paths away.
Judge::Windows Judge::windows_text(std::string_view source) {
    m_only_windows = looks_like_powershell(source);
    if (m_only_windows) {
        return Windows::powershell;
    }
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
    m_only_windows = looks_like_cmd(source);
    return deletes || (slashes && marks) || m_only_windows ? Windows::cmd : Windows::no;
}

// Findings of what a shell of Unix would make of such a text; what would be a disaster there stays.
void Judge::forget_unix_reading(std::size_t first) {
    const std::string_view text = trim(m_source);
    const bool value = !text.empty() && std::string_view("$(&[").find(text[0]) != std::string_view::npos;  // $u = 'https://…' is no command
    m_findings.erase(std::remove_if(m_findings.begin() + static_cast<std::ptrdiff_t>(first), m_findings.end(),
                                    [value](const Finding& finding) { return finding.risk < Risk::critical || (value && finding.rule == "execute.download"); }),
                     m_findings.end());
}

// robocopy EMPTY C:\Users /mir: what is only at the target goes.
void Judge::check_mirror(const Action& act) {
    const std::string name = to_lower(act.name);
    const auto option = [&](std::string_view text) {
        return std::any_of(act.args.begin(), act.args.end(), [&](const shell::Word& word) { return to_lower(word.text) == text; });
    };
    if ((name != "robocopy" && name != "robocopy.exe") || (!option("/mir") && !option("/purge")) || option("/l")) {
        return;
    }
    std::vector<const shell::Word*> folders;
    for (const auto& word : act.args) {
        if (word.text[0] != '/' || word.text.size() > 8) {
            folders.push_back(&word);
        }
    }
    if (folders.size() > 1 && is_protected(class_of(*folders[1]))) {
        find("delete.protected", shown(*folders[1]), act.span);
    }
}

bool Judge::of_windows(const Action& act) const {
    const Spec* spec = m_windows == Windows::no ? nullptr : knowledge().command(act.name);
    return spec != nullptr && (spec->style == Style::powershell || spec->style == Style::slash || act.name == "rmdir");
}

// -EncodedCommand: base64 of UTF-16.
std::string decoded_powershell(const std::string& text) {
    std::string plain;
    for (std::size_t i = 0; i + 3 < text.size(); i += 8) {  // 8 digits are 3 characters of 2 bytes
        const std::string wide = shell::decoded_base64(text.substr(i, 8));
        for (std::size_t k = 0; k + 1 < wide.size(); k += 2) {
            const auto low = static_cast<unsigned char>(wide[k]);
            if (wide[k + 1] != '\0' || (low < 32 && low != '\n' && low != '\t' && low != '\r')) {
                return "";
            }
            plain += wide[k];
        }
    }
    return plain;
}

namespace {

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
            const std::string hidden = i + 1 < act.args.size() ? decoded_powershell(act.args[i + 1].text) : "";
            const std::size_t before = m_findings.size();
            if (!hidden.empty()) {
                judge_powershell(hidden, act.span);
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
