// The single checks of `caro doctor`.
#pragma once

#include "cli/invocation.hpp"

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace caro::cli {

enum class Health : std::uint8_t { ok, warn, fail };

struct Check {
    std::string name;  // "model"
    Health health = Health::ok;
    std::string message;  // what was found
    std::string fix;      // what to do; "" if ok
};

// All checks, in the order they are shown. Loads no model; servers are asked for a moment at most.
std::vector<Check> run_checks(const Invocation& invocation);

// Variables of the environment that look like settings of caro but are none, with the nearest right
// name. `names` are those of all variables.
std::vector<Check> check_variables(const std::vector<std::string>& names);

// Whether caro could keep files in this folder: ok if it, or the nearest folder above it that
// exists, can be written to. Nothing is created.
Check check_folder(const std::string& name, const std::filesystem::path& folder);

// Why the evaluated prompt was not kept by a caro that began `ms_ago` and had none; "" if it was.
std::string state_problem(double ms_ago);

}  // namespace caro::cli
