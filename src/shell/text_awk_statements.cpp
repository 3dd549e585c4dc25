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
using Flow = AwkMachine::Flow;
using Step = AwkMachine::Step;

}  // namespace

std::optional<AwkMachine::Program> AwkReader::program() {
    AwkMachine::Program made;
    for (skip_lines(); m_good && now().kind != AwkToken::Kind::end; skip_ends()) {
        item(made);
    }
    return m_good ? std::optional(std::move(made)) : std::nullopt;
}

bool AwkReader::is(std::string_view text) const {
    return now().text == text && (now().kind == AwkToken::Kind::sign || now().kind == AwkToken::Kind::name || now().kind == AwkToken::Kind::call || now().kind == AwkToken::Kind::line);
}

bool AwkReader::accept(std::string_view text) {
    const bool there = is(text);
    m_at += there ? 1 : 0;
    return there;
}

void AwkReader::skip_lines() {
    while (now().kind == AwkToken::Kind::line) {
        ++m_at;
    }
}

void AwkReader::skip_ends() {
    while (now().kind == AwkToken::Kind::line || is(";")) {
        ++m_at;
    }
}

bool AwkReader::deeper() {
    m_good = m_good && ++m_depth < 100;
    return m_good;
}

void AwkReader::item(AwkMachine::Program& into) {
    if (accept("function") || accept("func")) {
        const std::string name = now().text;
        ++m_at;
        expect("(");
        AwkMachine::Function function;
        while (m_good && now().kind == AwkToken::Kind::name) {
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

Step AwkReader::block() {
    std::vector<Step> steps;
    expect("{");
    for (skip_ends(); m_good && !is("}"); skip_ends()) {
        m_good = m_good && now().kind != AwkToken::Kind::end;
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

Step AwkReader::body() {
    skip_lines();
    if (accept(";")) {
        return [](AwkMachine&) { return Flow::on; };
    }
    Step made = statement();
    return made;
}

Step AwkReader::flow_step(Flow flow) {
    return [flow](AwkMachine&) { return flow; };
}

Step AwkReader::statement() {
    if (!deeper()) {
        return flow_step(Flow::on);
    }
    Step made = one_statement();
    --m_depth;
    return made;
}

Step AwkReader::one_statement() {
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
        const bool bare = is(";") || is("}") || now().kind == AwkToken::Kind::line || now().kind == AwkToken::Kind::end;
        const Expression value = bare ? Expression() : expression();
        return [value, gives](AwkMachine& machine) {
            const AwkValue made = value ? value(machine) : AwkValue();
            machine.given = gives ? made : machine.given;
            return gives ? Flow::give : Flow::leave;
        };
    }
    return simple();
}

Step AwkReader::simple() {
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

Step AwkReader::if_statement() {
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

Step AwkReader::loop(Expression when, Step act, Step after, bool first) {
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

Step AwkReader::for_statement() {
    const bool each = now(1).kind == AwkToken::Kind::name && now(2).text == "in" && now(4).text == ")";
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
bool AwkReader::list_in_parentheses() const {
    if (!is("(")) {
        return false;
    }
    int depth = 0;
    for (std::size_t i = m_at; i < m_tokens.size(); ++i) {
        const bool sign = m_tokens[i].kind == AwkToken::Kind::sign;
        depth += sign && m_tokens[i].text == "(" ? 1 : sign && m_tokens[i].text == ")" ? -1 : 0;
        if (depth == 0) {
            const AwkToken& next = m_tokens[std::min(i + 1, m_tokens.size() - 1)];
            return next.kind == AwkToken::Kind::line || next.kind == AwkToken::Kind::end || any_of(next.text, {";", "}", ">", ">>", "|"});
        }
    }
    return false;
}

Step AwkReader::print() {
    const bool formats = accept("printf") || !accept("print");
    std::vector<Expression> values;
    const bool around = list_in_parentheses();
    if (around) {
        ++m_at;
    }
    m_printing = !around;
    const auto ends = [this] { return now().kind != AwkToken::Kind::text && any_of(now().text, {";", "}", ">", ">>", "|", "\n"}); };
    while (m_good && !ends() && now().kind != AwkToken::Kind::end && !(around && is(")"))) {
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

std::optional<AwkMachine::Program> read_awk(std::string_view text) {
    auto tokens = awk_tokens(text);
    return tokens ? AwkReader(std::move(*tokens)).program() : std::nullopt;
}

}  // namespace caro::shell
