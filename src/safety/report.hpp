// What the safety analysis says about one command. Plain data.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace caro::safety {

// safe: only reads. moderate: changes state recoverably, or with privilege. high: destroys user data or weakens
// security. critical: irrecoverable loss of system, home or disk, code from the network, leaked secrets.
enum class Risk : std::uint8_t { safe, moderate, high, critical };

std::string_view to_string(Risk risk) noexcept;
std::optional<Risk> parse_risk(std::string_view name) noexcept;

struct Finding {
    std::string rule;  // stable id, for example "disk.delete-protected"
    Risk risk = Risk::safe;
    std::string message;  // one line for people: why
    std::size_t start = 0;  // byte range in the judged text, end exclusive
    std::size_t end = 0;
    std::string safer;  // a safer command, or ""
};

struct Report {
    Risk risk = Risk::safe;
    bool fully_parsed = true;  // false: parts could not be understood, and the risk is at least high
    bool read_only = false;    // every effect is known and none changes anything
    std::vector<Finding> findings;  // most severe first
    std::string reason;             // one plain line; "" if there is nothing to say
};

// How strictly a user wants to be guarded.
enum class Level : std::uint8_t { strict, moderate, permissive };

std::optional<Level> parse_level(std::string_view name) noexcept;
std::string_view to_string(Level level) noexcept;

// What may happen with a command of a given risk at a given level.
enum class Decision : std::uint8_t { allow, confirm, type_to_confirm, refuse };

std::string_view to_string(Decision decision) noexcept;

}  // namespace caro::safety
