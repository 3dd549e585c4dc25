// Reads any bytes as the header of a GGUF file: no crash, no hang, no memory beyond what the file could hold; and what is called
// sound lies inside the file.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "models/gguf_header.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    // Also as the beginning of a large file, of which the rest cannot be read.
    for (const std::uint64_t whole : {std::uint64_t{size}, std::uint64_t{size} + 4096, std::uint64_t{1} << 40U, ~std::uint64_t{0}}) {
        const auto header = caro::models::parse_gguf_header(bytes, whole);
        if (header && header->data_size > 0 && (header->data_offset > whole || header->data_size > whole - header->data_offset)) {
            std::abort();
        }
    }
    return 0;
}
