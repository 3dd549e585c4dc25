#include "shell/text_call.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

#include "util/strings.hpp"

namespace caro::shell {

std::optional<std::string> ToolCall::file(const std::string& path) const {
    if (path == "-" || path == "/dev/stdin" || path == "/dev/fd/0" || path == "/proc/self/fd/0") {
        return input;
    }
    return path == "/dev/null" ? std::optional<std::string>("") : around.file ? around.file(path) : std::nullopt;
}

std::string ToolOptions::value(char letter, std::string fallback) const {
    const auto it = values.find(letter);
    return it == values.end() ? std::move(fallback) : it->second.back();
}

ToolOptions read_options(const ToolCall& call, std::string_view plain, std::string_view valued, const std::map<std::string, char>& longs,
                         bool permutes) {
    ToolOptions made;
    bool ended = false;
    for (std::size_t i = 1; i < call.words.size(); ++i) {
        const std::string& text = call.words[i].text;
        if (ended || text.size() < 2 || text[0] != '-') {
            made.operands.push_back(text);
            ended = ended || !permutes;
            continue;
        }
        if (text == "--") {
            ended = true;
            continue;
        }
        const auto take = [&](char letter, const std::string* given) {
            made.values[letter].push_back(given != nullptr ? *given : i + 1 < call.words.size() ? call.words[++i].text : "");
        };
        if (text[1] == '-') {
            const auto equal = text.find('=');
            const std::string name = text.substr(2, equal == std::string::npos ? equal : equal - 2);
            const auto it = longs.lower_bound(name);
            if (it == longs.end() || !starts_with(it->first, name)) {
                made.unknown = true;
            } else if (valued.find(it->second) == std::string_view::npos) {
                made.letters += it->second;
            } else {
                const std::string value = equal == std::string::npos ? "" : text.substr(equal + 1);
                take(it->second, equal == std::string::npos ? nullptr : &value);
            }
            continue;
        }
        for (std::size_t k = 1; k < text.size(); ++k) {
            if (valued.find(text[k]) != std::string_view::npos) {
                const std::string rest = text.substr(k + 1);
                take(text[k], rest.empty() ? nullptr : &rest);
                break;
            }
            made.unknown = made.unknown || plain.find(text[k]) == std::string_view::npos;
            made.letters += text[k];
        }
    }
    return made;
}

std::optional<std::string> contents_of(const ToolCall& call, const std::vector<std::string>& operands) {
    if (operands.empty()) {
        return call.input && call.input->size() <= k_longest_text ? call.input : std::nullopt;
    }
    std::string all;
    for (const auto& operand : operands) {
        const auto one = call.file(operand);
        if (!one || all.size() + one->size() > k_longest_text) {
            return std::nullopt;
        }
        all += *one;
    }
    return all;
}

std::vector<std::string> text_lines(std::string_view text) {
    std::vector<std::string> made;
    for (const auto line : split(text, '\n')) {
        made.emplace_back(line);
    }
    if (!made.empty() && made.back().empty()) {
        made.pop_back();
    }
    return made;
}

std::string text_of(const std::vector<std::string>& lines) {
    std::string made;
    for (const auto& line : lines) {
        made += line + "\n";
    }
    return made;
}

void append_utf8(std::string& into, unsigned long code) {
    if (code < 0x80) {
        into += static_cast<char>(code);
        return;
    }
    const int more = code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
    constexpr std::array<unsigned long, 4> k_marks = {0, 0xc0, 0xe0, 0xf0};
    into += static_cast<char>(k_marks[static_cast<std::size_t>(more)] | ((code >> (6 * more)) & 0x3f));
    for (int i = more - 1; i >= 0; --i) {
        into += static_cast<char>(0x80 | ((code >> (6 * i)) & 0x3f));
    }
}

namespace {

std::string one_conversion(const std::string& spec, char kind, const FormatArguments& arguments, std::size_t index) {
    std::array<char, 600> buffer{};
    const std::string text = arguments.text(index);
    const auto print = [&](const std::string& format, auto value) {
        const int size = std::snprintf(buffer.data(), buffer.size(), format.c_str(), value);
        return std::string(buffer.data(), static_cast<std::size_t>(std::clamp(size, 0, 599)));
    };
    if (kind == 's' || kind == 'c') {
        std::string whole = text;
        if (kind == 'c') {
            const double code = arguments.number(index);
            whole = text.substr(0, 1);
            if (arguments.is_number(index) && code >= 0 && code < 0x110000) {
                whole.clear();
                append_utf8(whole, static_cast<unsigned long>(code));
            }
        }
        if (spec == "%") {
            return whole;
        }
        return whole.size() < 500 ? print(spec + "s", whole.c_str()) : whole;
    }
    const double number = arguments.number(index);
    if (std::string_view("diouxX").find(kind) == std::string_view::npos) {
        return print(spec + kind, number);
    }
    const long whole = std::abs(number) < 9e18 ? static_cast<long>(number) : 0;
    return print(spec + "l" + kind, whole);
}

}  // namespace

std::string formatted(std::string_view format, const FormatArguments& arguments) {
    std::string made;
    std::size_t next = 0;
    for (std::size_t i = 0; i < format.size() && made.size() < k_longest_text; ++i) {
        if (format[i] != '%' || i + 1 >= format.size() || format[i + 1] == '%') {
            made += format[i];
            i += format[i] == '%' ? 1 : 0;
            continue;
        }
        std::string spec = "%";
        std::size_t digits = 0;
        for (++i; i < format.size() && std::string_view("-+ #0123456789.*").find(format[i]) != std::string_view::npos; ++i) {
            if (format[i] == '*') {
                spec += std::to_string(std::clamp<long>(next < arguments.count ? static_cast<long>(arguments.number(next)) : 0, -200, 200));
                ++next;
            } else {
                digits = format[i] >= '0' && format[i] <= '9' ? digits + 1 : 0;
                spec += digits < 4 ? std::string(1, format[i]) : "";
            }
        }
        while (i < format.size() && (format[i] == 'l' || format[i] == 'h')) {
            ++i;
        }
        const char kind = i < format.size() ? format[i] : 's';
        const bool known = std::string_view("scdiouxXeEfFgG").find(kind) != std::string_view::npos;
        if (!known || next >= arguments.count || spec.size() > 12) {
            made += known ? "" : spec + kind;
            continue;
        }
        made += one_conversion(spec, kind, arguments, next++);
    }
    return made;
}

}  // namespace caro::shell
