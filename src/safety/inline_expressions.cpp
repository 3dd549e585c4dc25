// Values of expressions in programs of other languages: constants, lists, paths that are put together, homes.
#include "safety/inline_eval.hpp"
#include "safety/inline_program.hpp"

namespace caro::safety {

namespace {

using Kind = CodeToken::Kind;

constexpr int k_deepest = 60;

}  // namespace

std::string quoted(std::string_view word) {
    std::string out = "'";
    for (const char c : word) {
        out += c == '\'' ? std::string("'\\''") : std::string(1, c);
    }
    return out + "'";
}

std::vector<std::string> listed_texts(const std::string& text) {
    std::vector<std::string> items;
    if (text.size() < 3 || text.front() != '\'' || text.back() != '\'') {
        return items;
    }
    for (std::size_t at = 1; at < text.size();) {
        const auto end = std::min(text.find("' '", at), text.size() - 1);
        items.push_back(text.substr(at, end - at));
        at = end + 3;
    }
    return items;
}

void Program::skip_brackets(std::size_t& i) const {
    int depth = 0;
    for (; i < m_tokens.size(); ++i) {
        if (spent()) {
            i = m_tokens.size();
            return;
        }
        const bool opens = token(i).is('(') || token(i).is('[') || token(i).is('{');
        const bool closes = token(i).is(')') || token(i).is(']') || token(i).is('}');
        depth += opens ? 1 : closes ? -1 : 0;
        if (depth <= 0) {
            ++i;
            return;
        }
    }
}

// ["rm", "-rf", x]: as one line for a shell.
shell::Word Program::list(std::size_t& i, int depth) {
    shell::Word all;
    ++i;
    const char end = token(i - 1).is('(') ? ')' : ']';
    while (i < m_tokens.size() && !token(i).is(end)) {
        const std::size_t before = i;
        const shell::Word element = expression(i, depth + 1);
        const bool plain = !element.known() || element.tilde;
        all.text += (all.text.empty() ? "" : " ") + (plain ? element.text : quoted(element.text));
        i += token(i).is(',') ? 1 : 0;
        if (i == before) {
            break;
        }
    }
    i += token(i).is(end) ? 1 : 0;
    return all;
}

shell::Word Program::named_term(std::size_t& i, int depth) {
    constexpr std::array<std::string_view, 26> k_transparent = {
        "expanduser", "Path",  "PurePath", "str",   "realpath", "abspath", "normpath", "resolve", "String",
        "expand_path", "encode", "File",   "fsencode", "glob",  "iglob",   "bytes",    "new",     "readdirSync",
        "compile", "parse", "expand", "normalizePath", "escapeshellarg", "shellescape", "quote", "wildcard"};
    const std::string name = token(i).text;
    const std::string_view last = token(i).last();
    ++i;
    shell::Word word = unknown();
    const bool home = last == "homedir" || last == "home" || last == "user_home" || (last == "getProperty" && token(i + 1).text == "user.home");
    const bool environment = last == "environ" || last == "env" || last == "ENV" || last == "getenv" || name == "$ENV" || last == "HOME" ||
                             last == "get_env" || last == "fetch_env" || (last == "get" && name.find("env.get") != std::string::npos);
    if (home || (environment && (last == "HOME" || token(i + 1).text == "HOME"))) {
        word.text = "~";
        word.tilde = true;
    } else if (const auto known = m_values.find(name); known != m_values.end()) {
        word = known->second;
    } else if ((name == "list.files" || name == "dir" || (m_language == "julia" && last == "readdir")) && token(i).is('(') && (m_language == "r" || m_language == "julia")) {
        std::size_t inside = i + 1;
        word = token(inside).is(')') ? shell::Word() : expression(inside, depth + 1);
        word.text += word.text.empty() ? "*" : "/*";
        word.glob = true;
    } else if (name == "Dir" && token(i).is('[')) {
        std::size_t inside = i + 1;
        word = expression(inside, depth + 1);
        word.glob = true;
    } else if (last == "sep") {
        word.text = "/";
    } else if (in(k_transparent, last) && (token(i).is('(') || (m_bare_calls && token(i).kind == Kind::text))) {
        std::size_t inside = i + (token(i).is('(') ? 1 : 0);
        const bool numbers = (token(inside).is('[') || token(inside).is('(')) && token(inside + 1).number;  // bytes([114, 109])
        word = expression(inside, depth + 1);
        word = numbers ? unknown() : word;
        word.glob = word.glob || last == "glob" || last == "iglob" || last == "wildcard";
        i = token(i).is('(') ? i : inside;
    } else if (last == "join" && name != "join" && m_language != "lua" && token(i).is('(')) {
        std::size_t inside = i + 1;
        word = expression(inside, depth + 1);
        while (token(inside).is(',')) {
            ++inside;
            const shell::Word next = expression(inside, depth + 1);
            word.text = next.text.substr(0, 1) == "/" ? next.text : word.text + "/" + next.text;
        }
    }
    if (token(i).is('(') || token(i).is('[') || token(i).is('{')) {
        skip_brackets(i);
    }
    return word;
}

// A text with the values of the variables in it, as far as they are known.
std::string Program::filled(const CodeToken& text) const {
    if (text.names.empty()) {
        return text.text;
    }
    std::string made;
    std::size_t next = 0;
    for (std::size_t i = 0; i < text.text.size(); ++i) {
        const char c = text.text[i];
        if (c != shell::Word::k_unknown || next >= text.names.size()) {
            made += c;
            continue;
        }
        const std::string& name = text.names[next++];
        if (name == "$ENV" && text.text.compare(i + 1, 6, "{HOME}") == 0) {
            made += '~';
            i += 6;
            continue;
        }
        const bool literal = name.size() > 1 && (name[0] == '"' || name[0] == '\'') && name.find(name[0], 1) + 1 == name.size();
        auto known = m_values.find(name);
        known = known == m_values.end() && !name.empty() && name[0] != '$' && m_language != "python" ? m_values.find("$" + name) : known;
        auto inner = literal || known != m_values.end() ? std::nullopt : inner_value(name);
        if (inner && m_language == "julia" && text.kind == Kind::shell_text && inner->find(' ') != std::string::npos) {
            inner = quoted(*inner);  // is one word
        }
        made += literal ? name.substr(1, name.size() - 2) : known != m_values.end() ? known->second.text : inner.value_or(std::string(1, c));
    }
    return made;
}

shell::Word Program::term(std::size_t& i, int depth) {
    shell::Word word;
    if (depth > k_deepest || spent()) {
        i = m_tokens.size();
        return unknown();
    }
    i += token(i).is('*') && (m_language == "ruby" || m_language == "python") ? 1 : 0;  // system(*list)
    const CodeToken& first = token(i);
    if (first.kind == Kind::text) {
        word.text = filled(first);
        word.tilde = word.text.substr(0, 1) == "~";
        word.glob = first.text.find_first_of("*?") != std::string::npos;
        ++i;
    } else if (first.is('[')) {
        word = list(i, depth);
    } else if (first.is('(')) {
        ++i;
        word = expression(i, depth + 1);
        i += token(i).is(')') ? 1 : 0;
    } else if (first.is('<')) {  // <*> of Perl
        word.text = "*";
        word.glob = true;
        while (i < m_tokens.size() && !token(i).is('>') && !token(i).is(';')) {
            ++i;
        }
        ++i;
    } else if (first.kind == Kind::name) {
        word = named_term(i, depth);
    } else {
        word = unknown();
        ++i;
    }
    // Methods of the value: .format(…), .decode() …
    while (token(i).kind == Kind::name && token(i).text[0] == '.') {
        const std::string_view method = token(i).last();
        const bool plain = token(i + 1).is('(') && token(i + 2).is(')');
        const bool keeps = (plain && (method == "strip" || method == "toString")) || method == "encode" || method == "decode" || method == "split" ||
                           method == "expanduser" || method == "resolve" || method == "absolute";
        ++i;
        if (token(i).is('(')) {
            skip_brackets(i);
        }
        if (!keeps) {
            word.text += shell::Word::k_unknown;
        }
    }
    return word;
}

namespace {

bool is_digits(std::string_view text) { return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos; }

}  // namespace

// Texts that are joined (+, ., .., or nothing between them); ends before a comma or a closing bracket.
shell::Word Program::expression(std::size_t& i, int depth) {
    shell::Word word = term(i, depth);
    while (i < m_tokens.size()) {
        const CodeToken& next = token(i);
        if (next.is(',') || next.is(')') || next.is(']') || next.is('}') || next.is(';')) {
            break;
        }
        const bool joins = next.is('+') || next.is('.');
        const bool path = next.is('/');
        if (m_language == "lua" && next.kind == Kind::name && next.text[0] != '.' && next.text != "and" && next.text != "or") {
            break;  // the next statement
        }
        if (!joins && !path && next.kind != Kind::text) {  // something else is computed
            while (i < m_tokens.size() && !token(i).is(',') && !token(i).is(')') && !token(i).is(']') && !token(i).is(';') &&
                   !token(i).is('}')) {
                if (token(i).is('(') || token(i).is('[') || token(i).is('{')) {
                    skip_brackets(i);
                } else {
                    i = spent() ? m_tokens.size() : i + 1;
                }
            }
            word.text += shell::Word::k_unknown;
            break;
        }
        const bool plus = next.is('+');
        i += joins || path ? 1 : 0;
        i += token(i).is('.') ? 1 : 0;  // .. of Lua
        const shell::Word more = term(i, depth + 1);
        const bool sum = plus && (m_language == "perl" || m_language == "php" || (is_digits(word.text) && is_digits(more.text)));  // of numbers
        word.text = sum ? std::string(1, shell::Word::k_unknown) : word.text + (path ? "/" : "") + more.text;
        word.glob = word.glob || more.glob;
        word.guessed = word.guessed || more.guessed;
    }
    return word;
}

std::vector<shell::Word> Program::arguments_of(std::size_t i) {
    std::vector<shell::Word> arguments;
    std::size_t at = i + 1;
    const bool brackets = token(at).is('(');
    at += brackets ? 1 : 0;
    if (m_language == "perl" && token(at).is('{')) {  // exec {"rm"} "rm", …
        skip_brackets(at);
    }
    if (!brackets && !(m_bare_calls && (token(at).kind != Kind::mark || token(at).is('<') || token(at).is('[')))) {
        return arguments;
    }
    while (at < m_tokens.size() && !token(at).is(')') && !token(at).is(';') && !token(at).is('}') && arguments.size() < 12) {
        const std::size_t before = at;
        const bool named = token(at).kind == Kind::name && token(at + 2).text != "=" && token(at + 2).text != ">" &&
                           ((token(at + 1).is('=') && (m_language == "r" || m_language == "julia" || m_language == "python")) || (token(at + 1).is(':') && m_language == "swift"));
        const bool main = named && (token(at).text == "args" || (token(at).text == "text" && m_language == "r") || token(at).text == "path" || token(at).text == "command" || token(at).text == "cmd" || token(at).text == "atPath");
        at += named ? 2 : 0;
        if (const auto all = list_operator(at)) {
            arguments.push_back(*all);
            break;
        }
        arguments.push_back(expression(at, 0));
        if (!arguments.back().known()) {
            if (const auto text = constant(before + (named ? 2 : 0), at)) {
                arguments.back() = *text;
            }
        }
        if (main && arguments.size() > 1) {
            std::rotate(arguments.begin(), arguments.end() - 1, arguments.end());
        }
        at += token(at).is(',') ? 1 : 0;
        if (at == before) {
            break;
        }
    }
    return arguments;
}

// The value of an expression that is built from constants.
std::optional<shell::Word> Program::constant(std::size_t from, std::size_t to) const {
    const auto value = [this](const std::string& name) -> std::optional<std::string> {
        const auto known = m_values.find(name);
        return known == m_values.end() || !known->second.known() ? std::nullopt : std::optional<std::string>(known->second.text);
    };
    bool guessed = false;
    const auto text = spent() ? std::nullopt : folded_text(m_tokens, from, to, m_language, value, &guessed);
    if (!text) {
        return std::nullopt;
    }
    shell::Word word;
    word.guessed = guessed;
    word.text = *text;
    word.tilde = text->substr(0, 1) == "~";
    word.glob = text->find_first_of("*?") != std::string::npos;
    return word;
}

// system join "", map chr, 114, 109: the list takes all that follows.
std::optional<shell::Word> Program::list_operator(std::size_t at) const {
    constexpr std::array<std::string_view, 9> k_operators = {"join", "map", "pack", "reverse", "sprintf", "lc", "uc", "chr", "scalar"};
    if (m_language != "perl" || token(at).kind != Kind::name || !in(k_operators, token(at).text)) {
        return std::nullopt;
    }
    std::size_t to = at;
    int depth = 0;
    while (to < m_tokens.size() && !token(to).is(';') && to < at + 400) {
        depth += token(to).is('(') ? 1 : token(to).is(')') ? -1 : 0;
        if (depth < 0) {
            break;
        }
        ++to;
    }
    return constant(at, to);
}

// What a method is called of: Path("x").unlink()
shell::Word Program::receiver(std::size_t i) {
    if (i > 0 && token(i - 1).kind == Kind::text) {
        shell::Word word;
        word.text = filled(token(i - 1));
        word.tilde = word.text.substr(0, 1) == "~";
        word.glob = word.text.find_first_of("*?") != std::string::npos;
        return word;
    }
    if (i > 2 && token(i - 1).is(']')) {  // Dir["/etc/*"].each
        std::size_t open = i - 1;
        while (open > 0 && !token(open).is('[')) {
            --open;
        }
        std::size_t inside = open + 1;
        if (open > 0 && token(open - 1).text == "Dir") {
            return expression(inside, 0);
        }
        return open == 0 || token(open - 1).kind == Kind::mark ? list(open, 0) : unknown();
    }
    if (i > 0 && token(i - 1).kind == Kind::name) {
        const auto known = m_values.find(token(i - 1).text);
        return known == m_values.end() ? unknown() : known->second;
    }
    int depth = 0;
    for (std::size_t at = i; at > 0 && !spent(); --at) {
        depth += token(at - 1).is(')') ? 1 : token(at - 1).is('(') ? -1 : 0;
        if (depth == 0) {
            std::size_t inside = at;
            return token(at - 1).is('(') ? expression(inside, 0) : unknown();
        }
    }
    return unknown();
}

// from os import system as s; x = "constant"
void Program::imports() {
    for (std::size_t i = 0; m_language == "python" && i + 2 < m_tokens.size(); ++i) {  // from urllib.parse import unquote as u
        const std::string name = token(i).text;
        const bool renamed = token(i).kind == Kind::name && token(i + 1).text == "as" && token(i + 2).kind == Kind::name && (i == 0 || token(i - 1).text != "with");
        const std::string other = renamed ? token(i + 2).text : "";
        for (std::size_t k = i + 3; renamed && k + 1 < m_tokens.size() && name.find('.') == std::string::npos; ++k) {
            if (m_tokens[k].kind == Kind::name && m_tokens[k].text == other && token(k + 1).is('(') && !spent()) {
                m_tokens[k].text = name;
            }
        }
    }
    for (std::size_t i = 0; i + 2 < m_tokens.size(); ++i) {
        if (token(i).kind == Kind::name && token(i + 1).text == "as" && token(i + 2).kind == Kind::name) {
            m_names[token(i + 2).text] = token(i).text;
        }
        note_value(i);
        const bool renamed = token(i).kind == Kind::name && token(i + 1).is(':') && token(i + 2).kind == Kind::name &&
                             (token(i + 3).is('}') || token(i + 3).is(','));
        if (renamed && m_language == "node") {
            m_names[token(i + 2).text] = token(i).text;  // const {execSync: x} = require(…)
        }
    }
}

// The name is one of those in the brackets of def f(c="ls") or, in Python, of a call: no variable gets that value.
bool Program::is_parameter(std::size_t i) const {
    constexpr std::size_t k_farthest = 60;
    int depth = 0;
    for (std::size_t k = i; k > 0 && k + k_farthest > i && !token(k - 1).is(';'); --k) {
        depth += token(k - 1).is(')') ? 1 : token(k - 1).is('(') ? -1 : 0;
        if (depth < 0) {
            const auto defines = [this](std::size_t at) { return token(at).text == "def" || token(at).text == "function" || token(at).text == "fn"; };
            return m_language == "python" || (k > 1 && defines(k - 2)) || (k > 2 && defines(k - 3));
        }
    }
    return false;
}

// What the tokens at `i` give to a variable.
void Program::note_value(std::size_t i) {
    const CodeToken& value = token(i + 2);
    const bool begins = value.kind != Kind::mark || value.is('[') || value.is('(') || value.is('\\') || value.is('<');
    if (token(i).kind == Kind::name && token(i + 1).is('=') && begins && !is_parameter(i)) {
        assignment(i);
    }
    changed(i);
    loop_variable(i);
}

// $x =~ s/TEXT/TEXT/g and tr/SET/SET/ of plain texts; what other edits make is not known.
void Program::edited(const std::string& name, std::size_t i) {
    std::vector<std::string> parts(1);
    std::size_t at = i + 2;
    for (; at < m_tokens.size() && at < i + 60 && parts.size() < 3; ++at) {
        if (token(at).is('/')) {
            parts.emplace_back();
        } else {
            parts.back() += token(at).text;
        }
    }
    const auto known = m_values.find(name);
    const bool plain = parts.size() == 3 && parts[0].find_first_of("\\[](){}*+?|^$.") == std::string::npos && !parts[0].empty();
    if (known == m_values.end() || !plain || !known->second.known()) {
        m_values.erase(name);
        return;
    }
    const auto made = called_value(token(i).text == "s" ? "replace" : "tr", {text_value(known->second.text), text_value(parts[0]), text_value(parts[1])}, true, m_language);
    if (made) {
        known->second.text = as_text(*made);
    }
}

// x += y, $x .= y, $x =~ tr/…/…/: what is known of x before holds no longer.
void Program::changed(std::size_t i) {
    const bool grows = token(i).kind == Kind::name && (token(i + 1).is('+') || token(i + 1).is('.')) && token(i + 2).is('=');
    if (grows) {
        m_reassigned = true;
        std::size_t at = i + 3;
        const std::size_t from = at;
        shell::Word more = expression(at, 0);
        const auto text = more.known() ? std::nullopt : constant(from, at);
        more = text ? *text : more;
        const auto known = m_values.find(token(i).text);
        if (known != m_values.end() && more.known() && known->second.text.size() < 4096) {
            known->second.text += more.text;
        } else {
            m_values.erase(token(i).text);
        }
    }
    const bool edits = m_language == "perl" && token(i).kind == Kind::name && token(i + 1).is('/') &&
                       (token(i).text == "tr" || token(i).text == "y" || token(i).text == "s");
    if (edits) {
        const bool bound = i >= 3 && token(i - 1).is('~') && token(i - 2).is('=');
        std::size_t name = i - std::min<std::size_t>(i, 3);
        while (bound && token(i - 3).is(')') && name > 0 && (token(name).kind != Kind::name || token(name).text[0] != '$')) {
            --name;  // ($x = "…") =~ s/…/…/
        }
        edited(bound ? token(name).text : "$_", i);
    }
}

// x = "constant", f = os.system
void Program::assignment(std::size_t i) {
    std::size_t at = i + 2;
    at += token(at).is('\\') ? 2 : 0;  // \&system of Perl
    const bool ends = token(at + 1).is(';') || token(at + 1).is(',') || at + 1 >= m_tokens.size() ||
                      (m_language == "lua" && token(at + 1).kind == Kind::name);
    const std::string& name = token(i).text;
    if (token(at).kind == Kind::name && ends && token(at).text != name && m_values.find(token(at).text) == m_values.end()) {
        m_names.emplace(name, token(at).text);
    }
    const std::size_t from = i + 2;
    at = from;
    shell::Word value = name[0] == '@' && token(at).is('(') ? list(at, 0) : expression(at, 0);
    if (!value.known()) {
        if (const auto text = constant(from, at)) {
            value = *text;
        }
    }
    const auto before = m_values.find(name);
    const bool again = !m_assigned.insert(name).second;
    m_reassigned = m_reassigned || again || (before != m_values.end() && before->second.text != value.text);
    if (value.known()) {
        m_values[name] = std::move(value);
    } else if (m_in_order) {
        m_values.erase(name);
    }
}

}  // namespace caro::safety
