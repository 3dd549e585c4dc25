#include "infer/ollama/address.hpp"

#include <gtest/gtest.h>

namespace caro::infer::ollama {
namespace {

TEST(OllamaHost, MeansWhatOllamaMeansByIt) {
    const struct {
        const char* value;
        const char* url;
    } cases[] = {
        {"", "http://127.0.0.1:11434"},
        {"gpu.example", "http://gpu.example:11434"},
        {"gpu.example:80", "http://gpu.example:80"},
        {":8080", "http://127.0.0.1:8080"},
        {"http://gpu.example", "http://gpu.example"},
        {"https://gpu.example", "https://gpu.example"},
        {"https://gpu.example:8443/ollama", "https://gpu.example:8443/ollama"},
        {"gpu.example/ollama", "http://gpu.example:11434/ollama"},
        {"[::1]:9", "http://[::1]:9"},
        {"[::1]", "http://[::1]:11434"},
        {"fe80::1", "http://[fe80::1]:11434"},
        {" \"127.0.0.1:5\" ", "http://127.0.0.1:5"},
    };
    for (const auto& c : cases) {
        EXPECT_EQ(parse_ollama_host(c.value).url, c.url) << c.value;
        EXPECT_FALSE(parse_ollama_host(c.value).everywhere) << c.value;
    }
}

TEST(OllamaHost, ListeningEverywhereIsNoPlaceToAsk) {
    for (const char* value : {"0.0.0.0", "0.0.0.0:11434", "[::]", "::", "http://0.0.0.0:11434"}) {
        const Address address = parse_ollama_host(value);
        EXPECT_TRUE(address.everywhere) << value;
        EXPECT_EQ(address.url, "http://127.0.0.1:11434") << value;
    }
}

}  // namespace
}  // namespace caro::infer::ollama
