// Where Ollama is, by its own conventions.
#pragma once

#include <string>
#include <string_view>

namespace caro::infer::ollama {

struct Address {
    std::string url;          // "http://127.0.0.1:11434"; not checked any further
    bool everywhere = false;  // OLLAMA_HOST makes the server listen on every network
};

// What a value of OLLAMA_HOST means to a client: [scheme://]host[:port][/path]. The port is 11434 unless a scheme is
// given, then that scheme's. 0.0.0.0 and :: mean "listen everywhere", so a client asks this machine. "" = default.
Address parse_ollama_host(std::string_view value);

}  // namespace caro::infer::ollama
