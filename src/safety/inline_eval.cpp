// Reads expressions and evaluates them; inline_functions.cpp knows the functions.
#include "safety/inline_eval.hpp"

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
using Tokens = std::vector<CodeToken>;
using Value = std::optional<CodeValue>;

constexpr int k_most_steps = 4000;
constexpr int k_deepest = 16;
constexpr std::size_t k_longest = 20000;

bool opens(const CodeToken& token) { return token.is('(') || token.is('[') || token.is('{'); }
bool closes(const CodeToken& token) { return token.is(')') || token.is(']') || token.is('}'); }

class Evaluation {
  public:
    Evaluation(const Tokens& tokens, std::string_view language, const CodeVariable& variable)
        : m_tokens(tokens), m_language(language), m_variable(variable), m_dots(language == "perl" || language == "php" || language == "raku") {}

    Value whole(std::size_t from, std::size_t to) {
        std::size_t at = from;
        Value made = expression(at, to, 0);
        return at >= to ? made : std::nullopt;
    }

  private:
    const CodeToken& token(std::size_t i) const {
        static const CodeToken s_end{Kind::mark, ";", false, {}};
        return i < m_tokens.size() ? m_tokens[i] : s_end;
    }
    bool spent() { return ++m_steps > k_most_steps || m_depth > k_deepest; }

    std::size_t closing(std::size_t at, std::size_t to) const {
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
    int operator_at(std::size_t i, std::size_t to, std::string& op, std::size_t& width) const {
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

    Value expression(std::size_t& at, std::size_t to, int level) {
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

    static Value combined(const std::string& op, const CodeValue& left, const CodeValue& right) {
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
        const long a = left.number;
        const long b = right.number;
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
    std::optional<std::vector<CodeValue>> values(std::size_t at, std::size_t to) {
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
            if (flat && one->kind == CodeValue::Kind::list) {
                all.insert(all.end(), one->items.begin(), one->items.end());
            } else {
                all.push_back(std::move(*one));
            }
            at = end + 1;
        }
        return all;
    }

    std::size_t argument_end(std::size_t at, std::size_t to) const {
        const bool list_operator = m_language == "perl" && token(at).kind == Kind::name && !token(at + 1).is('(') && takes_all(token(at).text);
        while (at < to && !token(at).is(',') && !token(at).is(';')) {
            at = opens(token(at)) ? closing(at, to) + 1 : at + 1;
        }
        return list_operator ? to : std::min(at, to);
    }

    static bool takes_all(std::string_view name) {
        constexpr std::array<std::string_view, 9> k_operators = {"join", "map", "pack", "reverse", "sprintf", "lc", "uc", "split", "grep"};
        return std::find(k_operators.begin(), k_operators.end(), name) != k_operators.end();
    }

    // EXPR, or EXPR for NAME in LIST
    Value argument(std::size_t at, std::size_t to) {
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
        const Value list = whole_of(in + 1, to);
        return list && in < to ? mapped(*list, function) : std::nullopt;
    }

    Value whole_of(std::size_t at, std::size_t to) {
        Value made = expression(at, to, 0);
        return at >= to ? made : std::nullopt;
    }

    // c => …, (c) => …, lambda c: …, function(c) { return …; }, fn($c) => …, c -> …, |b| …, function(c) return … end
    Value lambda(std::size_t at, std::size_t to) {
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
    CodeValue block(std::size_t at, std::size_t to) const {
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

    CodeValue body(CodeValue made, std::size_t from, std::size_t to) const {
        from += token(from).text == "return" ? 1 : 0;
        while (to > from && (token(to - 1).is(';') || token(to - 1).text == "end")) {
            --to;
        }
        made.from = from;
        made.to = to;
        return made;
    }

    Value applied(const CodeValue& function, const CodeValue& argument) {
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

    Value mapped(const CodeValue& list, const CodeValue& function) {
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

    static std::vector<CodeValue> elements(const CodeValue& value) {
        if (value.kind == CodeValue::Kind::list) {
            return value.items;
        }
        std::vector<CodeValue> made;
        for (const char c : value.text) {
            made.push_back(text_value(std::string(1, c)));
        }
        return made;
    }

    Value primary(std::size_t& at, std::size_t to) {
        const CodeToken& first = token(at);
        if (at >= to) {
            return std::nullopt;
        }
        if (first.is('-') || first.is('+')) {
            ++at;
            Value value = postfix(at, to);
            if (value && value->kind == CodeValue::Kind::number && first.is('-')) {
                value->number = -value->number;
            }
            return value;
        }
        if (first.kind == Kind::text) {
            ++at;
            if (first.text.find(shell::Word::k_unknown) != std::string::npos) {
                return std::nullopt;
            }
            const bool digits = first.number && first.text.size() < 12;
            if (digits && starts_with(first.text, "0b")) {
                return number_value(std::strtol(first.text.c_str() + 2, nullptr, 2));
            }
            if (first.number && first.text.size() > 11 && !starts_with(first.text, "0x")) {
                return std::nullopt;
            }
            if (first.number && first.text.size() > 1 && first.text[0] == '0' && first.text[1] == 'o') {
                return number_value(std::strtol(first.text.c_str() + 2, nullptr, 8));
            }
            return digits ? number_value(std::strtol(first.text.c_str(), nullptr, 0)) : text_value(first.text);
        }
        if (first.is('(') || first.is('[') || (first.is('{') && m_language == "lua")) {
            const std::size_t end = closing(at, to);
            auto all = values(at + 1, end);
            const bool generator = all && all->size() == 1 && end > at + 2;
            at = end + 1;
            if (!all) {
                return std::nullopt;
            }
            const bool list = !first.is('(') || all->size() != 1 || !generator ? !first.is('(') || all->size() != 1 : false;
            if (!list) {
                return all->front();
            }
            if (first.is('[') && generator && all->front().kind == CodeValue::Kind::list && m_language == "python" && has_loop(at - 1, end)) {
                return all->front();
            }
            CodeValue made;
            made.kind = CodeValue::Kind::list;
            made.items = std::move(*all);
            return made;
        }
        if (first.is('&') && token(at + 1).is(':')) {  // map(&:chr)
            at += 3;
            return text_value(token(at - 1).text);
        }
        if (first.is('%') || first.is('\\') || first.is('&')) {
            ++at;
            return primary(at, to);
        }
        return first.kind == Kind::name ? named(at, to) : std::nullopt;
    }

    bool has_loop(std::size_t, std::size_t end) const {
        for (std::size_t i = end; i > 0 && !token(i - 1).is('['); --i) {
            if (token(i - 1).kind == Kind::name && token(i - 1).text == "for") {
                return true;
            }
        }
        return false;
    }

    static std::vector<std::string> parts_of(const std::string& name) {
        std::vector<std::string> parts(1);
        for (std::size_t i = 0; i < name.size(); ++i) {
            if (name[i] == '.' || name[i] == ':' || (name[i] == '-' && i + 1 < name.size() && name[i + 1] == '>')) {
                i += name[i] == '-' || (name[i] == ':' && i + 1 < name.size() && name[i + 1] == ':') ? 1 : 0;
                parts.emplace_back();
            } else {
                parts.back() += name[i];
            }
        }
        return parts;
    }

    // A list is kept as words of a shell: 'rm' '-rf' ~
    static CodeValue words_of(const std::string& text) {
        const bool numbers = text.find(' ') != std::string::npos && text.find_first_not_of("0123456789 ") == std::string::npos;
        if (!numbers && (text.size() < 3 || text.front() != '\'' || text.find("' ") == std::string::npos)) {
            return text_value(text);
        }
        CodeValue made;
        made.kind = CodeValue::Kind::list;
        std::string word;
        bool quoted = false;
        for (std::size_t i = 0; i <= text.size(); ++i) {
            if (i == text.size() || (text[i] == ' ' && !quoted)) {
                made.items.push_back(text_value(std::exchange(word, "")));
            } else if (text[i] == '\'') {
                quoted = !quoted;
            } else if (text[i] == '\\' && !quoted && i + 1 < text.size()) {
                word += text[++i];
            } else {
                word += text[i];
            }
        }
        const auto is_number = [](const CodeValue& item) {
            return !item.text.empty() && item.text.size() < 9 && item.text.find_first_not_of("0123456789") == std::string::npos;
        };
        if (std::all_of(made.items.begin(), made.items.end(), is_number)) {
            for (auto& item : made.items) {
                item = number_value(std::stol(item.text));
            }
        }
        return made;
    }

    Value variable(const std::string& name) const {
        const auto local = m_locals.find(name);
        if (local != m_locals.end()) {
            return local->second;
        }
        const auto known = m_variable(name);
        return known ? Value(words_of(*known)) : std::nullopt;
    }

    Value named(std::size_t& at, std::size_t to) {
        const std::string& written = token(at).text;
        const std::string name = (m_dots || m_language == "lua") && written[0] == '.' ? written.substr(1) : written;
        ++at;
        if (name == "new" && token(at).kind == Kind::name) {
            return named(at, to);
        }
        Value whole = variable(name);
        if (whole && !token(at).is('(')) {
            return whole;
        }
        const auto parts = parts_of(name);
        if (parts.size() > 1) {
            if (Value base = variable(parts[0])) {
                for (std::size_t i = 1; base && i < parts.size(); ++i) {
                    base = i + 1 < parts.size() ? called_value(parts[i], {*base}, true, m_language) : method(parts[i], *base, at, to);
                }
                return base;
            }
        }
        return function(name, parts.back(), at, to);
    }

    // NAME(…), NAME …, NAME[…]
    Value function(const std::string& whole, const std::string& name, std::size_t& at, std::size_t to) {
        if (name == "env" || name == "ENV" || name == "environ" || whole == "$ENV" || name == "$_ENV" || name == "$_SERVER") {
            const std::size_t end = opens(token(at)) ? closing(at, to) : at;
            const bool home = token(at + 1).text == "HOME" || token(at + 1).text == "USERPROFILE";
            at = end + 1;
            return home ? Value(text_value("~")) : std::nullopt;
        }
        if (name == "HOME" && (contains(whole, "env.") || contains(whole, "ENV."))) {
            return text_value("~");
        }
        std::vector<CodeValue> given;
        if (m_language == "perl" && name == "map") {
            return perl_map(at, to);
        }
        if (token(at).is('(') || (token(at).is('{') && m_language == "lua")) {
            const std::size_t end = closing(at, to);
            auto all = token(at).is('{') ? values(at, end + 1) : values(at + 1, end);
            if (!all) {
                return std::nullopt;
            }
            at = end + 1;
            given = std::move(*all);
        } else if (at < to && (m_language == "perl" || m_language == "ruby" || m_language == "lua") && (token(at).kind != Kind::mark || token(at).is('['))) {
            if (m_language == "perl" && takes_all(name)) {
                auto all = values(at, to);
                if (!all) {
                    return std::nullopt;
                }
                at = to;
                given = std::move(*all);
            } else {
                Value one = expression(at, to, 0);
                if (!one) {
                    return std::nullopt;
                }
                given.push_back(std::move(*one));
            }
        } else if (const Value topic = m_language == "perl" ? variable("$_") : std::nullopt) {
            given.push_back(*topic);
        }
        return call(name, std::move(given), false);
    }

    // map {chr} LIST, map chr, LIST, map { chr($_ ^ 1) } LIST
    Value perl_map(std::size_t& at, std::size_t to) {
        std::size_t start = at;
        std::size_t end = to;
        if (token(start).is('(')) {
            end = closing(start, to);
            ++start;
        }
        at = end == to ? to : end + 1;
        CodeValue function;
        std::size_t list = 0;
        if (token(start).is('{')) {
            const std::size_t close = closing(start, end);
            function = block(start + 1, close);
            list = close + 1;
        } else {
            list = argument_end(start, end);
            if (token(start).kind == Kind::name && takes_all(token(start).text)) {
                return std::nullopt;
            }
            function.kind = CodeValue::Kind::function;
            function.parameters = {"$_"};
            function.from = start;
            function.to = list;
            ++list;
        }
        list += token(list).is(',') ? 1 : 0;
        const auto all = values(list, end);
        CodeValue items;
        items.kind = CodeValue::Kind::list;
        if (!all) {
            return std::nullopt;
        }
        items.items = *all;
        return mapped(items, function);
    }

    Value call(const std::string& name, std::vector<CodeValue> given, bool is_method) {
        constexpr std::array<std::string_view, 9> k_maps = {"map", "collect", "array_map", "flat_map", "flatMap", "sapply", "lapply", "vapply", "each_char"};
        constexpr std::array<std::string_view, 5> k_uses = {"then", "yield_self", "let", "tap", "apply"};
        const auto is_function = [](const CodeValue& value) { return value.kind == CodeValue::Kind::function; };
        const auto at = std::find_if(given.begin(), given.end(), is_function);
        const bool maps = std::find(k_maps.begin(), k_maps.end(), name) != k_maps.end();
        if (maps && given.size() == 2) {
            const bool first = at != given.end() ? at == given.begin() : !is_method && given[1].kind == CodeValue::Kind::list;
            return mapped(given[first ? 1 : 0], given[first ? 0 : 1]);
        }
        if (std::find(k_uses.begin(), k_uses.end(), name) != k_uses.end() && given.size() == 2 && at != given.end()) {
            return applied(given[1], given[0]);
        }
        if ((name == "gsub" || name == "replace" || name == "replaceAll" || name == "preg_replace_callback") && given.size() == 3 && is_function(given[2])) {
            Value all = mapped(given[0], given[2]);  // every character
            return all ? called_value("join", {*all, text_value("")}, true, "ruby") : std::nullopt;
        }
        return called_value(name, given, is_method, m_language);
    }

    Value method(const std::string& name, const CodeValue& base, std::size_t& at, std::size_t to) {
        std::vector<CodeValue> given = {base};
        if (token(at).is('(')) {
            const std::size_t end = closing(at, to);
            auto all = values(at + 1, end);
            if (!all) {
                return std::nullopt;
            }
            given.insert(given.end(), all->begin(), all->end());
            at = end + 1;
        }
        const bool blocks = m_language == "ruby" || m_language == "groovy" || m_language == "jvm" || m_language == "swift";
        if (token(at).is('{') && at < to && blocks) {
            const std::size_t end = closing(at, to);
            given.push_back(block(at + 1, end));
            at = end + 1;
        }
        return call(name, std::move(given), true);
    }

    // .name(…), :name(…) of Lua, [index], [from:to:step]
    Value postfix(std::size_t& at, std::size_t to) {
        Value value = primary(at, to);
        while (value && at < to && !spent()) {
            const CodeToken& next = token(at);
            if (next.kind == Kind::name && ((next.text[0] == '.' && !m_dots) || starts_with(next.text, "->") || starts_with(next.text, "::"))) {
                const auto parts = parts_of(next.text);
                ++at;
                for (std::size_t i = 1; value && i < parts.size(); ++i) {
                    value = i + 1 < parts.size() ? call(parts[i], {*value}, true) : method(parts[i], *value, at, to);
                }
            } else if (next.is(':') && token(at + 1).kind == Kind::name && m_language == "lua") {
                at += 2;
                value = method(token(at - 1).text, *value, at, to);
            } else if (next.is('[')) {
                const std::size_t end = closing(at, to);
                value = indexed(*value, at + 1, end);
                at = end + 1;
            } else {
                break;
            }
        }
        return value;
    }

    Value indexed(const CodeValue& value, std::size_t from, std::size_t to) {
        const bool list = value.kind == CodeValue::Kind::list;
        const long size = static_cast<long>(list ? value.items.size() : value.text.size());
        std::vector<std::optional<long>> parts(1);
        for (std::size_t i = from; i < to;) {
            if (token(i).is(':') || (token(i).is('.') && token(i + 1).is('.'))) {
                i += token(i).is('.') ? (token(i + 2).is('.') ? 3 : 2) : 1;
                parts.emplace_back();
                continue;
            }
            std::size_t end = i;
            while (end < to && !token(end).is(':') && !token(end).is('.')) {
                ++end;
            }
            const Value number = whole_of(i, end);
            if (!number || number->kind != CodeValue::Kind::number) {
                return std::nullopt;
            }
            parts.back() = number->number;
            i = end;
        }
        const auto place = [size](long at) { return at < 0 ? at + size : at; };
        const auto item = [&](long at) { return list ? value.items[static_cast<std::size_t>(at)] : text_value(std::string(1, value.text[static_cast<std::size_t>(at)])); };
        if (parts.size() == 1) {
            const long at = parts[0] ? place(*parts[0]) : -1;
            return at >= 0 && at < size ? Value(item(at)) : std::nullopt;
        }
        const long step = parts.size() > 2 && parts[2] ? *parts[2] : 1;
        long first = parts[0] ? place(*parts[0]) : step > 0 ? 0 : size - 1;
        const bool inclusive = m_language == "ruby";
        long last = parts[1] ? place(*parts[1]) + (inclusive ? 1 : 0) : step > 0 ? size : -1;
        first = std::clamp(first, -1L, size);
        last = std::clamp(last, -1L, size);
        CodeValue made;
        made.kind = value.kind;
        for (long i = first; step != 0 && (step > 0 ? i < last : i > last) && i >= 0 && i < size; i += step) {
            if (list) {
                made.items.push_back(item(i));
            } else {
                made.text += value.text[static_cast<std::size_t>(i)];
            }
        }
        return made;
    }

    const Tokens& m_tokens;
    std::string_view m_language;
    const CodeVariable& m_variable;
    bool m_dots;
    int m_steps = 0;
    int m_depth = 0;
    std::map<std::string, CodeValue> m_locals;
};

}  // namespace

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
