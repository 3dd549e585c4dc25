// Statements, pipelines and expressions of PowerShell.
#include <algorithm>
#include <array>
#include <cctype>

#include "safety/powershell.hpp"
#include "util/strings.hpp"

namespace caro::safety {

namespace {

constexpr int k_most_steps = 6000;
constexpr int k_deepest = 14;
constexpr std::size_t k_most_rounds = 12;  // of a loop over known values

bool is_name(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }
bool is_space(char c) { return c == ' ' || c == '\t' || c == '\r'; }

char pair_of(char open) { return open == '(' ? ')' : open == '{' ? '}' : ']'; }

struct Operator {
    std::string_view name;
    int level;
};

// Binary operators; the higher, the tighter.
constexpr std::array k_operators = {
    Operator{"-and", 1}, Operator{"-or", 1}, Operator{"-xor", 1}, Operator{"-band", 2}, Operator{"-bor", 2}, Operator{"-bxor", 2},
    Operator{"-shl", 2}, Operator{"-shr", 2}, Operator{"-join", 3}, Operator{"-split", 3}, Operator{"-csplit", 3}, Operator{"-isplit", 3},
    Operator{"-replace", 3}, Operator{"-creplace", 3}, Operator{"-ireplace", 3}, Operator{"-eq", 3}, Operator{"-ne", 3}, Operator{"-gt", 3},
    Operator{"-ge", 3}, Operator{"-lt", 3}, Operator{"-le", 3}, Operator{"-like", 3}, Operator{"-notlike", 3}, Operator{"-match", 3},
    Operator{"-notmatch", 3}, Operator{"-contains", 3}, Operator{"-notcontains", 3}, Operator{"-in", 3}, Operator{"-notin", 3},
    Operator{"-as", 3}, Operator{"-is", 3}, Operator{"-isnot", 3}, Operator{"-ceq", 3}, Operator{"-cne", 3}, Operator{"-cmatch", 3},
    Operator{"-ieq", 3}, Operator{"-f", 6},
};

}  // namespace

bool PsValue::known() const {
    return !items.empty() && std::none_of(items.begin(), items.end(), [](const std::string& item) {
        return item.find(shell::Word::k_unknown) != std::string::npos;
    });
}

std::string PsValue::text() const {
    std::string all;
    for (const auto& item : items) {
        all += (all.empty() ? "" : " ") + item;
    }
    return all;
}

PsValue ps_text(std::string text) {
    PsValue value;
    value.items.push_back(std::move(text));
    return value;
}

PsValue ps_unknown() { return ps_text(std::string(1, shell::Word::k_unknown)); }

bool PowerShell::spent() { return ++m_steps > k_most_steps; }

// Spaces, comments and lines that are continued; with `lines`, also what ends statements.
void PowerShell::skip(bool lines) {
    while (m_at < m_code.size()) {
        const char c = m_code[m_at];
        if (is_space(c) || (lines && (c == '\n' || c == ';'))) {
            ++m_at;
        } else if (c == '`' && (peek(1) == '\n' || peek(1) == '\r')) {
            m_at += 2;
        } else if (c == '<' && peek(1) == '#') {
            const auto end = m_code.find("#>", m_at);
            m_at = end == std::string_view::npos ? m_code.size() : end + 2;
        } else if (c == '#') {
            m_at = std::min(m_code.find('\n', m_at), m_code.size());
        } else {
            break;
        }
    }
}

bool PowerShell::ends_command() const {
    const char c = peek();
    return c == '\0' || c == '|' || c == ';' || c == '\n' || c == ')' || c == '}' || (c == '&' && peek(1) != '\0');
}

// What stands in brackets that begin here; the cursor is moved behind them.
std::string PowerShell::inside(char open) {
    const char close = pair_of(open);
    const std::size_t start = ++m_at;
    int depth = 1;
    for (; m_at < m_code.size(); ++m_at) {
        const char c = m_code[m_at];
        if (c == '`') {
            ++m_at;
        } else if (c == '\'' || c == '"') {
            for (++m_at; m_at < m_code.size() && m_code[m_at] != c; ++m_at) {
                m_at += m_code[m_at] == '`' && c == '"' ? 1 : 0;
            }
        } else if (c == open) {
            ++depth;
        } else if (c == close && --depth == 0) {
            break;
        }
    }
    const std::size_t end = std::min(m_at, m_code.size());
    m_open = m_open || m_at >= m_code.size();
    m_at = std::min(m_at + 1, m_code.size());
    return std::string(m_code.substr(start, end - start));
}

std::string PowerShell::keyword() const {
    std::size_t end = m_at;
    while (end < m_code.size() && std::isalpha(static_cast<unsigned char>(m_code[end])) != 0) {
        ++end;
    }
    const char next = end < m_code.size() ? m_code[end] : ' ';
    return is_name(next) || next == '-' || next == '.' || next == ':' || next == '\\' ? "" : to_lower(m_code.substr(m_at, end - m_at));
}

void PowerShell::run(std::string_view code) {
    run_block(std::string(code));
    if (m_open || m_steps > k_most_steps) {
        m_judge.find("parse.incomplete", "", m_span);
    }
}

// Code of a block, of $(…) or of (…): read apart from what stands around it.
PsValue PowerShell::run_block(const std::string& code) {
    if (m_depth >= k_deepest || spent()) {
        return ps_unknown();
    }
    const std::string_view outer = m_code;
    const std::size_t at = m_at;
    m_code = code;
    m_at = 0;
    ++m_depth;
    PsValue made = statements();
    --m_depth;
    m_code = outer;
    m_at = at;
    return made;
}

PsValue PowerShell::statements() {
    PsValue out;
    while (true) {
        skip(true);
        if (m_at >= m_code.size() || spent()) {
            return out;
        }
        const std::size_t before = m_at;
        PsValue made;
        if (!compound(keyword(), made) && !assignment(made)) {
            made = chain();
        }
        if (out.items.empty() && !out.block) {
            out = std::move(made);
        } else {
            out.items.insert(out.items.end(), made.items.begin(), made.items.end());
            out.fetched = out.fetched || made.fetched;
            out.secret = out.secret.empty() ? made.secret : out.secret;
            out.list = true;
        }
        m_at += m_at == before ? 1 : 0;
    }
}

// if (…) {…}, try {…}, function f {…}: true if the word begins one of these.
bool PowerShell::compound(const std::string& word, PsValue& out) {
    constexpr std::array<std::string_view, 9> k_blocks = {"try", "catch", "finally", "else", "do", "begin", "process", "end", "trap"};
    constexpr std::array<std::string_view, 6> k_conditions = {"if", "elseif", "while", "until", "switch", "for"};
    constexpr std::array<std::string_view, 3> k_values = {"return", "throw", "exit"};
    const auto is = [&word](const auto& list) { return std::find(list.begin(), list.end(), word) != list.end(); };
    if (word.empty()) {
        return false;
    }
    const std::size_t start = m_at;
    m_at += word.size();
    skip(true);
    if (is(k_values)) {
        out = ends_command() ? PsValue() : chain();
    } else if (word == "break" || word == "continue") {
        return true;
    } else if (word == "foreach" && peek() == '(') {
        for_each();
    } else if (is(k_conditions) && (peek() == '(' || word == "switch")) {
        loop(word, out);
    } else if (word == "function" || word == "filter") {
        function();
    } else if (word == "param" && peek() == '(') {
        inside('(');
    } else if (is(k_blocks) && (peek() == '{' || peek() == '[')) {
        while (peek() == '[') {
            inside('[');
            skip(true);
        }
        out = peek() == '{' ? run_block(inside('{')) : PsValue();
    } else {
        m_at = start;
        return false;
    }
    return true;
}

void PowerShell::loop(const std::string& word, PsValue& out) {
    while (word == "switch" && peek() == '-') {
        argument_word();
        skip(true);
    }
    const std::string condition = peek() == '(' ? inside('(') : "";
    const std::string bare = replace_all(to_lower(condition), " ", "");
    const bool endless = (word == "while" && (bare == "$true" || bare == "1")) || (word == "for" && (bare == ";;" || bare.empty() || bare.find(";;") != std::string::npos || bare.find(";$true;") != std::string::npos));
    run_block(condition);
    skip(true);
    if (peek() == '{') {
        m_endless += endless ? 1 : 0;
        out = run_block(inside('{'));
        m_endless -= endless ? 1 : 0;
    }
}

// foreach ($x in …) {…}
void PowerShell::for_each() {
    const std::string head = inside('(');
    const auto in = to_lower(head).find(" in ");
    const std::string name = to_lower(trim(std::string_view(head).substr(0, in)));
    const PsValue list = run_block(in == std::string::npos ? "" : head.substr(in + 4));
    skip(true);
    const std::string body = peek() == '{' ? inside('{') : "";
    for (std::size_t i = 0; i < std::max<std::size_t>(list.items.size(), 1) && i < k_most_rounds; ++i) {
        PsValue one = list;
        one.list = false;
        one.items.assign(1, i < list.items.size() ? list.items[i] : std::string(1, shell::Word::k_unknown));
        m_variables[name.substr(0, 1) == "$" ? name.substr(1) : name] = std::move(one);
        run_block(body);
    }
}

void PowerShell::function() {
    std::string name;
    while (m_at < m_code.size() && (is_name(peek()) || peek() == '-' || peek() == ':')) {
        name += m_code[m_at++];
    }
    skip(true);
    std::string head = peek() == '(' ? inside('(') : "";
    skip(true);
    m_functions[to_lower(name)] = function_of(std::move(head), peek() == '{' ? inside('{') : "");
}

// The names of what is given stand in brackets behind the name, or in param (…).
PowerShell::Function PowerShell::function_of(std::string head, std::string body) {
    Function made;
    made.body = std::move(body);
    const std::string_view text = trim(made.body);
    if (to_lower(text.substr(0, 5)) == "param") {
        head = text.substr(0, text.find(')'));
    }
    for (auto at = head.find('$'); at != std::string::npos; at = head.find('$', at + 1)) {
        std::size_t end = at + 1;
        while (end < head.size() && is_name(head[end])) {
            ++end;
        }
        made.parameters.push_back(to_lower(std::string_view(head).substr(at + 1, end - at - 1)));
    }
    return made;
}

// $x = …, [int]$x += …, $a, $b = …, $x.Name = …: false if no assignment stands here.
bool PowerShell::assignment(PsValue& out) {
    const std::size_t start = m_at;
    std::string type;
    while (peek() == '[' && m_code.find(']', m_at) != std::string_view::npos) {
        type = to_lower(inside('['));
        skip(false);
    }
    std::vector<std::string> names;
    std::string member;
    while (peek() == '$' && (is_name(peek(1)) || peek(1) == '{')) {
        ++m_at;
        names.push_back(name_part());
        while (peek() == '.' && is_name(peek(1))) {
            ++m_at;
            member = to_lower(name_part());
        }
        if (peek() == '[') {
            inside('[');
            member = "[";
        }
        skip(false);
        if (peek() != ',') {
            break;
        }
        ++m_at;
        skip(false);
    }
    const char how = peek();
    const bool changes = std::string_view("+-*/%").find(how) != std::string_view::npos && how != '\0' && peek(1) == '=';
    const bool plain = how == '=' && peek(1) != '=';
    if (names.empty() || (!changes && !plain)) {
        m_at = start;
        return false;
    }
    m_at += changes ? 2 : 1;
    skip(true);
    PsValue value;
    if (!compound(keyword(), value) && !assignment(value)) {
        value = chain();
    }
    value = type.empty() ? value : cast(type, std::move(value));
    for (std::size_t i = 0; i < names.size(); ++i) {
        PsValue one = value;
        if (names.size() > 1) {
            one.items.assign(1, i < value.items.size() ? value.items[i] : "");
        }
        assign(names[i], member, changes ? how : '=', std::move(one));
    }
    out = PsValue();
    return true;
}

void PowerShell::assign(const std::string& name, const std::string& member, char how, PsValue value) {
    PsValue& known = m_variables[name];
    if (!member.empty()) {
        known.members[member] = value.text();
        known.secret = known.secret.empty() ? value.secret : known.secret;
        known.fetched = known.fetched || value.fetched;
    } else if (how == '=') {
        known = std::move(value);
    } else {
        known = binary(std::string(1, how), known, value);
    }
}

PsValue PowerShell::chain() {
    PsValue made = pipeline();
    while (true) {
        skip(false);
        const bool joins = (peek() == '&' && peek(1) == '&') || (peek() == '|' && peek(1) == '|');
        if (!joins) {
            m_at += peek() == '&' || peek() == ')' || peek() == '}' ? 1 : 0;
            return made;
        }
        m_at += 2;
        skip(true);
        made = pipeline();
    }
}

PsValue PowerShell::pipeline() {
    PsValue made = element(nullptr);
    redirections();
    while (peek() == '|' && peek(1) != '|' && !spent()) {
        ++m_at;
        skip(true);
        const PsValue before = std::move(made);
        made = element(&before);
        redirections();
    }
    return made;
}

// > FILE, 2>$null, 2>&1 behind an expression
void PowerShell::redirections() {
    skip(false);
    while (peek() == '>' || (std::isdigit(static_cast<unsigned char>(peek())) != 0 && peek(1) == '>') || (peek() == '*' && peek(1) == '>')) {
        m_at += peek() == '>' ? 1 : 2;
        const bool appends = peek() == '>';
        m_at += appends ? 1 : 0;
        if (peek() == '&') {
            m_at += 2;
        } else {
            skip(false);
            const PsValue file = argument_word();
            if (!file.items.empty() && !file.items[0].empty() && to_lower(file.text()) != "nul") {
                Action by;
                by.span = m_span;
                m_judge.write_target(word_of(in_folder(file).text()), by, appends ? Writing::append : Writing::overwrite);
            }
        }
        skip(false);
    }
}

bool PowerShell::begins_expression() const {
    const char c = peek();
    const bool number = std::isdigit(static_cast<unsigned char>(c)) != 0 || ((c == '-' || c == '+') && std::isdigit(static_cast<unsigned char>(peek(1))) != 0);
    const std::string start = to_lower(m_code.substr(m_at, 7));
    const bool word = starts_with(start, "-join ") || starts_with(start, "-split ") || starts_with(start, "-not ") || starts_with(start, "-join(") || starts_with(start, "-not(") || starts_with(start, "-split(");
    return number || word || (c != '\0' && std::string_view("$(@\"'[{!,").find(c) != std::string_view::npos);
}

PsValue PowerShell::element(const PsValue* input) {
    skip(false);
    const char next = peek(1);
    if (peek() == '&' || (peek() == '.' && (next == ' ' || next == '(' || next == '$' || next == '{' || next == '"' || next == '\''))) {
        ++m_at;
        skip(false);
        return called(input);
    }
    if (begins_expression()) {
        return expression(0);
    }
    std::string name;
    while (m_at < m_code.size() && !is_space(peek()) && !ends_command() && std::string_view("{(,>\"'").find(peek()) == std::string_view::npos) {
        m_at += peek() == '`' ? 1 : 0;
        name += m_at < m_code.size() ? m_code[m_at++] : ' ';
    }
    while ((peek() == '"' || peek() == '\'') && !name.empty()) {  // i'e'x
        const PsValue part = peek() == '"' ? double_quoted() : single_quoted();
        name += part.text();
        while (m_at < m_code.size() && (is_name(peek()) || peek() == '-')) {
            name += m_code[m_at++];
        }
    }
    if (name.empty()) {
        m_at += ends_command() ? 0 : 1;
        return {};
    }
    return command(name, arguments(), input);
}

// & NAME ARGS, . {…}: what is called is a value.
PsValue PowerShell::called(const PsValue* input) {
    PsValue name = begins_expression() ? postfix(primary()) : argument_word();
    Arguments given = arguments();
    if (name.block) {
        if (name.fetched) {
            m_judge.find("execute.download", "", m_span);
        }
        return run_code(name.code, given, input);
    }
    if (name.known() && !name.text().empty()) {
        return command(name.text(), std::move(given), input);
    }
    m_judge.find(name.fetched ? "execute.download" : "execute.unknown", "", m_span);
    const bool fetched = std::any_of(given.begin(), given.end(), [](const PsArgument& one) { return one.value.fetched; });
    if (fetched || (input != nullptr && input->fetched)) {
        m_judge.find("execute.download", "", m_span);  // & $x (irm …)
    }
    const bool recursive = std::any_of(given.begin(), given.end(), [](const PsArgument& one) { return starts_with(one.parameter, "-r"); });
    if (recursive) {
        judge_action("Remove-Item", given, input);
    }
    return ps_unknown();
}

PsValue PowerShell::expression(int level) {
    PsValue left = level >= 7 ? comma_list() : expression(level + 1);
    while (!spent()) {
        skip(false);
        std::string op;
        if (level == 5 && (peek() == '*' || peek() == '/' || peek() == '%') && peek(1) != '>') {
            op = std::string(1, peek());
        } else if (level == 4 && (peek() == '+' || (peek() == '-' && (is_space(peek(1)) || std::isdigit(static_cast<unsigned char>(peek(1))) != 0 || peek(1) == '$')))) {
            op = std::string(1, peek());
        } else if (level == 7 && peek() == '.' && peek(1) == '.') {
            op = "..";
        } else if (peek() == '-') {
            std::size_t end = m_at + 1;
            while (end < m_code.size() && std::isalpha(static_cast<unsigned char>(m_code[end])) != 0) {
                ++end;
            }
            const std::string word = to_lower(m_code.substr(m_at, end - m_at));
            const auto known = std::find_if(k_operators.begin(), k_operators.end(), [&](const Operator& row) { return row.name == word && row.level == level; });
            op = known == k_operators.end() ? "" : word;
        }
        if (op.empty()) {
            return left;
        }
        m_at += op.size();
        skip(true);
        const PsValue right = level >= 7 ? unary() : expression(level + 1);
        left = binary(op, left, right);
    }
    return left;
}

PsValue PowerShell::comma_list() {
    PsValue all = unary();
    skip(false);
    bool list = false;
    while (peek() == ',' && !spent()) {
        ++m_at;
        skip(true);
        PsValue more = unary();
        all.items.insert(all.items.end(), more.items.begin(), more.items.end());
        all.fetched = all.fetched || more.fetched;
        all.secret = all.secret.empty() ? more.secret : all.secret;
        list = true;
        skip(false);
    }
    all.list = all.list || list;
    return all;
}

PsValue PowerShell::unary() {
    skip(false);
    const std::string start = to_lower(m_code.substr(m_at, 6));
    for (const std::string_view op : {"-join", "-split", "-not"}) {
        if (starts_with(start, op)) {
            m_at += op.size();
            const PsValue value = unary();
            return op == "-not" ? ps_unknown() : binary(std::string(op), value, ps_text(op == "-join" ? "" : " "));
        }
    }
    if (peek() == '!' || peek() == ',') {
        ++m_at;
        return unary();
    }
    if (peek() == '-' || peek() == '+') {
        const bool minus = peek() == '-';
        ++m_at;
        PsValue value = unary();
        if (minus && value.items.size() == 1) {
            value.items[0].insert(0, "-");
        }
        return value;
    }
    return postfix(primary());
}

}  // namespace caro::safety
