// Which processes kill gets when their numbers come from another command: ps -e -o pid= | xargs kill, kill $(pgrep .).
#include <algorithm>
#include <array>

#include "safety/effects.hpp"
#include "safety/paths.hpp"
#include "util/strings.hpp"

namespace caro::safety {

namespace {

std::string_view name_of(const shell::Command& stage) {
    const std::string_view path = stage.words.empty() ? std::string_view() : std::string_view(stage.words.front().text);
    return path.substr(path.rfind('/') + 1);
}

bool matches_all(std::string_view pattern) {
    constexpr std::array<std::string_view, 6> k_all = {".", ".*", "", "^", "$", "*"};
    return in(k_all, pattern);
}

// ps with nothing that picks some; pgrep with a pattern that picks all.
bool lists_all(const shell::Command& stage) {
    constexpr std::array<std::string_view, 9> k_picks = {"-C", "-p", "--pid", "--ppid", "-G", "-g", "-t", "-q", "-s"};
    const std::string_view name = name_of(stage);
    if (name == "ps") {
        return stage.words.size() > 1 && std::none_of(stage.words.begin(), stage.words.end(), [&](const shell::Word& word) {
            return in(k_picks, word.text) || word.text.substr(0, 6) == "--pid=" || word.text.substr(0, 7) == "--ppid=";
        });
    }
    if (name != "pgrep") {
        return false;
    }
    return std::all_of(stage.words.begin() + 1, stage.words.end(), [](const shell::Word& word) {
        return matches_all(word.text) || word.text == "-f" || word.text == "-a" || word.text == "-l";
    });
}

// Filters that keep all numbers: awk '{print $1}', tr, sort, sed 1d.
bool keeps_all(const shell::Command& stage) {
    constexpr std::array<std::string_view, 6> k_filters = {"tr", "sort", "cut", "cat", "uniq", "tac"};
    const std::string_view name = name_of(stage);
    const std::string_view program = stage.words.size() > 1 ? std::string_view(stage.words[1].text) : std::string_view();
    return in(k_filters, name) || (name == "awk" && (program.substr(0, 1) == "{" || program.substr(0, 2) == "NR")) ||
           (name == "sed" && program == "1d") || (name == "tail" && stage.words.size() > 1 && stage.words.back().text.find('+') != std::string::npos);
}

// What comes out of the first `count` stages is every process there is.
bool all_processes(const shell::Pipeline& line, std::size_t count) {
    return count > 0 && lists_all(line.stages.front()) &&
           std::all_of(line.stages.begin() + 1, line.stages.begin() + static_cast<std::ptrdiff_t>(count), keeps_all);
}

}  // namespace

bool Judge::names_all_processes(const Action& action, const shell::Pipeline& line) const {
    if (action.args_from_input && line.stages.size() > 1 && all_processes(line, line.stages.size() - 1)) {
        return true;
    }
    return std::any_of(action.args.begin(), action.args.end(), [this](const shell::Word& word) {
        if (word.known()) {
            const auto slash = word.text.rfind('/');
            const std::string_view last = std::string_view(word.text).substr(slash == std::string::npos ? 0 : slash + 1);
            return last == "[0-9]*" || is_all_glob(last);  // for p in /proc/[0-9]*; do kill ${p##*/}
        }
        return any_substituted(word, [](const shell::Pipeline& inner) { return all_processes(inner, inner.stages.size()); });
    });
}

}  // namespace caro::safety
