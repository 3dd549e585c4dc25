// Filters of jq as a tree. Internal to shell.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace caro::shell {

using Json = nlohmann::ordered_json;

struct JqNode {
    enum class Kind : unsigned char { pipe, comma, binary, literal, self, text, array, object, field, slice, all, variable, condition, bind, reduce, format, call };
    Kind kind = Kind::self;
    std::string text;  // a sign, a name
    Json value;        // of a literal
    std::vector<JqNode> kids;
    bool optional = false;  // …?
    bool each = false;      // foreach, not reduce
};

// Nothing if the filter has something that is not understood.
std::optional<JqNode> read_jq(std::string_view text);

}  // namespace caro::shell
