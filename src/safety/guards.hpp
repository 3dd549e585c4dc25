// Settings that switch a protection off, in files and in the environment. Internal to safety.
#pragma once

#include <string>
#include <string_view>

namespace caro::safety {

// What a text that goes into the settings file at `path` switches off: the id of a rule, or "".
std::string_view weakened_by(std::string_view path, std::string_view text);

// The variable, with that value, makes programs trust anybody.
bool weakens(std::string_view variable, std::string_view value);

// The setting, with that value, makes a program believe every server: http.sslVerify false, --insecure-skip-tls-verify.
bool trusts_anybody(std::string_view key, std::string_view value);

// A program that does not check whom it talks to: verify=False, VERIFY_NONE, InsecureSkipVerify. Not if it only talks to this machine.
bool distrusts_nobody(std::string_view code);

}  // namespace caro::safety
