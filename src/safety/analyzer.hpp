// The judge of shell commands. Total and pure: every input gives a Report; no I/O, no exceptions, no clock.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "safety/report.hpp"
#include "util/result.hpp"

namespace caro::safety {

// The facts about the place a command would run in that judging may use. Paths are absolute or "".
struct Scene {
    std::string home;
    std::string cwd;
    bool is_root = false;
    enum class Dialect : std::uint8_t { posix, bash, zsh, fish, powershell } dialect = Dialect::bash;
    enum class Platform : std::uint8_t { gnu, bsd, busybox } platform = Platform::gnu;
};

// Judges one command line or script. Thread-safe; the knowledge base is read on first use and kept.
Report analyze(std::string_view source, const Scene& scene);

// What the policy allows: decide(critical, *) is never `allow`, whatever `assume_yes` says.
Decision decide(Risk risk, Level level, bool assume_yes) noexcept;

}  // namespace caro::safety
