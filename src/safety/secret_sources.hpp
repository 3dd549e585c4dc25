// What gives secrets away besides files of known names. Internal to safety.
#pragma once

#include <string_view>

#include "safety/judge.hpp"

namespace caro::safety {

// The command prints passwords, keys, or what somebody types.
bool dumps_secret(const Action& action);

// The file that a tool for it writes secrets to: reg save HKLM\SAM FILE; "" if there is none.
std::string_view dumped_to(const Action& action);

// A pattern (/e?c/sh*w) that is made to match a file with secrets.
bool may_match_secret(std::string_view pattern, std::string_view home);

// Code for PowerShell or cmd.exe that sends a file of keys: what it sends, or "".
std::string_view leaked_on_windows(std::string_view code);

// PAM is told to give passwords to a program.
bool hands_passwords(std::string_view text);

// The text of a script names a program that talks to other machines.
bool talks_to_others(std::string_view script);

// A folder that a server of the web shows to everybody.
bool is_public_place(std::string_view path);

}  // namespace caro::safety
