// OpenAI's chat protocol as text: what is sent and what comes back. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "infer/generator.hpp"
#include "infer/remote/stream.hpp"

namespace caro::infer::openai {

struct Served {
    std::string name;
    std::uint32_t context_tokens = 0;  // vLLM tells it
};

// Reads the answer of /v1/models; nullopt if it is none.
std::optional<std::vector<Served>> parse_models(std::string_view body);

// The body of a chat request. `merge_system`: the system text goes into the first user message, for models whose
// template knows no system role.
std::string chat_body(const std::string& model, const GenerateRequest& request, bool merge_system);

// One event of the stream, or a whole answer of a server that does not stream.
std::optional<remote::Piece> parse_event(std::string_view data);

}  // namespace caro::infer::openai
