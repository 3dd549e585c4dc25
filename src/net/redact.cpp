#include "net/redact.hpp"

#include <algorithm>

#include "util/strings.hpp"
#include "util/utf8.hpp"

namespace caro::net {

namespace {

constexpr std::string_view k_mask = "***";
constexpr std::size_t k_shortest_secret = 4;
constexpr std::size_t k_longest_quote = 300;

bool is_token_character(char c) {
    return c > ' ' && c < 0x7F && c != '"' && c != '\'' && c != ',' && c != ';';
}

// Masks the token behind each "Bearer ", whatever it is: some servers repeat the header they got.
std::string mask_bearer(std::string text) {
    constexpr std::string_view k_word = "bearer ";
    const std::string lower = to_lower(text);
    std::string out;
    std::size_t from = 0;
    for (std::size_t at = lower.find(k_word); at != std::string::npos; at = lower.find(k_word, from)) {
        std::size_t end = at + k_word.size();
        out.append(text, from, end - from);
        const std::size_t token = end;
        while (end < text.size() && is_token_character(text[end])) {
            ++end;
        }
        // A word of prose ("bearer token") is no key.
        out += end - token >= 8 ? std::string(k_mask) : text.substr(token, end - token);
        from = end;
    }
    return out.append(text, from);
}

}  // namespace

std::string redact(std::string_view text, std::span<const std::string> secrets) {
    std::string out(text);
    for (const auto& secret : secrets) {
        if (secret.size() >= k_shortest_secret) {
            out = replace_all(out, secret, k_mask);
        }
    }
    return mask_bearer(std::move(out));
}

std::string quote_server_text(std::string_view text, std::span<const std::string> secrets) {
    // The whole text is redacted before it is cut, or half a key could stay.
    std::string out = redact(to_valid_utf8(trim(text)), secrets);
    std::replace(out.begin(), out.end(), '\n', ' ');
    std::replace(out.begin(), out.end(), '\t', ' ');
    out = escape_deceptive(out);
    if (out.size() > k_longest_quote) {
        out = to_valid_utf8(std::string(clip_to_width(out, k_longest_quote))) + "…";
    }
    return out;
}

}  // namespace caro::net
