// The answer in the forms programs read: JSON and YAML of one stable schema (docs/json-output.md).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/engine.hpp"

namespace caro::ui {

// All that the schema tells. Every field is always written.
struct Answer {
    engine::Suggestion suggestion;
    std::vector<engine::Suggestion> alternatives;
    std::string shell;
    bool executed = false;
    std::optional<int> exit_code;  // of the command; null if it was not run
    double startup_ms = 0;
    double total_ms = 0;
    std::vector<std::string> warnings;
};

// One object with a final newline; always valid UTF-8.
std::string to_json(const Answer& answer);
std::string to_yaml(const Answer& answer);

}  // namespace caro::ui
