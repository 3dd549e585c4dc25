// Values of expressions in the languages inline_code.cpp reads: texts, numbers, lists and functions that are put together, mapped,
// decoded, formatted. Where a value depends on what is only known at run time there is none. Internal to safety.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "safety/inline_tokens.hpp"

namespace caro::safety {

struct CodeValue {
    enum class Kind : unsigned char { text, number, list, function };
    Kind kind = Kind::text;
    std::string text;
    long number = 0;
    std::vector<CodeValue> items;
    std::vector<std::string> parameters;  // of a function, whose body are these tokens
    std::size_t from = 0;
    std::size_t to = 0;
};

using CodeVariable = std::function<std::optional<std::string>(const std::string&)>;

// The text that the tokens from `from` to `to` (exclusive) make.
std::optional<std::string> evaluated_text(const std::vector<CodeToken>& tokens, std::size_t from, std::size_t to, std::string_view language,
                                          const CodeVariable& variable);

// What a function of that name makes of its arguments, the one it is a method of first; nothing if it is not known here.
std::optional<CodeValue> called_value(const std::string& name, const std::vector<CodeValue>& given, bool method, std::string_view language);

CodeValue text_value(std::string text);
CodeValue number_value(long number);
std::string as_text(const CodeValue& value);
// Ascii85, or base 85 of RFC 1924; nothing if the text holds other characters.
std::optional<std::string> decoded_85(const std::string& text, bool ascii);
// A text with %XX of a form, where + stands for a blank.
std::string form_decoded(std::string_view text);

}  // namespace caro::safety
