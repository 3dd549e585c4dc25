#include "shell/fish.hpp"

#include <algorithm>
#include <cctype>
#include <string>

#include "shell/fish_reader.hpp"

namespace caro::shell {

// Until the end, or the ) that closes a substitution.
void Fish::statements(int depth) {
    const std::size_t outer = m_blocks.size();
    skip_separators();
    while (!at_end() && peek() != ')') {
        const std::size_t before = m_at;
        statement(depth);
        if (m_blocks.size() < outer) {
            break;
        }
        if (m_goes_on) {
            m_goes_on = false;
            continue;
        }
        separator();
        if (m_at == before) {
            fail();
            ++m_at;
        }
    }
}

void Fish::statement(int depth) {
    skip_blanks();
    while (accept("not") || accept("!")) {
        put("! ");
    }
    if (block(depth) || inner_word(depth)) {
        return;
    }
    if (word() == "set") {
        set(depth);
    } else {
        simple(depth);
    }
}

// begin, if, while, for, function, switch
bool Fish::block(int depth) {
    const std::string_view name = word();
    const std::size_t at = m_at;
    if (name == "begin") {
        accept(name);
        skip_separators();
        put_from("{ ", at);
        m_blocks.push_back(Block::braces);
        m_goes_on = true;
        return true;
    }
    if (name == "if" || name == "while") {
        accept(name);
        put_from(name == "if" ? "if " : "while ", at);
        m_blocks.push_back(name == "if" ? Block::condition : Block::loop);
        m_open_condition = true;
        m_goes_on = true;
        return true;
    }
    if (name == "for") {
        each(depth);
    } else if (name == "function") {
        function(depth);
    } else if (name == "switch") {
        choice(depth);
    } else {
        return false;
    }
    return true;
}

// else, case, end
bool Fish::inner_word(int depth) {
    const std::string_view name = word();
    const std::size_t at = m_at;
    if (name == "end") {
        accept(name);
        end_block();
        words(depth);  // redirections
        return true;
    }
    if (name == "else" && !m_blocks.empty() && m_blocks.back() == Block::condition) {
        accept(name);
        if (accept("if")) {
            put_from("elif ", at);
            m_open_condition = true;
        } else {
            skip_separators();
            put_from("else ", at);
        }
        m_goes_on = true;
        return true;
    }
    if (name == "case" && !m_blocks.empty() && m_blocks.back() == Block::choice) {
        accept(name);
        put_from(m_first_case ? "" : ";; ", at);
        m_first_case = false;
        bool more = false;
        for (skip_blanks(); !at_separator(); skip_blanks()) {
            put(more ? "|" : "");
            pattern(depth);
            more = true;
        }
        put(") ");
        skip_separators();
        m_goes_on = true;
        return true;
    }
    return false;
}

// Quotes do not take the meaning of * in a pattern of case.
void Fish::pattern(int depth) {
    const std::size_t end = m_source.find_first_of(" \t\n;", m_at);
    const std::string_view text = m_source.substr(m_at, std::min(end, m_source.size()) - m_at);
    const bool quoted = text.size() > 2 && (text[0] == '\'' || text[0] == '"') && text.back() == text[0];
    const std::string_view inside = quoted ? text.substr(1, text.size() - 2) : std::string_view();
    if (quoted && std::all_of(inside.begin(), inside.end(), [](char c) { return is_fish_name(c) || c == '*' || c == '.' || c == '-'; })) {
        put(inside);
        m_at += text.size();
    } else {
        argument(depth);
    }
}

void Fish::end_block() {
    if (m_blocks.empty()) {
        fail();
        return;
    }
    switch (m_blocks.back()) {
        case Block::braces:
        case Block::function: put("}"); break;
        case Block::condition: put("fi"); break;
        case Block::loop:
        case Block::each: put("done"); break;
        case Block::choice: put(m_first_case ? "esac" : ";; esac"); break;
    }
    m_first_case = false;
    m_blocks.pop_back();
}

// What stands between two statements: ; and line ends, pipes, && || and or &. After a condition then or do.
void Fish::separator() {
    skip_blanks();
    const std::size_t at = m_at;
    if (peek() == '&' && peek(1) == '|') {
        put(" 2>&1 | ");
        m_at += 2;
    } else if ((peek() == '&' && peek(1) == '&') || (peek() == '|' && peek(1) == '|')) {
        put(peek() == '&' ? " && " : " || ");
        m_at += 2;
    } else if (peek() == '|') {
        put(" | ");
        ++m_at;
    } else {
        const bool background = peek() == '&';
        m_at += background ? 1 : 0;
        const bool ends = skip_separators() || background;
        if (!at_end() && peek() != ')' && ends && !background && (accept("and") || word() == "or")) {
            const bool either = accept("or");
            put_from(either ? " || " : " && ", at);
        } else if (m_open_condition) {
            m_open_condition = false;
            put_from(m_blocks.empty() || m_blocks.back() == Block::condition ? "; then " : "; do ", at);
        } else if (ends) {
            put_from(background ? " & " : m_source[at] == '\n' ? "\n" : "; ", at);
        }
        return;
    }
    skip_separators();
}

void Fish::simple(int depth) {
    if (word() == "and" || word() == "or") {  // at the beginning of a block: what came before is not known
        put(word() == "and" ? "test \"$FISH\" && " : "test \"$FISH\" || ");
        accept(word());
        m_goes_on = true;
        if (at_separator()) {
            fail();
        }
        return;
    }
    const std::size_t digits = std::min(m_source.find_first_not_of("0123456789", m_at), m_source.size()) - m_at;
    if (peek(digits) == '<' || peek(digits) == '>') {
        fail();  // a redirection of no command
    }
    words(depth);
}

// function NAME -a FIRST SECOND …; what events call by themselves is called here.
void Fish::function(int depth) {
    accept("function");
    const std::size_t at = m_at;
    argument(depth);
    put_from("() { ", at);
    bool names = false;
    int count = 0;
    while (skip_blanks(), !at_separator()) {
        const std::size_t begin = m_at;
        while (!at_separator() && peek() != ' ' && peek() != '\t') {
            m_at += peek() == '\\' ? 2 : 1;
        }
        m_at = std::min(m_at, m_source.size());
        const std::string_view given = m_source.substr(begin, m_at - begin);
        if (given.substr(0, 1) == "-") {
            names = given == "-a" || given == "--argument-names";
        } else if (names && std::all_of(given.begin(), given.end(), is_fish_name)) {
            put_from(std::string(given) + "=$" + std::to_string(++count) + "; ", begin);
        }
    }
    skip_separators();
    m_blocks.push_back(Block::function);
    if (word() == "end") {
        put(":; ");  // an empty body
    }
    m_goes_on = true;
}

void Fish::each(int depth) {
    const std::size_t at = m_at;
    accept("for");
    put_from("for ", at);
    words(depth);
    m_blocks.push_back(Block::each);
    m_open_condition = true;
}

void Fish::choice(int depth) {
    const std::size_t at = m_at;
    accept("switch");
    put_from("case ", at);
    skip_blanks();
    argument(depth);
    skip_separators();
    put(" in ");
    m_blocks.push_back(Block::choice);
    m_first_case = true;
    if (word() != "case" && word() != "end") {
        fail();
    }
    inner_word(depth);
}

Fish::SetOptions Fish::set_options() {
    SetOptions options;
    while (peek() == '-' && std::isalpha(static_cast<unsigned char>(peek(peek(1) == '-' ? 2 : 1))) != 0) {
        const std::string_view option = word();
        const bool is_long = option.substr(0, 2) == "--";
        const auto given = [&](std::string_view name, char letter) {
            return is_long ? option == name : option.find(letter) != std::string_view::npos;
        };
        options.asks = options.asks || given("--query", 'q') || given("--show", 'S') || given("--names", 'n');
        options.erases = options.erases || given("--erase", 'e');
        options.exports = options.exports || given("--export", 'x');
        options.appends = options.appends || given("--append", 'a') || given("--prepend", 'p');
        m_at += std::max<std::size_t>(option.size(), 1);
        skip_blanks();
    }
    return options;
}

// set [OPTIONS] NAME VALUE…
void Fish::set(int depth) {
    const std::size_t at = m_at;
    accept("set");
    auto [asks, erases, exports, appends] = set_options();
    std::size_t end = m_at;
    while (end < m_source.size() && is_fish_name(m_source[end])) {
        ++end;
    }
    const std::string name(m_source.substr(m_at, end - m_at));
    if (asks || name.empty()) {
        put_from("true ", at);
        words(depth);
        return;
    }
    if (erases) {
        put_from("unset ", at);
        words(depth);
        return;
    }
    m_at = end;
    if (peek() == '[') {  // one element: the others stay
        skip_index();
        appends = true;
    }
    skip_blanks();
    const std::size_t before = m_made.text.size();
    put_from(name + (appends ? "+=(" : "=("), at);
    const std::size_t values = m_made.text.size();
    int count = 0;
    for (; !at_separator() && peek() != '>'; skip_blanks(), ++count) {
        put(count > 0 ? " " : "");
        argument(depth);
    }
    if (count <= 1 && !appends) {  // a scalar
        m_made.text.erase(values - 1, 1);
        m_made.origin.erase(m_made.origin.begin() + static_cast<std::ptrdiff_t>(values) - 1);
    } else {
        put(")");
    }
    if (exports) {
        m_made.text.insert(before, count <= 1 ? "export " : "");
        m_made.origin.insert(m_made.origin.begin() + static_cast<std::ptrdiff_t>(before), count <= 1 ? 7 : 0, static_cast<std::uint32_t>(at));
    }
    words(depth);
}

// Words and redirections up to the next separator.
void Fish::words(int depth) {
    bool first = true;
    for (skip_blanks(); !at_end(); skip_blanks()) {
        const bool both = peek() == '&' && peek(1) == '>';
        if (at_separator() && !both) {
            return;
        }
        put(first ? "" : " ");
        first = false;
        argument(depth);
    }
}

Translation from_fish(std::string_view source) {
    constexpr std::size_t k_longest = 256 * 1024;
    return source.size() > k_longest ? Translation{std::string(source), {}} : Fish(source).translate();
}

}  // namespace caro::shell
