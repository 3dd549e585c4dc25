// ${…}: values of variables, and what the operators behind the name make of them.
#include <algorithm>
#include <cctype>

#include "shell/arithmetic.hpp"
#include "shell/filters.hpp"
#include "shell/walker.hpp"
#include "shell/word_text.hpp"
#include "util/strings.hpp"

namespace caro::shell {

namespace {

bool is_all(const std::string& text) { return text == "@" || text == "*"; }

bool holds_code(std::string_view text) { return text.find("$(") != std::string_view::npos || text.find('`') != std::string_view::npos; }

Word text_word(std::string text, const Span& span) {
    Word made;
    made.text = std::move(text);
    made.span = span;
    return made;
}

}  // namespace

// Text that is expanded once more: of a prompt, an index, an expression.
Word Walker::run_text(const std::string& text, const Scope& scope, const Span& span) {
    if (m_codes >= k_deepest_code || text.size() > 8192 || text.find(Word::k_unknown) != std::string::npos) {
        return unknown_word(false, span);
    }
    ++m_codes;
    Tree problems;
    const std::size_t first = m_script.pipelines.size();
    const Parts parts = read_text(text, 1, problems);
    Word made = value_of(parts, scope, span);
    for (std::size_t i = first; i < m_script.pipelines.size(); ++i) {
        m_script.pipelines[i].span = span;
        for (auto& stage : m_script.pipelines[i].stages) {
            stage.span = span;
        }
    }
    --m_codes;
    return made;
}

// a[$(…)] where a name or a number is expected: the index is an expression, and what stands in it is run.
void Walker::run_index(const std::string& text, const Scope& scope, const Span& span) {
    const auto open = text.find('[');
    if (open != std::string::npos && holds_code(std::string_view(text).substr(open))) {
        run_text(text, scope, span);
    }
}

std::optional<long> Walker::number_of(const std::string& expression, const Scope* scope, const Span& span) {
    if (scope != nullptr) {
        run_index(expression, *scope, span);
    }
    ArithmeticNames names;
    names.value = [&](const std::string& name) -> std::optional<std::string> {
        bool is_set = false;
        const auto values = look_up(name, "", is_set);
        if (values.empty()) {
            return "";
        }
        if (!values[0].known()) {
            return std::nullopt;
        }
        if (scope != nullptr) {
            run_index(values[0].text, *scope, span);
        }
        return values[0].text;
    };
    names.set = [&](const std::string& name, long number) { set(name, text_word(std::to_string(number), span)); };
    return evaluate(expression, names);
}

Word Walker::arithmetic(const Part& part, const Scope& scope) {
    const Word inside = value_of(part.argument, scope, part.span);
    if (inside.known()) {
        if (const auto number = number_of(inside.text, &scope, part.span)) {
            return text_word(std::to_string(*number), part.span);
        }
    }
    return unknown_word(false, part.span);  // some number
}

// OFFSET or OFFSET:LENGTH of ${name:…}
bool Walker::slice_of(const std::string& argument, long& from, std::optional<long>& length) {
    const auto colon = argument.find(':');
    const std::string first(trim(argument.substr(0, colon)));
    const auto start = first.empty() ? std::optional<long>(0) : number_of(first, nullptr, {});
    if (!start) {
        return false;
    }
    from = *start;
    if (colon != std::string::npos) {
        const std::string second(trim(argument.substr(colon + 1)));
        length = second.empty() ? std::optional<long>(0) : number_of(second, nullptr, {});
        return length.has_value();
    }
    return true;
}

// ${@:2}, ${array[@]:1:2}
std::vector<Word> Walker::sliced(const Part& part, std::vector<Word> values, const Scope& scope) {
    const Word argument = value_of(part.argument, scope, part.span);
    long from = 0;
    std::optional<long> length;
    if (!argument.known() || !slice_of(argument.text, from, length)) {
        return {unknown_word(false, part.span)};
    }
    if (is_all(part.text)) {
        bool is_set = false;
        values.insert(values.begin(), special("0", is_set).front());
    }
    const long size = static_cast<long>(values.size());
    from = from < 0 ? size + from : from;
    if (from < 0 || from >= size || length.value_or(0) < 0) {
        return {};
    }
    const long last = std::min(size, from + std::min(length.value_or(size), size));
    return {values.begin() + from, values.begin() + last};
}

// ${!name} and ${!array[@]}
std::vector<Word> Walker::indirect(const Part& part, const std::string& index, const Scope& scope) {
    bool is_set = false;
    if (is_all(index)) {
        return indices(part.text, part.span);
    }
    const auto values = look_up(part.text, index, is_set);
    if (values.size() != 1 || !values[0].known()) {
        return {unknown_word(false, part.span)};
    }
    const auto bracket = values[0].text.find('[');
    run_index(values[0].text, scope, part.span);
    const std::string inner = bracket == std::string::npos ? "" : values[0].text.substr(bracket + 1, values[0].text.size() - bracket - 2);
    return look_up(values[0].text.substr(0, bracket), inner, is_set);
}

// The index between brackets, with its variables filled in.
std::string Walker::index_of(const std::string& index, const Scope& scope, const Span& span) {
    if (index.find_first_of("$`\"'\\") == std::string::npos) {
        return index;
    }
    const Word made = run_text(without_quotes(index), scope, span);
    return made.known() ? made.text : "?";
}

// ${NAME+WORD}. A variable that nothing here sets may be set or not.
Word Walker::alternative(const Part& part, bool filled, const Scope& scope) {
    Word made = value_of(part.argument, scope, part.span);  // it may hold a command
    if (filled) {
        return made;
    }
    const bool argument = is_all(part.text) || part.text.find_first_not_of("0123456789") == std::string::npos;
    const bool known = argument ? m_arguments_known : m_variables.count(resolved(part.text)) != 0;
    Word other = known ? Word() : unknown_word(false, part.span);
    other.unset_variable = true;
    other.sources = made.sources;
    return other;
}

std::vector<Word> Walker::parameter(const Part& part, const Scope& scope) {
    bool is_set = !part.base.empty();
    const std::string& op = part.op;
    if (op == "zsh" || (op.size() > 1 && op[0] == '!')) {
        value_of(part.argument, scope, part.span);
        return {unknown_word(false, part.span)};
    }
    const std::string index = index_of(part.index, scope, part.span);
    if (op == "!" && !is_all(part.text)) {
        return indirect(part, index, scope);
    }
    const bool whole = !part.flags.empty() && index.empty() && !part.text.empty();  // of zsh: $a is all of the array
    if (whole && part.flags.find('k') != std::string::npos) {
        return indices(part.text, part.span);
    }
    const bool one_part = part.base.size() == 1 && part.base[0].kind == Part::Kind::parameter;  // of zsh, which may be several words
    auto values = part.base.empty() ? look_up(part.text, whole ? "@" : index, is_set)
                  : one_part        ? parameter(part.base[0], scope)
                                    : std::vector<Word>{value_of(part.base, scope, part.span)};
    if (!part.flags.empty()) {
        values = flagged(part, std::move(values), scope);
    }
    if (part.text == "PWD" && !op.empty() && std::string_view("%#/:").find(op[0]) != std::string_view::npos) {
        return {unknown_word(false, part.span)};  // a part of a path that is only known as "."
    }
    if (op == "#" && part.argument.empty()) {
        return {length_of(part, index, values)};
    }
    if (op == ":" && (is_all(part.text) || is_all(index))) {
        return sliced(part, std::move(values), scope);
    }
    const bool colon = op.size() == 2 && op[0] == ':';
    const bool filled = is_set && !(colon && values.size() == 1 && values[0].text.empty());
    if (op == "-" || op == ":-" || op == "=" || op == ":=") {
        if (filled && !values.empty()) {
            return values;
        }
        Word made = value_of(part.argument, scope, part.span);
        if (op == "=" || op == ":=") {
            set(part.text, made);
        }
        return part.flags.empty() ? std::vector<Word>{made} : flagged(part, {made}, scope);
    }
    if (op == "+" || op == ":+") {
        return {alternative(part, filled && !values.empty(), scope)};
    }
    if (op == "?" || op == ":?") {
        value_of(part.argument, scope, part.span);  // it may hold a command
        std::for_each(values.begin(), values.end(), [](Word& value) { value.unset_variable = false; });
        return values.empty() ? std::vector<Word>{unknown_word(false, part.span)} : values;
    }
    if (op.empty()) {
        return values;
    }
    std::transform(values.begin(), values.end(), values.begin(), [&](const Word& value) { return edited(part, value, scope); });
    return values;
}

// ${#name}, ${#array[@]}
Word Walker::length_of(const Part& part, const std::string& index, const std::vector<Word>& values) {
    const bool count = is_all(part.text) || is_all(index);
    const bool known = std::all_of(values.begin(), values.end(), [](const Word& word) { return word.known(); });
    if (!known) {
        return unknown_word(false, part.span);
    }
    return text_word(std::to_string(count ? values.size() : values.empty() ? 0 : values[0].text.size()), part.span);
}

// What stands between the marks behind a flag: ${(j:, :)a}, ${(s..)x}
std::string Walker::flag_text(const std::string& flags, char flag) {
    constexpr std::string_view k_pairs = "([{<)]}>";
    const auto at = flags.find(flag);
    if (at == std::string::npos || at + 2 >= flags.size()) {
        return "";
    }
    const auto opening = k_pairs.substr(0, 4).find(flags[at + 1]);
    const char close = opening == std::string_view::npos ? flags[at + 1] : k_pairs[opening + 4];
    const auto end = flags.find(close, at + 2);
    return unescaped(flags.substr(at + 2, end == std::string::npos ? end : end - at - 2));
}

// Flags of zsh for one value: ${(L)name}, ${(P)name}, ${(e)name}, ${(#)name}
Word Walker::flagged_value(const std::string& flags, Word value, const Part& part, const Scope& scope) {
    const auto has = [&](char c) { return flags.find(c) != std::string::npos; };
    if (has('P')) {
        bool is_set = false;
        const auto other = look_up(value.text, "", is_set);
        value = other.empty() ? Word{} : other.front();
    }
    if (has('#')) {
        const auto code = number_of(value.text, &scope, part.span);
        value.text = code && *code > 0 && *code < 128 ? std::string(1, static_cast<char>(*code)) : std::string(1, Word::k_unknown);
    }
    bool begins = true;
    for (char& c : value.text) {
        const auto byte = static_cast<unsigned char>(c);
        const bool up = has('U') || (has('C') && begins);
        c = static_cast<char>(up ? std::toupper(byte) : has('L') || has('C') ? std::tolower(byte) : c);
        begins = std::isalnum(byte) == 0;
    }
    if (has('Q')) {
        value.text.erase(std::remove_if(value.text.begin(), value.text.end(), [](char c) { return c == '"' || c == '\'' || c == '\\'; }), value.text.end());
    }
    return has('e') ? run_text(value.text, scope, part.span) : value;
}

std::vector<Word> Walker::flagged(const Part& part, std::vector<Word> values, const Scope& scope) {
    // Flags without the texts between their marks, in which letters mean nothing.
    std::string letters;
    for (std::size_t i = 0; i < part.flags.size(); ++i) {
        const char c = part.flags[i];
        letters += c;
        const auto end = std::string_view("jsrlIZgz").find(c) != std::string_view::npos && i + 1 < part.flags.size() && std::isalpha(static_cast<unsigned char>(part.flags[i + 1])) == 0
                             ? part.flags.find(part.flags[i + 1], i + 2) : std::string::npos;
        i = end == std::string::npos ? i : end;
    }
    const auto has = [&](char c) { return letters.find(c) != std::string::npos; };
    for (auto& value : values) {
        value = value.known() ? flagged_value(letters, std::move(value), part, scope) : value;
    }
    if (has('o') || (has('O') && !has('a'))) {
        std::stable_sort(values.begin(), values.end(), [](const Word& a, const Word& b) { return a.text < b.text; });
    }
    if (has('O')) {
        std::reverse(values.begin(), values.end());
    }
    if ((has('j') || has('F')) && !values.empty()) {
        const std::string between = has('F') ? "\n" : flag_text(part.flags, 'j');
        Word all = values.front();
        for (std::size_t i = 1; i < values.size(); ++i) {
            all.text += between + values[i].text;
        }
        values.assign(1, all);
    }
    if (!has('s') && !has('f') && !has('z')) {
        return values;
    }
    const std::string mark = has('f') ? "\n" : has('z') ? " " : flag_text(part.flags, 's');
    std::vector<Word> split_values;
    for (const auto& value : values) {
        for (std::size_t at = 0; at < value.text.size() && split_values.size() < 256;) {
            const auto end = mark.empty() ? at + 1 : std::min(value.text.find(mark, at), value.text.size());
            if (end > at) {
                split_values.push_back(value);
                split_values.back().text = value.text.substr(at, end - at);
            }
            at = std::max(end + mark.size(), at + 1);
        }
    }
    return split_values;
}

namespace {

// Only of characters that fit the pattern, if there is one.
void change_case(std::string& text, const std::string& op, const std::string& pattern = "") {
    for (std::size_t i = 0; i < text.size() && (i == 0 || op.size() == 2); ++i) {
        if (!pattern.empty() && !matches(pattern, std::string_view(text).substr(i, 1))) {
            continue;
        }
        const auto c = static_cast<unsigned char>(text[i]);
        const bool up = op[0] == '^' || (op[0] == '~' && std::islower(c) != 0);
        text[i] = static_cast<char>(up ? std::toupper(c) : std::tolower(c));
    }
}

void remove_pattern(std::string& text, const std::string& op, const std::string& pattern) {
    const bool longest = op.size() == 2;
    const bool front = op[0] == '#';
    const std::size_t size = std::min<std::size_t>(text.size(), 2000);
    for (std::size_t i = 0; i <= size; ++i) {
        const std::size_t length = longest ? size - i : i;
        const std::string_view piece = front ? std::string_view(text).substr(0, length)
                                             : std::string_view(text).substr(text.size() - length);
        if (matches(pattern, piece)) {
            text = front ? text.substr(length) : text.substr(0, text.size() - length);
            return;
        }
    }
}

void replace_pattern(std::string& text, const std::string& op, const std::string& argument) {
    const auto slash = argument.find('/');
    const std::string pattern = argument.substr(0, slash);
    const std::string with = slash == std::string::npos ? "" : argument.substr(slash + 1);
    if (pattern.empty()) {
        text = op == "/#" ? with + text : op == "/%" ? text + with : text;
        return;
    }
    std::string made;
    bool replaced = text.empty() && matches(pattern, "");
    made += replaced ? with : "";
    const std::size_t size = std::min<std::size_t>(text.size(), 500);
    for (std::size_t i = 0; i < size;) {
        std::size_t taken = 0;
        const bool allowed = (op == "//" || !replaced) && (op != "/#" || i == 0);
        for (std::size_t length = size - i; allowed && length > 0 && taken == 0; --length) {
            const bool place = op != "/%" || i + length == text.size();
            taken = place && matches(pattern, std::string_view(text).substr(i, length)) ? length : 0;
        }
        if (taken > 0) {
            made += with;
            i += taken;
            replaced = true;
        } else {
            made += text[i++];
        }
    }
    text = made + text.substr(size);
}

// The words from `from` on, at most `length` of them; false if there are none such.
bool bounds(long size, long& from, std::optional<long>& length) {
    from = from < 0 ? size + from : from;
    if (from < 0) {
        return false;
    }
    from = std::min(from, size);
    const long rest = size - from;
    const long wanted = length.value_or(rest) < 0 ? rest + *length : length.value_or(rest);
    length = std::clamp(wanted, 0L, rest);
    return wanted >= 0;  // an end before the beginning is an error
}

}  // namespace

// ${name#…}, ${name/…/…}, ${name:1:2}, ${name^^} and the like, of one value.
Word Walker::edited(const Part& part, const Word& value, const Scope& scope) {
    const Word argument = value_of(part.argument, scope, part.span);
    Word made = value;
    if (!value.known() || !argument.known()) {
        made.text = Word::k_unknown;
        return made;
    }
    const std::string& op = part.op;
    const bool literal_marks = std::any_of(part.argument.begin(), part.argument.end(), [](const Part& piece) {
        return piece.quoted && piece.text.find_first_of("*?[/&") != std::string::npos;
    });
    if (literal_marks && op[0] != ':' && op[0] != '@') {
        made.text = Word::k_unknown;  // which marks are meant as such is not kept
    } else if (op[0] == '^' || op[0] == ',' || op[0] == '~') {
        change_case(made.text, op, argument.text);
    } else if (op[0] == '#' || op[0] == '%') {
        remove_pattern(made.text, op, argument.text);
        if (part.text == "HOME" && op[0] == '%' && made.text.empty()) {
            made.text = "/";  // what is above a home, wherever that is
        }
    } else if (op[0] == '/') {
        if (argument.text.find('&', std::min(argument.text.find('/'), argument.text.size())) == std::string::npos) {
            replace_pattern(made.text, op, argument.text);
        } else {
            made.text = Word::k_unknown;  // newer shells put there what was matched
        }
    } else if (op == ":") {
        long from = 0;
        std::optional<long> length;
        const bool fits = slice_of(argument.text, from, length) && bounds(static_cast<long>(made.text.size()), from, length);
        made.text = fits ? made.text.substr(static_cast<std::size_t>(from), static_cast<std::size_t>(*length))
                         : std::string(1, Word::k_unknown);
    } else if (op == "@" && (argument.text == "U" || argument.text == "L" || argument.text == "u")) {
        change_case(made.text, argument.text == "U" ? "^^" : argument.text == "L" ? ",," : "^");
    } else if (op == "@" && argument.text == "E") {
        made.text = unescaped(made.text);
    } else if (op == "@" && argument.text == "P") {
        made = run_text(unescaped(made.text), scope, part.span);
    } else if (op == "@" && argument.text == "Q" && made.text.find_first_of("\n\t\x1b") == std::string::npos) {
        made.text = "'" + replace_all(made.text, "'", "'\\''") + "'";
    } else {
        made.text = Word::k_unknown;
    }
    return made;
}

}  // namespace caro::shell
