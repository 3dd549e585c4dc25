// The text given to a model, split in the part that never changes and the part that is this
// request.
#pragma once

#include "context/context.hpp"
#include "util/result.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace caro::prompt {

struct Turn {
    bool user = true;  // else the assistant's
    std::string text;
    std::string piped = {};  // text of other programs that goes before `text`; a back end shortens it to fit (piped.hpp)
};

// One conversation for a chat model. `system` and `examples` depend only on the dialect, so a back
// end can keep their evaluated state; `turns` is what this request adds (ends with a user turn).
struct Prompt {
    std::string system;
    std::vector<Turn> examples;
    std::vector<Turn> turns;
    std::size_t spare = 0;  // so many of the first of `turns` are examples, which may be left out two by two to save room
    std::vector<std::string> stop;  // generation ends before any of these texts
    std::string answer_prefix;      // text the assistant's answer is made to begin with; may be ""
};

struct Ask {
    std::string request;      // what the user said; valid UTF-8
    std::string piped_input;  // what was piped in; may be ""
};

// The prompt for one request. Pure; the same dialect always gives the same `system` and `examples`.
Prompt build(const Ask& ask, const context::Context& context);

// What a model's raw answer came down to.
struct Answer {
    std::string command;  // exactly one command, never empty if `refused` is false
    bool refused = false;
    std::string reason;  // why the model refused; may be ""
};

// Reduces raw model output to one command or a refusal. ErrorCode::bad_output if there is neither,
// or if the text holds characters that could make what is shown differ from what runs.
Result<Answer> extract(std::string_view model_output);

}  // namespace caro::prompt
