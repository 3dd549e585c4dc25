// Servers that speak OpenAI's chat protocol: vLLM first of all, also llama-server, LM Studio and others.
#pragma once

#include <memory>

#include "infer/generator.hpp"
#include "util/result.hpp"

namespace caro::infer {
struct BackendOptions;
}

namespace caro::infer::openai {

// Makes the back end "vllm"; nothing is sent yet. Without an address it is made too, and says what is missing when
// it is used. ErrorCode::config if the address or the key cannot be used.
Result<std::unique_ptr<Generator>> make(const BackendOptions& options);

}  // namespace caro::infer::openai
