// Reads any bytes as the header of a SafeTensors file: no crash, and what is called sound fills the file exactly.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "models/safetensors.hpp"

namespace {

void check(std::string_view bytes, std::uint64_t whole) {
    const auto header = caro::models::parse_safetensors_header(bytes, whole);
    if (!header) {
        return;
    }
    std::uint64_t end = header->data_offset;
    for (const auto& tensor : header->tensors) {
        if (tensor.offset != end || tensor.size > whole - end) {
            std::abort();
        }
        if (const auto each = caro::models::bytes_of(tensor.kind); each != 0 && tensor.count() * each != tensor.size) {
            std::abort();
        }
        end += tensor.size;
    }
    if (end != whole) {
        std::abort();
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    check(bytes, size);
    // As the JSON of a header whose length is right, in files of several sizes.
    std::string file(8, '\0');
    for (std::size_t i = 0; i < 8; ++i) {
        file[i] = static_cast<char>(std::uint64_t{size} >> (8 * i));
    }
    file += bytes;
    for (const std::uint64_t more : {std::uint64_t{0}, std::uint64_t{4}, std::uint64_t{16}, ~std::uint64_t{0} - file.size()}) {
        check(file, file.size() + more);
    }
    return 0;
}
