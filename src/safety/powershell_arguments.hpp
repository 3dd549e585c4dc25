// What a cmdlet of PowerShell is given: parameters, by names that may be shortened, and values. Internal to safety.
#pragma once

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "safety/powershell.hpp"
#include "util/strings.hpp"

namespace caro::safety {

using PsArguments = std::vector<PsArgument>;

inline constexpr std::array<std::string_view, 40> k_switches = {
    "-recurse", "-force", "-verbose", "-whatif", "-confirm", "-raw", "-usebasicparsing", "-file", "-directory", "-hidden", "-append", "-wait",
    "-nonewwindow", "-passthru", "-asplaintext", "-noclobber", "-descending", "-unique", "-quiet", "-asjob", "-readonly", "-system", "-removedata",
    "-removeoem", "-casesensitive", "-simplematch", "-notmatch", "-sum", "-average", "-compress", "-nonewline", "-usedefaultcredentials",
    "-skipcertificatecheck", "-all", "-asstring", "-valueonly", "-attributes!", "-notypeinformation", "-autosize", "-noninteractive"};

inline bool is_off(const PsArgument& one) { return one.attached && (one.value.text() == "$false" || one.value.text() == "0"); }

inline bool has(const PsArguments& given, std::string_view name) {
    return std::any_of(given.begin(), given.end(), [&](const PsArgument& one) {
        return one.parameter.size() > 1 && starts_with(name, one.parameter) && !is_off(one);
    });
}

inline bool is_switch(std::string_view parameter) {
    return std::any_of(k_switches.begin(), k_switches.end(), [&](std::string_view name) { return starts_with(name, parameter); });
}

inline bool is_word(const PsArgument& one) { return one.parameter.empty(); }

// The argument of a parameter, nullptr if it is not given.
inline const PsValue* value_for(const PsArguments& given, const std::vector<std::string_view>& names) {
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
inline std::vector<const PsValue*> positional(const PsArguments& given) {
    std::vector<const PsValue*> all;
    for (std::size_t i = 0; i < given.size(); ++i) {
        const bool taken = i > 0 && !is_word(given[i - 1]) && !given[i - 1].attached && !is_switch(given[i - 1].parameter);
        if (is_word(given[i]) && !taken) {
            all.push_back(&given[i].value);
        }
    }
    return all;
}

inline PsValue first_of(const PsArguments& given, const std::vector<std::string_view>& names) {
    const PsValue* named = value_for(given, names);
    const auto rest = positional(given);
    return named != nullptr ? *named : rest.empty() ? PsValue() : *rest[0];
}

template <class List>
bool in(const List& list, std::string_view name) {
    return std::find(list.begin(), list.end(), name) != list.end();
}

}  // namespace caro::safety
