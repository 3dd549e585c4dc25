#include "engine/unasked.hpp"

#include <algorithm>
#include <array>

#include "util/strings.hpp"

namespace caro::engine {

namespace {

// Requests that begin with one of these want to be told something.
constexpr std::array<std::string_view, 25> k_questions = {"are ",  "count ",  "display ", "do ",    "does ",  "find ",   "give me ", "how ",  "is ",
                                                          "list ", "locate ", "name ",    "names ", "number of ", "print ", "search ", "show ", "tell ",
                                                          "what ", "what's ", "when ",    "where ", "which ", "who ",    "whose "};

// With one of these in it, something may well be changed.
constexpr std::array<std::string_view, 40> k_changes = {"delet", "remov",  "move",   "moving", "renam",   "cop",    "creat",   "sav",      "writ",    "stor",
                                                        "replac", "chang", "set ",   "mak",    "add ",    "kill",   "stop",    "unpack",   "extract", "compress",
                                                        " into ", " to ",  "convert", "install", "append", "insert", "empty",   "clear",    "run ",    "start",
                                                        "download", "export", "load", "fix",   "update",  "upgrade", "apply", "clean", "put ", ">"};

// Said in one of a few languages; as parts of words.
constexpr std::array<std::string_view, 56> k_deletions = {"tidy",   "tidi",   "free ",   "nuke",   "dedup",  "keep only", "unneeded", "unused", "trunc", "get out", "räum", "bereinig", "limpi", "nettoy", "puli", "整理",
                                                          "delet",  "remov", " rm ",   "eras",   "clean",  "clear",  "purg",   "rid of",  "drop",    "discard",
                                                          "wip",    "empt",  "uninst", "prun",   "trash",  "move",   "moving", "shred",   "unlink",  "throw",
                                                          "replac", "destr", "strip",  "reset",  "lösch",  "entfern", "supprim", "effac",  "elimin",  "borra",
                                                          "cancell", "apag", "exclu",  "删",     "移除",   "清",     "削除",   "удал",    "stere",   "usu"};

bool deletes(const safety::Finding& finding) { return finding.rule.starts_with("delete."); }

bool changes(const safety::Finding& finding) {
    return finding.risk != safety::Risk::safe && (deletes(finding) || finding.rule.starts_with("state.") || finding.rule.starts_with("file.") || finding.rule.starts_with("disk."));
}

template <std::size_t N>
bool says(std::string_view text, const std::array<std::string_view, N>& parts) {
    return std::any_of(parts.begin(), parts.end(), [&](std::string_view part) { return text.find(part) != std::string_view::npos; });
}

}  // namespace

std::string unasked_change(std::string_view request, const safety::Report& report) {
    const std::string asked = to_lower(trim(request));
    if (std::any_of(report.findings.begin(), report.findings.end(), deletes) && !says(asked, k_deletions)) {
        return "it deletes files, and nothing is to be deleted";
    }
    const bool question = std::any_of(k_questions.begin(), k_questions.end(), [&](std::string_view word) { return asked.starts_with(word); });
    if (question && !says(asked, k_changes) && std::any_of(report.findings.begin(), report.findings.end(), changes)) {
        return "it changes something, and nothing is to be changed";
    }
    return "";
}

}  // namespace caro::engine
