// awk programs, run in bounded time when everything they see is known. text_awk.cpp: values, fields, functions of the
// language; text_awk_reader.cpp: from the program's text to steps. Internal to shell, but for awk_result.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "shell/filters.hpp"
#include "shell/text_regex.hpp"

namespace caro::shell {

struct AwkValue {
    enum class Kind : unsigned char { unset, text, number, input };  // input: from outside, a number if it looks like one
    std::string text;
    double number = 0;
    Kind kind = Kind::unset;

    static AwkValue of(std::string text) { return {std::move(text), 0, Kind::text}; }
    static AwkValue of(double number);
    static AwkValue from_input(std::string text) { return {std::move(text), 0, Kind::input}; }
    bool numeric() const;
    double as_number() const;
    std::string as_text() const;
    bool is_true() const;
};

struct AwkCell {
    AwkValue value;
    std::map<std::string, AwkValue, std::less<>> elements;
    bool array = false;
};

class AwkMachine {
  public:
    enum class Flow : unsigned char { on, stop, skip, next, leave, give };
    using Expression = std::function<AwkValue(AwkMachine&)>;
    using Step = std::function<Flow(AwkMachine&)>;
    struct Rule {
        Expression when;  // none: always
        Expression until;  // of a range
        Step act;
        bool open = false;
    };
    struct Function {
        std::vector<std::string> names;
        Step body;
    };
    struct Program {
        std::vector<Step> begin, end;
        std::vector<Rule> rules;
        std::map<std::string, Function, std::less<>> functions;
    };

    // False if something came up that is not known; what was done until then is kept.
    bool run(Program& program, const std::optional<std::string>& input, const Surroundings& around);

    AwkCell& cell(const std::string& name);
    AwkValue variable(const std::string& name);
    void set(const std::string& name, const AwkValue& value);
    AwkValue field(std::size_t index);
    void set_field(std::size_t index, const std::string& text);
    AwkValue call(const std::string& name, const std::vector<Expression>& arguments, const std::vector<std::string>& names);
    AwkValue environment(const std::string& name);
    AwkValue next_record();
    const Regex* regex(const std::string& pattern);
    std::string format(const std::vector<AwkValue>& values);
    void print(const std::string& text, char how, const std::string& target);  // how: > | or nothing
    bool spend();
    void fail() { m_failed = true; }
    bool failed() const { return m_failed; }

    AwkResult result;
    AwkValue given;  // what return gives
    std::size_t matched_at = 0;

  private:
    AwkValue call_own(const Function& function, const std::vector<Expression>& arguments, const std::vector<std::string>& names);
    AwkValue substitute(const std::string& name, const std::vector<AwkValue>& values, std::string& target, bool& changed);
    AwkValue of_text(const std::string& name, const std::vector<AwkValue>& values);
    AwkValue of_number(const std::string& name, const std::vector<AwkValue>& values);
    AwkValue split_into(const std::vector<AwkValue>& values, AwkCell& into);
    std::vector<std::string> pieces(const std::string& text, const std::string& mark);
    void set_record(const std::string& record);
    bool take_record(std::string& record);
    void rebuild();
    Flow run_rules(Program& program);

    std::vector<std::map<std::string, std::shared_ptr<AwkCell>, std::less<>>> m_frames{1};
    std::map<std::string, std::optional<Regex>, std::less<>> m_patterns;
    std::vector<std::string> m_fields{""};
    const std::optional<std::string>* m_input = nullptr;
    const Surroundings* m_around = nullptr;
    const std::map<std::string, Function, std::less<>>* m_functions = nullptr;
    std::map<std::string, std::string> m_pipes;
    std::size_t m_at = 0;
    std::size_t m_steps = 20000;
    bool m_failed = false;

    void close_pipes();
};

// The program as steps, or nothing if it has something that is not understood.
std::optional<AwkMachine::Program> read_awk(std::string_view text);

}  // namespace caro::shell
