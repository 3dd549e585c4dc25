// From the text of an awk program to steps of the machine in text_awk.cpp.
#include <algorithm>
#include <cctype>
#include <cmath>
#include <cstdlib>
#include <utility>

#include "shell/text_awk.hpp"
#include "util/strings.hpp"

namespace caro::shell {

namespace {

using Expression = AwkMachine::Expression;
using Flow = AwkMachine::Flow;
using Step = AwkMachine::Step;

struct Token {
    enum class Kind : unsigned char { name, call, number, text, regex, sign, line, end };
    Kind kind = Kind::end;
    std::string text;
};

class Tokens {
  public:
    explicit Tokens(std::string_view text) : m_text(text) {}

    bool all(std::vector<Token>& into) {
        while (next(into)) {
            if (into.size() > 4000) {
                return false;
            }
        }
        into.push_back({});
        return m_good && m_at >= m_text.size();
    }

  private:
    char peek(std::size_t ahead = 0) const { return m_at + ahead < m_text.size() ? m_text[m_at + ahead] : '\0'; }

    bool next(std::vector<Token>& into) {
        while (peek() == ' ' || peek() == '\t' || peek() == '\r' || (peek() == '\\' && peek(1) == '\n')) {
            m_at += peek() == '\\' ? 2 : 1;
        }
        if (peek() == '#') {
            m_at = std::min(m_text.find('\n', m_at), m_text.size());
        }
        if (m_at >= m_text.size()) {
            return false;
        }
        const char c = peek();
        const bool value = !into.empty() && (into.back().kind == Token::Kind::name || into.back().kind == Token::Kind::number ||
                                             into.back().kind == Token::Kind::text || any_of(into.back().text, {")", "]", "++", "--"}));
        const bool word = !into.empty() && into.back().kind == Token::Kind::name && any_of(into.back().text, {"print", "printf", "return", "in", "case", "else", "do"});
        if (c == '\n') {
            ++m_at;
            into.push_back({Token::Kind::line, "\n"});
        } else if (std::isalpha(static_cast<unsigned char>(c)) != 0 || c == '_') {
            const std::size_t start = m_at;
            while (std::isalnum(static_cast<unsigned char>(peek())) != 0 || peek() == '_') {
                ++m_at;
            }
            into.push_back({peek() == '(' ? Token::Kind::call : Token::Kind::name, std::string(m_text.substr(start, m_at - start))});
        } else if (std::isdigit(static_cast<unsigned char>(c)) != 0 || (c == '.' && std::isdigit(static_cast<unsigned char>(peek(1))) != 0)) {
            number(into);
        } else if (c == '"') {
            text(into);
        } else if (c == '/' && (!value || word)) {
            regex(into);
        } else {
            sign(into);
        }
        return m_good;
    }

    void number(std::vector<Token>& into) {
        const std::size_t start = m_at;
        const bool hex = peek() == '0' && (peek(1) == 'x' || peek(1) == 'X');
        m_at += hex ? 2 : 0;
        while (hex ? std::isxdigit(static_cast<unsigned char>(peek())) != 0 : std::isdigit(static_cast<unsigned char>(peek())) != 0 || peek() == '.') {
            ++m_at;
        }
        if (!hex && (peek() == 'e' || peek() == 'E') && std::isdigit(static_cast<unsigned char>(peek(1))) != 0) {
            for (++m_at; std::isdigit(static_cast<unsigned char>(peek())) != 0;) {
                ++m_at;
            }
        }
        into.push_back({Token::Kind::number, std::string(m_text.substr(start, m_at - start))});
    }

    // Only the escapes of awk: \", \\, \/, \n, \t, \ooo, \xhh
    void text(std::vector<Token>& into) {
        std::string made;
        for (++m_at; m_at < m_text.size() && peek() != '"'; ++m_at) {
            if (peek() != '\\') {
                made += peek();
                continue;
            }
            const char c = peek(1);
            const bool octal = c >= '0' && c <= '7';
            std::size_t size = 2;
            while (octal && size < 4 && peek(size) >= '0' && peek(size) <= '7') {
                ++size;
            }
            while (c == 'x' && size < 4 && std::isxdigit(static_cast<unsigned char>(peek(size))) != 0) {
                ++size;
            }
            const std::string escape(m_text.substr(m_at, size));
            made += c == '"' || c == '/' ? std::string(1, c) : octal ? std::string(1, static_cast<char>(std::strtol(escape.c_str() + 1, nullptr, 8)))
                    : std::string_view("abfnrtvx\\").find(c) != std::string_view::npos ? unescaped(escape) : escape;
            m_at += size - 1;
        }
        m_good = m_at < m_text.size();
        ++m_at;
        into.push_back({Token::Kind::text, made});
    }

    void regex(std::vector<Token>& into) {
        std::string made;
        bool in_set = false;
        for (++m_at; m_at < m_text.size() && peek() != '\n' && (peek() != '/' || in_set); ++m_at) {
            in_set = peek() == '[' ? true : peek() == ']' && made.size() > 0 && made.back() != '[' ? false : in_set;
            if (peek() == '\\' && peek(1) == '/') {
                ++m_at;
            } else if (peek() == '\\') {
                made += peek();
                ++m_at;
            }
            made += peek();
        }
        m_good = peek() == '/';
        ++m_at;
        into.push_back({Token::Kind::regex, made});
    }

    void sign(std::vector<Token>& into) {
        for (const std::string_view one : {"**=", "&&", "||", "==", "!=", "<=", ">=", ">>", "++", "--", "+=", "-=", "*=", "/=", "%=", "^=", "!~", "**", "|&"}) {
            if (m_text.substr(m_at, one.size()) == one) {
                m_at += one.size();
                into.push_back({Token::Kind::sign, one == "**" ? "^" : one == "**=" ? "^=" : std::string(one)});
                return;
            }
        }
        m_good = std::string_view("{}()[];,+-*/%^!<>|?:~$=").find(peek()) != std::string_view::npos;
        into.push_back({Token::Kind::sign, std::string(1, m_text[m_at++])});
    }

    std::string_view m_text;
    std::size_t m_at = 0;
    bool m_good = true;
};

// What can be assigned to.
struct Place {
    enum class Kind : unsigned char { none, variable, element, field } kind = Kind::none;
    std::string name;
    Expression index;
};

AwkValue read_place(AwkMachine& machine, const Place& place) {
    if (place.kind == Place::Kind::variable) {
        return machine.variable(place.name);
    }
    const AwkValue index = place.index(machine);
    if (place.kind == Place::Kind::field) {
        const double number = index.as_number();
        return machine.field(number >= 0 && number < 100000 ? static_cast<std::size_t>(number) : 100000);
    }
    if (place.name == "ENVIRON") {
        return machine.environment(index.as_text());
    }
    AwkCell& cell = machine.cell(place.name);
    cell.array = true;
    return cell.elements[index.as_text()];
}

void write_place(AwkMachine& machine, const Place& place, const AwkValue& value) {
    if (place.kind == Place::Kind::variable) {
        machine.set(place.name, value);
        return;
    }
    const AwkValue index = place.index(machine);
    if (place.kind == Place::Kind::field) {
        const double number = index.as_number();
        machine.set_field(number >= 0 && number < 100000 ? static_cast<std::size_t>(number) : 100000, value.as_text());
        return;
    }
    AwkCell& cell = machine.cell(place.name);
    cell.array = true;
    cell.elements[index.as_text()] = value;
    if (cell.elements.size() > 5000 || value.text.size() > 65536) {
        machine.fail();
    }
}

AwkValue calculated(char sign, double a, double b) {
    return AwkValue::of(sign == '+' ? a + b : sign == '-' ? a - b : sign == '*' ? a * b : sign == '^' ? std::pow(a, b)
                        : b == 0 ? 0 : sign == '/' ? a / b : std::fmod(a, b));
}

AwkValue truth(bool is) { return AwkValue::of(is ? 1.0 : 0.0); }

bool compares(const std::string& sign, const AwkValue& a, const AwkValue& b) {
    const bool numbers = a.numeric() && b.numeric();
    const double order = numbers ? a.as_number() - b.as_number() : static_cast<double>(a.as_text().compare(b.as_text()));
    return sign == "<" ? order < 0 : sign == "<=" ? order <= 0 : sign == "==" ? order == 0 : sign == "!=" ? order != 0 : sign == ">" ? order > 0 : order >= 0;
}

class AwkReader {
  public:
    explicit AwkReader(std::vector<Token> tokens) : m_tokens(std::move(tokens)) {}

    std::optional<AwkMachine::Program> program() {
        AwkMachine::Program made;
        for (skip_lines(); m_good && now().kind != Token::Kind::end; skip_ends()) {
            item(made);
        }
        return m_good ? std::optional(std::move(made)) : std::nullopt;
    }

  private:
    const Token& now(std::size_t ahead = 0) const { return m_tokens[std::min(m_at + ahead, m_tokens.size() - 1)]; }
    bool is(std::string_view text) const {
        return now().text == text && (now().kind == Token::Kind::sign || now().kind == Token::Kind::name || now().kind == Token::Kind::call || now().kind == Token::Kind::line);
    }
    bool accept(std::string_view text) {
        const bool there = is(text);
        m_at += there ? 1 : 0;
        return there;
    }
    void expect(std::string_view text) { m_good = accept(text) && m_good; }
    void skip_lines() {
        while (now().kind == Token::Kind::line) {
            ++m_at;
        }
    }
    void skip_ends() {
        while (now().kind == Token::Kind::line || is(";")) {
            ++m_at;
        }
    }
    bool deeper() {
        m_good = m_good && ++m_depth < 100;
        return m_good;
    }

    void item(AwkMachine::Program& into) {
        if (accept("function") || accept("func")) {
            const std::string name = now().text;
            ++m_at;
            expect("(");
            AwkMachine::Function function;
            while (m_good && now().kind == Token::Kind::name) {
                function.names.push_back(now().text);
                ++m_at;
                accept(",");
                skip_lines();
            }
            expect(")");
            skip_lines();
            function.body = block();
            into.functions[name] = std::move(function);
        } else if (accept("BEGIN")) {
            into.begin.push_back(block());
        } else if (accept("END")) {
            into.end.push_back(block());
        } else {
            AwkMachine::Rule rule;
            if (!is("{")) {
                rule.when = expression();
                if (accept(",")) {
                    skip_lines();
                    rule.until = expression();
                }
            }
            rule.act = is("{") ? block() : Step([](AwkMachine& machine) {
                machine.print(machine.field(0).text + machine.variable("ORS").as_text(), '\0', "");
                return Flow::on;
            });
            into.rules.push_back(std::move(rule));
        }
    }

    Step block() {
        std::vector<Step> steps;
        expect("{");
        for (skip_ends(); m_good && !is("}"); skip_ends()) {
            m_good = m_good && now().kind != Token::Kind::end;
            steps.push_back(statement());
        }
        expect("}");
        return [steps](AwkMachine& machine) {
            for (const auto& step : steps) {
                if (!machine.spend()) {
                    return Flow::leave;
                }
                if (const Flow flow = step(machine); flow != Flow::on) {
                    return flow;
                }
            }
            return Flow::on;
        };
    }

    Step body() {
        skip_lines();
        if (accept(";")) {
            return [](AwkMachine&) { return Flow::on; };
        }
        Step made = statement();
        return made;
    }

    static Step flow_step(Flow flow) {
        return [flow](AwkMachine&) { return flow; };
    }

    Step statement() {
        if (!deeper()) {
            return flow_step(Flow::on);
        }
        Step made = one_statement();
        --m_depth;
        return made;
    }

    Step one_statement() {
        if (is("{")) {
            return block();
        }
        if (accept("if")) {
            return if_statement();
        }
        if (accept("while")) {
            expect("(");
            const Expression when = expression();
            expect(")");
            return loop(when, body(), nullptr, false);
        }
        if (accept("do")) {
            Step act = body();
            skip_ends();
            expect("while");
            expect("(");
            const Expression when = expression();
            expect(")");
            return loop(when, act, nullptr, true);
        }
        if (accept("for")) {
            return for_statement();
        }
        for (const auto& [word, flow] : {std::pair("break", Flow::stop), std::pair("continue", Flow::skip), std::pair("next", Flow::next)}) {
            if (accept(word)) {
                return flow_step(flow);
            }
        }
        if (accept("exit") || is("return")) {
            const bool gives = accept("return");
            const bool bare = is(";") || is("}") || now().kind == Token::Kind::line || now().kind == Token::Kind::end;
            const Expression value = bare ? Expression() : expression();
            return [value, gives](AwkMachine& machine) {
                const AwkValue made = value ? value(machine) : AwkValue();
                machine.given = gives ? made : machine.given;
                return gives ? Flow::give : Flow::leave;
            };
        }
        return simple();
    }

    Step simple() {
        if (accept("delete")) {
            const std::string name = now().text;
            ++m_at;
            Expression index;
            if (accept("[")) {
                index = list_index();
            }
            return [name, index](AwkMachine& machine) {
                index ? static_cast<void>(machine.cell(name).elements.erase(index(machine).as_text())) : machine.cell(name).elements.clear();
                return Flow::on;
            };
        }
        if (is("print") || is("printf")) {
            return print();
        }
        const Expression value = expression();
        return [value](AwkMachine& machine) {
            value(machine);
            return Flow::on;
        };
    }

    Step if_statement() {
        expect("(");
        const Expression when = expression();
        expect(")");
        const Step yes = body();
        const std::size_t back = m_at;
        skip_ends();
        if (!accept("else")) {
            m_at = back;
            return [when, yes](AwkMachine& machine) { return when(machine).is_true() ? yes(machine) : Flow::on; };
        }
        const Step no = body();
        return [when, yes, no](AwkMachine& machine) { return when(machine).is_true() ? yes(machine) : no(machine); };
    }

    static Step loop(Expression when, Step act, Step after, bool first) {
        return [when = std::move(when), act = std::move(act), after = std::move(after), first](AwkMachine& machine) {
            for (bool begun = first; begun || !when || when(machine).is_true(); begun = false) {
                if (!machine.spend()) {
                    return Flow::leave;
                }
                const Flow flow = act(machine);
                if (flow == Flow::stop) {
                    break;
                }
                if (flow != Flow::on && flow != Flow::skip) {
                    return flow;
                }
                if (after) {
                    after(machine);
                }
            }
            return Flow::on;
        };
    }

    Step for_statement() {
        const bool each = now(1).kind == Token::Kind::name && now(2).text == "in" && now(4).text == ")";
        expect("(");
        if (each) {
            const std::string name = now().text;
            const std::string array = now(2).text;
            m_at += 4;
            const Step act = body();
            return [name, array, act](AwkMachine& machine) {
                const auto elements = machine.cell(array).elements;
                std::vector<std::string> keys;
                for (const auto& [key, value] : elements) {
                    keys.push_back(key);
                }
                std::stable_sort(keys.begin(), keys.end(), [](const std::string& a, const std::string& b) {
                    return a.size() < 8 && b.size() < 8 && std::atoi(a.c_str()) < std::atoi(b.c_str());
                });
                for (const auto& key : keys) {
                    machine.set(name, AwkValue::from_input(key));
                    const Flow flow = machine.spend() ? act(machine) : Flow::leave;
                    if (flow == Flow::stop) {
                        break;
                    }
                    if (flow != Flow::on && flow != Flow::skip) {
                        return flow;
                    }
                }
                return Flow::on;
            };
        }
        const Step begin = is(";") ? Step() : simple();
        expect(";");
        skip_lines();
        const Expression when = is(";") ? Expression() : expression();
        expect(";");
        skip_lines();
        const Step after = is(")") ? Step() : simple();
        expect(")");
        const Step all = loop(when, body(), after, false);
        return [begin, all](AwkMachine& machine) {
            if (begin) {
                begin(machine);
            }
            return all(machine);
        };
    }

    // print (a, b) > "file": the parentheses are around all of it.
    bool list_in_parentheses() const {
        if (!is("(")) {
            return false;
        }
        int depth = 0;
        for (std::size_t i = m_at; i < m_tokens.size(); ++i) {
            const bool sign = m_tokens[i].kind == Token::Kind::sign;
            depth += sign && m_tokens[i].text == "(" ? 1 : sign && m_tokens[i].text == ")" ? -1 : 0;
            if (depth == 0) {
                const Token& next = m_tokens[std::min(i + 1, m_tokens.size() - 1)];
                return next.kind == Token::Kind::line || next.kind == Token::Kind::end || any_of(next.text, {";", "}", ">", ">>", "|"});
            }
        }
        return false;
    }

    Step print() {
        const bool formats = accept("printf") || !accept("print");
        std::vector<Expression> values;
        const bool around = list_in_parentheses();
        if (around) {
            ++m_at;
        }
        m_printing = !around;
        while (m_good && !any_of(now().text, {";", "}", ">", ">>", "|", "\n"}) && now().kind != Token::Kind::end && !(around && is(")"))) {
            values.push_back(expression());
            if (!accept(",")) {
                break;
            }
            skip_lines();
        }
        m_printing = false;
        if (around) {
            expect(")");
        }
        const char how = is("|") || is("|&") ? '|' : is(">") || is(">>") ? '>' : '\0';
        Expression target;
        if (how != '\0') {
            ++m_at;
            target = concatenation();
        }
        return [=](AwkMachine& machine) {
            std::vector<AwkValue> made;
            for (const auto& value : values) {
                made.push_back(value(machine));
            }
            std::string text = formats ? machine.format(made) : made.empty() ? machine.field(0).text : "";
            for (std::size_t i = 0; !formats && i < made.size(); ++i) {
                text += (i > 0 ? machine.variable("OFS").as_text() : "") + made[i].as_text();
            }
            text += formats ? "" : machine.variable("ORS").as_text();
            machine.print(text, how, target ? target(machine).as_text() : "");
            return Flow::on;
        };
    }

    Expression list_index() {
        Expression made = expression();
        while (m_good && accept(",")) {
            const Expression more = expression();
            made = [made, more](AwkMachine& machine) {
                const std::string first = made(machine).as_text();
                return AwkValue::of(first + machine.variable("SUBSEP").as_text() + more(machine).as_text());
            };
        }
        expect("]");
        return made;
    }

    Expression expression() {
        if (!deeper()) {
            return {};
        }
        Expression made = assignment();
        --m_depth;
        return made;
    }

    Expression assignment() {
        const std::size_t start = m_at;
        if (Place place = this->place(); place.kind != Place::Kind::none && now().kind == Token::Kind::sign && now().text.size() <= 2 &&
                                         now().text.back() == '=' && !any_of(now().text, {"==", "!=", "<=", ">="})) {
            const char sign = now().text.size() == 2 ? now().text[0] : '\0';
            ++m_at;
            skip_lines();
            const Expression value = expression();
            return [place, value, sign](AwkMachine& machine) {
                AwkValue made = value(machine);
                made = sign == '\0' ? made : calculated(sign, read_place(machine, place).as_number(), made.as_number());
                write_place(machine, place, made);
                return made;
            };
        }
        m_at = start;
        const Expression when = either();
        if (!accept("?")) {
            return when;
        }
        skip_lines();
        const Expression yes = expression();
        skip_lines();
        expect(":");
        skip_lines();
        const Expression no = expression();
        return [when, yes, no](AwkMachine& machine) { return when(machine).is_true() ? yes(machine) : no(machine); };
    }

    Expression either() {
        Expression made = both();
        while (m_good && accept("||")) {
            skip_lines();
            const Expression more = both();
            made = [made, more](AwkMachine& machine) { return truth(made(machine).is_true() || more(machine).is_true()); };
        }
        return made;
    }

    Expression both() {
        Expression made = membership();
        while (m_good && accept("&&")) {
            skip_lines();
            const Expression more = membership();
            made = [made, more](AwkMachine& machine) { return truth(made(machine).is_true() && more(machine).is_true()); };
        }
        return made;
    }

    Expression membership() {
        Expression made = match();
        while (m_good && accept("in")) {
            const std::string array = now().text;
            ++m_at;
            made = [made, array](AwkMachine& machine) {
                const std::string key = made(machine).as_text();
                return truth(machine.cell(array).elements.count(key) != 0);
            };
        }
        return made;
    }

    Expression match() {
        Expression made = comparison();
        while (m_good && (is("~") || is("!~"))) {
            const bool wanted = now().text == "~";
            ++m_at;
            const Expression pattern = now().kind == Token::Kind::regex ? regex_text() : comparison();
            made = [made, pattern, wanted](AwkMachine& machine) {
                const std::string text = made(machine).as_text();
                const Regex* regex = machine.regex(pattern(machine).as_text());
                return truth(regex != nullptr && regex->search(text).has_value() == wanted);
            };
        }
        return made;
    }

    Expression regex_text() {
        const std::string text = now().text;
        ++m_at;
        return [text](AwkMachine&) { return AwkValue::of(text); };
    }

    Expression comparison() {
        const Expression first = concatenation();
        const bool signs = now().kind == Token::Kind::sign && any_of(now().text, {"<", "<=", "==", "!=", ">", ">="});
        if (!signs || (m_printing && is(">"))) {
            return piped(first);
        }
        const std::string sign = now().text;
        ++m_at;
        const Expression second = concatenation();
        return [first, second, sign](AwkMachine& machine) {
            const AwkValue a = first(machine);
            return truth(compares(sign, a, second(machine)));
        };
    }

    // "command" | getline: what other commands print is not known here.
    Expression piped(const Expression& first) {
        if (is("|") && now(1).text == "getline") {
            m_good = false;
        }
        return first;
    }

    bool begins_value() const {
        const Token& token = now();
        return token.kind == Token::Kind::number || token.kind == Token::Kind::text || token.kind == Token::Kind::regex || token.kind == Token::Kind::call ||
               (token.kind == Token::Kind::name && token.text != "in") ||
               (token.kind == Token::Kind::sign && any_of(token.text, {"$", "!", "(", "-", "+", "++", "--"}));
    }

    Expression concatenation() {
        Expression made = sum();
        while (m_good && begins_value() && !is("-") && !is("+") && !is("!") && now().kind != Token::Kind::regex) {
            const Expression more = sum();
            made = [made, more](AwkMachine& machine) {
                const std::string first = made(machine).as_text();
                return AwkValue::of(first + more(machine).as_text());
            };
        }
        return made;
    }

    template <class Next>
    Expression arithmetic(std::string_view signs, Next next) {
        Expression made = next();
        while (m_good && now().kind == Token::Kind::sign && now().text.size() == 1 && signs.find(now().text[0]) != std::string_view::npos) {
            const char sign = now().text[0];
            ++m_at;
            const Expression more = next();
            made = [made, more, sign](AwkMachine& machine) {
                const double first = made(machine).as_number();
                return calculated(sign, first, more(machine).as_number());
            };
        }
        return made;
    }

    Expression sum() {
        return arithmetic("+-", [this] { return arithmetic("*/%", [this] { return unary(); }); });
    }

    Expression unary() {
        if (!deeper()) {
            return {};
        }
        Expression made;
        if (accept("!")) {
            const Expression value = unary();
            made = [value](AwkMachine& machine) { return truth(!value(machine).is_true()); };
        } else if (is("-") || is("+")) {
            const double sign = is("-") ? -1 : 1;
            ++m_at;
            const Expression value = unary();
            made = [value, sign](AwkMachine& machine) { return AwkValue::of(sign * value(machine).as_number()); };
        } else {
            made = power();
        }
        --m_depth;
        return made;
    }

    Expression power() {
        const Expression base = postfix();
        if (!accept("^")) {
            return base;
        }
        const Expression exponent = unary();
        return [base, exponent](AwkMachine& machine) {
            const double first = base(machine).as_number();
            return calculated('^', first, exponent(machine).as_number());
        };
    }

    Place place() {
        Place made;
        if (accept("$")) {
            made.kind = Place::Kind::field;
            if (is("++") || is("--")) {
                made.index = postfix();
            } else {
                made.index = primary();
            }
            return made;
        }
        if (now().kind != Token::Kind::name || is("getline")) {
            return made;
        }
        made.name = now().text;
        ++m_at;
        made.kind = Place::Kind::variable;
        if (accept("[")) {
            made.kind = Place::Kind::element;
            made.index = list_index();
        }
        return made;
    }

    Expression postfix() {
        const bool before = is("++") || is("--");
        const double step = is("--") ? -1 : 1;
        m_at += before ? 1 : 0;
        const Place place = this->place();
        if (place.kind == Place::Kind::none) {
            m_good = m_good && !before;
            return primary();
        }
        const bool after = !before && (is("++") || is("--"));
        const double by = before ? step : is("--") ? -1 : 1;
        m_at += after ? 1 : 0;
        if (!before && !after) {
            return [place](AwkMachine& machine) { return read_place(machine, place); };
        }
        return [place, by, before](AwkMachine& machine) {
            const double old = read_place(machine, place).as_number();
            write_place(machine, place, AwkValue::of(old + by));
            return AwkValue::of(before ? old + by : old);
        };
    }

    Expression primary() {
        if (!m_good) {
            return {};
        }
        const Token token = now();
        if (token.kind == Token::Kind::number || token.kind == Token::Kind::text) {
            ++m_at;
            const bool hex = starts_with(token.text, "0x");
            const AwkValue value = token.kind == Token::Kind::text ? AwkValue::of(token.text)
                                   : AwkValue::of(hex ? static_cast<double>(std::strtoull(token.text.c_str(), nullptr, 16)) : std::strtod(token.text.c_str(), nullptr));
            return [value](AwkMachine&) { return value; };
        }
        if (token.kind == Token::Kind::regex) {
            const Expression text = regex_text();
            return [text](AwkMachine& machine) {
                const Regex* regex = machine.regex(text(machine).text);
                return truth(regex != nullptr && regex->search(machine.field(0).text).has_value());
            };
        }
        if (accept("(")) {
            return grouped();
        }
        if (token.kind == Token::Kind::call) {
            return called();
        }
        if (accept("getline")) {
            m_good = m_good && now().kind != Token::Kind::name && !is("<") && !is("$");
            return [](AwkMachine& machine) { return machine.next_record(); };
        }
        const Place place = this->place();
        m_good = m_good && place.kind != Place::Kind::none;
        return [place](AwkMachine& machine) { return read_place(machine, place); };
    }

    Expression grouped() {
        const bool printing = std::exchange(m_printing, false);
        Expression made = expression();
        while (m_good && accept(",")) {  // (i, j) in array
            const Expression more = expression();
            made = [made, more](AwkMachine& machine) {
                const std::string first = made(machine).as_text();
                return AwkValue::of(first + machine.variable("SUBSEP").as_text() + more(machine).as_text());
            };
        }
        expect(")");
        m_printing = printing;
        return made;
    }

    Expression called() {
        const std::string name = now().text;
        const bool printing = std::exchange(m_printing, false);
        m_at += 2;
        std::vector<Expression> arguments;
        std::vector<std::string> names;  // of arguments that are only that
        skip_lines();
        while (m_good && !is(")")) {
            const bool ends = any_of(now(1).text, {",", ")"}) && now(1).kind == Token::Kind::sign;
            const bool field = is("$") && now(1).kind == Token::Kind::number && any_of(now(2).text, {",", ")"});
            names.push_back(now().kind == Token::Kind::name && ends ? now().text : field && now(1).text.size() < 4 ? "$" + now(1).text : "");
            arguments.push_back(now().kind == Token::Kind::regex && ends ? regex_text() : expression());
            if (!accept(",")) {
                break;
            }
            skip_lines();
        }
        expect(")");
        m_printing = printing;
        return [name, arguments, names](AwkMachine& machine) { return machine.call(name, arguments, names); };
    }

    std::vector<Token> m_tokens;
    std::size_t m_at = 0;
    int m_depth = 0;
    bool m_good = true;
    bool m_printing = false;  // > is a redirection
};

}  // namespace

std::optional<AwkMachine::Program> read_awk(std::string_view text) {
    constexpr std::size_t k_longest_program = 20000;
    std::vector<Token> tokens;
    if (text.size() > k_longest_program || !Tokens(text).all(tokens)) {
        return std::nullopt;
    }
    return AwkReader(std::move(tokens)).program();
}

}  // namespace caro::shell
