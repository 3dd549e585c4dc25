// Reading JSON that somebody else wrote: every look is safe whatever type is there. For .cpp files only.
#pragma once

#include <nlohmann/json.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace caro::infer {

using Json = nlohmann::json;

// nullopt if the text is no JSON.
inline std::optional<Json> parse_json(std::string_view text) {
    Json value = Json::parse(text, nullptr, false);
    return value.is_discarded() ? std::nullopt : std::optional(std::move(value));
}

// The member, or a null value if `object` is no object or has none of that name.
inline const Json& member(const Json& object, const char* key) {
    static const Json s_null;
    if (!object.is_object()) {
        return s_null;
    }
    const auto found = object.find(key);
    return found == object.end() ? s_null : *found;
}

// The text of a member; "" if it is no text.
inline std::string text_of(const Json& object, const char* key) {
    const Json& value = member(object, key);
    return value.is_string() ? value.get<std::string>() : std::string();
}

inline bool flag_of(const Json& object, const char* key) {
    const Json& value = member(object, key);
    return value.is_boolean() && value.get<bool>();
}

// A count; 0 if the member is no number or not one that fits.
inline std::uint32_t count_of(const Json& object, const char* key) {
    const Json& value = member(object, key);
    if (!value.is_number()) {
        return 0;
    }
    const double number = value.get<double>();
    return number >= 0 && number < 4e9 ? static_cast<std::uint32_t>(number) : 0;
}

inline double number_of(const Json& object, const char* key) {
    const Json& value = member(object, key);
    return value.is_number() ? value.get<double>() : 0;
}

// One line of JSON; what is no UTF-8 becomes U+FFFD instead of an exception.
inline std::string dump(const Json& value) { return value.dump(-1, ' ', false, Json::error_handler_t::replace); }

}  // namespace caro::infer
