// Printing documents as JSON or YAML. Only for .cpp files of this module: it includes the JSON
// library.
#pragma once

#include "cli/invocation.hpp"

#include <nlohmann/json.hpp>

#include <string>

namespace caro::cli {

using Document = nlohmann::ordered_json;

// JSON (indented) or YAML text of a document, ending with a newline. Bytes that are no UTF-8 are
// replaced.
std::string structured_text(const Document& document, Output output);

}  // namespace caro::cli
