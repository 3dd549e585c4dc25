// Shell arithmetic: $((…)), ((…)), let, offsets of ${name:1:2}.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace caro::shell {

struct ArithmeticNames {
    std::function<std::optional<std::string>(const std::string&)> value;  // text of a variable, "" if it is unset
    std::function<void(const std::string&, long)> set;
};

// The value of the expression; nothing if it depends on what is not known, is malformed or divides by zero.
std::optional<long> evaluate(std::string_view expression, const ArithmeticNames& names);

}  // namespace caro::shell
