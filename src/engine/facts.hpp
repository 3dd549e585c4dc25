// Where the columns lie that a request calls by name. Only names that stand in the request itself are told, and no values: shown
// those, or the paths of a JSON file, a small model prints them all.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "engine/table.hpp"

namespace caro::engine {

// "price is column 4, city is column 2" for the first table that the request names; "" if there is nothing to tell, or the
// request tells it itself.
std::string facts_for(std::string_view request, const std::function<Table(const std::string& path)>& table_of_file);

}  // namespace caro::engine
