// Values of settings: reading what people type, checking limits, writing TOML.
#include "config/config.hpp"
#include "util/strings.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <charconv>

namespace caro::config {

namespace {

std::vector<std::string_view> allowed_words(const Row& row) {
    std::vector<std::string_view> words;
    for (const auto word : row.allowed) {
        if (!word.empty()) {
            words.push_back(word);
        }
    }
    return words;
}

// "a, b or c"
std::string enumerate(const std::vector<std::string_view>& words) {
    std::string out;
    for (std::size_t i = 0; i < words.size(); ++i) {
        out += i == 0 ? "" : (i + 1 == words.size() ? " or " : ", ");
        out += words[i];
    }
    return out;
}

// What may be given, completing "KEY must be …".
std::string expectation(const Row& row) {
    switch (row.type) {
        case Type::boolean:
            return "true or false";
        case Type::integer:
            return fmt::format("a whole number from {} to {}", row.min, row.max);
        case Type::list:
            return "a list of words";
        case Type::text:
            break;
    }
    switch (row.form) {
        case Form::url:
            return "an address such as http://127.0.0.1:8000";
        case Form::variable_name:
            return "the name of an environment variable";
        case Form::duration:
            return "a duration such as 5m, 30s or -1";
        case Form::size:
            return "a size such as 20GB, 800MB or 0";
        default:
            break;
    }
    const auto words = allowed_words(row);
    return words.empty() ? "text" : enumerate(words);
}

tl::unexpected<Error> not_allowed(const Row& row, std::string_view given) {
    const std::string near = nearest(to_lower(given), allowed_words(row));
    return fail(ErrorCode::usage,
                fmt::format("{} must be {}, not '{}'", row.key, expectation(row), given),
                near.empty() ? "" : fmt::format("Did you mean '{}'?", near));
}

bool is_variable_name(std::string_view text) {
    const auto letter = [](char c) {
        return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_';
    };
    return !text.empty() && letter(text.front()) &&
           std::all_of(text.begin(), text.end(),
                       [&](char c) { return letter(c) || (c >= '0' && c <= '9'); });
}

bool is_duration(std::string_view text) {
    if (!text.empty() && text.front() == '-') {
        text.remove_prefix(1);
    }
    const auto digits = std::min(text.find_first_not_of("0123456789"), text.size());
    const std::string_view unit = text.substr(digits);
    return digits > 0 &&
           (unit.empty() || unit == "s" || unit == "m" || unit == "h" || unit == "ms");
}

// Host part may be anything the HTTP client can make sense of; here only what is surely wrong is
// refused.
Result<> check_url(const Row& row, std::string_view text) {
    if (text.empty()) {
        return {};
    }
    if (text.find_first_of(" \t\"'<>") != std::string_view::npos) {
        return not_allowed(row, text);
    }
    const auto scheme = text.find("://");
    if (scheme != std::string_view::npos && text.substr(0, scheme) != "http" &&
        text.substr(0, scheme) != "https") {
        return fail(ErrorCode::usage,
                    fmt::format("{} must begin with http:// or https://", row.key));
    }
    const auto host_begin = scheme == std::string_view::npos ? 0 : scheme + 3;
    const auto host = text.substr(host_begin, text.find('/', host_begin) - host_begin);
    if (host.find('@') != std::string_view::npos) {
        // The text is not repeated: it holds a password.
        return fail(ErrorCode::usage,
                    fmt::format("{} must not hold a user name or password", row.key),
                    "Keys are never stored: put the key in the environment variable that "
                    "vllm.key_env names");
    }
    return {};
}

Result<> check_text(const Row& row, std::string_view text) {
    for (const char c : text) {
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) {
            return fail(ErrorCode::usage,
                        fmt::format("{} must not hold control characters", row.key));
        }
    }
    const auto words = allowed_words(row);
    if (!words.empty() && std::find(words.begin(), words.end(), text) == words.end()) {
        return not_allowed(row, text);
    }
    if (row.form == Form::url) {
        return check_url(row, text);
    }
    if (row.form == Form::variable_name && !is_variable_name(text)) {
        // Somebody may have put the key itself here, so it is not repeated.
        return fail(ErrorCode::usage,
                    fmt::format("{} must be the name of an environment variable", row.key),
                    "Keys are never stored: name the variable that holds the key");
    }
    if (row.form == Form::duration && !is_duration(text)) {
        return not_allowed(row, text);
    }
    if (row.form == Form::size && !parse_size(text)) {
        return not_allowed(row, text);
    }
    return {};
}

Result<Value> parse_boolean(const Row& row, std::string_view text) {
    const std::string word = to_lower(text);
    for (const auto* yes : {"true", "yes", "on", "1"}) {
        if (word == yes) {
            return Value(true);
        }
    }
    for (const auto* no : {"false", "no", "off", "0"}) {
        if (word == no) {
            return Value(false);
        }
    }
    return not_allowed(row, text);
}

Result<Value> parse_integer(const Row& row, std::string_view text) {
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || end != text.data() + text.size()) {
        return not_allowed(row, text);
    }
    return Value(number);
}

Value parse_list(std::string_view text) {
    std::vector<std::string> list;
    for (const auto part : split(text, ',')) {
        if (const auto word = trim(part); !word.empty()) {
            list.emplace_back(word);
        }
    }
    return list;
}

std::string toml_string(std::string_view text) {
    std::string out = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\') {
            out += '\\';
        }
        out += c;
    }
    return out + '"';
}

}  // namespace

Result<> check_value(const Row& row, const Value& value) {
    if (const auto* number = std::get_if<std::int64_t>(&value)) {
        if (*number < row.min || *number > row.max) {
            return not_allowed(row, std::to_string(*number));
        }
    } else if (const auto* text = std::get_if<std::string>(&value)) {
        return check_text(row, *text);
    } else if (const auto* list = std::get_if<std::vector<std::string>>(&value)) {
        for (const auto& item : *list) {
            TRY(check_text(row, item));
        }
    }
    return {};
}

Result<Value> parse_value(const Row& row, std::string_view text) {
    Result<Value> value = Value(std::string(text));
    switch (row.type) {
        case Type::boolean:
            value = parse_boolean(row, trim(text));
            break;
        case Type::integer:
            value = parse_integer(row, trim(text));
            break;
        case Type::list:
            value = parse_list(text);
            break;
        case Type::text:
            break;
    }
    if (value) {
        TRY(check_value(row, *value));
    }
    return value;
}

std::string to_toml(const Value& value) {
    if (const auto* flag = std::get_if<bool>(&value)) {
        return *flag ? "true" : "false";
    }
    if (const auto* number = std::get_if<std::int64_t>(&value)) {
        return std::to_string(*number);
    }
    if (const auto* text = std::get_if<std::string>(&value)) {
        return toml_string(*text);
    }
    std::string out = "[";
    for (const auto& item : std::get<std::vector<std::string>>(value)) {
        out += (out.size() == 1 ? "" : ", ") + toml_string(item);
    }
    return out + "]";
}

std::string to_text(const Value& value) {
    if (const auto* text = std::get_if<std::string>(&value)) {
        return *text;
    }
    if (const auto* list = std::get_if<std::vector<std::string>>(&value)) {
        return join(*list, ",");
    }
    return to_toml(value);
}

}  // namespace caro::config
