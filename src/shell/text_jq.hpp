// Filters of jq as a tree. Internal to shell.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "shell/json_value.hpp"

namespace caro::shell {

struct JqNode {
    enum class Kind : unsigned char { pipe, comma, binary, literal, self, text, array, object, field, slice, all, variable, condition, bind, reduce, format, call };
    Kind kind = Kind::self;
    std::string text;  // a sign, a name
    Json value;        // of a literal
    std::vector<JqNode> kids;
    bool optional = false;  // …?
    bool each = false;      // foreach, not reduce
};

// Nothing if the filter has something that is not understood.
std::optional<JqNode> read_jq(std::string_view text);

using JqEach = std::function<void(const Json&)>;
using JqVariables = std::map<std::string, Json>;

// A value as JSON; with a text as it is; as a number, 0 if it is none.
std::string jq_text(const Json& value, int indent = -1);
std::string jq_raw(const Json& value);
double jq_number(const Json& value);
Json jq_made(double value);
bool jq_true(const Json& value);
bool jq_before(const Json& a, const Json& b);
std::vector<unsigned long> jq_codes(const std::string& text);

// Runs a filter: text_jq_machine.cpp, its functions in text_jq_functions.cpp.
class Jq {
  public:
    bool failed() const { return m_failed; }

    void run(const JqNode& node, const Json& input, JqVariables& variables, const JqEach& each);
  private:
    Json collected(const JqNode& node, const Json& input, JqVariables& variables);
    Json first(const JqNode& node, const Json& input, JqVariables& variables);
    void text(const JqNode& node, const Json& input, JqVariables& variables, const JqEach& each);
    void object(const JqNode& node, std::size_t index, const Json& made, const Json& input, JqVariables& variables, const JqEach& each);
    void access(const JqNode& node, const Json& input, JqVariables& variables, const JqEach& each);
    void member(const Json& from, const Json& key, bool optional, const JqEach& each);
    void slice(const Json& from, const Json& begin, const Json& end, const JqEach& each);
    void bind(const JqNode& node, const Json& input, JqVariables& variables, const JqEach& each);
    void reduce(const JqNode& node, const Json& input, JqVariables& variables, const JqEach& each);
    void binary(const JqNode& node, const Json& input, JqVariables& variables, const JqEach& each);
    Json combined(const std::string& sign, const Json& a, const Json& b);
    static Json pieces(const std::string& text, const std::string& mark);
    std::string format(const std::string& name, const Json& value);
    void call(const JqNode& node, const Json& input, JqVariables& variables, const JqEach& each);
    void recurse(const Json& value, const JqEach& each);
    void values(const JqNode& node, const Json& input, JqVariables& variables, const std::vector<Json>& arguments, const JqEach& each);
    void patterns(const JqNode& node, const Json& input, const std::vector<Json>& arguments, JqVariables& variables, const JqEach& each);
    static bool of_text(const std::string& name, const std::string& text, const std::vector<Json>& arguments, Json& made);
    static bool of_any(const std::string& name, const Json& value, const std::vector<Json>& arguments, Json& made);
    static bool of_value(const std::string& name, const Json& value, const std::vector<Json>& arguments, Json& made);
    static constexpr int k_most_steps = 20000;
    bool m_failed = false;
    int m_steps = 0;
    int m_depth = 0;
};

}  // namespace caro::shell
