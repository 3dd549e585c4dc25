#include "shell/json_value.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>

#include "shell/text_call.hpp"

namespace caro::shell {

namespace {

constexpr int k_deepest = 100;

void append_quoted(std::string& into, std::string_view text) {
    into += '"';
    for (const char c : text) {
        switch (c) {
            case '"': into += "\\\""; break;
            case '\\': into += "\\\\"; break;
            case '\n': into += "\\n"; break;
            case '\t': into += "\\t"; break;
            case '\r': into += "\\r"; break;
            case '\b': into += "\\b"; break;
            case '\f': into += "\\f"; break;
            default:
                if (static_cast<unsigned char>(c) < 32 || c == 127) {
                    char buffer[8];
                    std::snprintf(buffer, sizeof buffer, "\\u%04x", static_cast<unsigned>(c));
                    into += buffer;
                } else {
                    into += c;
                }
        }
    }
    into += '"';
}

std::string number_text(double value) {
    char buffer[40];
    const bool whole = value == std::floor(value) && std::abs(value) < 1e17;
    std::snprintf(buffer, sizeof buffer, whole ? "%.0f" : "%.17g", value == 0 ? 0 : value);
    if (!whole) {  // the shortest that means the same
        for (int digits = 1; digits < 17; ++digits) {
            char shorter[40];
            std::snprintf(shorter, sizeof shorter, "%.*g", digits, value);
            if (std::strtod(shorter, nullptr) == value) {
                return shorter;
            }
        }
    }
    return buffer;
}

}  // namespace

double Json::finite(double value) { return std::isfinite(value) ? value : 0; }

class Json::Reader {
  public:
    explicit Reader(std::string_view text) : m_text(text) {}

    std::optional<Json> whole() {
        Json made = value(0);
        skip();
        return m_good && m_at == m_text.size() ? std::optional(std::move(made)) : std::nullopt;
    }

  private:
    char peek() const { return m_at < m_text.size() ? m_text[m_at] : '\0'; }
    void skip() {
        while (peek() == ' ' || peek() == '\n' || peek() == '\t' || peek() == '\r') {
            ++m_at;
        }
    }
    bool accept(char c) {
        skip();
        const bool there = peek() == c;
        m_at += there ? 1 : 0;
        return there;
    }
    bool word(std::string_view name) {
        const bool there = tail(m_text, m_at, name.size()) == name;
        m_at += there ? name.size() : 0;
        return there;
    }

    Json value(int depth) {
        skip();
        m_good = m_good && depth < k_deepest;
        if (!m_good) {
            return {};
        }
        if (peek() == '"') {
            return Json(quoted());
        }
        if (peek() == '{' || peek() == '[') {
            return structure(depth);
        }
        for (const auto& [name, made] : {std::pair("null", Json()), std::pair("true", Json(true)), std::pair("false", Json(false))}) {
            if (word(name)) {
                return made;
            }
        }
        const auto end = std::min(m_text.find_first_not_of("0123456789+-.eE", m_at), m_text.size());
        const std::string digits(tail(m_text, m_at, end - m_at));
        char* last = nullptr;
        const double number = std::strtod(digits.c_str(), &last);
        m_good = !digits.empty() && *last == '\0';
        m_at = end;
        return Json(number);
    }

    Json structure(int depth) {
        const bool object = m_text[m_at++] == '{';
        Json made = object ? Json::object() : Json::array();
        if (accept(object ? '}' : ']')) {
            return made;
        }
        do {
            skip();
            if (object) {
                m_good = m_good && peek() == '"';
                const std::string key = m_good ? quoted() : "";
                m_good = accept(':') && m_good;
                made.put(key, value(depth + 1));
            } else {
                made.push_back(value(depth + 1));
            }
        } while (m_good && accept(','));
        m_good = accept(object ? '}' : ']') && m_good;
        return made;
    }

    unsigned long code() {
        const std::string digits(tail(m_text, m_at + 1, 4));
        m_good = m_good && digits.size() == 4 && digits.find_first_not_of("0123456789abcdefABCDEF") == std::string::npos;
        m_at += 4;
        return std::strtoul(digits.c_str(), nullptr, 16);
    }

    std::string quoted() {
        std::string made;
        for (++m_at; m_good && m_at < m_text.size() && peek() != '"'; ++m_at) {
            if (peek() != '\\') {
                made += peek();
                continue;
            }
            ++m_at;
            const auto place = std::string_view("ntrbf\"\\/").find(peek());
            if (peek() == 'u') {
                unsigned long now = code();
                if (now >= 0xd800 && now < 0xdc00 && tail(m_text, m_at + 1, 2) == "\\u") {
                    m_at += 2;
                    now = 0x10000 + ((now - 0xd800) << 10U) + ((code() - 0xdc00) & 0x3ffU);
                }
                append_utf8(made, now);
            } else {
                m_good = place != std::string_view::npos;
                made += m_good ? "\n\t\r\b\f\"\\/"[place] : ' ';
            }
        }
        m_good = m_good && peek() == '"';
        ++m_at;
        return made;
    }

    std::string_view m_text;
    std::size_t m_at = 0;
    bool m_good = true;
};

Json Json::object(std::initializer_list<std::pair<std::string, Json>> members) {
    Json made;
    made.m_kind = Kind::object;
    for (const auto& [key, value] : members) {
        made.put(key, value);
    }
    return made;
}

std::optional<Json> Json::parse(std::string_view text) { return Reader(text).whole(); }

std::string Json::dump(int indent) const {
    std::string made;
    write(made, indent, 0);
    return made;
}

void Json::write(std::string& into, int indent, int depth) const {
    if (!is_structured()) {
        is_string()    ? append_quoted(into, m_text)
        : is_null()    ? static_cast<void>(into += "null")
        : is_boolean() ? static_cast<void>(into += truth() ? "true" : "false")
                       : static_cast<void>(into += number_text(m_number));
        return;
    }
    into += is_array() ? '[' : '{';
    for (std::size_t i = 0; i < m_items.size() && into.size() < 2 * k_longest_text; ++i) {
        into += i > 0 ? "," : "";
        into += indent >= 0 ? "\n" + std::string(static_cast<std::size_t>(indent * (depth + 1)), ' ') : "";
        if (is_object()) {
            append_quoted(into, m_keys[i]);
            into += indent >= 0 ? ": " : ":";
        }
        m_items[i].write(into, indent, depth + 1);
    }
    into += indent >= 0 && !m_items.empty() ? "\n" + std::string(static_cast<std::size_t>(indent * depth), ' ') : "";
    into += is_array() ? ']' : '}';
}

const Json* Json::find(std::string_view key) const {
    const auto at = static_cast<std::size_t>(std::find(m_keys.begin(), m_keys.end(), key) - m_keys.begin());
    return at < m_items.size() && is_object() ? &m_items[at] : nullptr;
}

void Json::put(const std::string& key, Json value) {
    const auto at = static_cast<std::size_t>(std::find(m_keys.begin(), m_keys.end(), key) - m_keys.begin());
    if (at < m_keys.size()) {
        m_items[at] = std::move(value);
        return;
    }
    m_keys.push_back(key);
    m_items.push_back(std::move(value));
}

}  // namespace caro::shell
