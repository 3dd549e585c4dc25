#include "safety/verbs.hpp"

#include <algorithm>
#include <array>
#include <cctype>

#include "util/strings.hpp"

namespace caro::safety {

namespace {

constexpr std::string_view k_destroys = "words.destroy";
constexpr std::string_view k_guard = "security.guard-off";

template <class List>
bool any_in(const std::vector<std::string>& pieces, const List& list) {
    return std::any_of(pieces.begin(), pieces.end(), [&](const std::string& piece) { return in(list, piece); });
}

// Words that mean the loss of all there is, whatever they are said of.
constexpr std::array<std::string_view, 11> k_loss = {"destroy", "obliterate", "nuke",   "wipe",     "wipeout", "erase",
                                                     "zap",     "zeroize",    "purge", "annihilate", "decommission"};

// Words that mean a loss when they are said of all, or without a question.
constexpr std::array<std::string_view, 9> k_removes = {"delete", "del",   "rm",    "drop", "terminate",
                                                       "reset",  "clear", "flush", "truncate"};

// What holds data that nobody can make again.
constexpr std::array<std::string_view, 16> k_stores = {"db",     "database", "databases", "schema", "table",   "tables", "data", "volume",
                                                       "volumes", "pool",    "bucket",    "index",  "cluster", "prod", "production", "disk"};

// Said of these the loss is small.
constexpr std::array<std::string_view, 27> k_cheap = {
    "cache", "caches", "cached", "tmp",    "temp",  "log",   "logs",   "build", "builds",   "artifact", "artifacts", "test", "tests", "session",
    "dry",   "help",   "man",    "unused", "stale", "expired", "dangling", "screen", "history", "preview", "plan", "cookies", "search"};

// Programs and features that protect the machine.
constexpr std::array<std::string_view, 34> k_guards = {
    "firewall", "antivirus", "defender", "selinux", "apparmor", "fail2ban", "falcon", "falcond", "crowdstrike", "clamav", "clamd", "auditd",
    "syslogd", "stonith", "fencing", "encryption", "filevault", "xprotect", "gatekeeper", "ossec", "wazuh", "osqueryd", "sentinelone", "sentinelctl",
    "sophos", "mdmclient", "mfa", "2fa", "secureboot", "protection", "tamper", "sandbox", "hardening", "security"};

constexpr std::array<std::string_view, 13> k_ends = {"disable", "disabled", "off", "stop", "unload", "bootout", "remove", "uninstall", "mask",
                                                     "deactivate", "bypass", "unenroll", "teardown"};

// The parts of a word: db:drop, wipe_disk.sh, ecto.drop; in lower case.
void add_pieces(std::string_view word, std::vector<std::string>& pieces) {
    std::string piece;
    for (const char c : std::string(word) + "-") {
        if (std::isalnum(static_cast<unsigned char>(c)) != 0) {
            piece += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
        } else if (!piece.empty()) {
            pieces.push_back(std::move(piece));
            piece.clear();
        }
    }
}

// Sub-commands are short words of letters; a path, a text or a value is none.
bool is_verb_like(std::string_view word) {
    return !word.empty() && word.size() < 32 && std::all_of(word.begin(), word.end(), [](char c) {
        return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '_' || c == ':' || c == '.';
    });
}

bool only_tells(std::string_view option) {
    constexpr std::array<std::string_view, 16> k_tells = {"--help", "-h", "--version", "-V", "--dry-run", "--dryrun", "--dry_run", "--noop", "--simulate",
                                                          "--what-if", "--whatif", "--preview", "--check", "--list", "--plan", "-WhatIf"};
    return in(k_tells, option);
}

bool means_all(std::string_view word) {
    constexpr std::array<std::string_view, 12> k_all = {"--all", "--force", "--recursive", "--purge", "--cascade", "--hard", "--recurse",
                                                        "all", "*", "--delete-data", "--remove-data", "--all-namespaces"};
    return in(k_all, word) || word.find("really") != std::string_view::npos;
}

// What the words have in common with a loss or a guard that is taken off.
std::string_view told_by_pieces(const std::vector<std::string>& pieces, bool all) {
    if (any_in(pieces, k_cheap)) {
        return "";
    }
    const bool removes = any_in(pieces, k_removes);
    const bool factory = in(pieces, "factory") && in(pieces, "reset");
    const bool drops = in(pieces, "drop") && any_in(pieces, k_stores);
    const bool whole = removes && (all || in(pieces, "all"));
    if (any_in(pieces, k_loss) || factory || drops || whole) {
        return k_destroys;
    }
    return any_in(pieces, k_ends) && any_in(pieces, k_guards) ? k_guard : std::string_view();
}

}  // namespace

std::string_view told_by_words(std::string_view name, const std::vector<shell::Word>& args) {
    constexpr std::size_t k_leading = 3;
    std::vector<std::string> pieces;
    std::size_t words = 0;
    bool all = false;
    bool leading = true;
    for (const auto& arg : args) {
        const std::string_view text = arg.text;
        if (only_tells(text)) {
            return "";
        }
        all = all || means_all(text);
        if (text.substr(0, 1) == "-" || !arg.known()) {
            continue;
        }
        leading = leading && words < k_leading && is_verb_like(text);
        if (leading) {
            add_pieces(text, pieces);
            ++words;
        }
    }
    const std::size_t of_words = pieces.size();
    const std::string_view told = told_by_pieces(pieces, all);
    if (!told.empty() || name.empty()) {
        return told;
    }
    add_pieces(name, pieces);
    if (pieces.size() > of_words && !any_in(pieces, k_cheap)) {  // ./wipe-disk.sh, dbctl drop
        const std::vector<std::string> own(pieces.begin() + static_cast<std::ptrdiff_t>(of_words), pieces.end());
        const bool scripted = own.size() > 1 && (any_in(own, k_loss) || (any_in(own, k_removes) && any_in(own, k_stores)));
        return scripted ? k_destroys : told_by_pieces(pieces, all) == k_guard ? k_guard : std::string_view();
    }
    return "";
}

std::string_view told_by_task(std::string_view task) {
    std::vector<std::string> pieces;
    add_pieces(task, pieces);
    if (!is_verb_like(task) || any_in(pieces, k_cheap)) {
        return "";
    }
    constexpr std::array<std::string_view, 3> k_plain = {"destroy", "nuke", "obliterate"};
    const bool store = any_in(pieces, k_stores) || in(pieces, "ecto") || in(pieces, "migrate");
    const bool loses = any_in(pieces, k_loss) || any_in(pieces, k_removes) || in(pieces, "fresh");
    return any_in(pieces, k_plain) || (store && loses) ? k_destroys : std::string_view();
}

}  // namespace caro::safety
