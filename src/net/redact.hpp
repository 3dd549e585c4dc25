// Keeping keys out of everything that is shown, logged or stored.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace caro::net {

// `text` with every occurrence of a secret, and whatever follows "Bearer ", replaced by "***". Secrets shorter than
// 4 characters are not looked for: they would blank out ordinary text.
std::string redact(std::string_view text, std::span<const std::string> secrets);

// What a server said, fit to be shown in one line: redacted, valid UTF-8, control characters visible, clipped.
std::string quote_server_text(std::string_view text, std::span<const std::string> secrets);

}  // namespace caro::net
