// What --version tells.
#pragma once

#include <string>
#include <string_view>

namespace caro::cli {

// "0.1.0"
std::string_view version();

// Version, revision, build type, back ends with the engine's version and accelerators; ends with a
// newline.
std::string version_text();

}  // namespace caro::cli
