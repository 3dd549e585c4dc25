#include "shell/text_awk.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <utility>

#include "shell/text_call.hpp"
#include "util/strings.hpp"

namespace caro::shell {

namespace {

using Flow = AwkMachine::Flow;

// The number at the beginning of a text, decimal only; `end`: where it ends.
double leading_number(const std::string& text, std::size_t& end) {
    const auto start = std::min(text.find_first_not_of(" \t\n"), text.size());
    const auto stop = std::min(text.find_first_not_of("0123456789+-.eE", start), text.size());
    const std::string digits = text.substr(start, stop - start);
    char* last = nullptr;
    const double made = std::strtod(digits.c_str(), &last);
    end = start + static_cast<std::size_t>(last - digits.c_str());
    return made;
}

}  // namespace

// What has no value counts as 0.
AwkValue AwkValue::of(double number) { return {"", std::isfinite(number) ? number : 0, Kind::number}; }

bool AwkValue::numeric() const {
    if (kind != Kind::input) {
        return kind == Kind::number || kind == Kind::unset;
    }
    std::size_t end = 0;
    leading_number(text, end);
    return end > 0 && text.find_first_not_of(" \t\n", end) == std::string::npos && text.find_first_of("0123456789") != std::string::npos;
}

double AwkValue::as_number() const {
    std::size_t end = 0;
    const double made = kind == Kind::number ? number : kind == Kind::unset ? 0 : leading_number(text, end);
    return std::isfinite(made) ? made : 0;
}

std::string AwkValue::as_text() const {
    if (kind != Kind::number) {
        return text;
    }
    char buffer[40];
    const bool whole = std::abs(number) < 1e15 && number == std::floor(number);
    std::snprintf(buffer, sizeof buffer, whole ? "%.0f" : "%.6g", number == 0 ? 0 : number);
    return buffer;
}

bool AwkValue::is_true() const { return numeric() ? as_number() != 0 : !text.empty(); }

bool AwkMachine::spend() {
    m_failed = m_failed || m_steps == 0 || result.output.size() > k_longest_text;
    m_steps -= m_steps > 0 ? 1 : 0;
    return !m_failed;
}

AwkCell& AwkMachine::cell(const std::string& name) {
    const auto own = m_frames.back().find(name);
    if (own != m_frames.back().end()) {
        return *own->second;
    }
    auto& made = m_frames.front()[name];
    if (!made) {
        made = std::make_shared<AwkCell>();
    }
    return *made;
}

AwkValue AwkMachine::variable(const std::string& name) {
    if (name == "NF") {
        return AwkValue::of(static_cast<double>(m_fields.size() - 1));
    }
    return cell(name).value;
}

void AwkMachine::set(const std::string& name, const AwkValue& value) {
    if (name == "NF") {
        const double count = value.as_number();
        m_fields.resize(count >= 0 && count < 1000 ? static_cast<std::size_t>(count) + 1 : 1);
        rebuild();
        return;
    }
    if (value.text.size() > k_longest_text) {
        fail();
        return;
    }
    cell(name).value = value;
}

void AwkMachine::rebuild() {
    const std::string mark = variable("OFS").as_text();
    std::string whole;
    for (std::size_t i = 1; i < m_fields.size(); ++i) {
        whole += (i > 1 ? mark : "") + m_fields[i];
    }
    m_fields[0] = whole;
}

AwkValue AwkMachine::field(std::size_t index) { return AwkValue::from_input(index < m_fields.size() ? m_fields[index] : ""); }

void AwkMachine::set_field(std::size_t index, const std::string& text) {
    if (index == 0) {
        set_record(text);
        return;
    }
    if (index > 1000) {
        fail();
        return;
    }
    m_fields.resize(std::max(m_fields.size(), index + 1));
    m_fields[index] = text;
    rebuild();
}

const Regex* AwkMachine::regex(const std::string& pattern) {
    auto it = m_patterns.find(pattern);
    if (it == m_patterns.end()) {
        it = m_patterns.emplace(pattern, Regex::read(pattern, Regex::Syntax::extended)).first;
    }
    m_failed = m_failed || !it->second || it->second->exhausted();
    return it->second ? &*it->second : nullptr;
}

std::vector<std::string> AwkMachine::pieces(const std::string& text, const std::string& mark) {
    std::vector<std::string> made;
    if (mark == " ") {
        for (auto at = text.find_first_not_of(" \t\n"); at != std::string::npos;) {
            const auto end = std::min(text.find_first_of(" \t\n", at), text.size());
            made.push_back(text.substr(at, end - at));
            at = text.find_first_not_of(" \t\n", end);
        }
        return made;
    }
    if (text.empty()) {
        return made;
    }
    if (mark.empty()) {
        for (const char c : text) {
            made.emplace_back(1, c);
        }
        return made;
    }
    const Regex* pattern = regex(mark.size() == 1 && mark != "\\" ? (mark == "^" ? "\\^" : "[" + mark + "]") : mark);
    std::size_t at = 0;
    while (pattern != nullptr && made.size() < 5000) {
        const auto match = pattern->search(text, at);
        if (!match || match->to() == match->from()) {
            break;
        }
        made.push_back(text.substr(at, match->from() - at));
        at = match->to();
    }
    made.push_back(text.substr(at));
    return made;
}

void AwkMachine::set_record(const std::string& record) {
    m_fields = pieces(record, variable("FS").as_text());
    m_fields.insert(m_fields.begin(), record);
}

bool AwkMachine::take_record(std::string& record) {
    if (!*m_input) {
        fail();
        return false;
    }
    const std::string& input = **m_input;
    if (m_at >= input.size()) {
        return false;
    }
    const std::string mark = variable("RS").as_text();
    if (mark.size() > 1) {
        const Regex* pattern = regex(mark);
        const auto match = pattern == nullptr ? std::nullopt : pattern->search(input, m_at);
        record = match ? input.substr(m_at, match->from() - m_at) : input.substr(m_at);
        m_at = match && match->to() > match->from() ? match->to() : input.size();
        return true;
    }
    const std::string separator = mark.empty() ? "\n\n" : mark;
    const auto end = input.find(separator, m_at);
    record = input.substr(m_at, end == std::string::npos ? end : end - m_at);
    m_at = end == std::string::npos ? input.size() : end + separator.size();
    if (mark.empty()) {
        while (!record.empty() && record.back() == '\n') {
            record.pop_back();
        }
    }
    return true;
}

AwkValue AwkMachine::next_record() {
    std::string record;
    if (!take_record(record)) {
        return AwkValue::of(0);
    }
    set("NR", AwkValue::of(variable("NR").as_number() + 1));
    set("FNR", variable("NR"));
    set_record(record);
    return AwkValue::of(1);
}

AwkValue AwkMachine::environment(const std::string& name) {
    const auto value = m_around->variable ? m_around->variable(name) : std::nullopt;
    m_failed = m_failed || !value;
    return AwkValue::from_input(value.value_or(""));
}

std::string AwkMachine::format(const std::vector<AwkValue>& values) {
    FormatArguments arguments;
    arguments.count = values.empty() ? 0 : values.size() - 1;
    arguments.text = [&](std::size_t i) { return values[i + 1].as_text(); };
    arguments.number = [&](std::size_t i) { return values[i + 1].as_number(); };
    arguments.is_number = [&](std::size_t i) { return values[i + 1].numeric(); };
    return values.empty() ? "" : formatted(values[0].as_text(), arguments);
}

void AwkMachine::print(const std::string& text, char how, const std::string& target) {
    if (how == '\0' || target == "/dev/stdout" || target == "-") {
        result.output += text;
    } else if (how == '|') {
        m_pipes[target] += text;
    } else {
        result.files[target] += text;
    }
    m_failed = m_failed || m_pipes.size() + result.files.size() > 60 || text.size() > k_longest_text;
}

void AwkMachine::close_pipes() {
    for (const auto& [command, text] : m_pipes) {
        result.runs.push_back({command, text});
    }
    m_pipes.clear();
}

AwkValue AwkMachine::call_own(const Function& function, const std::vector<Expression>& arguments, const std::vector<std::string>& names) {
    if (m_frames.size() > 60) {
        fail();
        return {};
    }
    std::map<std::string, std::shared_ptr<AwkCell>, std::less<>> frame;
    for (std::size_t i = 0; i < function.names.size(); ++i) {
        auto made = std::make_shared<AwkCell>();
        if (i < arguments.size() && !names[i].empty() && cell(names[i]).value.kind == AwkValue::Kind::unset) {
            const auto own = m_frames.back().find(names[i]);
            made = own != m_frames.back().end() ? own->second : m_frames.front()[names[i]];  // an array
        } else if (i < arguments.size()) {
            made->value = arguments[i](*this);
        }
        frame[function.names[i]] = std::move(made);
    }
    m_frames.push_back(std::move(frame));
    given = {};
    function.body(*this);
    m_frames.pop_back();
    return std::exchange(given, {});
}

AwkValue AwkMachine::split_into(const std::vector<AwkValue>& values, AwkCell& into) {
    into.elements.clear();
    const auto parts = pieces(values[0].as_text(), values.size() > 2 ? values[2].as_text() : variable("FS").as_text());
    for (std::size_t i = 0; i < parts.size(); ++i) {
        into.elements[std::to_string(i + 1)] = AwkValue::from_input(parts[i]);
    }
    return AwkValue::of(static_cast<double>(parts.size()));
}

AwkValue AwkMachine::substitute(const std::string& name, const std::vector<AwkValue>& values, std::string& target, bool& changed) {
    const Regex* pattern = regex(values[0].as_text());
    if (pattern == nullptr) {
        return {};
    }
    std::size_t count = 0;
    std::string with = values[1].as_text();
    bool all = name == "gsub";
    std::size_t first = 1;
    if (name == "gensub") {
        const std::string how = values.size() > 2 ? values[2].as_text() : "g";
        all = how.substr(0, 1) == "g" || how.substr(0, 1) == "G";
        first = all ? 1 : static_cast<std::size_t>(std::clamp(values[2].as_number(), 1.0, 1000.0));
    } else {
        for (std::size_t i = 0; i < with.size(); ++i) {  // \1 is nothing special here
            if (with[i] == '\\' && i + 1 < with.size() && with[i + 1] != '&' && with[i + 1] != '\\') {
                with.insert(i++, 1, '\\');
            } else if (with[i] == '\\') {
                ++i;
            }
        }
    }
    std::string made = pattern->replaced(target, with, all, first, &count);
    changed = count > 0;
    if (name == "gensub") {
        return AwkValue::of(std::move(made));
    }
    target = std::move(made);
    return AwkValue::of(static_cast<double>(count));
}

AwkValue AwkMachine::of_text(const std::string& name, const std::vector<AwkValue>& values) {
    const std::string text = values.empty() ? "" : values[0].as_text();
    if (name == "length") {
        return AwkValue::of(static_cast<double>((values.empty() ? m_fields[0] : text).size()));
    }
    if (name == "substr" && values.size() > 1) {
        const double size = static_cast<double>(text.size());
        const double first = values[1].as_number();
        const double last = values.size() > 2 ? first + values[2].as_number() : size + 1;
        if ((first < 1 && values.size() > 2) || first != std::round(first) || last != std::round(last)) {
            fail();  // not the same in every awk
        }
        const double from = std::clamp(first, 1.0, size + 1);
        const double to = std::clamp(last, from, size + 1);
        return AwkValue::of(text.substr(static_cast<std::size_t>(from) - 1, static_cast<std::size_t>(to - from)));
    }
    if (name == "index" && values.size() > 1) {
        const auto at = text.find(values[1].as_text());
        return AwkValue::of(at == std::string::npos ? 0 : static_cast<double>(at + 1));
    }
    if (name == "match" && values.size() > 1) {
        const Regex* pattern = regex(values[1].as_text());
        const auto match = pattern == nullptr ? std::nullopt : pattern->search(text);
        set("RSTART", AwkValue::of(match ? static_cast<double>(match->from() + 1) : 0));
        set("RLENGTH", AwkValue::of(match ? static_cast<double>(match->to() - match->from()) : -1));
        return variable("RSTART");
    }
    if (name == "tolower" || name == "toupper") {
        std::string made = text;
        std::transform(made.begin(), made.end(), made.begin(), [&](unsigned char c) {
            return static_cast<char>(name == "tolower" ? std::tolower(c) : std::toupper(c));
        });
        return AwkValue::of(std::move(made));
    }
    if (name == "sprintf") {
        return AwkValue::of(format(values));
    }
    if (name == "system") {
        close_pipes();
        result.runs.push_back({text, std::nullopt});
        m_failed = m_failed || result.runs.size() > 60;
        return AwkValue::of(0);
    }
    if (name == "close" || name == "fflush") {
        close_pipes();
        return AwkValue::of(0);
    }
    return of_number(name, values);
}

AwkValue AwkMachine::of_number(const std::string& name, const std::vector<AwkValue>& values) {
    const double first = values.empty() ? 0 : values[0].as_number();
    const double second = values.size() < 2 ? 0 : values[1].as_number();
    const auto bits = [](double number) { return static_cast<std::uint64_t>(std::clamp(number, 0.0, 9e15)); };
    const auto made = [](std::uint64_t number) { return AwkValue::of(static_cast<double>(number)); };
    if (name == "int") {
        return AwkValue::of(std::trunc(first));
    }
    if (name == "sqrt" || name == "exp" || name == "log" || name == "sin" || name == "cos") {
        return AwkValue::of(name == "sqrt" ? std::sqrt(first) : name == "exp" ? std::exp(first) : name == "log" ? std::log(first)
                            : name == "sin" ? std::sin(first) : std::cos(first));
    }
    if (name == "atan2") {
        return AwkValue::of(std::atan2(first, second));
    }
    if (name == "strtonum" && !values.empty()) {
        const std::string text = values[0].as_text();
        return AwkValue::of(starts_with(text, "0") ? static_cast<double>(std::strtoull(text.c_str(), nullptr, 0)) : first);
    }
    if (name == "and" || name == "or" || name == "xor") {
        return made(name == "and" ? bits(first) & bits(second) : name == "or" ? bits(first) | bits(second) : bits(first) ^ bits(second));
    }
    if (name == "lshift" || name == "rshift") {
        const auto by = std::min<std::uint64_t>(bits(second), 63);
        return made(name == "lshift" ? bits(first) << by : bits(first) >> by);
    }
    fail();  // rand, strftime and what is no function
    return {};
}

AwkValue AwkMachine::call(const std::string& name, const std::vector<Expression>& arguments, const std::vector<std::string>& names) {
    if (!spend()) {
        return {};
    }
    const auto own = m_functions->find(name);
    if (own != m_functions->end()) {
        return call_own(own->second, arguments, names);
    }
    std::vector<AwkValue> values;
    for (std::size_t i = 0; i < arguments.size(); ++i) {
        const bool array = (name == "split" && i == 1) || (name == "length" && !names[i].empty() && cell(names[i]).array);
        values.push_back(array ? AwkValue() : arguments[i](*this));
    }
    if (name == "length" && !values.empty() && !names[0].empty() && cell(names[0]).array) {
        return AwkValue::of(static_cast<double>(cell(names[0]).elements.size()));
    }
    if (name == "split" && values.size() > 1 && !names[1].empty()) {
        AwkCell& into = cell(names[1]);
        into.array = true;
        return split_into(values, into);
    }
    const bool general = name == "gensub";
    if ((name == "sub" || name == "gsub" || general) && values.size() > 1) {
        const std::size_t at = general ? 3 : 2;
        std::string target = values.size() > at ? values[at].as_text() : m_fields[0];
        bool changed = false;
        AwkValue made = substitute(name, values, target, changed);
        if (changed && !general) {
            if (values.size() <= at) {
                set_record(target);
            } else if (!names[at].empty() && names[at][0] == '$') {
                set_field(std::stoul(names[at].substr(1)), target);
            } else if (!names[at].empty()) {
                set(names[at], AwkValue::of(target));
            } else {
                fail();
            }
        }
        return made;
    }
    return of_text(name, values);
}

Flow AwkMachine::run_rules(Program& program) {
    for (auto& rule : program.rules) {
        if (rule.until) {
            if (!rule.open && !rule.when(*this).is_true()) {
                continue;
            }
            rule.open = !rule.until(*this).is_true();
        } else if (rule.when && !rule.when(*this).is_true()) {
            continue;
        }
        const Flow flow = rule.act(*this);
        if (m_failed || flow == Flow::leave) {
            return Flow::leave;
        }
        if (flow == Flow::next) {
            break;
        }
    }
    return Flow::on;
}

bool AwkMachine::run(Program& program, const std::optional<std::string>& input, const Surroundings& around) {
    m_functions = &program.functions;
    m_input = &input;
    m_around = &around;
    using Usual = std::pair<const char*, AwkValue>;
    for (const auto& [name, value] : {Usual("FS", AwkValue::of(" ")), Usual("RS", AwkValue::of("\n")), Usual("OFS", AwkValue::of(" ")), Usual("ORS", AwkValue::of("\n")),
                                      Usual("SUBSEP", AwkValue::of("\x1c")), Usual("NR", AwkValue::of(0.0)), Usual("FNR", AwkValue::of(0.0))}) {
        if (m_frames.front().count(name) == 0) {
            set(name, value);
        }
    }
    Flow flow = Flow::on;
    for (std::size_t i = 0; i < program.begin.size() && flow != Flow::leave && !m_failed; ++i) {
        flow = program.begin[i](*this);
    }
    const bool reads = !program.rules.empty() || !program.end.empty();
    while (reads && flow != Flow::leave && !m_failed && next_record().is_true() && !m_failed) {
        flow = run_rules(program);
    }
    for (std::size_t i = 0; i < program.end.size() && !m_failed; ++i) {
        if (program.end[i](*this) == Flow::leave) {
            break;
        }
    }
    close_pipes();
    for (const auto& [text, pattern] : m_patterns) {
        m_failed = m_failed || (pattern && pattern->exhausted());
    }
    return !m_failed;
}

std::optional<AwkResult> awk_result(std::string_view program, const std::map<std::string, std::string>& variables,
                                    const std::optional<std::string>& input, const Surroundings& around) {
    auto steps = read_awk(program);
    if (!steps) {
        return std::nullopt;
    }
    AwkMachine machine;
    for (const auto& [name, value] : variables) {
        machine.set(name, AwkValue::from_input(unescaped(value)));
    }
    machine.result.complete = machine.run(*steps, input, around);
    return std::move(machine.result);
}

}  // namespace caro::shell
