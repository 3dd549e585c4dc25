// From the words of an awk program to steps of the machine in text_awk.cpp: statements in text_awk_statements.cpp,
// expressions in text_awk_expressions.cpp. Internal to shell.
#pragma once

#include <algorithm>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "shell/text_awk.hpp"
#include "shell/text_awk_tokens.hpp"

namespace caro::shell {

// What can be assigned to.
struct AwkPlace {
    enum class Kind : unsigned char { none, variable, element, field } kind = Kind::none;
    std::string name;
    AwkMachine::Expression index;
};

AwkValue awk_calculated(char sign, double a, double b);

class AwkReader {
  public:
    explicit AwkReader(std::vector<AwkToken> tokens) : m_tokens(std::move(tokens)) {}

    std::optional<AwkMachine::Program> program();
  private:
    const AwkToken& now(std::size_t ahead = 0) const { return m_tokens[std::min(m_at + ahead, m_tokens.size() - 1)]; }
    bool is(std::string_view text) const;
    bool accept(std::string_view text);
    void expect(std::string_view text) { m_good = accept(text) && m_good; }
    void skip_lines();
    void skip_ends();
    bool deeper();
    void item(AwkMachine::Program& into);
    AwkMachine::Step block();
    AwkMachine::Step body();
    static AwkMachine::Step flow_step(AwkMachine::Flow flow);
    AwkMachine::Step statement();
    AwkMachine::Step one_statement();
    AwkMachine::Step simple();
    AwkMachine::Step if_statement();
    static AwkMachine::Step loop(AwkMachine::Expression when, AwkMachine::Step act, AwkMachine::Step after, bool first);
    AwkMachine::Step for_statement();
    bool list_in_parentheses() const;
    AwkMachine::Step print();
    AwkMachine::Expression list_index();
    AwkMachine::Expression expression();
    AwkMachine::Expression assignment();
    AwkMachine::Expression either();
    AwkMachine::Expression both();
    AwkMachine::Expression membership();
    AwkMachine::Expression match();
    AwkMachine::Expression regex_text();
    AwkMachine::Expression comparison();
    AwkMachine::Expression piped(const AwkMachine::Expression& first);
    bool begins_value() const;
    AwkMachine::Expression concatenation();
    AwkMachine::Expression arithmetic(std::string_view signs, const std::function<AwkMachine::Expression()>& next);
    AwkMachine::Expression sum();
    AwkMachine::Expression unary();
    AwkMachine::Expression power();
    AwkPlace place();
    AwkMachine::Expression postfix();
    AwkMachine::Expression primary();
    AwkMachine::Expression grouped();
    AwkMachine::Expression called();
    std::vector<AwkToken> m_tokens;
    std::size_t m_at = 0;
    int m_depth = 0;
    bool m_good = true;
    bool m_printing = false;  // > is a redirection
};

}  // namespace caro::shell
