// grep and its kin, expr, seq, sort, envsubst.
#include <algorithm>
#include <cctype>
#include <cmath>
#include <cstdlib>

#include "shell/arithmetic.hpp"
#include "shell/text_call.hpp"
#include "shell/text_regex.hpp"
#include "shell/text_tools.hpp"
#include "util/strings.hpp"

namespace caro::shell {

namespace {

using Text = std::optional<std::string>;

bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

std::string escaped_pattern(const std::string& text) {
    std::string made;
    for (const char c : text) {
        made += std::string_view(".*[]^$\\+?()|{}/").find(c) != std::string_view::npos ? "\\" : "";
        made += c;
    }
    return made;
}

// All patterns as one; \K of -P begins what is shown.
std::optional<Regex> grep_pattern(const std::string& given, const ToolOptions& options, Regex::Syntax syntax) {
    std::string pattern;
    for (const auto line : split(given, '\n')) {
        std::string one(line);
        if (options.has('F')) {
            one = escaped_pattern(one);
        }
        if (options.has('x')) {
            one = syntax == Regex::Syntax::basic && !options.has('F') && !contains(given, "\n") ? "^\\(" + one + "\\)$" : "^(" + one + ")$";
        }
        pattern += (pattern.empty() ? "" : "|") + one;
    }
    const bool extended = options.has('F') || contains(given, "\n");
    return Regex::read(pattern, extended && syntax == Regex::Syntax::basic ? Regex::Syntax::extended : syntax, options.has('i') || options.has('y'));
}

bool stands_alone(const std::string& line, std::size_t from, std::size_t to) {
    return (from == 0 || !is_word(line[from - 1])) && (to >= line.size() || !is_word(line[to]));
}

// The lines that fit, or the parts of them that do; `group`: the one that is shown with -o.
Text grep_lines(const std::string& input, const Regex& regex, const ToolOptions& given, std::size_t group) {
    const auto limit = given.has('m') ? std::strtoul(given.value('m').c_str(), nullptr, 10) : 100000UL;
    std::string made;
    std::size_t count = 0;
    std::size_t number = 0;
    for (const auto& line : text_lines(input)) {
        const std::string prefix = given.has('n') ? std::to_string(++number) + ":" : "";
        bool fits = false;
        std::string parts;
        for (std::size_t at = 0; at <= line.size();) {
            const auto match = regex.search(line, at);
            if (!match) {
                break;
            }
            const std::string_view found = match->text(group, line);
            const bool alone = !given.has('w') || stands_alone(line, match->from(), match->to());
            fits = fits || alone;
            parts += alone && !found.empty() ? prefix + std::string(found) + "\n" : "";
            at = std::max(match->to(), match->from() + 1);
            if (!given.has('o') && fits) {
                break;
            }
        }
        if (fits != given.has('v') && count < limit) {
            ++count;
            made += given.has('o') ? parts : prefix + line + "\n";
        }
    }
    if (regex.exhausted()) {
        return std::nullopt;
    }
    return given.has('q') ? Text("") : given.has('c') ? Text(std::to_string(count) + "\n") : Text(made);
}

}  // namespace

Text grep_output(const ToolCall& call) {
    const std::map<std::string, char> longs = {{"extended-regexp", 'E'}, {"fixed-strings", 'F'}, {"perl-regexp", 'P'}, {"only-matching", 'o'}, {"invert-match", 'v'}, {"ignore-case", 'i'},
                                               {"count", 'c'}, {"quiet", 'q'}, {"line-number", 'n'}, {"word-regexp", 'w'}, {"line-regexp", 'x'}, {"regexp", 'e'}, {"no-filename", 'h'},
                                               {"text", 'a'}, {"color", 'K'}, {"max-count", 'm'}, {"line-buffered", 'u'}};
    ToolOptions given = read_options(call, "EFPGoviycqnwxhasuIN", "emABC", longs);
    for (const auto& word : call.words) {
        given.unknown = given.unknown && word.text != "--color=never" && word.text != "--color=auto";
    }
    const bool ripgrep = call.name == "rg" || call.name == "ag" || call.name == "ack";
    std::string pattern;
    for (const auto& one : given.values['e']) {
        pattern += (pattern.empty() ? "" : "\n") + one;
    }
    const bool from_operand = given.values['e'].empty();
    if (given.unknown || given.has('A') || given.has('B') || given.has('C') || (from_operand && given.operands.empty())) {
        return std::nullopt;
    }
    if (from_operand) {
        pattern = given.operands.front();
        given.operands.erase(given.operands.begin());
    }
    const Text input = contents_of(call, given.operands);
    const Regex::Syntax syntax = given.has('P') || ripgrep ? Regex::Syntax::perl : given.has('E') || call.name == "egrep" ? Regex::Syntax::extended : Regex::Syntax::basic;
    if (call.name == "fgrep") {
        given.letters += 'F';
    }
    const auto keep = given.has('P') ? pattern.find("\\K") : std::string::npos;
    if (keep != std::string::npos) {
        pattern = "(?:" + pattern.substr(0, keep) + ")(" + pattern.substr(keep + 2) + ")";
    }
    const auto regex = grep_pattern(pattern, given, syntax);
    if (!input || !regex || given.operands.size() > 1) {
        return std::nullopt;
    }
    return grep_lines(*input, *regex, given, keep != std::string::npos ? 1 : 0);
}

namespace {

// expr's grammar over its words.
class Expr {
  public:
    explicit Expr(std::vector<std::string> words) : m_words(std::move(words)) {}

    Text result() {
        const std::string made = either(0);
        return m_good && m_at == m_words.size() ? Text(made + "\n") : std::nullopt;
    }

  private:
    std::string next() {
        m_good = m_good && m_at < m_words.size();
        return m_good ? m_words[m_at++] : "";
    }
    bool is(std::string_view word) const { return m_at < m_words.size() && m_words[m_at] == word; }
    long number(const std::string& text) {
        m_good = m_good && !text.empty() && text.size() < 18 && text.find_first_not_of("0123456789", text[0] == '-' ? 1 : 0) == std::string::npos;
        return m_good ? std::strtol(text.c_str(), nullptr, 10) : 0;
    }

    std::string either(int depth) {
        m_good = m_good && depth < 30;
        std::string made = m_good ? compared(depth) : "";
        while (m_good && (is("|") || is("&"))) {
            const bool any = next() == "|";
            const std::string more = compared(depth);
            const bool empty = made.empty() || made == "0";
            made = any ? (empty ? more : made) : empty || more.empty() || more == "0" ? "0" : made;
        }
        return made;
    }

    std::string compared(int depth) {
        std::string made = sum(depth);
        while (m_good && m_at < m_words.size() && any_of(m_words[m_at], {"<", "<=", "=", "==", "!=", ">=", ">"})) {
            const std::string sign = next();
            const std::string other = sum(depth);
            const bool numbers = !made.empty() && !other.empty() && (made + other).find_first_not_of("0123456789-") == std::string::npos;
            const long order = numbers ? number(made) - number(other) : made.compare(other);
            const bool holds = sign == "<" ? order < 0 : sign == "<=" ? order <= 0 : sign == "!=" ? order != 0 : sign == ">=" ? order >= 0 : sign == ">" ? order > 0 : order == 0;
            made = holds ? "1" : "0";
        }
        return made;
    }

    std::string sum(int depth) {
        std::string made = product(depth);
        while (m_good && (is("+") || is("-"))) {
            const bool adds = next() == "+";
            const long first = number(made);
            const long second = number(product(depth));
            made = std::to_string(adds ? first + second : first - second);
        }
        return made;
    }

    std::string product(int depth) {
        std::string made = matched(depth);
        while (m_good && (is("*") || is("/") || is("%"))) {
            const std::string sign = next();
            const long first = number(made);
            const long second = number(matched(depth));
            m_good = m_good && (sign == "*" ? std::abs(first) < 1000000000 && std::abs(second) < 1000000000 : second != 0);
            made = !m_good ? "" : std::to_string(sign == "*" ? first * second : sign == "/" ? first / second : first % second);
        }
        return made;
    }

    std::string matched(int depth) {
        std::string made = single(depth);
        while (m_good && is(":")) {
            ++m_at;
            made = match(made, single(depth));
        }
        return made;
    }

    std::string match(const std::string& text, const std::string& pattern) {
        const auto regex = Regex::read("^" + (pattern.substr(0, 1) == "^" ? pattern.substr(1) : pattern), Regex::Syntax::basic);
        m_good = m_good && regex.has_value();
        const auto found = regex ? regex->search(text) : std::nullopt;
        const bool groups = contains(pattern, "\\(");
        return !found ? (groups ? "" : "0") : groups ? std::string(found->text(1, text)) : std::to_string(found->to());
    }

    std::string single(int depth) {
        const std::string word = next();
        if (word == "(") {
            const std::string made = either(depth + 1);
            m_good = m_good && next() == ")";
            return made;
        }
        if (word == "substr" && m_at + 2 < m_words.size()) {
            const std::string text = single(depth);
            const long from = number(single(depth));
            const long size = number(single(depth));
            return from < 1 || size < 1 || from > static_cast<long>(text.size()) ? "" : text.substr(static_cast<std::size_t>(from - 1), static_cast<std::size_t>(size));
        }
        if (word == "length" && m_at < m_words.size()) {
            return std::to_string(single(depth).size());
        }
        if (word == "index" && m_at + 1 < m_words.size()) {
            const std::string text = single(depth);
            const auto at = text.find_first_of(single(depth));
            return std::to_string(at == std::string::npos ? 0 : at + 1);
        }
        if (word == "match" && m_at + 1 < m_words.size()) {
            const std::string text = single(depth);
            return match(text, single(depth));
        }
        return word == "+" ? next() : word;
    }

    std::vector<std::string> m_words;
    std::size_t m_at = 0;
    bool m_good = true;
};

}  // namespace

Text expr_output(const ToolCall& call) {
    std::vector<std::string> words;
    for (std::size_t i = 1; i < call.words.size(); ++i) {
        words.push_back(call.words[i].text);
    }
    return words.size() > 200 ? std::nullopt : Expr(std::move(words)).result();
}

// As -f says, or with as many places as the operands have; -w: all of the same width.
std::string seq_format(const ToolOptions& given, std::size_t decimals) {
    if (!given.value('f').empty()) {
        return given.value('f');
    }
    const auto width = std::max(given.operands.back().size(), given.operands.size() > 1 ? given.operands.front().size() : 1);
    return "%" + (given.has('w') ? "0" + std::to_string(width) : std::string()) + "." + std::to_string(decimals) + "f";
}

// seq LAST, seq FIRST STEP LAST, seq -f FORMAT -s MARK -w; jot
Text seq_output(const ToolCall& call) {
    ToolOptions given;
    for (std::size_t i = 1; i < call.words.size(); ++i) {  // -3 is a number
        const std::string& text = call.words[i].text;
        const bool option = text.size() > 1 && text[0] == '-' && std::string_view("0123456789.").find(text[1]) == std::string_view::npos;
        const bool equal = option && contains(text, "=");
        if (option && any_of(text, {"-w", "--equal-width"})) {
            given.letters += 'w';
        } else if (option && (starts_with(text, "-f") || starts_with(text, "-s") || starts_with(text, "--f") || starts_with(text, "--s"))) {
            const char letter = text[1] == '-' ? text[2] : text[1];
            const bool glued = text[1] != '-' && text.size() > 2;
            given.values[letter].push_back(equal ? text.substr(text.find('=') + 1) : glued ? text.substr(2) : i + 1 < call.words.size() ? call.words[++i].text : "");
        } else if (option) {
            return std::nullopt;
        } else {
            given.operands.push_back(text);
        }
    }
    std::vector<double> numbers;
    std::size_t decimals = 0;
    for (const auto& text : given.operands) {
        char* end = nullptr;
        numbers.push_back(std::strtod(text.c_str(), &end));
        if (text.empty() || *end != '\0' || text.find_first_of("xXnN") != std::string::npos) {
            return std::nullopt;
        }
        const auto dot = text.find('.');
        decimals = std::max(decimals, dot == std::string::npos || &text == &given.operands.back() ? 0 : text.size() - dot - 1);
    }
    if (numbers.empty() || numbers.size() > 3) {
        return std::nullopt;
    }
    const double first = numbers.size() > 1 ? numbers[0] : 1;
    const double step = numbers.size() > 2 ? numbers[1] : 1;
    const double last = numbers.back();
    constexpr double k_most = 2000;
    if (step == 0 || !(std::abs((last - first) / step) <= k_most)) {
        return std::nullopt;
    }
    const std::string format = seq_format(given, decimals);
    std::string made;
    const std::string mark = given.value('s', "\n");
    const auto count = static_cast<int>(std::floor((last - first) / step + 1e-9));
    for (int i = 0; i <= count; ++i) {
        FormatArguments arguments;
        const double value = first + i * step;
        arguments.count = 1;
        arguments.text = [](std::size_t) { return std::string(); };
        arguments.number = [value](std::size_t) { return value == 0 ? 0 : value; };
        arguments.is_number = [](std::size_t) { return true; };
        made += (i > 0 ? mark : "") + formatted(format, arguments);
    }
    return count < 0 ? Text("") : made.size() > k_longest_text ? std::nullopt : Text(made + "\n");
}

// envsubst, envsubst '$A $B': variables of the environment in the input
Text envsubst_output(const ToolCall& call) {
    const ToolOptions given = read_options(call, "v", "", {{"variables", 'v'}});
    const Text input = contents_of(call, {});
    if (!input || given.unknown || given.has('v') || !call.around.variable) {
        return std::nullopt;
    }
    std::string made;
    for (std::size_t i = 0; i < input->size(); ++i) {
        const bool brace = input->substr(i, 2) == "${";
        std::size_t end = i + (brace ? 2 : 1);
        const std::size_t start = end;
        while (end < input->size() && is_word((*input)[end]) && !(end == start && std::isdigit(static_cast<unsigned char>((*input)[end])) != 0)) {
            ++end;
        }
        const bool closed = !brace || (end < input->size() && (*input)[end] == '}');
        if ((*input)[i] != '$' || end == start || !closed) {
            made += (*input)[i];
            continue;
        }
        const std::string name = input->substr(start, end - start);
        const std::string whole = input->substr(i, end + (brace ? 1 : 0) - i);
        const bool chosen = given.operands.empty() || contains(given.operands[0], "$" + name) || contains(given.operands[0], "${" + name + "}");
        const Text value = chosen ? call.around.variable(name) : Text(whole);
        if (!value || made.size() > k_longest_text) {
            return std::nullopt;
        }
        made += *value;
        i += whole.size() - 1;
    }
    return made;
}

}  // namespace caro::shell
