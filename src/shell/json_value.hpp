// Values of JSON with the order of their members, as jq sees them. Internal to shell.
#pragma once

#include <cstddef>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace caro::shell {

class Json {
  public:
    using Items = std::vector<Json>;

    // Values of C++ become those of JSON by themselves, so that filters read like what they say.
    Json() = default;
    template <class T>
        requires std::is_arithmetic_v<T>
    Json(T value) : m_kind(std::is_same_v<T, bool> ? Kind::boolean : Kind::number), m_number(finite(static_cast<double>(value))) {}
    Json(std::string value) : m_kind(Kind::text), m_text(std::move(value)) {}
    Json(const char* value) : Json(std::string(value)) {}
    Json(Items items) : m_kind(Kind::array), m_items(std::move(items)) {}
    template <class T>
    static Json array(const std::vector<T>& values) {
        return Json(Items(values.begin(), values.end()));
    }
    static Json array() { return Json(Items()); }
    static Json object(std::initializer_list<std::pair<std::string, Json>> members = {});

    // One value and nothing else; nothing if the text is malformed or nested too deeply.
    static std::optional<Json> parse(std::string_view text);
    // indent < 0: on one line
    std::string dump(int indent = -1) const;

    bool is_null() const { return m_kind == Kind::null; }
    bool is_boolean() const { return m_kind == Kind::boolean; }
    bool is_number() const { return m_kind == Kind::number; }
    bool is_string() const { return m_kind == Kind::text; }
    bool is_array() const { return m_kind == Kind::array; }
    bool is_object() const { return m_kind == Kind::object; }
    bool is_structured() const { return is_array() || is_object(); }

    double number() const { return m_number; }
    bool truth() const { return m_number != 0; }
    const std::string& text() const { return m_text; }
    // Elements of an array, values of an object.
    Items::const_iterator begin() const { return m_items.begin(); }
    Items::const_iterator end() const { return m_items.end(); }
    std::size_t size() const { return is_string() ? m_text.size() : m_items.size(); }
    bool empty() const { return size() == 0; }
    const Json& operator[](std::size_t index) const { return m_items[index]; }
    const std::vector<std::string>& keys() const { return m_keys; }
    const Json* find(std::string_view key) const;
    void put(const std::string& key, Json value);
    void push_back(Json value) { m_items.push_back(std::move(value)); }
    void append(const Json& others) { m_items.insert(m_items.end(), others.begin(), others.end()); }
    void update(const Json& others) {
        for (std::size_t i = 0; i < others.m_keys.size(); ++i) {
            put(others.m_keys[i], others.m_items[i]);
        }
    }

    friend bool operator==(const Json& a, const Json& b) = default;

  private:
    enum class Kind : unsigned char { null, boolean, number, text, array, object };
    class Reader;
    static double finite(double value);

    void write(std::string& into, int indent, int depth) const;

    Kind m_kind = Kind::null;
    double m_number = 0;
    std::string m_text;
    Items m_items;
    std::vector<std::string> m_keys;
};

}  // namespace caro::shell
