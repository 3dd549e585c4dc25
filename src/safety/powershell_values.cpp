// Operators, casts, members and methods of PowerShell's values.
#include <algorithm>
#include <array>
#include <cctype>
#include <cstdlib>

#include "safety/inline_eval.hpp"
#include "safety/powershell.hpp"
#include "shell/filters.hpp"
#include "util/strings.hpp"

namespace caro::safety {

namespace {

constexpr std::size_t k_longest = 20000;
constexpr std::size_t k_most_items = 2000;

bool is_number(std::string_view text) {
    text.remove_prefix(!text.empty() && text[0] == '-' ? 1 : 0);
    return !text.empty() && text.size() < 10 && std::all_of(text.begin(), text.end(), [](unsigned char c) { return std::isdigit(c) != 0; });
}

// What every value that is made of others takes from them.
PsValue made_of(const PsValue& left, const PsValue& right) {
    PsValue made;
    made.fetched = left.fetched || right.fetched;
    made.secret = left.secret.empty() ? right.secret : left.secret;
    made.listed = left.listed || right.listed;
    made.narrowed = left.narrowed || right.narrowed;
    made.work = left.work || right.work;
    made.hidden = true;
    return made;
}

// '{0} {1}' -f a, b
std::string formatted(const std::string& format, const std::vector<std::string>& items) {
    std::string made;
    for (std::size_t i = 0; i < format.size(); ++i) {
        const auto end = format[i] == '{' ? format.find('}', i) : std::string::npos;
        if (end == std::string::npos) {
            made += format[i];
            continue;
        }
        const std::string field = format.substr(i + 1, end - i - 1);
        const std::string index = field.substr(0, field.find_first_of(",:"));
        const std::size_t which = is_number(index) ? static_cast<std::size_t>(std::strtol(index.c_str(), nullptr, 10)) : items.size();
        made += which < items.size() ? items[which] : std::string(1, shell::Word::k_unknown);
        i = end;
    }
    return made;
}

// -replace with a pattern that is plain text, a set of characters or one character.
std::string replaced(const std::string& text, std::string pattern, const std::string& with) {
    const bool set = pattern.size() > 2 && pattern.front() == '[' && pattern.back() == ']';
    if (set) {
        std::string made;
        const std::string_view inner = std::string_view(pattern).substr(1, pattern.size() - 2);
        for (const char c : text) {
            made += inner.find(c) != std::string_view::npos ? with : std::string(1, c);
        }
        return made;
    }
    std::string plain;
    for (std::size_t i = 0; i < pattern.size(); ++i) {
        if (pattern[i] == '\\' && i + 1 < pattern.size()) {
            plain += pattern[++i];
        } else if (std::string_view("^$.*+?()|").find(pattern[i]) != std::string_view::npos && pattern.size() > 1) {
            return std::string(1, shell::Word::k_unknown);
        } else {
            plain += pattern[i];
        }
    }
    return plain.empty() ? text : replace_all(text, plain, with);
}

std::string characters(const std::vector<std::string>& items) {
    std::string made;
    for (const auto& item : items) {
        made += is_number(item) ? std::string(1, static_cast<char>(std::strtol(item.c_str(), nullptr, 10))) : item;
    }
    return made;
}

std::vector<std::string> letters(const std::string& text) {
    std::vector<std::string> made;
    for (std::size_t i = 0; i < text.size() && i < k_most_items; ++i) {
        made.emplace_back(1, text[i]);
    }
    return made;
}

PsValue like(const PsValue& value, std::string text) {
    PsValue made = value;
    made.list = false;
    made.items.assign(1, std::move(text));
    made.hidden = true;
    return made;
}

std::string all_of_it(const PsValue& value, std::string_view between) {
    std::string made;
    for (std::size_t i = 0; i < value.items.size() && made.size() < k_longest; ++i) {
        made += (i > 0 ? std::string(between) : "") + value.items[i];
    }
    return made;
}

}  // namespace

PsValue PowerShell::value_of(const std::string& name) const {
    const std::string bare = name.substr(0, 7) == "script:" || name.substr(0, 7) == "global:" ? name.substr(7) : name;
    const auto known = m_variables.find(bare);
    if (known != m_variables.end()) {
        return known->second;
    }
    if (bare == "home" || bare == "env:userprofile" || bare == "env:home") {
        return ps_text("$env:userprofile");
    }
    if (bare == "true" || bare == "false" || bare == "null") {
        return bare == "null" ? PsValue() : ps_text("$" + bare);
    }
    if (bare == "pwd") {
        return ps_text(".");
    }
    if (bare == "pshome") {
        return ps_text("C:/Windows/System32/WindowsPowerShell/v1.0");
    }
    constexpr std::array<std::string_view, 12> k_folders = {"env:systemdrive", "env:homedrive", "env:systemroot", "env:windir", "env:programfiles", "env:programdata",
                                                            "env:allusersprofile", "env:temp", "env:tmp", "env:appdata", "env:localappdata", "env:homepath"};
    if (std::find(k_folders.begin(), k_folders.end(), bare) != k_folders.end()) {
        return ps_text("$" + bare);  // as paths.cpp knows it
    }
    if (bare == "env:comspec") {
        return ps_text("cmd.exe");
    }
    return ps_unknown();
}

PsValue PowerShell::binary(const std::string& op, const PsValue& left, const PsValue& right) {
    PsValue made = made_of(left, right);
    const std::string with = right.text();
    if (op == "+") {
        const bool numbers = left.items.size() == 1 && right.items.size() == 1 && is_number(left.items[0]) && is_number(right.items[0]);
        if (numbers) {
            made.items.push_back(std::to_string(std::atol(left.items[0].c_str()) + std::atol(right.items[0].c_str())));
        } else if (left.list) {
            made.items = left.items;
            made.items.insert(made.items.end(), right.items.begin(), right.items.end());
            made.list = true;
        } else {
            made.items.push_back(left.text() + with);
        }
        made.hidden = !numbers;
    } else if (op == "-" || op == "-bxor" || op == "-band" || op == "-bor") {
        const long a = std::atol(left.text().c_str());
        const long b = std::atol(with.c_str());
        const bool numbers = is_number(left.text()) && is_number(with);
        made.items.push_back(!numbers ? std::string(1, shell::Word::k_unknown) : std::to_string(op == "-" ? a - b : op == "-bxor" ? a ^ b : op == "-band" ? a & b : a | b));
    } else if (op == "*" && is_number(with) && !is_number(left.text()) && left.text().size() * static_cast<std::size_t>(std::max(0L, std::atol(with.c_str()))) < k_longest) {
        made.items.emplace_back();
        for (long i = 0; i < std::atol(with.c_str()); ++i) {
            made.items[0] += left.text();
        }
    } else if (op == "..") {
        const long a = std::atol(left.text().c_str());
        const long b = std::atol(with.c_str());
        made.hidden = false;
        made.list = true;
        for (long i = a; is_number(left.text()) && is_number(with) && made.items.size() < k_most_items; i += a <= b ? 1 : -1) {
            made.items.push_back(std::to_string(i));
            if (i == b) {
                break;
            }
        }
    } else if (op == "-join") {
        made.items.push_back(all_of_it(left, with));
    } else if (contains(op, "split") || contains(op, "replace")) {
        edit(op, left, right, made);
    } else if (op == "-f") {
        made.items.push_back(formatted(left.text(), right.items));
    } else if (op == "-as") {
        return left;
    } else {
        made = ps_unknown();
    }
    return made;
}

// -split and -replace
void PowerShell::edit(const std::string& op, const PsValue& left, const PsValue& right, PsValue& made) {
    const std::string with = right.text();
    if (op == "-split" || op == "-csplit" || op == "-isplit") {
        made.list = true;
        const std::string text = left.text();
        const bool plain = with.size() == 1 || with.find_first_of("\\[](){}*+?|^$.") == std::string::npos;
        for (const auto part : plain && !with.empty() ? split(text, with[0]) : std::vector<std::string_view>()) {
            if (with.size() == 1 && (with != " " || !part.empty())) {
                made.items.emplace_back(part);
            }
        }
        const std::string group = with.size() > 2 && with.front() == '(' && with.back() == ')' ? with.substr(1, with.size() - 2) : "";
        const bool dots = !group.empty() && group.find_first_not_of('.') == std::string::npos;
        const std::size_t width = dots ? group.size() : starts_with(group, ".{") || starts_with(group, "..{") ? static_cast<std::size_t>(std::max(0, std::atoi(group.c_str() + group.find('{') + 1))) : 0;
        for (std::size_t i = 0; width > 0 && i < text.size() && made.items.size() < k_most_items; i += width) {  // every two characters
            made.items.push_back(text.substr(i, width));
        }
        if (made.items.empty()) {
            made.items.emplace_back(1, shell::Word::k_unknown);
        }
    } else if (op == "-replace" || op == "-creplace" || op == "-ireplace") {
        for (const auto& item : left.items) {
            made.items.push_back(replaced(item, right.items.empty() ? "" : right.items[0], right.items.size() > 1 ? right.items[1] : ""));
        }
    }
}

PsValue PowerShell::cast(const std::string& type, PsValue value) {
    if (type == "char" || type == "char[]") {
        if (value.items.size() == 1 && !is_number(value.items[0])) {
            value.items = letters(value.items[0]);
        } else {
            value.items = letters(characters(value.items));
        }
        value.hidden = true;
        value.list = type == "char[]";
    } else if ((type == "int" || type == "byte") && value.items.size() == 1 && !is_number(value.items[0])) {
        value.items[0] = value.items[0].size() == 1 ? std::to_string(static_cast<unsigned char>(value.items[0][0]))
                         : starts_with(value.items[0], "0x") ? std::to_string(std::strtol(value.items[0].c_str(), nullptr, 16)) : value.items[0];
    } else if (type == "string" && value.items.size() > 1) {
        return like(value, all_of_it(value, " "));
    } else if (type == "scriptblock") {
        value.block = true;
        value.code = value.text();
    } else if (type == "void") {
        return {};
    }
    return value;
}

// 'text'[2], 'text'[-1..-4], (a, b)[0,1]
PsValue PowerShell::indexed(const PsValue& value, const PsValue& index) {
    const auto member = value.members.find(to_lower(index.text()));
    if (member != value.members.end()) {
        return like(value, member->second);
    }
    if (!value.known()) {
        PsValue made = ps_unknown();
        made.fetched = value.fetched;
        made.secret = value.secret;
        return made;
    }
    const std::vector<std::string> from = value.items.size() == 1 && !value.list ? letters(value.items[0]) : value.items;
    PsValue made = made_of(value, index);
    made.list = index.items.size() > 1;
    for (const auto& item : index.items) {
        const long at = std::atol(item.c_str());
        const long which = at < 0 ? at + static_cast<long>(from.size()) : at;
        const bool there = is_number(item) && which >= 0 && which < static_cast<long>(from.size());
        if (there) {
            made.items.push_back(from[static_cast<std::size_t>(which)]);
        }
    }
    return made.items.empty() ? ps_unknown() : made;
}

PsValue PowerShell::member(const PsValue& value, const std::string& name) const {
    const auto known = value.members.find(name);
    if (known != value.members.end()) {
        PsValue made = like(value, known->second);
        made.members.clear();
        return made;
    }
    constexpr std::array<std::string_view, 12> k_same = {"fullname", "pspath", "path", "root", "versioninfo", "target", "content", "result", "rawcontent", "definition", "providerpath", "value"};
    if (std::find(k_same.begin(), k_same.end(), name) != k_same.end() || (value.listed && (name == "name" || name == "basename" || name == "pschildname"))) {
        return value;
    }
    if (value.type == "text.encoding" || starts_with(value.type, "text.encoding::") || starts_with(value.type, "environment::")) {
        return value;
    }
    if (name == "length" || name == "count") {
        return ps_text(std::to_string(value.list || value.items.size() != 1 ? value.items.size() : value.items[0].size()));
    }
    PsValue made = ps_unknown();
    made.fetched = value.fetched;
    made.secret = value.secret;
    made.type = value.type;
    return made;
}

// Methods of texts; false if it is none.
bool PowerShell::text_method(PsValue& value, const std::string& name, const std::vector<PsValue>& given) {
    const std::string text = value.text();
    const auto argument = [&](std::size_t i) { return i < given.size() ? given[i].text() : std::string(); };
    const auto number = [&](std::size_t i) { return static_cast<std::size_t>(std::max(0L, std::atol(argument(i).c_str()))); };
    if (name == "replace" && given.size() > 1) {
        value = like(value, argument(0).empty() ? text : replace_all(text, argument(0), argument(1)));
    } else if (name == "substring" && number(0) <= text.size()) {
        value = like(value, text.substr(number(0), given.size() > 1 ? number(1) : std::string::npos));
    } else if (name == "remove" && number(0) <= text.size()) {
        value = like(value, std::string(text).erase(number(0), given.size() > 1 ? number(1) : std::string::npos));
    } else if (name == "insert" && number(0) <= text.size()) {
        value = like(value, std::string(text).insert(number(0), argument(1)));
    } else if (name == "tolower" || name == "tolowerinvariant") {
        value = like(value, to_lower(text));
    } else if (name == "toupper" || name == "toupperinvariant") {
        std::string upper = text;
        std::transform(upper.begin(), upper.end(), upper.begin(), [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
        value = like(value, std::move(upper));
    } else if (name == "trim" || name == "trimstart" || name == "trimend") {
        value = like(value, std::string(trim(text)));
    } else if (name == "split") {
        value.list = true;
        value.items.clear();
        for (const auto part : split(text, argument(0).empty() ? ' ' : argument(0)[0])) {
            value.items.emplace_back(part);
        }
    } else if (name == "tochararray") {
        value.items = letters(text);
        value.list = true;
    } else if (name == "tostring" || name == "normalize" || name == "getnetworkcredential") {
        return true;
    } else {
        return false;
    }
    return true;
}

PsValue PowerShell::method(PsValue& value, const std::string& name, const std::vector<PsValue>& given) {
    if (name == "invoke" || name == "invokereturnasis" || name == "invokescript" || name == "addscript" || name == "begininvoke") {
        const PsValue& code = given.empty() || value.block ? value : given[0];
        if (code.block && code.fetched) {
            m_judge.find("execute.download", "", m_span);
        }
        if (code.block) {
            Arguments words;
            for (const auto& one : given) {
                words.emplace_back();
                words.back().value = one;
            }
            return run_code(code.code, words, nullptr);
        }
        if (!code.items.empty()) {
            evaluate(code);
        }
        return ps_unknown();
    }
    if (name == "foreach" && !given.empty() && given[0].block) {
        PsArgument block;
        block.value = given[0];
        return each({block}, &value);
    }
    if (name == "delete" && !value.items.empty() && value.type.empty()) {
        act("Remove-Item", {value}, true);
        return {};
    }
    if ((name == "getstring" || name == "getbytes") && !given.empty()) {
        return given[0];  // of an encoding
    }
    if (starts_with(name, "read") || starts_with(name, "receive")) {  // fills the list that it is given
        for (auto& [variable, known] : m_variables) {
            if (!given.empty() && known.items == given[0].items && known.items.size() > 1) {
                known = ps_unknown();
            }
        }
    }
    const bool plain = value.type.empty() && !value.items.empty();
    if (plain && text_method(value, name, given)) {
        return value;
    }
    return object_method(value, name, given);
}

PsValue PowerShell::static_text(const std::string& type, const std::string& name, const std::vector<PsValue>& given) {
    const auto argument = [&](std::size_t i) { return i < given.size() ? given[i] : PsValue(); };
    if (type == "convert" && name == "frombase64string") {
        const std::string wide = decoded_powershell(argument(0).text());
        return argument(0).known() ? like(argument(0), wide.empty() ? shell::decoded_base64(argument(0).text()) : wide) : argument(0);
    }
    if (type == "convert" && (name == "tochar" || name == "toint32" || name == "tobyte")) {
        const long number = std::strtol(argument(0).text().c_str(), nullptr, given.size() > 1 ? std::atoi(argument(1).text().c_str()) : 10);
        return name == "tochar" ? like(argument(0), std::string(1, static_cast<char>(number))) : like(argument(0), std::to_string(number));
    }
    if (type == "string" && (name == "join" || name == "concat" || name == "format")) {
        PsValue all;
        for (std::size_t i = name == "concat" ? 0 : 1; i < given.size(); ++i) {
            all.items.insert(all.items.end(), given[i].items.begin(), given[i].items.end());
        }
        return like(argument(0), name == "format" ? formatted(argument(0).text(), all.items) : all_of_it(all, name == "join" ? argument(0).text() : ""));
    }
    if (type == "regex" && name == "replace") {
        return like(argument(0), replaced(argument(0).text(), argument(1).text(), argument(2).text()));
    }
    if (name == "unescapedatastring" || name == "urldecode") {
        return like(argument(0), form_decoded(argument(0).text()));
    }
    if (type == "environment" && name == "getfolderpath") {
        return ps_text("$env:userprofile");
    }
    if (type == "io.path" && name == "combine") {
        PsValue all;
        for (const auto& one : given) {
            all.items.push_back(one.text());
        }
        return ps_text(all_of_it(all, "/"));
    }
    PsValue made = ps_unknown();  // made of what it is given
    for (const auto& one : given) {
        made.fetched = made.fetched || one.fetched;
        made.secret = made.secret.empty() ? one.secret : made.secret;
        made.hidden = true;
    }
    return made;
}

PsValue PowerShell::static_method(const std::string& type, const std::string& name, const std::vector<PsValue>& given) {
    const auto argument = [&](std::size_t i) { return i < given.size() ? given[i] : PsValue(); };
    if (type == "scriptblock" && name == "create") {
        PsValue made = argument(0);
        made.block = true;
        made.code = made.text();
        if (!made.known() && !made.fetched) {
            m_judge.find("execute.unknown", "", m_span);
        }
        return made;
    }
    if (contains(type, "reflection.assembly") && starts_with(name, "load")) {
        m_judge.find(argument(0).fetched ? "execute.download" : argument(0).hidden || !argument(0).known() ? "execute.unknown" : "state.change", "", m_span);
        return ps_unknown();
    }
    if (type == "io.file" || type == "io.directory" || type == "io.directoryinfo" || type == "io.fileinfo") {
        if (name == "delete") {
            act("Remove-Item", {argument(0)}, type == "io.directory" && given.size() > 1 && argument(1).text() != "$false");
        } else if (starts_with(name, "writeall") || starts_with(name, "appendall") || name == "create" || name == "openwrite" || name == "createtext") {
            act(starts_with(name, "append") ? "Add-Content" : "Clear-Content", {argument(0)}, false);
        } else if (name == "move") {
            act("Move-Item", {argument(0), argument(1)}, false);
        } else if (name == "copy" || starts_with(name, "createdir")) {
            act("Copy-Item", {argument(0), argument(1)}, false);
        } else if (starts_with(name, "read")) {
            PsArgument path;
            path.value = argument(0);
            return command("Get-Content", {path}, nullptr);
        } else if (starts_with(name, "get") || starts_with(name, "enumerate")) {
            PsArgument path;
            path.value = argument(0);
            return listing("get-childitem", {path}, nullptr);
        }
        return ps_unknown();
    }
    if (contains(type, "diagnostics.process") && name == "start") {
        program(argument(0), argument(1));
        return ps_unknown();
    }
    if (type == "environment" && starts_with(name, "getenvironmentvariable")) {
        PsValue made = given.empty() ? ps_unknown() : value_of("env:" + to_lower(argument(0).text()));
        made.secret = given.empty() ? "the environment" : made.secret;
        return made;
    }
    if (name == "new") {
        PsValue made = ps_unknown();
        made.type = type;
        m_connects = m_connects || contains(type, "tcpclient") || contains(type, "net.sockets");
        return made;
    }
    if (type == "array" && name == "reverse") {
        for (auto& [variable, value] : m_variables) {  // in place: whatever variable holds the list
            if (value.items == argument(0).items && value.items.size() > 1) {
                std::reverse(value.items.begin(), value.items.end());
            }
        }
        return {};
    }
    return static_text(type, name, given);
}

}  // namespace caro::safety
