#include "shell/inflate.hpp"

#include <vector>

// Only the part that reads PNG's compression is used, and only here. llama.cpp brings the file.
#define STB_IMAGE_IMPLEMENTATION
#define STB_IMAGE_STATIC
#define STBI_ONLY_PNG
#define STBI_NO_STDIO
#define STBI_NO_LINEAR
#define STBI_NO_HDR
#define STBI_NO_FAILURE_STRINGS
#include <stb/stb_image.h>

namespace caro::shell {

namespace {

constexpr std::size_t k_most_data = 64 * 1024;
constexpr int k_most_text = 64 * 1024;  // no data can become more than this

// Length of gzip's header, or 0.
std::size_t gzip_header(std::string_view data) {
    constexpr unsigned k_extra = 4;
    constexpr unsigned k_name = 8;
    constexpr unsigned k_comment = 16;
    constexpr unsigned k_checksum = 2;
    constexpr std::size_t k_fixed = 10;
    if (data.size() < k_fixed || data.substr(0, 3) != "\x1f\x8b\x08") {
        return 0;
    }
    const auto flags = static_cast<unsigned char>(data[3]);
    std::size_t at = k_fixed;
    if ((flags & k_extra) != 0 && at + 2 <= data.size()) {
        at += 2U + static_cast<unsigned char>(data[at]) + 256U * static_cast<unsigned char>(data[at + 1]);
    }
    for (const unsigned text : {k_name, k_comment}) {
        if ((flags & text) != 0) {
            const auto end = data.find('\0', at);
            at = end == std::string_view::npos ? data.size() : end + 1;
        }
    }
    at += (flags & k_checksum) != 0 ? 2 : 0;
    return at < data.size() ? at : 0;
}

}  // namespace

std::optional<std::string> inflated(std::string_view data, Wrapping wrapping) {
    if (data.size() > k_most_data) {
        return std::nullopt;
    }
    std::size_t start = 0;
    if (wrapping == Wrapping::gzip) {
        start = gzip_header(data);
    } else if (wrapping == Wrapping::zlib && data.size() > 2) {
        const unsigned head = static_cast<unsigned char>(data[0]) * 256U + static_cast<unsigned char>(data[1]);
        start = (data[0] & 0xf) == 8 && head % 31 == 0 ? 2 : 0;
    }
    if ((start == 0 && wrapping != Wrapping::none) || start >= data.size()) {
        return std::nullopt;
    }
    std::vector<char> text(static_cast<std::size_t>(k_most_text));
    const std::string_view body = data.substr(start);
    const int size = stbi_zlib_decode_noheader_buffer(text.data(), k_most_text, body.data(), static_cast<int>(body.size()));
    return size < 0 ? std::nullopt : std::optional<std::string>(std::string(text.data(), static_cast<std::size_t>(size)));
}

}  // namespace caro::shell
