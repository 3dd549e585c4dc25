// Statements of PowerShell: blocks, loops, functions, assignments.
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

}  // namespace

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
        out.append(std::move(made));
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
    if (word == "switch" && peek() == '{') {
        const std::string clauses = inside('{');
        for (auto open = clauses.find('{'); open != std::string::npos; open = clauses.find('{', open)) {
            const std::string_view outer = m_code;
            const std::size_t at = m_at;
            m_code = clauses;
            m_at = open;
            const std::string clause = inside('{');
            open = m_at;
            m_code = outer;
            m_at = at;
            run_block(clause);
        }
        return;
    }
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

}  // namespace caro::safety
