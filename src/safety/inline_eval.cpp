// Reads expressions and evaluates them.
#include "safety/inline_evaluation.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdlib>
#include <utility>

#include "shell/script.hpp"
#include "util/strings.hpp"

namespace caro::safety {

namespace {

using Kind = CodeToken::Kind;

constexpr int k_most_steps = 4000;
constexpr int k_deepest = 16;
constexpr std::size_t k_longest = 20000;

bool opens(const CodeToken& token) { return token.is('(') || token.is('[') || token.is('{'); }
bool closes(const CodeToken& token) { return token.is(')') || token.is(']') || token.is('}'); }

}  // namespace

Value Evaluation::whole(std::size_t from, std::size_t to) {
    std::size_t at = from;
    Value made = expression(at, to, 0);
    return at >= to ? made : std::nullopt;
}

const CodeToken& Evaluation::token(std::size_t i) const {
    static const CodeToken s_end{Kind::mark, ";", false, {}};
    return i < m_tokens.size() ? m_tokens[i] : s_end;
}

bool Evaluation::spent() { return ++m_steps > k_most_steps || m_depth > k_deepest; }

std::size_t Evaluation::closing(std::size_t at, std::size_t to) const {
    int depth = 0;
    for (std::size_t i = at; i < to; ++i) {
        depth += opens(token(i)) ? 1 : closes(token(i)) ? -1 : 0;
        if (depth == 0) {
            return i;
        }
    }
    return to;
}

// A binary operator at `i`: its level (0: none) and how many tokens it has.
int Evaluation::operator_at(std::size_t i, std::size_t to, std::string& op, std::size_t& width) const {
    const auto mark = [&](std::size_t k) { return k < to && token(k).kind == Kind::mark && token(k).text.size() == 1 ? token(k).text[0] : '\0'; };
    const char c = mark(i);
    const char next = mark(i + 1);
    width = 1;
    if (c == '.' && next == '.' && (m_language == "lua" || m_language == "ruby")) {
        width = 2;
        op = m_language == "lua" ? "+" : "..";
        return 2;
    }
    const bool glued = i < to && token(i).kind == Kind::name && token(i).text[0] == '.';
    if ((c == '.' && (m_dots || (m_language == "lua" && i + 1 < to && token(i + 1).text[0] == '.'))) || (glued && m_dots)) {
        width = glued ? 0 : 1;
        op = "+";
        return 2;
    }
    if (c == '<' && next == '>' && m_language == "elixir") {
        width = 2;
        op = "+";
        return 2;
    }
    op = std::string(1, c);
    if ((c == '<' || c == '>') && next == c) {
        width = 2;
        return 1;
    }
    if (c == '+' || c == '-') {
        return next == '=' || next == '>' ? 0 : 2;
    }
    if ((c == '^' || c == '|' || c == '&') && next != c && next != '>') {
        return 1;
    }
    if ((c == '*' || c == '%') && next != '=') {
        return 3;
    }
    if (i < to && token(i).kind == Kind::name && token(i).text == "x" && m_language == "perl") {
        op = "*";
        return 3;
    }
    if (i < to && token(i).kind == Kind::name && token(i).text == "xor" && m_language != "perl") {
        op = "^";
        return 1;
    }
    return 0;
}

Value Evaluation::expression(std::size_t& at, std::size_t to, int level) {
    ++m_depth;
    Value left = spent() ? std::nullopt : postfix(at, to);
    while (left && at < to) {
        std::string op;
        std::size_t width = 0;
        const int own = operator_at(at, to, op, width);
        if (own == 0 || own < level) {
            break;
        }
        at += width;
        const Value right = expression(at, to, own + 1);
        left = right ? combined(op, *left, *right) : std::nullopt;
    }
    --m_depth;
    return left;
}

Value Evaluation::combined(const std::string& op, const CodeValue& left, const CodeValue& right) {
    const bool numbers = left.kind == CodeValue::Kind::number && right.kind == CodeValue::Kind::number;
    const bool lists = left.kind == CodeValue::Kind::list && right.kind == CodeValue::Kind::list;
    if (op == "+" && lists) {
        CodeValue made = left;
        made.items.insert(made.items.end(), right.items.begin(), right.items.end());
        return made;
    }
    if (op == "+" && !numbers) {
        return text_value(as_text(left) + as_text(right));
    }
    if (op == "*" && !numbers && left.kind == CodeValue::Kind::text) {
        std::string made;
        for (long i = 0; i < right.number && made.size() < k_longest; ++i) {
            made += left.text;
        }
        return right.kind == CodeValue::Kind::number ? Value(text_value(made)) : called_value("join", {right, left}, true, "ruby");
    }
    if (op == "%" && left.kind == CodeValue::Kind::text) {
        std::vector<CodeValue> given = {left};
        right.kind == CodeValue::Kind::list ? given.insert(given.end(), right.items.begin(), right.items.end()) : (given.push_back(right), given.end());
        return called_value("sprintf", given, false, "");
    }
    if (op == ".." && numbers && right.number - left.number < 300) {
        CodeValue made;
        made.kind = CodeValue::Kind::list;
        for (long i = left.number; i <= right.number; ++i) {
            made.items.push_back(number_value(i));
        }
        return made;
    }
    const bool bits = op == "^" || op == "-" || op == "&" || op == "|";
    if (op == "^" && left.kind == CodeValue::Kind::text && right.kind == CodeValue::Kind::text && !left.text.empty() && !right.text.empty()) {
        std::string made;
        for (std::size_t i = 0; i < left.text.size(); ++i) {
            made += static_cast<char>(left.text[i] ^ right.text[i % right.text.size()]);
        }
        return text_value(made);
    }
    if (bits && left.kind == CodeValue::Kind::text && left.text.size() == 1 && right.kind == CodeValue::Kind::number) {
        return combined(op, number_value(static_cast<unsigned char>(left.text[0])), right);  // of a byte
    }
    if (!numbers || std::labs(left.number) > 1'000'000 || std::labs(right.number) > 1'000'000) {
        return std::nullopt;
    }
    return reckoned(op, left.number, right.number);
}

Value Evaluation::reckoned(const std::string& op, long a, long b) {
    const bool divides = op == "%" && b != 0;
    switch (op[0]) {
        case '+': return number_value(a + b);
        case '-': return number_value(a - b);
        case '*': return number_value(a * b);
        case '^': return number_value(a ^ b);
        case '|': return number_value(a | b);
        case '&': return number_value(a & b);
        case '%': return divides ? Value(number_value(a % b)) : std::nullopt;
        case '<': return b < 20 && b >= 0 ? Value(number_value(a * (1L << b))) : std::nullopt;
        case '>': return b < 20 && b >= 0 ? Value(number_value(a >> b)) : std::nullopt;
        default: return std::nullopt;
    }
}

// a, b, c up to `to`; x for x in list; *list, NAME=value
std::optional<std::vector<CodeValue>> Evaluation::values(std::size_t at, std::size_t to) {
    std::vector<CodeValue> all;
    while (at < to) {
        const std::size_t end = argument_end(at, to);
        std::size_t start = at;
        const bool named = token(at).kind == Kind::name && (token(at + 1).is('=') || (token(at + 1).is(':') && m_language != "lua")) && !token(at + 2).is('=') && !token(at + 2).is(':') && !token(at + 2).is('>') && at + 2 < end;
        start += named ? 2 : 0;
        const bool spread = token(start).is('*') || (token(start).is('.') && token(start + 1).is('.') && token(start + 2).is('.'));
        start += token(start).is('*') ? 1 : spread ? 3 : 0;
        Value one = argument(start, end);
        if (!one) {
            return std::nullopt;
        }
        const bool flat = spread || (m_dots && m_language == "perl");
        if (spread && one->kind == CodeValue::Kind::text) {
            CodeValue list;  // [..."abc"]
            list.kind = CodeValue::Kind::list;
            list.items = elements(*one);
            one = std::move(list);
        }
        if (flat && one->kind == CodeValue::Kind::list) {
            all.insert(all.end(), one->items.begin(), one->items.end());
        } else {
            all.push_back(std::move(*one));
        }
        at = end + 1;
    }
    return all;
}

std::size_t Evaluation::argument_end(std::size_t at, std::size_t to) const {
    const bool list_operator = m_language == "perl" && token(at).kind == Kind::name && !token(at + 1).is('(') && takes_all(token(at).text);
    while (at < to && !token(at).is(',') && !token(at).is(';')) {
        at = opens(token(at)) ? closing(at, to) + 1 : at + 1;
    }
    return list_operator ? to : std::min(at, to);
}

bool Evaluation::takes_all(std::string_view name) {
    constexpr std::array<std::string_view, 9> k_operators = {"join", "map", "pack", "reverse", "sprintf", "lc", "uc", "split", "grep"};
    return std::find(k_operators.begin(), k_operators.end(), name) != k_operators.end();
}

// EXPR, or EXPR for NAME in LIST
Value Evaluation::argument(std::size_t at, std::size_t to) {
    if (const Value function = lambda(at, to)) {
        return function;
    }
    std::size_t loop = at;
    while (loop < to && !(token(loop).kind == Kind::name && token(loop).text == "for")) {
        loop = opens(token(loop)) ? closing(loop, to) + 1 : loop + 1;
    }
    if (loop >= to || (m_language != "python" && m_language != "julia")) {
        return whole_of(at, to);
    }
    CodeValue function;
    function.kind = CodeValue::Kind::function;
    function.from = at;
    function.to = loop;
    std::size_t in = loop + 1;
    for (; in < to && token(in).text != "in"; ++in) {
        if (token(in).kind == Kind::name) {
            function.parameters.push_back(token(in).text);
        }
    }
    for (std::size_t i = in; i < to; ++i) {
        if (token(i).kind == Kind::name && token(i).text == "if") {
            return std::nullopt;  // only some of them
        }
    }
    const Value list = whole_of(in + 1, to);
    return list && in < to ? mapped(*list, function) : std::nullopt;
}

Value Evaluation::whole_of(std::size_t at, std::size_t to) {
    Value made = expression(at, to, 0);
    return at >= to ? made : std::nullopt;
}

// c => …, (c) => …, lambda c: …, function(c) { return …; }, fn($c) => …, c -> …, |b| …, function(c) return … end
Value Evaluation::lambda(std::size_t at, std::size_t to) {
    CodeValue made;
    made.kind = CodeValue::Kind::function;
    const std::string& word = token(at).text;
    const bool named = token(at).kind == Kind::name && (word == "lambda" || word == "function" || word == "fn");
    std::size_t i = named ? at + 1 : at;
    const bool brackets = token(i).is('(');
    const std::size_t end = brackets ? closing(i, to) : i;
    for (std::size_t k = brackets ? i + 1 : i; k < (brackets ? end : to); ++k) {
        if (token(k).kind == Kind::name) {
            made.parameters.push_back(token(k).text);
        } else if (!token(k).is(',')) {
            break;
        }
        i = k + 1;
    }
    i = brackets ? end + 1 : i;
    const bool arrow = (token(i).is('=') || token(i).is('-')) && token(i + 1).is('>');
    if (arrow) {
        i += 2;
    } else if (named && token(i).is(':')) {
        i += 1;
    } else if (named && token(i).is('{')) {
        return body(std::move(made), i + 1, closing(i, to));
    } else if (!named || word != "function") {
        return std::nullopt;
    }
    if (made.parameters.empty() && !named) {
        return std::nullopt;
    }
    return token(i).is('{') && closing(i, to) + 1 >= to ? body(std::move(made), i + 1, closing(i, to)) : body(std::move(made), i, to);
}

// { |b| … }, {chr}, { it + 1 }: the block of a method
CodeValue Evaluation::block(std::size_t at, std::size_t to) const {
    CodeValue made;
    made.kind = CodeValue::Kind::function;
    std::size_t i = at;
    if (token(i).is('|')) {
        for (++i; i < to && !token(i).is('|'); ++i) {
            if (token(i).kind == Kind::name) {
                made.parameters.push_back(token(i).text);
            }
        }
        ++i;
    } else if (token(i).kind == Kind::name && token(i + 1).is('-') && token(i + 2).is('>')) {  // { c -> … }
        made.parameters.push_back(token(i).text);
        i += 3;
    }
    if (made.parameters.empty()) {
        made.parameters = {"$_", "it", "_1"};
    }
    return body(std::move(made), i, to);
}

CodeValue Evaluation::body(CodeValue made, std::size_t from, std::size_t to) const {
    from += token(from).text == "return" ? 1 : 0;
    while (to > from && (token(to - 1).is(';') || token(to - 1).text == "end")) {
        --to;
    }
    made.from = from;
    made.to = to;
    return made;
}

Value Evaluation::applied(const CodeValue& function, const CodeValue& argument) {
    if (function.kind != CodeValue::Kind::function) {  // the name of one: array_map("chr", …), map(&:chr)
        return called_value(as_text(function), {argument}, false, m_language);
    }
    if (spent()) {
        return std::nullopt;
    }
    auto before = m_locals;
    const bool parts = function.parameters.size() > 1 && function.parameters[0] != "$_" && argument.kind == CodeValue::Kind::list;
    for (std::size_t i = 0; i < function.parameters.size(); ++i) {
        m_locals[function.parameters[i]] = parts ? (i < argument.items.size() ? argument.items[i] : CodeValue()) : argument;
    }
    const bool alone = function.from + 1 == function.to && token(function.from).kind == Kind::name && m_locals.count(token(function.from).text) == 0;
    Value made = alone ? called_value(token(function.from).text, {argument}, false, m_language) : whole_of(function.from, function.to);
    m_locals.swap(before);
    return made;
}

Value Evaluation::mapped(const CodeValue& list, const CodeValue& function) {
    CodeValue made;
    made.kind = CodeValue::Kind::list;
    for (const auto& item : elements(list)) {
        Value one = applied(function, item);
        if (!one) {
            return std::nullopt;
        }
        made.items.push_back(std::move(*one));
    }
    return made;
}

std::vector<CodeValue> Evaluation::elements(const CodeValue& value) {
    if (value.kind == CodeValue::Kind::list) {
        return value.items;
    }
    std::vector<CodeValue> made;
    for (const char c : value.text) {
        made.push_back(text_value(std::string(1, c)));
    }
    return made;
}

std::optional<std::string> evaluated_text(const Tokens& tokens, std::size_t from, std::size_t to, std::string_view language,
                                          const CodeVariable& variable) {
    constexpr std::size_t k_longest_piece = 400;
    to = std::min(to, tokens.size());
    if (from >= to || to - from > k_longest_piece) {
        return std::nullopt;
    }
    const Value made = Evaluation(tokens, language, variable).whole(from, to);
    if (!made || made->kind == CodeValue::Kind::function) {
        return std::nullopt;
    }
    const std::string text = as_text(*made);
    const bool printable = std::all_of(text.begin(), text.end(), [](unsigned char c) { return c >= 32 || c == '\n' || c == '\t' || c == '\r'; });
    return printable && text.size() < k_longest ? std::optional<std::string>(text) : std::nullopt;
}

}  // namespace caro::safety
