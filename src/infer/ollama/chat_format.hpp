// How a conversation is put into words for a model behind Ollama.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "prompt/prompt.hpp"

namespace caro::infer::ollama {

// A model imported from a bare GGUF file has the template "{{ .Prompt }}": the server then drops every system text
// without a word. So caro looks before it asks.
enum class Format : std::uint8_t {
    chatml,    // written out by caro and sent raw; safe whatever the template is
    server,    // messages; the server's own template knows system texts
    document,  // neither is known: a plain text of requests and commands, sent raw
};

struct ModelFacts {
    Format format = Format::document;
    bool thinks = false;  // a reasoning model, to be asked not to
    std::uint32_t context_tokens = 0;
};

// Reads the answer of /api/show.
ModelFacts read_show(std::string_view body);

// The whole prompt in ChatML, ending where the answer begins. Control words inside the texts (<|im_end|> in a
// request or in piped input) are broken up, so that they cannot end a turn.
std::string to_chatml(const prompt::Prompt& prompt);

// The prompt as a document whose next line is the answer.
std::string to_document(const prompt::Prompt& prompt);

}  // namespace caro::infer::ollama
