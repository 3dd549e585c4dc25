// Pipelines and expressions of PowerShell.
#include <algorithm>
#include <array>
#include <cctype>

#include "safety/powershell.hpp"
#include "util/strings.hpp"

namespace caro::safety {

namespace {

constexpr int k_most_steps = 6000;

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

void PsValue::take_origin(const PsValue& other) {
    fetched = fetched || other.fetched;
    secret = secret.empty() ? other.secret : secret;
    hidden = hidden || other.hidden;
}

void PsValue::take_listing(const PsValue& other) {
    listed = listed || other.listed;
    narrowed = narrowed || other.narrowed;
    work = work || other.work;
}

void PsValue::append(PsValue other) {
    if (items.empty() && !block) {
        *this = std::move(other);
        return;
    }
    items.insert(items.end(), other.items.begin(), other.items.end());
    fetched = fetched || other.fetched;
    secret = secret.empty() ? other.secret : secret;
    list = true;
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
