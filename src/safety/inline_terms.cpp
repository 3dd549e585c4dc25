// Terms of expressions: texts, names, calls, elements.
#include "safety/inline_evaluation.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdlib>
#include <utility>

#include "shell/script.hpp"
#include "util/strings.hpp"

namespace caro::safety {

namespace {

using Kind = CodeToken::Kind;

bool opens(const CodeToken& token) { return token.is('(') || token.is('[') || token.is('{'); }

}  // namespace

Value Evaluation::primary(std::size_t& at, std::size_t to) {
    const CodeToken& first = token(at);
    if (at >= to) {
        return std::nullopt;
    }
    if (first.is('-') || first.is('+')) {
        ++at;
        Value value = postfix(at, to);
        if (value && value->kind == CodeValue::Kind::number && first.is('-')) {
            value->number = -value->number;
        }
        return value;
    }
    if (first.kind == Kind::text) {
        ++at;
        if (first.text.find(shell::Word::k_unknown) != std::string::npos) {
            return std::nullopt;
        }
        const bool digits = first.number && first.text.size() < 12;
        if (digits && starts_with(first.text, "0b")) {
            return number_value(std::strtol(first.text.c_str() + 2, nullptr, 2));
        }
        if (first.number && first.text.size() > 11 && !starts_with(first.text, "0x")) {
            return std::nullopt;
        }
        if (first.number && first.text.size() > 1 && first.text[0] == '0' && first.text[1] == 'o') {
            return number_value(std::strtol(first.text.c_str() + 2, nullptr, 8));
        }
        return digits ? number_value(std::strtol(first.text.c_str(), nullptr, 0)) : text_value(first.text);
    }
    if (first.is('(') || first.is('[') || (first.is('{') && m_language == "lua")) {
        const std::size_t end = closing(at, to);
        auto all = values(at + 1, end);
        const bool generator = all && all->size() == 1 && end > at + 2;
        at = end + 1;
        if (!all) {
            return std::nullopt;
        }
        const bool list = !first.is('(') || all->size() != 1 || !generator ? !first.is('(') || all->size() != 1 : false;
        if (!list) {
            return all->front();
        }
        if (first.is('[') && generator && all->front().kind == CodeValue::Kind::list && m_language == "python" && has_loop(at - 1, end)) {
            return all->front();
        }
        CodeValue made;
        made.kind = CodeValue::Kind::list;
        made.items = std::move(*all);
        return made;
    }
    if (first.is('&') && token(at + 1).is(':')) {  // map(&:chr)
        at += 3;
        return text_value(token(at - 1).text);
    }
    if (first.is('%') || first.is('\\') || first.is('&')) {
        ++at;
        return primary(at, to);
    }
    return first.kind == Kind::name ? named(at, to) : std::nullopt;
}

bool Evaluation::has_loop(std::size_t, std::size_t end) const {
    for (std::size_t i = end; i > 0 && !token(i - 1).is('['); --i) {
        if (token(i - 1).kind == Kind::name && token(i - 1).text == "for") {
            return true;
        }
    }
    return false;
}

std::vector<std::string> Evaluation::parts_of(const std::string& name) {
    std::vector<std::string> parts(1);
    for (std::size_t i = 0; i < name.size(); ++i) {
        if (name[i] == '.' || name[i] == ':' || (name[i] == '-' && i + 1 < name.size() && name[i + 1] == '>')) {
            i += name[i] == '-' || (name[i] == ':' && i + 1 < name.size() && name[i + 1] == ':') ? 1 : 0;
            parts.emplace_back();
        } else {
            parts.back() += name[i];
        }
    }
    return parts;
}

// A list is kept as words of a shell: 'rm' '-rf' ~
CodeValue Evaluation::words_of(const std::string& text) {
    const bool numbers = text.find(' ') != std::string::npos && text.find_first_not_of("0123456789 ") == std::string::npos;
    if (!numbers && (text.size() < 3 || text.front() != '\'' || text.find("' ") == std::string::npos)) {
        return text_value(text);
    }
    CodeValue made;
    made.kind = CodeValue::Kind::list;
    std::string word;
    bool quoted = false;
    for (std::size_t i = 0; i <= text.size(); ++i) {
        if (i == text.size() || (text[i] == ' ' && !quoted)) {
            made.items.push_back(text_value(std::exchange(word, "")));
        } else if (text[i] == '\'') {
            quoted = !quoted;
        } else if (text[i] == '\\' && !quoted && i + 1 < text.size()) {
            word += text[++i];
        } else {
            word += text[i];
        }
    }
    const auto is_number = [](const CodeValue& item) {
        return !item.text.empty() && item.text.size() < 9 && item.text.find_first_not_of("0123456789") == std::string::npos;
    };
    if (std::all_of(made.items.begin(), made.items.end(), is_number)) {
        for (auto& item : made.items) {
            item = number_value(std::stol(item.text));
        }
    }
    return made;
}

Value Evaluation::variable(const std::string& name) const {
    const auto local = m_locals.find(name);
    if (local != m_locals.end()) {
        return local->second;
    }
    const auto known = m_variable(name);
    return known ? Value(words_of(*known)) : std::nullopt;
}

Value Evaluation::named(std::size_t& at, std::size_t to) {
    const std::string& written = token(at).text;
    const std::string name = (m_dots || m_language == "lua") && written[0] == '.' ? written.substr(1) : written;
    ++at;
    if (name == "new" && token(at).kind == Kind::name) {
        return named(at, to);
    }
    Value whole = variable(name);
    if (whole && !token(at).is('(')) {
        return whole;
    }
    const auto parts = parts_of(name);
    if (parts.size() > 1) {
        if (Value base = variable(parts[0])) {
            for (std::size_t i = 1; base && i < parts.size(); ++i) {
                base = i + 1 < parts.size() ? called_value(parts[i], {*base}, true, m_language) : method(parts[i], *base, at, to);
            }
            return base;
        }
    }
    return function(name, parts.back(), at, to);
}

// NAME(…), NAME …, NAME[…]
Value Evaluation::function(const std::string& whole, const std::string& name, std::size_t& at, std::size_t to) {
    if (name == "env" || name == "ENV" || name == "environ" || whole == "$ENV" || name == "$_ENV" || name == "$_SERVER") {
        const std::size_t end = opens(token(at)) ? closing(at, to) : at;
        const bool home = token(at + 1).text == "HOME" || token(at + 1).text == "USERPROFILE";
        at = end + 1;
        return home ? Value(text_value("~")) : std::nullopt;
    }
    if (name == "HOME" && (contains(whole, "env.") || contains(whole, "ENV."))) {
        return text_value("~");
    }
    std::vector<CodeValue> given;
    if (m_language == "perl" && name == "map") {
        return perl_map(at, to);
    }
    if (token(at).is('(') || (token(at).is('{') && m_language == "lua")) {
        const std::size_t end = closing(at, to);
        auto all = token(at).is('{') ? values(at, end + 1) : values(at + 1, end);
        if (!all) {
            return std::nullopt;
        }
        at = end + 1;
        given = std::move(*all);
    } else if (at < to && (m_language == "perl" || m_language == "ruby" || m_language == "lua") && (token(at).kind != Kind::mark || token(at).is('['))) {
        if (m_language == "perl" && takes_all(name)) {
            auto all = values(at, to);
            if (!all) {
                return std::nullopt;
            }
            at = to;
            given = std::move(*all);
        } else {
            Value one = expression(at, to, 0);
            if (!one) {
                return std::nullopt;
            }
            given.push_back(std::move(*one));
        }
    } else if (const Value topic = m_language == "perl" ? variable("$_") : std::nullopt) {
        given.push_back(*topic);
    }
    return call(name, std::move(given), false);
}

// map {chr} LIST, map chr, LIST, map { chr($_ ^ 1) } LIST
Value Evaluation::perl_map(std::size_t& at, std::size_t to) {
    std::size_t start = at;
    std::size_t end = to;
    if (token(start).is('(')) {
        end = closing(start, to);
        ++start;
    }
    at = end == to ? to : end + 1;
    CodeValue function;
    std::size_t list = 0;
    if (token(start).is('{')) {
        const std::size_t close = closing(start, end);
        function = block(start + 1, close);
        list = close + 1;
    } else {
        list = argument_end(start, end);
        if (token(start).kind == Kind::name && takes_all(token(start).text)) {
            return std::nullopt;
        }
        function.kind = CodeValue::Kind::function;
        function.parameters = {"$_"};
        function.from = start;
        function.to = list;
        ++list;
    }
    list += token(list).is(',') ? 1 : 0;
    const auto all = values(list, end);
    CodeValue items;
    items.kind = CodeValue::Kind::list;
    if (!all) {
        return std::nullopt;
    }
    items.items = *all;
    return mapped(items, function);
}

Value Evaluation::call(const std::string& name, std::vector<CodeValue> given, bool is_method) {
    constexpr std::array<std::string_view, 9> k_maps = {"map", "collect", "array_map", "flat_map", "flatMap", "sapply", "lapply", "vapply", "each_char"};
    constexpr std::array<std::string_view, 5> k_uses = {"then", "yield_self", "let", "tap", "apply"};
    const auto is_function = [](const CodeValue& value) { return value.kind == CodeValue::Kind::function; };
    const auto at = std::find_if(given.begin(), given.end(), is_function);
    const bool maps = std::find(k_maps.begin(), k_maps.end(), name) != k_maps.end();
    if (maps && given.size() == 2) {
        const bool first = at != given.end() ? at == given.begin() : !is_method && given[1].kind == CodeValue::Kind::list;
        return mapped(given[first ? 1 : 0], given[first ? 0 : 1]);
    }
    if (std::find(k_uses.begin(), k_uses.end(), name) != k_uses.end() && given.size() == 2 && at != given.end()) {
        return applied(given[1], given[0]);
    }
    if ((name == "gsub" || name == "replace" || name == "replaceAll" || name == "preg_replace_callback") && given.size() == 3 && is_function(given[2])) {
        Value all = mapped(given[0], given[2]);  // every character
        return all ? called_value("join", {*all, text_value("")}, true, "ruby") : std::nullopt;
    }
    return called_value(name, given, is_method, m_language);
}

Value Evaluation::method(const std::string& name, const CodeValue& base, std::size_t& at, std::size_t to) {
    std::vector<CodeValue> given = {base};
    if (token(at).is('(')) {
        const std::size_t end = closing(at, to);
        auto all = values(at + 1, end);
        if (!all) {
            return std::nullopt;
        }
        given.insert(given.end(), all->begin(), all->end());
        at = end + 1;
    }
    const bool blocks = m_language == "ruby" || m_language == "groovy" || m_language == "jvm" || m_language == "swift";
    if (token(at).is('{') && at < to && blocks) {
        const std::size_t end = closing(at, to);
        given.push_back(block(at + 1, end));
        at = end + 1;
    }
    return call(name, std::move(given), true);
}

// .name(…), :name(…) of Lua, [index], [from:to:step]
Value Evaluation::postfix(std::size_t& at, std::size_t to) {
    Value value = primary(at, to);
    while (value && at < to && !spent()) {
        const CodeToken& next = token(at);
        if (next.kind == Kind::name && ((next.text[0] == '.' && !m_dots) || starts_with(next.text, "->") || starts_with(next.text, "::"))) {
            const auto parts = parts_of(next.text);
            ++at;
            for (std::size_t i = 1; value && i < parts.size(); ++i) {
                value = i + 1 < parts.size() ? call(parts[i], {*value}, true) : method(parts[i], *value, at, to);
            }
        } else if (next.is(':') && token(at + 1).kind == Kind::name && m_language == "lua") {
            at += 2;
            value = method(token(at - 1).text, *value, at, to);
        } else if (next.is('[')) {
            const std::size_t end = closing(at, to);
            value = indexed(*value, at + 1, end);
            at = end + 1;
        } else {
            break;
        }
    }
    return value;
}

Value Evaluation::indexed(const CodeValue& value, std::size_t from, std::size_t to) {
    const bool list = value.kind == CodeValue::Kind::list;
    if (!list && m_language == "perl") {
        return std::nullopt;  // qw(a b)[1]
    }
    const long size = static_cast<long>(list ? value.items.size() : value.text.size());
    std::vector<std::optional<long>> parts(1);
    for (std::size_t i = from; i < to;) {
        if (token(i).is(':') || (token(i).is('.') && token(i + 1).is('.'))) {
            i += token(i).is('.') ? (token(i + 2).is('.') ? 3 : 2) : 1;
            parts.emplace_back();
            continue;
        }
        std::size_t end = i;
        while (end < to && !token(end).is(':') && !token(end).is('.')) {
            ++end;
        }
        const Value number = whole_of(i, end);
        if (!number || number->kind != CodeValue::Kind::number) {
            return std::nullopt;
        }
        parts.back() = number->number;
        i = end;
    }
    const auto place = [size](long at) { return at < 0 ? at + size : at; };
    const auto item = [&](long at) { return list ? value.items[static_cast<std::size_t>(at)] : text_value(std::string(1, value.text[static_cast<std::size_t>(at)])); };
    if (parts.size() == 1) {
        const long at = parts[0] ? place(*parts[0]) : -1;
        return at >= 0 && at < size ? Value(item(at)) : std::nullopt;
    }
    const long step = parts.size() > 2 && parts[2] ? *parts[2] : 1;
    long first = parts[0] ? place(*parts[0]) : step > 0 ? 0 : size - 1;
    const bool inclusive = m_language == "ruby";
    long last = parts[1] ? place(*parts[1]) + (inclusive ? 1 : 0) : step > 0 ? size : -1;
    first = std::clamp(first, -1L, size);
    last = std::clamp(last, -1L, size);
    CodeValue made;
    made.kind = value.kind;
    for (long i = first; step != 0 && (step > 0 ? i < last : i > last) && i >= 0 && i < size; i += step) {
        if (list) {
            made.items.push_back(item(i));
        } else {
            made.text += value.text[static_cast<std::size_t>(i)];
        }
    }
    return made;
}

}  // namespace caro::safety
