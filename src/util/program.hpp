// The running program itself.
#pragma once

#include <filesystem>
#include <optional>

namespace caro {

// Absolute path of the running executable, links resolved; nullopt if the system does not tell.
std::optional<std::filesystem::path> program_path();

}  // namespace caro
