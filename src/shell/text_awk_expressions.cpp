#include "shell/text_awk_reader.hpp"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <cstdlib>
#include <utility>

#include "util/strings.hpp"

namespace caro::shell {

namespace {

using Expression = AwkMachine::Expression;

AwkValue read_place(AwkMachine& machine, const AwkPlace& place) {
    if (place.kind == AwkPlace::Kind::variable) {
        return machine.variable(place.name);
    }
    const AwkValue index = place.index(machine);
    if (place.kind == AwkPlace::Kind::field) {
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

void write_place(AwkMachine& machine, const AwkPlace& place, const AwkValue& value) {
    if (place.kind == AwkPlace::Kind::variable) {
        machine.set(place.name, value);
        return;
    }
    const AwkValue index = place.index(machine);
    if (place.kind == AwkPlace::Kind::field) {
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

AwkValue truth(bool is) { return AwkValue::of(is ? 1.0 : 0.0); }

bool compares(const std::string& sign, const AwkValue& a, const AwkValue& b) {
    const bool numbers = a.numeric() && b.numeric();
    const double order = numbers ? a.as_number() - b.as_number() : static_cast<double>(a.as_text().compare(b.as_text()));
    return sign == "<" ? order < 0 : sign == "<=" ? order <= 0 : sign == "==" ? order == 0 : sign == "!=" ? order != 0 : sign == ">" ? order > 0 : order >= 0;
}

}  // namespace

AwkValue awk_calculated(char sign, double a, double b) {
    return AwkValue::of(sign == '+' ? a + b : sign == '-' ? a - b : sign == '*' ? a * b : sign == '^' ? std::pow(a, b)
                        : b == 0 ? 0 : sign == '/' ? a / b : std::fmod(a, b));
}

Expression AwkReader::list_index() {
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

Expression AwkReader::expression() {
    if (!deeper()) {
        return {};
    }
    Expression made = assignment();
    --m_depth;
    return made;
}

Expression AwkReader::assignment() {
    const std::size_t start = m_at;
    if (AwkPlace place = this->place(); place.kind != AwkPlace::Kind::none && now().kind == AwkToken::Kind::sign && now().text.size() <= 2 &&
                                     now().text.back() == '=' && !any_of(now().text, {"==", "!=", "<=", ">="})) {
        const char sign = now().text.size() == 2 ? now().text[0] : '\0';
        ++m_at;
        skip_lines();
        const Expression value = expression();
        return [place, value, sign](AwkMachine& machine) {
            AwkValue made = value(machine);
            made = sign == '\0' ? made : awk_calculated(sign, read_place(machine, place).as_number(), made.as_number());
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

Expression AwkReader::either() {
    Expression made = both();
    while (m_good && accept("||")) {
        skip_lines();
        const Expression more = both();
        made = [made, more](AwkMachine& machine) { return truth(made(machine).is_true() || more(machine).is_true()); };
    }
    return made;
}

Expression AwkReader::both() {
    Expression made = membership();
    while (m_good && accept("&&")) {
        skip_lines();
        const Expression more = membership();
        made = [made, more](AwkMachine& machine) { return truth(made(machine).is_true() && more(machine).is_true()); };
    }
    return made;
}

Expression AwkReader::membership() {
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

Expression AwkReader::match() {
    Expression made = comparison();
    while (m_good && (is("~") || is("!~"))) {
        const bool wanted = now().text == "~";
        ++m_at;
        const Expression pattern = now().kind == AwkToken::Kind::regex ? regex_text() : comparison();
        made = [made, pattern, wanted](AwkMachine& machine) {
            const std::string text = made(machine).as_text();
            const Regex* regex = machine.regex(pattern(machine).as_text());
            return truth(regex != nullptr && regex->search(text).has_value() == wanted);
        };
    }
    return made;
}

Expression AwkReader::regex_text() {
    const std::string text = now().text;
    ++m_at;
    return [text](AwkMachine&) { return AwkValue::of(text); };
}

Expression AwkReader::comparison() {
    const Expression first = concatenation();
    const bool signs = now().kind == AwkToken::Kind::sign && any_of(now().text, {"<", "<=", "==", "!=", ">", ">="});
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
Expression AwkReader::piped(const Expression& first) {
    if (is("|") && now(1).text == "getline") {
        m_good = false;
    }
    return first;
}

bool AwkReader::begins_value() const {
    const AwkToken& token = now();
    return token.kind == AwkToken::Kind::number || token.kind == AwkToken::Kind::text || token.kind == AwkToken::Kind::regex || token.kind == AwkToken::Kind::call ||
           (token.kind == AwkToken::Kind::name && token.text != "in") ||
           (token.kind == AwkToken::Kind::sign && any_of(token.text, {"$", "!", "(", "-", "+", "++", "--"}));
}

Expression AwkReader::concatenation() {
    Expression made = sum();
    while (m_good && begins_value() && !is("-") && !is("+") && !is("!") && now().kind != AwkToken::Kind::regex) {
        const Expression more = sum();
        made = [made, more](AwkMachine& machine) {
            const std::string first = made(machine).as_text();
            return AwkValue::of(first + more(machine).as_text());
        };
    }
    return made;
}

Expression AwkReader::arithmetic(std::string_view signs, const std::function<Expression()>& next) {
    Expression made = next();
    while (m_good && now().kind == AwkToken::Kind::sign && now().text.size() == 1 && signs.find(now().text[0]) != std::string_view::npos) {
        const char sign = now().text[0];
        ++m_at;
        const Expression more = next();
        made = [made, more, sign](AwkMachine& machine) {
            const double first = made(machine).as_number();
            return awk_calculated(sign, first, more(machine).as_number());
        };
    }
    return made;
}

Expression AwkReader::sum() {
    return arithmetic("+-", [this] { return arithmetic("*/%", [this] { return unary(); }); });
}

Expression AwkReader::unary() {
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

Expression AwkReader::power() {
    const Expression base = postfix();
    if (!accept("^")) {
        return base;
    }
    const Expression exponent = unary();
    return [base, exponent](AwkMachine& machine) {
        const double first = base(machine).as_number();
        return awk_calculated('^', first, exponent(machine).as_number());
    };
}

AwkPlace AwkReader::place() {
    AwkPlace made;
    if (accept("$")) {
        made.kind = AwkPlace::Kind::field;
        if (is("++") || is("--")) {
            made.index = postfix();
        } else {
            made.index = primary();
        }
        return made;
    }
    if (now().kind != AwkToken::Kind::name || is("getline")) {
        return made;
    }
    made.name = now().text;
    ++m_at;
    made.kind = AwkPlace::Kind::variable;
    if (accept("[")) {
        made.kind = AwkPlace::Kind::element;
        made.index = list_index();
    }
    return made;
}

Expression AwkReader::postfix() {
    const bool before = is("++") || is("--");
    const double step = is("--") ? -1 : 1;
    m_at += before ? 1 : 0;
    const AwkPlace place = this->place();
    if (place.kind == AwkPlace::Kind::none) {
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

Expression AwkReader::primary() {
    if (!m_good) {
        return {};
    }
    const AwkToken token = now();
    if (token.kind == AwkToken::Kind::number || token.kind == AwkToken::Kind::text) {
        ++m_at;
        const bool hex = starts_with(token.text, "0x");
        const AwkValue value = token.kind == AwkToken::Kind::text ? AwkValue::of(token.text)
                               : AwkValue::of(hex ? static_cast<double>(std::strtoull(token.text.c_str(), nullptr, 16)) : std::strtod(token.text.c_str(), nullptr));
        return [value](AwkMachine&) { return value; };
    }
    if (token.kind == AwkToken::Kind::regex) {
        const Expression text = regex_text();
        return [text](AwkMachine& machine) {
            const Regex* regex = machine.regex(text(machine).text);
            return truth(regex != nullptr && regex->search(machine.field(0).text).has_value());
        };
    }
    if (accept("(")) {
        return grouped();
    }
    if (token.kind == AwkToken::Kind::call) {
        return called();
    }
    if (accept("getline")) {
        m_good = m_good && now().kind != AwkToken::Kind::name && !is("<") && !is("$");
        return [](AwkMachine& machine) { return machine.next_record(); };
    }
    const AwkPlace place = this->place();
    m_good = m_good && place.kind != AwkPlace::Kind::none;
    return [place](AwkMachine& machine) { return read_place(machine, place); };
}

Expression AwkReader::grouped() {
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

Expression AwkReader::called() {
    const std::string name = now().text;
    const bool printing = std::exchange(m_printing, false);
    m_at += 2;
    std::vector<Expression> arguments;
    std::vector<std::string> names;  // of arguments that are only that
    skip_lines();
    while (m_good && !is(")")) {
        const bool ends = any_of(now(1).text, {",", ")"}) && now(1).kind == AwkToken::Kind::sign;
        const bool field = is("$") && now(1).kind == AwkToken::Kind::number && any_of(now(2).text, {",", ")"});
        names.push_back(now().kind == AwkToken::Kind::name && ends ? now().text : field && now(1).text.size() < 4 && now(1).text.find_first_not_of("0123456789") == std::string::npos ? "$" + now(1).text : "");
        arguments.push_back(now().kind == AwkToken::Kind::regex && ends ? regex_text() : expression());
        if (!accept(",")) {
            break;
        }
        skip_lines();
    }
    expect(")");
    m_printing = printing;
    return [name, arguments, names](AwkMachine& machine) { return machine.call(name, arguments, names); };
}

}  // namespace caro::shell
