// Which texts only PowerShell can read.
#include <algorithm>
#include <array>
#include <cctype>

#include "safety/effects.hpp"
#include "safety/powershell.hpp"
#include "util/strings.hpp"

namespace caro::safety {

namespace {

bool is_name(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

// $x = …, $env:X = …, $x += …, $a, $b = …, [int]$x = …
bool assigns(std::string_view text) {
    while (!text.empty() && text[0] == '[' && text.find(']') != std::string_view::npos) {
        text = trim(text.substr(text.find(']') + 1));
    }
    if (text.size() < 4 || text[0] != '$') {
        return false;
    }
    std::size_t end = 1;
    while (end < text.size() && (is_name(text[end]) || text[end] == ':' || text[end] == '.')) {
        ++end;
    }
    const std::size_t next = text.find_first_not_of(' ', end);
    if (end == 1 || next == std::string_view::npos) {
        return false;
    }
    const bool list = text[next] == ',' && text.find('$', next) == text.find_first_not_of(" ,", next);
    const bool plain = text[next] == '=' && text.substr(next, 2) != "==";
    return list || plain || text.substr(next, 2) == "+=";
}

bool is_cmdlet(std::string_view name) {
    const Spec* spec = name.find('-') == std::string_view::npos ? nullptr : knowledge().command(name);
    return spec != nullptr && spec->style == Style::powershell;
}

std::string_view first_word(std::string_view text) {
    std::size_t end = 0;
    while (end < text.size() && (is_name(text[end]) || text[end] == '-')) {
        ++end;
    }
    return text.substr(0, end);
}

// [Type]::Name, [Name.Space.Type]::Name
bool names_type(std::string_view text) {
    const auto end = text.find(']');
    return text[0] == '[' && end != std::string_view::npos && end > 2 && text.substr(end + 1, 2) == "::" &&
           std::all_of(text.begin() + 1, text.begin() + static_cast<std::ptrdiff_t>(end), [](char c) { return is_name(c) || c == '.' || c == '[' || c == ' '; });
}

template <class List>
bool holds_outside_texts(std::string_view lower, const List& signs) {
    return std::any_of(signs.begin(), signs.end(), [&](std::string_view sign) {
        const auto at = lower.find(sign);
        const auto end = lower.begin() + static_cast<std::ptrdiff_t>(at == std::string_view::npos ? 0 : at);
        return at != std::string_view::npos && std::count(lower.begin(), end, '\'') % 2 == 0 && std::count(lower.begin(), end, '"') % 2 == 0;
    });
}

// A pipe into a block: | % {, | ? {
bool pipes_blocks(std::string_view lower) {
    constexpr std::array<std::string_view, 10> k_stages = {"| % {", "|% {", "|%{", "| %{", "| ? {", "|?{", "| ?{", "|foreach-object", "| foreach {", "| foreach-object"};
    return holds_outside_texts(lower, k_stages);
}

// … or into what has such a name elsewhere, too.
bool pipes_objects(std::string_view lower) {
    constexpr std::array<std::string_view, 9> k_stages = {"| iex", "|iex", "| ri ", "| % ", "| ft", "| fl", "| select ", "| where ", "| clc"};
    return pipes_blocks(lower) || holds_outside_texts(lower, k_stages);
}

// $x.Name.Name(…)
bool calls_method(std::string_view text) {
    std::size_t end = text.size() > 1 && text[0] == '$' ? 1 : text.size();
    while (end < text.size() && (is_name(text[end]) || text[end] == '.' || text[end] == ':')) {
        ++end;
    }
    return end < text.size() && text[end] == '(' && text.substr(0, end).find('.') != std::string_view::npos;
}

}  // namespace

bool looks_like_powershell(std::string_view source) {
    std::string_view text = trim(source);
    text = text.substr(0, 4000);
    if (text.size() < 5) {
        return false;
    }
    const std::string lower = to_lower(text);
    const auto begins = [&](std::string_view start) { return starts_with(lower, start); };
    const auto follows = [&](std::string_view start, std::string_view marks) {
        const auto next = begins(start) ? lower.find_first_not_of(' ', start.size()) : std::string::npos;
        return next != std::string::npos && marks.find(lower[next]) != std::string_view::npos;
    };
    if (assigns(text) || calls_method(text) || pipes_blocks(lower) || names_type(text) || follows("&", "({$\"'") || (follows(".", "(") && text[1] != '.') || follows(".", "{")) {
        return true;
    }
    if (follows("foreach", "(") || (follows("switch", "(") && contains(lower, "($")) || (follows("while", "(") && (contains(lower, "($") || contains(lower, "){") || contains(lower, ") {"))) || begins("$env:") || begins("$psversiontable") || begins("$host.") || (follows("if", "(") && contains(lower, "($")) ||
        (follows("for", "(") && contains(lower, "($")) || follows("iex", "($\"'[") || begins("function global:") || follows("try", "{") ||
        follows("-join", "('\"$[") || begins("@(") || (begins("@'") && contains(lower, "'@")) || begins("irm http") || begins("iwr http") || begins("iwr -") || begins("irm -")) {
        return true;
    }
    if (text[0] == '(') {
        const std::string_view inner = first_word(trim(text.substr(1)));
        const bool alias = inner == "irm" || inner == "iwr" || inner == "gci" || inner == "gc" || inner == "gwmi" || inner == "gi";
        return is_cmdlet(inner) || alias || contains(lower.substr(0, 40), "new-object") || (text.size() > 1 && (text[1] == '\'' || text[1] == '[') && contains(lower, ")."));
    }
    const std::string plain = replace_all(std::string(text.substr(0, text.find_first_of(" (\n"))), "`", "");  // i`e`x
    const bool ticked = text.find('`') < text.find_first_of(" (\n") && (is_cmdlet(plain) || plain == "iex" || plain == "irm" || plain == "iwr");
    if (is_cmdlet(first_word(text)) || ticked) {
        return true;
    }
    const std::string_view name = first_word(lower);
    constexpr std::array<std::string_view, 12> k_aliases = {"gci", "gcm", "icm", "saps", "clc", "rvpa", "gwmi", "sal", "spps", "sajb", "irm", "iwr"};
    if (std::find(k_aliases.begin(), k_aliases.end(), name) != k_aliases.end()) {
        return true;
    }
    const bool windows = contains(text, ":\\") || contains(lower, "$env:") || contains(lower, "$_") || contains(lower, "$home") || contains(lower, "~\\");
    constexpr std::array<std::string_view, 8> k_shared = {"ri", "gc", "dir", "ls", "cat", "gi", "type", "echo"};
    if ((name == "ri" || name == "gc" || name == "gi") && windows) {
        return true;
    }
    constexpr std::array<std::string_view, 12> k_commands = {"cd", "pushd", "rm", "del", "rd", "rmdir", "mkdir", "copy", "move", "cp", "mv", "erase"};
    constexpr std::array<std::string_view, 5> k_parameters = {" -recurse", " -force", " -erroraction", " -literalpath", " -whatif"};
    const bool parameters = std::any_of(k_parameters.begin(), k_parameters.end(), [&](std::string_view word) {
        const auto end = std::min(lower.find(word), lower.size()) + word.size();
        return end == lower.size() || (end < lower.size() && std::string_view(" :\n;|)").find(lower[end]) != std::string_view::npos);
    });
    if (parameters && std::find(k_commands.begin(), k_commands.end(), name) != k_commands.end()) {
        return true;
    }
    const bool shared = std::find(k_shared.begin(), k_shared.end(), name) != k_shared.end();
    const bool value = text[0] == '\'' || text[0] == '"' || text[0] == '$' || std::isdigit(static_cast<unsigned char>(text[0])) != 0;
    const bool operators = contains(lower, " -split ") || contains(lower, " -join ") || contains(lower, " -replace ") || contains(lower, "' -f ") || contains(lower, "\" -f ");
    return (shared || value) && (pipes_objects(lower) || (value && operators && text[0] != '$'));
}

}  // namespace caro::safety
