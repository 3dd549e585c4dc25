#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>

#include "shell/text_call.hpp"
#include "shell/text_jq.hpp"
#include "shell/text_regex.hpp"
#include "shell/text_tools.hpp"
#include "util/strings.hpp"

namespace caro::shell {

namespace {

using Each = JqEach;
using Variables = JqVariables;

}  // namespace

void Jq::recurse(const Json& value, const Each& each) {
    if (m_failed || ++m_steps > k_most_steps || ++m_depth > 200) {
        m_failed = true;
        return;
    }
    each(value);
    if (value.is_structured()) {
        for (const auto& one : value) {
            recurse(one, each);
        }
    }
    --m_depth;
}

void Jq::values(const JqNode& node, const Json& input, Variables& variables, const std::vector<Json>& arguments, const Each& each) {
    const std::string& name = node.text;
    if (name == "values" || name == "strings" || name == "scalars") {
        const bool fits = name == "values" ? !input.is_null() : name == "strings" ? input.is_string() : !input.is_structured();
        fits ? each(input) : void();
        return;
    }
    if (name == "sort_by" && input.is_array() && node.kids.size() == 1) {
        std::vector<std::pair<Json, Json>> keyed;
        for (const auto& one : input) {
            keyed.emplace_back(first(node.kids[0], one, variables), one);
        }
        std::stable_sort(keyed.begin(), keyed.end(), [](const auto& a, const auto& b) { return jq_before(a.first, b.first); });
        Json made = Json::array();
        for (const auto& one : keyed) {
            made.push_back(one.second);
        }
        each(made);
        return;
    }
    if (name == "test" || name == "gsub" || name == "sub" || name == "capture" || name == "scan" || name == "match" || name == "splits") {
        patterns(node, input, arguments, variables, each);
        return;
    }
    Json made;
    if (input.is_string() ? !of_text(name, input.text(), arguments, made) : !of_value(name, input, arguments, made)) {
        if (!of_value(name, input, arguments, made)) {
            m_failed = true;
            return;
        }
    }
    each(made);
}

void Jq::patterns(const JqNode& node, const Json& input, const std::vector<Json>& arguments, Variables& variables, const Each& each) {
    const std::string& name = node.text;
    const std::string flags = arguments.size() > 2 ? jq_raw(arguments[2]) : arguments.size() == 2 && name != "gsub" && name != "sub" ? jq_raw(arguments[1]) : "";
    const auto regex = arguments.empty() || !input.is_string() || !arguments[0].is_string() ? std::nullopt
                                                                                              : Regex::read(arguments[0].text(), Regex::Syntax::perl, contains(flags, "i"));
    m_failed = m_failed || !regex;
    if (m_failed) {
        return;
    }
    const std::string text = input.text();
    if (name == "test") {
        each(Json(regex->search(text).has_value()));
    } else if ((name == "gsub" || name == "sub") && node.kids.size() > 1) {
        const std::string with = jq_raw(first(node.kids[1], Json::object(), variables));
        each(Json(regex->replaced(text, replace_all(replace_all(with, "\\", "\\\\"), "&", "\\&"), name == "gsub" || contains(flags, "g"))));
    } else if (name == "scan" || name == "splits") {
        std::size_t from = 0;
        for (std::size_t at = 0; at <= text.size();) {
            const auto match = regex->search(text, at);
            if (!match) {
                break;
            }
            each(Json(name == "scan" ? std::string(match->text(match->groups.size() > 1 ? 1 : 0, text)) : text.substr(from, match->from() - from)));
            from = match->to();
            at = std::max(match->to(), match->from() + 1);
        }
        name == "splits" ? each(Json(text.substr(from))) : void();
    } else {
        m_failed = true;
    }
    m_failed = m_failed || regex->exhausted();
}

bool Jq::of_text(const std::string& name, const std::string& text, const std::vector<Json>& arguments, Json& made) {
    const std::string other = !arguments.empty() && arguments[0].is_string() ? arguments[0].text() : "";
    if (name == "explode") {
        made = Json::array(jq_codes(text));
    } else if (name == "ltrimstr") {
        made = !other.empty() && starts_with(text, other) ? text.substr(other.size()) : text;
    } else if (name == "rtrimstr") {
        made = !other.empty() && ends_with(text, other) ? text.substr(0, text.size() - other.size()) : text;
    } else if (name == "startswith" || name == "endswith") {
        made = name == "startswith" ? starts_with(text, other) : ends_with(text, other);
    } else if (name == "split") {
        made = pieces(text, other);
    } else if (name == "ascii_downcase" || name == "ascii_upcase") {
        std::string turned = text;
        std::transform(turned.begin(), turned.end(), turned.begin(), [&](unsigned char c) {
            return static_cast<char>(name == "ascii_downcase" ? std::tolower(c) : std::toupper(c));
        });
        made = turned;
    } else if (name == "trim" || name == "ltrim" || name == "rtrim") {
        const auto from = name == "rtrim" ? 0 : std::min(text.find_first_not_of(" \t\n\r"), text.size());
        const auto to = name == "ltrim" ? text.size() : text.find_last_not_of(" \t\n\r") + 1;
        made = from < to ? text.substr(from, to - from) : "";
    } else if (name == "fromjson") {
        const auto value = Json::parse(text);
        made = value.value_or(Json());
        return value.has_value();
    } else if (name == "tonumber") {
        made = jq_made(std::strtod(text.c_str(), nullptr));
    } else if (name == "length" || name == "utf8bytelength") {
        made = name == "length" ? jq_codes(text).size() : text.size();
    } else if (name == "reverse") {
        made = std::string(text.rbegin(), text.rend());
    } else if (name == "contains" || name == "index" || name == "indices") {
        const auto at = text.find(other);
        made = name == "contains" ? Json(at != std::string::npos) : at == std::string::npos ? Json() : Json(at);
        return name != "indices";
    } else {
        return false;
    }
    return true;
}

bool Jq::of_value(const std::string& name, const Json& value, const std::vector<Json>& arguments, Json& made) {
    if (name == "implode" && value.is_array()) {
        std::string text;
        for (const auto& one : value) {
            append_utf8(text, static_cast<unsigned long>(std::clamp(jq_number(one), 0.0, 1114111.0)));
        }
        made = text;
    } else if (name == "join" && value.is_array() && arguments.size() == 1) {
        std::string text;
        for (std::size_t i = 0; i < value.size() && text.size() < k_longest_text; ++i) {
            text += (i > 0 ? jq_raw(arguments[0]) : "") + (value[i].is_null() ? "" : jq_raw(value[i]));
        }
        made = text;
    } else if (name == "add" && value.is_structured()) {
        Jq adder;
        for (const auto& one : value) {
            made = adder.combined("+", made, one);
        }
        return !adder.failed();
    } else if ((name == "reverse" || name == "sort" || name == "unique") && value.is_array()) {
        std::vector<Json> all(value.begin(), value.end());
        name == "reverse" ? std::reverse(all.begin(), all.end()) : std::stable_sort(all.begin(), all.end(), jq_before);
        if (name == "unique") {
            all.erase(std::unique(all.begin(), all.end()), all.end());
        }
        made = all;
    } else if (name == "length") {
        made = value.is_number() ? jq_made(std::abs(jq_number(value))) : Json(value.size());
    } else if ((name == "keys" || name == "keys_unsorted") && value.is_object()) {
        std::vector<std::string> all = value.keys();
        name == "keys" ? std::sort(all.begin(), all.end()) : void();
        made = Json::array(all);
    } else if ((name == "to_entries" || name == "keys") && value.is_array()) {
        made = Json::array();
        for (std::size_t i = 0; i < value.size(); ++i) {
            made.push_back(name == "keys" ? Json(i) : Json::object({{"key", i}, {"value", value[i]}}));
        }
    } else if (name == "to_entries" && value.is_object()) {
        made = Json::array();
        for (std::size_t i = 0; i < value.size(); ++i) {
            made.push_back(Json::object({{"key", value.keys()[i]}, {"value", value[i]}}));
        }
    } else {
        return of_any(name, value, arguments, made);
    }
    return true;
}

bool Jq::of_any(const std::string& name, const Json& value, const std::vector<Json>& arguments, Json& made) {
    if (name == "tostring" || name == "tojson" || name == "ascii") {
        std::string text;
        name == "ascii" ? append_utf8(text, static_cast<unsigned long>(std::clamp(jq_number(value), 0.0, 127.0))) : void();
        made = name == "tostring" ? jq_raw(value) : name == "tojson" ? jq_text(value) : text;
    } else if (name == "tonumber" && value.is_number()) {
        made = value;
    } else if (name == "not") {
        made = !jq_true(value);
    } else if (name == "type") {
        made = value.is_null() ? "null" : value.is_boolean() ? "boolean" : value.is_number() ? "number" : value.is_string() ? "string" : value.is_array() ? "array" : "object";
    } else if ((name == "floor" || name == "round" || name == "ceil" || name == "sqrt") && value.is_number()) {
        const double given = jq_number(value);
        made = jq_made(name == "floor" ? std::floor(given) : name == "round" ? std::round(given) : name == "ceil" ? std::ceil(given) : std::sqrt(given));
    } else if ((name == "first" || name == "last") && value.is_array()) {
        made = value.empty() ? Json() : value[name == "first" ? 0 : value.size() - 1];
    } else if (name == "has" && arguments.size() == 1 && value.is_object()) {
        made = value.find(jq_raw(arguments[0])) != nullptr;
    } else if (name == "flatten" && value.is_array()) {
        made = Json::array();
        for (const auto& one : value) {
            one.is_array() ? made.append(one) : made.push_back(one);
        }
    } else if ((name == "min" || name == "max") && value.is_array() && !value.empty()) {
        made = name == "min" ? *std::min_element(value.begin(), value.end(), jq_before) : *std::max_element(value.begin(), value.end(), jq_before);
    } else {
        return false;
    }
    return true;
}

}  // namespace caro::shell
