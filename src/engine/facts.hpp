// Where the things lie that a request calls by name: the numbers of columns, the paths of keys. Only names that stand in the
// request itself are told, and no values: shown those, a small model copies them.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "context/json_shape.hpp"
#include "engine/table.hpp"

namespace caro::engine {

struct DataFiles {
    std::function<Table(const std::string& path)> table;
    std::function<context::JsonShape(const std::string& path)> json;
};

// "price is column 4, city is column 2"; "" if there is nothing to tell, or the request tells it itself.
std::string facts_for(std::string_view request, const DataFiles& files);

}  // namespace caro::engine
