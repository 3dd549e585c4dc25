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

using Kind = JqNode::Kind;
using Each = JqEach;
using Variables = JqVariables;

int jq_rank(const Json& value) {
    return value.is_null() ? 0 : value.is_boolean() ? (value.truth() ? 2 : 1) : value.is_number() ? 3 : value.is_string() ? 4 : value.is_array() ? 5 : 6;
}

}  // namespace

std::string jq_text(const Json& value, int indent) { return value.dump(indent); }

std::string jq_raw(const Json& value) { return value.is_string() ? value.text() : jq_text(value); }

double jq_number(const Json& value) { return value.is_number() ? value.number() : 0; }

Json jq_made(double value) {
    return Json(value);
}

bool jq_true(const Json& value) { return !value.is_null() && !(value.is_boolean() && !value.truth()); }

bool jq_before(const Json& a, const Json& b) {
    return jq_rank(a) != jq_rank(b) ? jq_rank(a) < jq_rank(b) : a.is_structured() ? jq_text(a) < jq_text(b) : a.is_string() ? a.text() < b.text() : a.number() < b.number();
}

std::vector<unsigned long> jq_codes(const std::string& text) {
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

void Jq::run(const JqNode& node, const Json& input, Variables& variables, const Each& each) {
    if (m_failed || ++m_steps > k_most_steps || ++m_depth > 200) {
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
            run(node.kids[0], input, variables, [&](const Json& holds) { run(node.kids[jq_true(holds) ? 1 : 2], input, variables, each); });
            break;
        case Kind::bind: bind(node, input, variables, each); break;
        case Kind::reduce: reduce(node, input, variables, each); break;
        case Kind::format: each(Json(format(node.text, input))); break;
        case Kind::call: call(node, input, variables, each); break;
    }
    --m_depth;
}

Json Jq::collected(const JqNode& node, const Json& input, Variables& variables) {
    Json made = Json::array();
    if (!node.kids.empty()) {
        run(node.kids[0], input, variables, [&](const Json& one) {
            ++m_steps;
            made.push_back(one);
        });
    }
    m_failed = m_failed || m_steps >= k_most_steps;
    return made;
}

Json Jq::first(const JqNode& node, const Json& input, Variables& variables) {
    Json made;
    bool any = false;
    run(node, input, variables, [&](const Json& one) {
        made = any ? made : one;
        any = true;
    });
    return made;
}

void Jq::text(const JqNode& node, const Json& input, Variables& variables, const Each& each) {
    std::string made;
    for (const auto& kid : node.kids) {
        if (kid.kind == Kind::literal) {
            made += kid.value.text();
            continue;
        }
        const Json one = first(kid, input, variables);
        made += node.text.empty() ? jq_raw(one) : format(node.text, one);
    }
    m_failed = m_failed || made.size() > k_longest_text;
    each(Json(made));
}

void Jq::object(const JqNode& node, std::size_t index, const Json& made, const Json& input, Variables& variables, const Each& each) {
    if (index + 1 >= node.kids.size()) {
        each(made);
        return;
    }
    const Json key = first(node.kids[index], input, variables);
    run(node.kids[index + 1], input, variables, [&](const Json& value) {
        Json next = made;
        next.put(jq_raw(key), value);
        object(node, index + 2, next, input, variables, each);
    });
}

void Jq::access(const JqNode& node, const Json& input, Variables& variables, const Each& each) {
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

void Jq::member(const Json& from, const Json& key, bool optional, const Each& each) {
    if (from.is_null()) {
        each(Json());
    } else if (from.is_object() && key.is_string()) {
        const Json* found = from.find(key.text());
        each(found == nullptr ? Json() : *found);
    } else if (from.is_array() && key.is_number()) {
        const auto size = static_cast<double>(from.size());
        const double at = std::floor(jq_number(key) < 0 ? size + jq_number(key) : jq_number(key));
        each(at >= 0 && at < size ? from[static_cast<std::size_t>(at)] : Json());
    } else {
        m_failed = m_failed || !optional;
    }
}

void Jq::slice(const Json& from, const Json& begin, const Json& end, const Each& each) {
    const std::string text = from.is_string() ? from.text() : "";
    const double size = static_cast<double>(from.is_string() ? text.size() : from.size());
    const auto bound = [&](const Json& given, double fallback) {
        const double at = given.is_null() ? fallback : jq_number(given);
        return static_cast<std::size_t>(std::clamp(at < 0 ? size + at : at, 0.0, size));
    };
    const std::size_t first = bound(begin, 0);
    const std::size_t last = std::max(bound(end, size), first);
    if (from.is_string()) {
        each(Json(text.substr(first, last - first)));
        return;
    }
    m_failed = m_failed || !from.is_array();
    each(m_failed ? Json() : Json(Json::Items(from.begin() + static_cast<std::ptrdiff_t>(first), from.begin() + static_cast<std::ptrdiff_t>(last))));
}

void Jq::bind(const JqNode& node, const Json& input, Variables& variables, const Each& each) {
    run(node.kids[0], input, variables, [&](const Json& value) {
        const auto old = variables.find(node.text);
        const Json kept = old == variables.end() ? Json() : old->second;
        variables[node.text] = value;
        run(node.kids[1], input, variables, each);
        variables[node.text] = kept;
    });
}

void Jq::reduce(const JqNode& node, const Json& input, Variables& variables, const Each& each) {
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

void Jq::binary(const JqNode& node, const Json& input, Variables& variables, const Each& each) {
    const std::string& sign = node.text;
    if (sign == "//") {
        bool any = false;
        run(node.kids[0], input, variables, [&](const Json& one) {
            if (jq_true(one)) {
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

Json Jq::combined(const std::string& sign, const Json& a, const Json& b) {
    if (sign == "and" || sign == "or") {
        return sign == "and" ? jq_true(a) && jq_true(b) : jq_true(a) || jq_true(b);
    }
    if (any_of(sign, {"==", "!=", "<", "<=", ">", ">="})) {
        const bool less = jq_before(a, b);
        const bool more = jq_before(b, a);
        return sign == "==" ? !less && !more : sign == "!=" ? less || more : sign == "<" ? less : sign == "<=" ? !more : sign == ">" ? more : !less;
    }
    if (sign == "+" && (a.is_null() || b.is_null())) {
        return a.is_null() ? b : a;
    }
    if (a.is_number() && b.is_number()) {
        const double x = jq_number(a);
        const double y = jq_number(b);
        m_failed = m_failed || ((sign == "/" || sign == "%") && y == 0);
        return m_failed ? Json() : jq_made(sign == "+" ? x + y : sign == "-" ? x - y : sign == "*" ? x * y : sign == "/" ? x / y : std::fmod(std::trunc(x), std::trunc(y)));
    }
    if (a.is_string() && b.is_string()) {
        const std::string left = a.text();
        const std::string right = b.text();
        m_failed = m_failed || (sign != "+" && sign != "/") || left.size() + right.size() > k_longest_text;
        return m_failed ? Json() : sign == "+" ? Json(left + right) : pieces(left, right);
    }
    if (a.is_string() && b.is_number() && sign == "*") {
        std::string made;
        for (double i = 0; i < std::min(jq_number(b), 2000.0) && made.size() < k_longest_text; ++i) {
            made += a.text();
        }
        return made;
    }
    Json made = a;
    if (a.is_array() && b.is_array() && sign == "+") {
        made.append(b);
    } else if (a.is_array() && b.is_array() && sign == "-") {
        made = Json::array();
        for (const auto& one : a) {
            std::find(b.begin(), b.end(), one) == b.end() ? made.push_back(one) : void();
        }
    } else if (a.is_object() && b.is_object() && (sign == "+" || sign == "*")) {
        made.update(b);
    } else {
        m_failed = true;
    }
    m_failed = m_failed || made.size() > 10000;
    return made;
}

Json Jq::pieces(const std::string& text, const std::string& mark) {
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

std::string Jq::format(const std::string& name, const Json& value) {
    const std::string text = jq_raw(value);
    if (name == "text" || name == "json") {
        return name == "text" ? text : jq_text(value);
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
        for (const auto& one : value.is_array() ? value : Json(Json::Items{value})) {
            const std::string piece = jq_raw(one);
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
    return percent_decoded(text);
}

void Jq::call(const JqNode& node, const Json& input, Variables& variables, const Each& each) {
    const std::string& name = node.text;
    const auto& kids = node.kids;
    if (name == "empty") {
        return;
    }
    if (name == "map" && kids.size() == 1) {
        Json made = Json::array();
        m_failed = m_failed || !input.is_array();
        for (const auto& one : m_failed ? Json::array() : input) {
            run(kids[0], one, variables, [&](const Json& value) {
                ++m_steps;
                made.push_back(value);
            });
        }
        each(made);
    } else if (name == "select" && kids.size() == 1) {
        run(kids[0], input, variables, [&](const Json& holds) { jq_true(holds) ? each(input) : void(); });
    } else if (name == "range" && !kids.empty()) {
        const double from = kids.size() > 1 ? jq_number(first(kids[0], input, variables)) : 0;
        const double to = jq_number(first(kids[kids.size() > 1 ? 1 : 0], input, variables));
        const double step = kids.size() > 2 ? jq_number(first(kids[2], input, variables)) : 1;
        m_failed = m_failed || step == 0 || std::abs((to - from) / step) > 5000;
        for (double now = from; !m_failed && ++m_steps < k_most_steps && (step > 0 ? now < to : now > to); now += step) {
            each(jq_made(now));
        }
    } else if (name == "recurse" && kids.empty()) {
        recurse(input, each);
    } else if ((name == "first" || name == "last" || name == "limit") && !kids.empty()) {
        Json all = Json::array();
        run(kids.back(), input, variables, [&](const Json& one) { all.push_back(one); });
        const std::size_t most = name == "limit" ? static_cast<std::size_t>(std::clamp(jq_number(first(kids[0], input, variables)), 0.0, 10000.0)) : 1;
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

}  // namespace caro::shell
