#include "safety/report.hpp"

#include <array>

#include "safety/analyzer.hpp"

namespace caro::safety {

namespace {

constexpr std::array<std::string_view, 4> k_risks = {"safe", "moderate", "high", "critical"};
constexpr std::array<std::string_view, 3> k_levels = {"strict", "moderate", "permissive"};
constexpr std::array<std::string_view, 4> k_decisions = {"allow", "confirm", "type_to_confirm", "refuse"};

template <class Enum, std::size_t N>
std::optional<Enum> parse(std::string_view name, const std::array<std::string_view, N>& names) {
    for (std::size_t i = 0; i < N; ++i) {
        if (names[i] == name) {
            return static_cast<Enum>(i);
        }
    }
    return std::nullopt;
}

}  // namespace

std::string_view to_string(Risk risk) noexcept { return k_risks[static_cast<std::size_t>(risk)]; }
std::string_view to_string(Level level) noexcept { return k_levels[static_cast<std::size_t>(level)]; }
std::string_view to_string(Decision decision) noexcept {
    return k_decisions[static_cast<std::size_t>(decision)];
}

std::optional<Risk> parse_risk(std::string_view name) noexcept { return parse<Risk>(name, k_risks); }
std::optional<Level> parse_level(std::string_view name) noexcept { return parse<Level>(name, k_levels); }

// Nothing is ever allowed without a yes; what a yes given beforehand covers depends on the level.
//              strict                    moderate                 permissive
// safe         confirm, yes → allow      confirm, yes → allow     confirm, yes → allow
// moderate     confirm                   confirm, yes → allow     confirm, yes → allow
// high         type to confirm           type to confirm          confirm, yes → allow
// critical     refuse                    refuse                   type to confirm
Decision decide(Risk risk, Level level, bool assume_yes) noexcept {
    const Decision asked = assume_yes ? Decision::allow : Decision::confirm;
    switch (risk) {
        case Risk::safe: return asked;
        case Risk::moderate: return level == Level::strict ? Decision::confirm : asked;
        case Risk::high: return level == Level::permissive ? asked : Decision::type_to_confirm;
        case Risk::critical: return level == Level::permissive ? Decision::type_to_confirm : Decision::refuse;
    }
    return Decision::refuse;
}

}  // namespace caro::safety
