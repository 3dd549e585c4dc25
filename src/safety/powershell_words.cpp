// Words of PowerShell: texts, variables, brackets, what is called of a value, the arguments of commands.
#include <algorithm>
#include <cctype>

#include "safety/powershell.hpp"
#include "util/strings.hpp"

namespace caro::safety {

namespace {

bool is_name(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }
bool is_space(char c) { return c == ' ' || c == '\t' || c == '\r'; }

char escaped(char c) { return c == 'n' ? '\n' : c == 't' ? '\t' : c == 'r' ? '\r' : c == '0' ? '\0' : c; }

}  // namespace

// The name behind a $, or of a member.
std::string PowerShell::name_part() {
    if (peek() == '{') {
        return to_lower(inside('{'));
    }
    std::string name;
    while (m_at < m_code.size() && (is_name(peek()) || (peek() == ':' && is_name(peek(1)) && peek(1) != ':'))) {
        name += m_code[m_at++];
    }
    return to_lower(name);
}

PsValue PowerShell::variable() {
    ++m_at;  // $
    if (peek() == '(') {
        return run_block(inside('('));
    }
    if (peek() == '?' || peek() == '$' || peek() == '^') {
        ++m_at;
        return ps_unknown();
    }
    const std::string name = name_part();
    return name.empty() ? ps_text("$") : value_of(name);
}

PsValue PowerShell::single_quoted() {
    std::string text;
    for (++m_at; m_at < m_code.size(); ++m_at) {
        if (m_code[m_at] == '\'') {
            if (peek(1) != '\'') {
                break;
            }
            ++m_at;
        }
        text += m_code[m_at];
    }
    m_at = std::min(m_at + 1, m_code.size());
    return ps_text(text);
}

PsValue PowerShell::double_quoted() {
    PsValue made = ps_text("");
    std::string& text = made.items[0];
    ++m_at;
    while (m_at < m_code.size()) {
        const char c = m_code[m_at];
        if (c == '"' && peek(1) != '"') {
            break;
        }
        if (c == '"') {
            m_at += 2;
            text += '"';
        } else if (c == '`' && m_at + 1 < m_code.size()) {
            text += escaped(m_code[m_at + 1]);
            m_at += 2;
        } else if (c == '$' && (is_name(peek(1)) || peek(1) == '(' || peek(1) == '{')) {
            const PsValue part = variable();
            text += part.text();
            made.take_origin(part);
            made.take_listing(part);
        } else {
            text += c;
            ++m_at;
        }
    }
    m_at = std::min(m_at + 1, m_code.size());
    return made;
}

// @'…'@, @"…"@
PsValue PowerShell::here_string(char quote) {
    const std::string end = std::string("\n") + quote + "@";
    const auto start = m_code.find('\n', m_at);
    const auto stop = start == std::string_view::npos ? start : m_code.find(end, start);
    if (stop == std::string_view::npos) {
        m_at = m_code.size();
        return ps_unknown();
    }
    const std::string text(m_code.substr(start + 1, std::max(stop, start + 1) - start - 1));
    m_at = stop + end.size();
    return ps_text(text);
}

// @{ Path = 'x'; Recurse = $true }
PsValue PowerShell::hash_table() {
    const std::string code = inside('{');
    PsValue made;
    std::size_t start = 0;
    while (start < code.size() && made.members.size() < 40) {
        std::size_t end = start;
        int depth = 0;
        char quote = '\0';
        for (; end < code.size(); ++end) {
            const char c = code[end];
            quote = quote != '\0' ? (c == quote ? '\0' : quote) : c == '\'' || c == '"' ? c : '\0';
            depth += quote != '\0' ? 0 : c == '(' || c == '{' ? 1 : c == ')' || c == '}' ? -1 : 0;
            if (quote == '\0' && depth == 0 && (c == ';' || c == '\n')) {
                break;
            }
        }
        const std::string_view entry = trim(std::string_view(code).substr(start, end - start));
        const auto equals = entry.find('=');
        if (equals != std::string_view::npos) {
            std::string name = to_lower(trim(entry.substr(0, equals)));
            name = name.size() > 2 && (name[0] == '\'' || name[0] == '"') ? name.substr(1, name.size() - 2) : name;
            const PsValue value = run_block(std::string(entry.substr(equals + 1)));
            made.members[name] = value.text();
            made.secret = made.secret.empty() ? value.secret : made.secret;
            made.fetched = made.fetched || value.fetched;
            made.items.push_back(value.text());
        }
        start = end + 1;
    }
    return made;
}

// [char]65, [IO.File]::Delete(…), [Text.Encoding]::UTF8.GetString(…)
PsValue PowerShell::typed() {
    std::string type = to_lower(inside('['));
    type = starts_with(type, "system.") ? type.substr(7) : type;
    if (peek() != ':' || peek(1) != ':') {
        skip(false);
        return begins_expression() ? cast(type, unary()) : ps_unknown();
    }
    m_at += 2;
    std::string name;
    if (peek() == '"' || peek() == '\'' || peek() == '(' || peek() == '$') {
        name = to_lower(primary().text());
    } else {
        name = name_part();
    }
    if (peek() == '(') {
        return static_method(type, name, call_arguments());
    }
    PsValue made = ps_unknown();
    made.type = type + "::" + name;
    if (name == "newline") {
        made = ps_text("\n");
    } else if (name == "empty") {
        made = ps_text("");
    }
    return made;
}

PsValue PowerShell::primary() {
    skip(false);
    const char c = peek();
    if (c == '\'') {
        return single_quoted();
    }
    if (c == '"') {
        return double_quoted();
    }
    if (c == '$') {
        return variable();
    }
    if (c == '(') {
        return run_block(inside('('));
    }
    if (c == '@') {
        ++m_at;
        if (peek() == '(') {
            PsValue made = run_block(inside('('));
            made.list = true;
            return made;
        }
        return peek() == '{' ? hash_table() : peek() == '\'' || peek() == '"' ? here_string(peek()) : ps_unknown();
    }
    if (c == '{') {
        PsValue made;
        made.block = true;
        made.code = inside('{');
        return made;
    }
    if (c == '[') {
        return typed();
    }
    if (std::isdigit(static_cast<unsigned char>(c)) != 0) {
        std::string number;
        while (m_at < m_code.size() && (std::isalnum(static_cast<unsigned char>(peek())) != 0 || (peek() == '.' && std::isdigit(static_cast<unsigned char>(peek(1))) != 0))) {
            number += m_code[m_at++];
        }
        return ps_text(number.size() > 2 && starts_with(number, "0x") && number.size() < 10 ? std::to_string(std::strtol(number.c_str(), nullptr, 16)) : number);
    }
    m_at += ends_command() ? 0 : 1;
    return ps_unknown();
}

std::vector<PsValue> PowerShell::call_arguments() {
    const std::string code = inside('(');
    std::vector<PsValue> given;
    std::size_t start = 0;
    int depth = 0;
    char quote = '\0';
    for (std::size_t i = 0; i <= code.size() && given.size() < 12; ++i) {
        const char c = i < code.size() ? code[i] : ',';
        const bool end = i == code.size();
        quote = quote != '\0' ? (c == quote ? '\0' : quote) : c == '\'' || c == '"' ? c : '\0';
        depth += quote != '\0' ? 0 : c == '(' || c == '{' || c == '[' ? 1 : c == ')' || c == '}' || c == ']' ? -1 : 0;
        if (end || (quote == '\0' && depth == 0 && c == ',')) {
            const std::string one(trim(std::string_view(code).substr(start, i - start)));
            if (!one.empty()) {
                given.push_back(run_block(one));
            }
            start = i + 1;
        }
    }
    return given;
}

// .Name, .Name(…), ::Name, [index] behind a value
PsValue PowerShell::postfix(PsValue value) {
    while (!spent()) {
        const bool dot = peek() == '.' && peek(1) != '.' && !is_space(peek(1)) && peek(1) != '\0' && std::isdigit(static_cast<unsigned char>(peek(1))) == 0;
        const bool colons = peek() == ':' && peek(1) == ':';
        const bool safe = peek() == '?' && (peek(1) == '.' || peek(1) == '[');
        m_at += safe ? 1 : 0;
        if (dot || colons || (safe && peek() == '.')) {
            m_at += colons ? 2 : 1;
            const char c = peek();
            const std::string name = c == '"' || c == '\'' || c == '(' || c == '$' ? to_lower(primary().text()) : name_part();
            if (name.empty()) {
                return value;
            }
            if (peek() == '(') {
                const auto given = call_arguments();
                value = method(value, name, given);
            } else if (peek() == '{') {  // .ForEach{…}
                PsValue block;
                block.block = true;
                block.code = inside('{');
                value = method(value, name, {block});
            } else {
                value = member(value, name);
            }
        } else if (peek() == '[') {
            const std::string code = inside('[');
            value = indexed(value, run_block(code));
        } else {
            return value;
        }
    }
    return value;
}

// A part of a word that is no expression: C:\x, $env:TEMP\a.bat, "a b".txt
PsValue PowerShell::argument_piece() {
    const char c = peek();
    if (c == '"') {
        return double_quoted();
    }
    if (c == '\'') {
        return single_quoted();
    }
    if (c == '$' && (is_name(peek(1)) || peek(1) == '(' || peek(1) == '{')) {
        PsValue value = variable();
        const bool member = (peek() == '.' && is_name(peek(1))) || peek() == '[' || (peek() == ':' && peek(1) == ':');
        return member ? postfix(std::move(value)) : value;
    }
    if (c == '(') {
        return postfix(run_block(inside('(')));
    }
    std::string text;
    while (m_at < m_code.size() && !is_space(peek()) && !ends_command() && std::string_view(",\"'(){}>").find(peek()) == std::string_view::npos &&
           !(peek() == '$' && (is_name(peek(1)) || peek(1) == '(' || peek(1) == '{'))) {
        if (peek() == '`' && m_at + 1 < m_code.size()) {
            ++m_at;
        }
        text += m_code[m_at++];
    }
    return ps_text(text);
}

// One argument: a word, a list of words, a block.
PsValue PowerShell::argument_word() {
    PsValue all;
    while (!spent()) {
        skip(false);
        PsValue one;
        if (peek() == '{' || peek() == '@' || (peek() == '[' && m_code.find("]::", m_at) < m_code.find_first_of(" ;|\n", m_at))) {
            one = postfix(primary());
        } else {
            bool first = true;
            while (m_at < m_code.size() && !is_space(peek()) && !ends_command() && peek() != ',' && peek() != '>') {
                const std::size_t before = m_at;
                PsValue piece = argument_piece();
                if (first) {
                    one = std::move(piece);
                } else {
                    const std::string text = one.text() + piece.text();
                    one.items.assign(1, text);
                    one.fetched = one.fetched || piece.fetched;
                    one.secret = one.secret.empty() ? piece.secret : one.secret;
                    one.listed = one.listed || piece.listed;
                    one.narrowed = one.narrowed || piece.narrowed;
                }
                first = false;
                m_at += m_at == before ? 1 : 0;
            }
        }
        all.append(std::move(one));
        skip(false);
        if (peek() != ',') {
            return all;
        }
        ++m_at;
    }
    return all;
}

PowerShell::Arguments PowerShell::arguments() {
    Arguments given;
    while (!spent() && given.size() < 60) {
        skip(false);
        const bool to_file = peek() == '>' || (peek(1) == '>' && (std::isdigit(static_cast<unsigned char>(peek())) != 0 || peek() == '*'));
        if (to_file) {
            redirections();
            continue;
        }
        if (ends_command()) {
            return given;
        }
        const std::size_t before = m_at;
        PsArgument one;
        if (peek() == '-' && std::isalpha(static_cast<unsigned char>(peek(1))) != 0) {
            one.parameter = "-";
            for (++m_at; is_name(peek()) || peek() == '-'; ++m_at) {
                one.parameter += static_cast<char>(std::tolower(static_cast<unsigned char>(peek())));
            }
            one.attached = peek() == ':';
            if (one.attached) {
                ++m_at;
                one.value = argument_word();
            }
        } else if (peek() == '@' && is_name(peek(1))) {  // @table
            ++m_at;
            const PsValue table = value_of(name_part());
            for (const auto& [name, value] : table.members) {
                PsArgument part;
                part.parameter = "-" + name;
                part.attached = true;
                part.value = ps_text(value);
                part.value.secret = table.secret;
                part.value.fetched = table.fetched;
                given.push_back(std::move(part));
            }
            if (table.members.empty()) {
                one.value = table;
                given.push_back(std::move(one));
            }
            continue;
        } else {
            one.value = argument_word();
        }
        given.push_back(std::move(one));
        if (m_at == before) {
            ++m_at;
            given.pop_back();
        }
    }
    return given;
}

}  // namespace caro::safety
