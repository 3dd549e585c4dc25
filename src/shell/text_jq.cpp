// jq: its filters over JSON, run in bounded time. text_jq_reader.cpp reads them.
#include "shell/text_jq.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "shell/text_call.hpp"
#include "shell/text_regex.hpp"
#include "shell/text_tools.hpp"
#include "util/strings.hpp"

namespace caro::shell {

namespace {

using Text = std::optional<std::string>;
using Kind = JqNode::Kind;
using Each = std::function<void(const Json&)>;
using Variables = std::map<std::string, Json>;

std::string dumped(const Json& value, int indent = -1) { return value.dump(indent, ' ', false, Json::error_handler_t::replace); }

std::string text_of_value(const Json& value) { return value.is_string() ? value.get<std::string>() : dumped(value); }

double number_of(const Json& value) { return value.is_number() ? value.get<double>() : 0; }

Json number(double value) {
    const bool whole = std::abs(value) < 9e15 && value == std::floor(value);
    return whole ? Json(static_cast<std::int64_t>(value)) : Json(value);
}

bool is_true(const Json& value) { return !value.is_null() && !(value.is_boolean() && !value.get<bool>()); }

int rank(const Json& value) {
    return value.is_null() ? 0 : value.is_boolean() ? (value.get<bool>() ? 2 : 1) : value.is_number() ? 3 : value.is_string() ? 4 : value.is_array() ? 5 : 6;
}

bool before(const Json& a, const Json& b) {
    return rank(a) != rank(b) ? rank(a) < rank(b) : a.is_array() ? dumped(a) < dumped(b) : a < b;
}

std::vector<unsigned long> code_points(const std::string& text) {
    std::vector<unsigned long> made;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto first = static_cast<unsigned char>(text[i]);
        const int more = first < 0xc0 ? 0 : first < 0xe0 ? 1 : first < 0xf0 ? 2 : 3;
        unsigned long code = more == 0 ? first : first & (0x3fU >> static_cast<unsigned>(more));
        for (int k = 0; k < more && i + 1 < text.size(); ++k) {
            code = (code << 6U) | (static_cast<unsigned char>(text[++i]) & 0x3fU);
        }
        made.push_back(code);
    }
    return made;
}

class Jq {
  public:
    bool failed() const { return m_failed; }

    void run(const JqNode& node, const Json& input, Variables& variables, const Each& each) {
        if (m_failed || ++m_steps > 20000 || ++m_depth > 200) {
            m_failed = true;
            return;
        }
        switch (node.kind) {
            case Kind::pipe:
                run(node.kids[0], input, variables, [&](const Json& one) { run(node.kids[1], one, variables, each); });
                break;
            case Kind::comma:
                run(node.kids[0], input, variables, each);
                run(node.kids[1], input, variables, each);
                break;
            case Kind::binary: binary(node, input, variables, each); break;
            case Kind::literal: each(node.value); break;
            case Kind::self: each(input); break;
            case Kind::text: text(node, input, variables, each); break;
            case Kind::array: each(collected(node, input, variables)); break;
            case Kind::object: object(node, 0, Json::object(), input, variables, each); break;
            case Kind::field:
            case Kind::slice:
            case Kind::all: access(node, input, variables, each); break;
            case Kind::variable: {
                const auto it = variables.find(node.text);
                m_failed = m_failed || it == variables.end();
                if (!m_failed) {
                    each(Json(it->second));
                }
                break;
            }
            case Kind::condition:
                run(node.kids[0], input, variables, [&](const Json& holds) { run(node.kids[is_true(holds) ? 1 : 2], input, variables, each); });
                break;
            case Kind::bind: bind(node, input, variables, each); break;
            case Kind::reduce: reduce(node, input, variables, each); break;
            case Kind::format: each(Json(format(node.text, input))); break;
            case Kind::call: call(node, input, variables, each); break;
        }
        --m_depth;
    }

  private:
    Json collected(const JqNode& node, const Json& input, Variables& variables) {
        Json made = Json::array();
        if (!node.kids.empty()) {
            run(node.kids[0], input, variables, [&](const Json& one) { made.push_back(one); });
        }
        m_failed = m_failed || made.size() > 10000;
        return made;
    }

    Json first(const JqNode& node, const Json& input, Variables& variables) {
        Json made;
        bool any = false;
        run(node, input, variables, [&](const Json& one) {
            made = any ? made : one;
            any = true;
        });
        return made;
    }

    void text(const JqNode& node, const Json& input, Variables& variables, const Each& each) {
        std::string made;
        for (const auto& kid : node.kids) {
            if (kid.kind == Kind::literal) {
                made += kid.value.get<std::string>();
                continue;
            }
            const Json one = first(kid, input, variables);
            made += node.text.empty() ? text_of_value(one) : format(node.text, one);
        }
        m_failed = m_failed || made.size() > k_longest_text;
        each(Json(made));
    }

    void object(const JqNode& node, std::size_t index, const Json& made, const Json& input, Variables& variables, const Each& each) {
        if (index + 1 >= node.kids.size()) {
            each(made);
            return;
        }
        const Json key = first(node.kids[index], input, variables);
        run(node.kids[index + 1], input, variables, [&](const Json& value) {
            Json next = made;
            next[text_of_value(key)] = value;
            object(node, index + 2, next, input, variables, each);
        });
    }

    void access(const JqNode& node, const Json& input, Variables& variables, const Each& each) {
        run(node.kids[0], input, variables, [&](const Json& from) {
            if (node.kind == Kind::all) {
                m_failed = m_failed || (!from.is_structured() && !node.optional);
                for (const auto& one : from.is_structured() ? from : Json::array()) {
                    each(one);
                }
                return;
            }
            if (node.kind == Kind::slice) {
                slice(from, first(node.kids[1], input, variables), first(node.kids[2], input, variables), each);
                return;
            }
            run(node.kids[1], input, variables, [&](const Json& key) { member(from, key, node.optional, each); });
        });
    }

    void member(const Json& from, const Json& key, bool optional, const Each& each) {
        if (from.is_null()) {
            each(Json());
        } else if (from.is_object() && key.is_string()) {
            const auto it = from.find(key.get<std::string>());
            each(it == from.end() ? Json() : *it);
        } else if (from.is_array() && key.is_number()) {
            const auto size = static_cast<double>(from.size());
            const double at = std::floor(number_of(key) < 0 ? size + number_of(key) : number_of(key));
            each(at >= 0 && at < size ? from[static_cast<std::size_t>(at)] : Json());
        } else {
            m_failed = m_failed || !optional;
        }
    }

    void slice(const Json& from, const Json& begin, const Json& end, const Each& each) {
        const std::string text = from.is_string() ? from.get<std::string>() : "";
        const double size = static_cast<double>(from.is_string() ? text.size() : from.size());
        const auto bound = [&](const Json& given, double fallback) {
            const double at = given.is_null() ? fallback : number_of(given);
            return static_cast<std::size_t>(std::clamp(at < 0 ? size + at : at, 0.0, size));
        };
        const std::size_t first = bound(begin, 0);
        const std::size_t last = std::max(bound(end, size), first);
        if (from.is_string()) {
            each(Json(text.substr(first, last - first)));
            return;
        }
        m_failed = m_failed || !from.is_array();
        each(m_failed ? Json() : Json(Json::array_t(from.begin() + static_cast<std::ptrdiff_t>(first), from.begin() + static_cast<std::ptrdiff_t>(last))));
    }

    void bind(const JqNode& node, const Json& input, Variables& variables, const Each& each) {
        run(node.kids[0], input, variables, [&](const Json& value) {
            const auto old = variables.find(node.text);
            const Json kept = old == variables.end() ? Json() : old->second;
            variables[node.text] = value;
            run(node.kids[1], input, variables, each);
            variables[node.text] = kept;
        });
    }

    void reduce(const JqNode& node, const Json& input, Variables& variables, const Each& each) {
        Json made = first(node.kids[1], input, variables);
        run(node.kids[0], input, variables, [&](const Json& one) {
            variables[node.text] = one;
            made = first(node.kids[2], made, variables);
            if (node.each) {
                each(made);
            }
        });
        if (!node.each) {
            each(made);
        }
    }

    void binary(const JqNode& node, const Json& input, Variables& variables, const Each& each) {
        const std::string& sign = node.text;
        if (sign == "//") {
            bool any = false;
            run(node.kids[0], input, variables, [&](const Json& one) {
                if (is_true(one)) {
                    any = true;
                    each(one);
                }
            });
            if (!any) {
                run(node.kids[1], input, variables, each);
            }
            return;
        }
        run(node.kids[1], input, variables, [&](const Json& right) {
            run(node.kids[0], input, variables, [&](const Json& left) { each(combined(sign, left, right)); });
        });
    }

    Json combined(const std::string& sign, const Json& a, const Json& b) {
        if (sign == "and" || sign == "or") {
            return sign == "and" ? is_true(a) && is_true(b) : is_true(a) || is_true(b);
        }
        if (any_of(sign, {"==", "!=", "<", "<=", ">", ">="})) {
            const bool less = before(a, b);
            const bool more = before(b, a);
            return sign == "==" ? !less && !more : sign == "!=" ? less || more : sign == "<" ? less : sign == "<=" ? !more : sign == ">" ? more : !less;
        }
        if (sign == "+" && (a.is_null() || b.is_null())) {
            return a.is_null() ? b : a;
        }
        if (a.is_number() && b.is_number()) {
            const double x = number_of(a);
            const double y = number_of(b);
            m_failed = m_failed || ((sign == "/" || sign == "%") && y == 0);
            return m_failed ? Json() : number(sign == "+" ? x + y : sign == "-" ? x - y : sign == "*" ? x * y : sign == "/" ? x / y : std::fmod(std::trunc(x), std::trunc(y)));
        }
        if (a.is_string() && b.is_string()) {
            const std::string left = a.get<std::string>();
            const std::string right = b.get<std::string>();
            m_failed = m_failed || (sign != "+" && sign != "/") || left.size() + right.size() > k_longest_text;
            return m_failed ? Json() : sign == "+" ? Json(left + right) : pieces(left, right);
        }
        if (a.is_string() && b.is_number() && sign == "*") {
            std::string made;
            for (double i = 0; i < std::min(number_of(b), 2000.0) && made.size() < k_longest_text; ++i) {
                made += a.get<std::string>();
            }
            return made;
        }
        Json made = a;
        if (a.is_array() && b.is_array() && sign == "+") {
            made.insert(made.end(), b.begin(), b.end());
        } else if (a.is_array() && b.is_array() && sign == "-") {
            made = Json::array();
            std::copy_if(a.begin(), a.end(), std::back_inserter(made), [&](const Json& one) { return std::find(b.begin(), b.end(), one) == b.end(); });
        } else if (a.is_object() && b.is_object() && (sign == "+" || sign == "*")) {
            made.update(b);
        } else {
            m_failed = true;
        }
        m_failed = m_failed || made.size() > 10000;
        return made;
    }

    static Json pieces(const std::string& text, const std::string& mark) {
        Json made = Json::array();
        if (mark.empty()) {
            for (const char c : text) {
                made.push_back(std::string(1, c));
            }
            return made;
        }
        std::size_t at = 0;
        for (auto end = text.find(mark); !text.empty() && end != std::string::npos; end = text.find(mark, at)) {
            made.push_back(text.substr(at, end - at));
            at = end + mark.size();
        }
        if (!text.empty()) {
            made.push_back(text.substr(at));
        }
        return made;
    }

    std::string format(const std::string& name, const Json& value) {
        const std::string text = text_of_value(value);
        if (name == "text" || name == "json") {
            return name == "text" ? text : dumped(value);
        }
        if (name == "base64d" || name == "base64") {
            return name == "base64d" ? decoded_base64(text) : encoded_base64(text);
        }
        if (name == "html") {
            return replace_all(replace_all(replace_all(text, "&", "&amp;"), "<", "&lt;"), ">", "&gt;");
        }
        const bool shell = name == "sh";
        if (shell || name == "tsv" || name == "csv") {
            std::string made;
            for (const auto& one : value.is_array() ? value : Json::array({value})) {
                const std::string piece = text_of_value(one);
                made += made.empty() ? "" : shell ? " " : name == "tsv" ? "\t" : ",";
                made += !one.is_string() || name == "tsv" ? piece : shell ? "'" + replace_all(piece, "'", "'\\''") + "'" : "\"" + replace_all(piece, "\"", "\"\"") + "\"";
            }
            return made;
        }
        if (name == "uri") {
            std::string made;
            for (const char c : text) {
                char buffer[8];
                std::snprintf(buffer, sizeof buffer, "%%%02X", static_cast<unsigned>(static_cast<unsigned char>(c)));
                made += std::isalnum(static_cast<unsigned char>(c)) != 0 || std::string_view("-_.~").find(c) != std::string_view::npos ? std::string(1, c) : buffer;
            }
            return made;
        }
        m_failed = m_failed || name != "urid";
        return without_percent(text);
    }

    void call(const JqNode& node, const Json& input, Variables& variables, const Each& each) {
        const std::string& name = node.text;
        const auto& kids = node.kids;
        if (name == "empty") {
            return;
        }
        if (name == "map" && kids.size() == 1) {
            Json made = Json::array();
            m_failed = m_failed || !input.is_array();
            for (const auto& one : m_failed ? Json::array() : input) {
                run(kids[0], one, variables, [&](const Json& value) { made.push_back(value); });
            }
            each(made);
        } else if (name == "select" && kids.size() == 1) {
            run(kids[0], input, variables, [&](const Json& holds) { is_true(holds) ? each(input) : void(); });
        } else if (name == "range" && !kids.empty()) {
            const double from = kids.size() > 1 ? number_of(first(kids[0], input, variables)) : 0;
            const double to = number_of(first(kids[kids.size() > 1 ? 1 : 0], input, variables));
            const double step = kids.size() > 2 ? number_of(first(kids[2], input, variables)) : 1;
            m_failed = m_failed || step == 0 || std::abs((to - from) / step) > 5000;
            for (double now = from; !m_failed && (step > 0 ? now < to : now > to); now += step) {
                each(number(now));
            }
        } else if (name == "recurse" && kids.empty()) {
            recurse(input, each);
        } else if ((name == "first" || name == "last" || name == "limit") && !kids.empty()) {
            Json all = Json::array();
            run(kids.back(), input, variables, [&](const Json& one) { all.push_back(one); });
            const std::size_t most = name == "limit" ? static_cast<std::size_t>(std::clamp(number_of(first(kids[0], input, variables)), 0.0, 10000.0)) : 1;
            for (std::size_t i = name == "last" && !all.empty() ? all.size() - 1 : 0, count = 0; i < all.size() && count < most; ++i, ++count) {
                each(all[i]);
            }
        } else {
            std::vector<Json> arguments;
            if (name != "sort_by" && name != "min_by" && name != "max_by" && name != "group_by" && name != "with_entries") {
                for (const auto& kid : kids) {
                    arguments.push_back(first(kid, input, variables));
                }
            }
            values(node, input, variables, arguments, each);
        }
    }

    void recurse(const Json& value, const Each& each) {
        if (m_failed || ++m_steps > 20000 || ++m_depth > 200) {
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

    void values(const JqNode& node, const Json& input, Variables& variables, const std::vector<Json>& arguments, const Each& each) {
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
            std::stable_sort(keyed.begin(), keyed.end(), [](const auto& a, const auto& b) { return before(a.first, b.first); });
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
        if (input.is_string() ? !of_text(name, input.get<std::string>(), arguments, made) : !of_value(name, input, arguments, made)) {
            if (!of_value(name, input, arguments, made)) {
                m_failed = true;
                return;
            }
        }
        each(made);
    }

    void patterns(const JqNode& node, const Json& input, const std::vector<Json>& arguments, Variables& variables, const Each& each) {
        const std::string& name = node.text;
        const std::string flags = arguments.size() > 2 ? text_of_value(arguments[2]) : arguments.size() == 2 && name != "gsub" && name != "sub" ? text_of_value(arguments[1]) : "";
        const auto regex = arguments.empty() || !input.is_string() || !arguments[0].is_string() ? std::nullopt
                                                                                                  : Regex::read(arguments[0].get<std::string>(), Regex::Syntax::perl, contains(flags, "i"));
        m_failed = m_failed || !regex;
        if (m_failed) {
            return;
        }
        const std::string text = input.get<std::string>();
        if (name == "test") {
            each(Json(regex->search(text).has_value()));
        } else if ((name == "gsub" || name == "sub") && node.kids.size() > 1) {
            const std::string with = text_of_value(first(node.kids[1], Json::object(), variables));
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

    static bool of_text(const std::string& name, const std::string& text, const std::vector<Json>& arguments, Json& made) {
        const std::string other = !arguments.empty() && arguments[0].is_string() ? arguments[0].get<std::string>() : "";
        if (name == "explode") {
            made = code_points(text);
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
            made = Json::parse(text, nullptr, false);
            return !made.is_discarded();
        } else if (name == "tonumber") {
            made = number(std::strtod(text.c_str(), nullptr));
        } else if (name == "length" || name == "utf8bytelength") {
            made = name == "length" ? code_points(text).size() : text.size();
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

    static bool of_value(const std::string& name, const Json& value, const std::vector<Json>& arguments, Json& made) {
        if (name == "implode" && value.is_array()) {
            std::string text;
            for (const auto& one : value) {
                append_utf8(text, static_cast<unsigned long>(std::clamp(number_of(one), 0.0, 1114111.0)));
            }
            made = text;
        } else if (name == "join" && value.is_array() && arguments.size() == 1) {
            std::string text;
            for (std::size_t i = 0; i < value.size() && text.size() < k_longest_text; ++i) {
                text += (i > 0 ? text_of_value(arguments[0]) : "") + (value[i].is_null() ? "" : text_of_value(value[i]));
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
            name == "reverse" ? std::reverse(all.begin(), all.end()) : std::stable_sort(all.begin(), all.end(), before);
            if (name == "unique") {
                all.erase(std::unique(all.begin(), all.end()), all.end());
            }
            made = all;
        } else if (name == "length") {
            made = value.is_number() ? number(std::abs(number_of(value))) : Json(value.size());
        } else if ((name == "keys" || name == "keys_unsorted") && value.is_object()) {
            std::vector<std::string> all;
            for (const auto& [key, one] : value.items()) {
                all.push_back(key);
            }
            name == "keys" ? std::sort(all.begin(), all.end()) : void();
            made = all;
        } else if ((name == "to_entries" || name == "keys") && value.is_array()) {
            made = Json::array();
            for (std::size_t i = 0; i < value.size(); ++i) {
                made.push_back(name == "keys" ? Json(i) : Json{{"key", i}, {"value", value[i]}});
            }
        } else if (name == "to_entries" && value.is_object()) {
            made = Json::array();
            for (const auto& [key, one] : value.items()) {
                made.push_back(Json{{"key", key}, {"value", one}});
            }
        } else if (name == "tostring" || name == "tojson" || name == "ascii") {
            std::string text;
            name == "ascii" ? append_utf8(text, static_cast<unsigned long>(std::clamp(number_of(value), 0.0, 127.0))) : void();
            made = name == "tostring" ? text_of_value(value) : name == "tojson" ? dumped(value) : text;
        } else if (name == "tonumber" && value.is_number()) {
            made = value;
        } else if (name == "not") {
            made = !is_true(value);
        } else if (name == "type") {
            made = value.is_null() ? "null" : value.is_boolean() ? "boolean" : value.is_number() ? "number" : value.is_string() ? "string" : value.is_array() ? "array" : "object";
        } else if ((name == "floor" || name == "round" || name == "ceil" || name == "sqrt") && value.is_number()) {
            const double given = number_of(value);
            made = number(name == "floor" ? std::floor(given) : name == "round" ? std::round(given) : name == "ceil" ? std::ceil(given) : std::sqrt(given));
        } else if ((name == "first" || name == "last") && value.is_array()) {
            made = value.empty() ? Json() : name == "first" ? value.front() : value.back();
        } else if (name == "has" && arguments.size() == 1 && value.is_object()) {
            made = value.contains(text_of_value(arguments[0]));
        } else if (name == "flatten" && value.is_array()) {
            made = Json::array();
            for (const auto& one : value) {
                one.is_array() ? static_cast<void>(made.insert(made.end(), one.begin(), one.end())) : made.push_back(one);
            }
        } else if ((name == "min" || name == "max") && value.is_array() && !value.empty()) {
            made = name == "min" ? *std::min_element(value.begin(), value.end(), before) : *std::max_element(value.begin(), value.end(), before);
        } else {
            return false;
        }
        return true;
    }

    bool m_failed = false;
    int m_steps = 0;
    int m_depth = 0;
};

// The values that stand one behind the other in a text.
std::optional<std::vector<Json>> documents(const std::string& text) {
    std::vector<Json> made;
    int depth = 0;
    bool quoted = false;
    std::size_t start = 0;
    const auto take = [&](std::size_t end) {
        const std::string_view piece = trim(std::string_view(text).substr(start, end - start));
        start = end;
        if (piece.empty()) {
            return true;
        }
        made.push_back(Json::parse(piece, nullptr, false));
        return !made.back().is_discarded();
    };
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (quoted) {
            i += c == '\\' ? 1 : 0;
            quoted = c != '"';
        } else {
            quoted = c == '"';
            depth += c == '{' || c == '[' ? 1 : c == '}' || c == ']' ? -1 : 0;
        }
        const bool ends = depth == 0 && !quoted && (std::string_view("}]\" \n\t").find(c) != std::string_view::npos);
        if (depth > 100 || depth < 0 || made.size() > 2000 || (ends && !take(std::min(i + 1, text.size())))) {
            return std::nullopt;
        }
    }
    return take(text.size()) ? std::optional(made) : std::nullopt;
}

struct JqCall {
    bool none = false, raw = false, joined = false, slurps = false, reads_raw = false, compact = false, ends_with_zero = false;
    std::string filter;
    Variables variables;
    std::vector<std::string> files;
};

std::optional<JqCall> read_call(const ToolCall& call) {
    JqCall made;
    bool has_filter = false;
    Json positional = Json::array();
    int rest = 0;  // 1: --args, 2: --jsonargs
    Json named = Json::object();
    for (std::size_t i = 1; i < call.words.size(); ++i) {
        const std::string& text = call.words[i].text;
        const bool two = i + 2 < call.words.size();
        if ((text == "--arg" || text == "--argjson" || text == "--rawfile") && two) {
            const std::string& value = call.words[i + 2].text;
            const Text file = text == "--rawfile" ? call.file(value) : Text(value);
            const Json json = text == "--argjson" ? Json::parse(value, nullptr, false) : Json(file.value_or(""));
            if (!file || json.is_discarded()) {
                return std::nullopt;
            }
            made.variables[call.words[i + 1].text] = json;
            named[call.words[i + 1].text] = json;
            i += 2;
        } else if (text == "--args" || text == "--jsonargs") {
            rest = text == "--args" ? 1 : 2;
        } else if (text.substr(0, 2) == "--") {
            made.none = made.none || text == "--null-input";
            made.raw = made.raw || text == "--raw-output";
            made.joined = made.joined || text == "--join-output";
            made.slurps = made.slurps || text == "--slurp";
            made.reads_raw = made.reads_raw || text == "--raw-input";
            made.ends_with_zero = made.ends_with_zero || text == "--raw-output0";
            if (!any_of(text, {"--null-input", "--raw-output", "--join-output", "--slurp", "--raw-input", "--compact-output", "--raw-output0", "--monochrome-output", "--unbuffered"})) {
                return std::nullopt;
            }
            made.compact = made.compact || text == "--compact-output";
        } else if (text.size() > 1 && text[0] == '-') {
            if (text.find_first_not_of("nrjsRcMaSe", 1) != std::string::npos) {
                return std::nullopt;
            }
            const auto has = [&](char c) { return text.find(c) != std::string::npos; };
            made.none = made.none || has('n');
            made.raw = made.raw || has('r');
            made.joined = made.joined || has('j');
            made.slurps = made.slurps || has('s');
            made.reads_raw = made.reads_raw || has('R');
            made.compact = made.compact || has('c');
        } else if (!has_filter) {
            made.filter = text;
            has_filter = true;
        } else if (rest > 0) {
            positional.push_back(rest == 1 ? Json(text) : Json::parse(text, nullptr, false));
        } else {
            made.files.push_back(text);
        }
    }
    made.variables["ARGS"] = Json{{"positional", positional}, {"named", named}};
    made.variables["__loc__"] = Json::object();
    return has_filter ? std::optional(std::move(made)) : std::nullopt;
}

std::optional<std::vector<Json>> inputs_of(const JqCall& how, const ToolCall& call) {
    if (how.none) {
        return std::vector<Json>{Json()};
    }
    const Text input = contents_of(call, how.files);
    if (!input) {
        return std::nullopt;
    }
    if (how.reads_raw) {
        std::vector<Json> made;
        if (how.slurps) {
            made.emplace_back(*input);
            return made;
        }
        for (const auto& line : text_lines(*input)) {
            made.emplace_back(line);
        }
        return made;
    }
    auto made = documents(*input);
    return made && how.slurps ? std::vector<Json>{Json(*made)} : made;
}

}  // namespace

Text jq_output(const ToolCall& call) {
    auto how = read_call(call);
    if (!how) {
        return std::nullopt;
    }
    const auto filter = read_jq(how->filter);
    const auto inputs = inputs_of(*how, call);
    if (!filter || !inputs) {
        return std::nullopt;
    }
    Jq machine;
    std::string made;
    for (const auto& input : *inputs) {
        machine.run(*filter, input, how->variables, [&](const Json& value) {
            const bool raw = how->raw || how->joined || how->ends_with_zero;
            if (made.size() < k_longest_text) {
                made += raw && value.is_string() ? value.get<std::string>() : dumped(value, how->compact ? -1 : 2);
                made += how->joined ? "" : how->ends_with_zero ? std::string(1, '\0') : "\n";
            }
        });
    }
    return machine.failed() || made.size() > k_longest_text ? std::nullopt : Text(made);
}

}  // namespace caro::shell
