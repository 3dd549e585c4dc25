// One expression being evaluated. Internal to safety. inline_eval.cpp: operators, lists, functions that are made; inline_terms.cpp: names,
// calls, what is taken out of a value; inline_functions.cpp: what functions make.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "safety/inline_eval.hpp"

namespace caro::safety {

using Tokens = std::vector<CodeToken>;
using Value = std::optional<CodeValue>;

class Evaluation {
  public:
    Evaluation(const Tokens& tokens, std::string_view language, const CodeVariable& variable)
        : m_tokens(tokens), m_language(language), m_variable(variable), m_dots(language == "perl" || language == "php" || language == "raku") {}

    Value whole(std::size_t from, std::size_t to);

  private:
    const CodeToken& token(std::size_t i) const;
    bool spent();
    std::size_t closing(std::size_t at, std::size_t to) const;
    int operator_at(std::size_t i, std::size_t to, std::string& op, std::size_t& width) const;
    Value expression(std::size_t& at, std::size_t to, int level);
    static Value reckoned(const std::string& op, long a, long b);
    static Value combined(const std::string& op, const CodeValue& left, const CodeValue& right);
    std::optional<std::vector<CodeValue>> values(std::size_t at, std::size_t to);
    std::size_t argument_end(std::size_t at, std::size_t to) const;
    static bool takes_all(std::string_view name);
    Value argument(std::size_t at, std::size_t to);
    Value whole_of(std::size_t at, std::size_t to);
    Value lambda(std::size_t at, std::size_t to);
    CodeValue block(std::size_t at, std::size_t to) const;
    CodeValue body(CodeValue made, std::size_t from, std::size_t to) const;
    Value applied(const CodeValue& function, const CodeValue& argument);
    Value mapped(const CodeValue& list, const CodeValue& function);
    static std::vector<CodeValue> elements(const CodeValue& value);
    Value primary(std::size_t& at, std::size_t to);
    bool has_loop(std::size_t, std::size_t end) const;
    static std::vector<std::string> parts_of(const std::string& name);
    static CodeValue words_of(const std::string& text);
    Value variable(const std::string& name) const;
    Value named(std::size_t& at, std::size_t to);
    Value function(const std::string& whole, const std::string& name, std::size_t& at, std::size_t to);
    Value perl_map(std::size_t& at, std::size_t to);
    Value call(const std::string& name, std::vector<CodeValue> given, bool is_method);
    Value method(const std::string& name, const CodeValue& base, std::size_t& at, std::size_t to);
    Value postfix(std::size_t& at, std::size_t to);
    Value indexed(const CodeValue& value, std::size_t from, std::size_t to);

    const Tokens& m_tokens;
    std::string_view m_language;
    const CodeVariable& m_variable;
    bool m_dots;
    int m_steps = 0;
    int m_depth = 0;
    std::map<std::string, CodeValue> m_locals;
};

}  // namespace caro::safety
