// Other shells' words in those of sh. Internal to safety.
#pragma once

#include <string>

namespace caro::safety {

// The code with the variables and substitutions of `shell` (fish, csh, tcsh, zsh) as those of sh; code of other shells as it is.
std::string as_posix(const std::string& code, const std::string& shell);

}  // namespace caro::safety
