// Regular expressions of sed, grep, awk, expr, jq and the like, matched in bounded time. Internal to shell.
#pragma once

#include <bitset>
#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace caro::shell {

class Regex {
  public:
    enum class Syntax : unsigned char { basic, extended, perl };

    // Where the whole (0) and each group was found; npos: the group took no part.
    struct Match {
        struct Range {
            std::size_t from = std::string_view::npos;
            std::size_t to = std::string_view::npos;
        };
        std::vector<Range> groups;

        std::size_t from() const { return groups[0].from; }
        std::size_t to() const { return groups[0].to; }
        std::string_view text(std::size_t group, std::string_view subject) const;
    };

    // Nothing if the pattern has something that is not understood here.
    static std::optional<Regex> read(std::string_view pattern, Syntax syntax, bool ignores_case = false);

    // The first match at or behind `from`. All searches of one Regex share a bound on their work; once it is reached
    // nothing matches any more and exhausted() is true.
    std::optional<Match> search(std::string_view text, std::size_t from = 0) const;
    bool exhausted() const { return m_steps == 0; }

    // TEXT with the first or every match replaced; in `with` & and \1 … \9 stand for what was found.
    std::string replaced(std::string_view text, std::string_view with, bool all, std::size_t first = 1, std::size_t* count = nullptr) const;

  private:
    struct Node;
    using Sequence = std::vector<Node>;
    struct Node {
        enum class Kind : unsigned char { set, start, end, edge, group, back };
        Kind kind = Kind::set;
        std::bitset<256> set;
        std::vector<Sequence> choices;  // of a group
        int index = 0;                  // of a capturing group, a reference; 0: it captures nothing
        std::size_t least = 1;
        std::size_t most = 1;
        bool lazy = false;
    };
    struct State;
    class Reader;
    using Rest = std::function<bool(std::size_t)>;

    static void put_in(const Match& match, std::string_view text, std::string_view with, std::string& into);
    bool run(const Sequence& all, std::size_t index, std::size_t at, State& state, const Rest& rest) const;
    bool repeat(const Sequence& all, std::size_t index, std::size_t at, std::size_t done, State& state, const Rest& rest) const;
    bool repeat_set(const Sequence& all, std::size_t index, std::size_t at, State& state, const Rest& rest) const;

    Sequence m_nodes;
    int m_groups = 0;
    mutable std::size_t m_steps = 60000;
};

}  // namespace caro::shell
