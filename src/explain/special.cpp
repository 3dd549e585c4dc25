// Commands whose words are a language of their own, or another command.
#include <fmt/core.h>

#include <algorithm>
#include <regex>
#include <string_view>
#include <utility>

#include "explain/phrases.hpp"
#include "util/strings.hpp"
#include "util/utf8.hpp"

namespace caro::explain {

namespace {

using Words = std::vector<shell::Word>;

// The command that begins at word `first`.
std::string inner(const shell::Command& command, std::size_t first, bool piped) {
    shell::Command rest;
    rest.words.assign(command.words.begin() + static_cast<std::ptrdiff_t>(first), command.words.end());
    return phrase(rest, piped);
}

// First word at or after `at` that is no option; options of `with_value` take the next word. `size()` if there is none.
std::size_t skip_options(const Words& words, std::size_t at, std::string_view with_value) {
    while (at < words.size() && words[at].text.size() > 1 && words[at].text[0] == '-') {
        const std::string& option = words[at].text;
        if (option == "--") {
            return at + 1;
        }
        at += option.size() == 2 && with_value.find(option[1]) != std::string_view::npos ? 2 : 1;
    }
    return at;
}

std::string of(const Words& words, std::size_t first, bool piped) {
    std::vector<std::string> names;
    for (std::size_t i = first; i < words.size(); ++i) {
        names.push_back(shown(words[i]));
    }
    return names.empty() ? (piped ? "" : " of its input") : " of " + list(names);
}

std::optional<std::string> for_sed(const shell::Command& command, bool piped) {
    const Words& words = command.words;
    bool quiet = false;
    bool in_place = false;
    std::size_t at = 1;
    for (; at < words.size() && words[at].text.size() > 1 && words[at].text[0] == '-'; ++at) {
        const std::string& option = words[at].text;
        if (option == "-n") {
            quiet = true;
        } else if (option.substr(0, 2) == "-i" || option.substr(0, 10) == "--in-place") {
            in_place = true;
        } else if (option != "-E" && option != "-r") {
            return std::nullopt;
        }
    }
    if (at >= words.size() || !words[at].known()) {
        return std::nullopt;
    }
    const std::string& program = words[at].text;
    const std::string where = of(words, at + 1, piped);
    std::smatch m;
    static const std::regex k_substitute(R"(s(.)(.*)\1(.*)\1(g?)(I?)(g?))");
    static const std::regex k_lines(R"((\d+)(?:,(\d+|\$))?([pdq]))");
    static const std::regex k_match(R"(/(.+)/([pd]))");
    std::string out;
    if (std::regex_match(program, m, k_substitute) && m[2].str().find(m[1].str()) == std::string::npos && !quiet) {
        out = m[3].str().empty() ? fmt::format("removes {}", m[2].str()) : fmt::format("replaces {} by {}", m[2].str(), m[3].str());
        out += (m[4].str() + m[6].str()).empty() ? ", once in each line" : "";
    } else if (std::regex_match(program, m, k_lines)) {
        const std::string range = !m[2].matched ? "line " + m[1].str()
                                  : m[2] == "$" ? "the lines from " + m[1].str() + " on"
                                                : "lines " + m[1].str() + " to " + m[2].str();
        if (m[3] == "p" && quiet) {
            out = "prints " + range;
        } else if (m[3] == "d" && !quiet) {
            out = in_place ? "deletes " + range : "leaves out " + range;
        } else if (m[3] == "q" && !m[2].matched && !quiet) {
            out = "prints the first " + m[1].str() + " lines";
        }
    } else if (std::regex_match(program, m, k_match) && (m[2] == "p") == quiet) {
        out = (quiet ? "prints the lines that match " : in_place ? "deletes the lines that match " : "leaves out the lines that match ") + m[1].str();
    }
    if (out.empty()) {
        out = "edits the text";
    }
    if (in_place) {
        return at + 1 < words.size() ? std::optional(out + ", directly in " + where.substr(4)) : std::nullopt;
    }
    return out + (where.empty() ? "" : ", in " + where.substr(4));
}

std::optional<std::string> for_awk(const shell::Command& command, bool piped) {
    const Words& words = command.words;
    const std::size_t at = skip_options(words, 1, "Fv");
    if (at >= words.size() || !words[at].known()) {
        return std::nullopt;
    }
    std::smatch m;
    static const std::regex k_field(R"(\s*\{\s*print \$(\d+|NF)\s*;?\s*\}\s*)");
    static const std::regex k_sum(R"(\s*\{\s*(\w+)\s*\+=\s*\$(\d+)\s*;?\s*\}\s*END\s*\{\s*print \1\s*;?\s*\}\s*)");
    static const std::regex k_seen(R"(\s*!\w+\[\$0\]\+\+\s*)");
    const std::string where = of(words, at + 1, piped);
    std::string out = "works with an awk program on each line";
    if (std::regex_match(words[at].text, m, k_field)) {
        out = m[1] == "0" ? "prints each line" : m[1] == "NF" ? "prints the last field of each line" : "prints field " + m[1].str() + " of each line";
    } else if (std::regex_match(words[at].text, m, k_sum)) {
        out = "adds up field " + m[2].str();
    } else if (std::regex_match(words[at].text, k_seen)) {
        return "leaves out repeated lines" + where + ", keeping the order";
    }
    return out + where;
}

std::optional<std::string> for_wrapper(const shell::Command& command, bool piped) {
    struct Wrapper {
        std::string_view name, with_value, says;
        std::size_t skip;
    };
    static constexpr Wrapper k_wrappers[] = {
        {"sudo", "ugpChrtTD", "as the administrator: ", 0}, {"doas", "uC", "as the administrator: ", 0},
        {"nice", "n", "with low priority: ", 0},            {"nohup", "", "so that it outlives the terminal: ", 0},
        {"time", "", "measures how long it takes: ", 0},    {"timeout", "sk", "", 1},
        {"watch", "n", "again and again: ", 0},             {"command", "", "", 0},
        {"stdbuf", "ioe", "", 0},                           {"setsid", "", "", 0}};
    const Words& words = command.words;
    for (const Wrapper& wrapper : k_wrappers) {
        if (words.front().text != wrapper.name) {
            continue;
        }
        const std::size_t limit = skip_options(words, 1, wrapper.with_value);
        const std::size_t at = limit + wrapper.skip;
        if (at >= words.size() || (wrapper.name == "command" && at != 1) ||
            (wrapper.name == "sudo" && at != 1 && words[1].text != "-E" && words[1].text != "-n")) {
            return std::nullopt;
        }
        std::string says(wrapper.says);
        if (wrapper.name == "timeout") {
            says = "for at most " + shown(words[limit]) + " (seconds, if no unit is given): ";
        }
        return says + inner(command, at, piped);
    }
    return std::nullopt;
}

std::optional<std::string> for_xargs(const shell::Command& command) {
    const Words& words = command.words;
    const std::size_t at = skip_options(words, 1, "nPILsadE");
    if (at >= words.size()) {
        return "joins its input into lines";
    }
    std::string line;
    for (std::size_t i = at; i < words.size(); ++i) {
        line += (line.empty() ? "" : " ") + shown(words[i]);
    }
    return "runs " + line + " on what is listed";
}

// head and tail: what their number means depends on its sign.
std::optional<std::string> for_ends(const shell::Command& command) {
    const Words& words = command.words;
    const bool first = words.front().text == "head";
    std::string count = "10";
    std::string unit = " lines";
    bool follow = false;
    std::vector<std::string> files;
    for (std::size_t i = 1; i < words.size(); ++i) {
        const std::string& text = words[i].text;
        if ((text == "-n" || text == "-c") && i + 1 < words.size()) {
            unit = text == "-c" ? " bytes" : unit;
            count = words[++i].text;
        } else if (text.size() > 2 && (text.substr(0, 2) == "-n" || text.substr(0, 2) == "-c")) {
            unit = text[1] == 'c' ? " bytes" : unit;
            count = text.substr(2);
        } else if (text.size() > 1 && text[0] == '-' && text.find_first_not_of("0123456789", 1) == std::string::npos) {
            count = text.substr(1);
        } else if (!first && (text == "-f" || text == "-F")) {
            follow = true;
        } else if (text.size() > 1 && text[0] == '-') {
            return std::nullopt;
        } else {
            files.push_back(shown(words[i]));
        }
    }
    const std::string number = count.substr(count.find_first_of("+-") == 0 ? 1 : 0);
    if (number.empty() || number.find_first_not_of("0123456789kKMG") != std::string::npos) {
        return std::nullopt;
    }
    std::string what = (first ? "the first " : "the last ") + number + unit;
    if (number == "1") {
        what = (first ? "the first" : "the last") + unit.substr(0, unit.size() - 1);
    }
    if (count[0] == '-' && first) {
        what = "all but the last " + number + unit;
    } else if (count[0] == '+' && !first) {
        what = "everything from" + unit.substr(0, unit.size() - 1) + " " + number + " on";
    }
    const std::string from = files.empty() ? "" : " of " + list(files);
    return (files.empty() ? "keeps " : "shows ") + what + from + (follow ? ", and goes on as it grows" : "");
}

// grep -v turns the meaning round, so its phrase is not one that is added at the end.
std::optional<std::string> for_grep(const shell::Command& command) {
    shell::Command rest = command;
    bool inverted = false;
    for (std::size_t i = 1; i < rest.words.size(); ++i) {
        std::string& text = rest.words[i].text;
        const bool letters = text.size() > 1 && text[0] == '-' && text[1] != '-';
        const auto v = letters ? text.find('v') : std::string::npos;
        if (text == "--invert-match" || v != std::string::npos) {
            inverted = true;
            text = text == "--invert-match" ? "-E" : text.erase(v, 1);
            text = text == "-" ? "-E" : text;
        }
    }
    auto told = from_table(rest);
    if (told && inverted) {
        const bool files = told->rfind("searches for ", 0) == 0;
        *told = (files ? "shows the lines without " : "leaves out the lines with ") + told->substr(files ? 13 : 21);
    }
    return told ? told : "searches for text";
}

std::optional<std::string> for_wc(const shell::Command& command) {
    std::string what = "lines, words and bytes";
    std::vector<std::string> files;
    for (std::size_t i = 1; i < command.words.size(); ++i) {
        const std::string& text = command.words[i].text;
        if (text.size() < 2 || text[0] != '-') {
            files.push_back(shown(command.words[i]));
            continue;
        }
        const bool known = text == "-l" || text == "-w" || text == "-c" || text == "-m" || text == "--lines" || text == "--words";
        if (!known || what != "lines, words and bytes") {
            return std::nullopt;
        }
        what = text == "-l" || text == "--lines" ? "lines" : text == "-c" ? "bytes" : text == "-m" ? "characters" : "words";
    }
    return "counts the " + what + (files.empty() ? "" : " of " + list(files));
}

std::optional<std::string> for_tar(const shell::Command& command) {
    const Words& words = command.words;
    std::string letters;
    std::string archive;
    std::string folder;
    std::vector<std::string> members;
    for (std::size_t i = 1; i < words.size(); ++i) {
        const std::string& text = words[i].text;
        if (text == "-C" && i + 1 < words.size()) {
            folder = shown(words[++i]);
        } else if (text.substr(0, 2) == "--") {
            if (text.substr(0, 10) != "--exclude=" && text.substr(0, 19) != "--strip-components=") {
                return std::nullopt;
            }
        } else if (i == 1 || (text.size() > 1 && text[0] == '-')) {
            letters += text.substr(text[0] == '-' ? 1 : 0);
            if (letters.find('f') != std::string::npos && archive.empty()) {
                if (text.back() != 'f' || i + 1 >= words.size()) {
                    return std::nullopt;
                }
                archive = shown(words[++i]);
            }
        } else {
            members.push_back(shown(words[i]));
        }
    }
    const auto on = [&](char c) { return letters.find(c) != std::string::npos; };
    if (archive.empty() || letters.find_first_not_of("cxtzjJvpfka") != std::string::npos || on('c') + on('x') + on('t') != 1) {
        return std::nullopt;
    }
    const std::string in = folder.empty() ? "" : (on('c') ? ", from " : " into ") + folder;
    if (on('t')) {
        return "lists what is in " + archive;
    }
    if (on('x')) {
        return "unpacks " + (members.empty() ? "" : list(members) + " from ") + archive + in;
    }
    const std::string how = on('z') ? ", compressed with gzip" : on('j') ? ", compressed with bzip2" : on('J') ? ", compressed with xz" : "";
    return members.empty() ? std::nullopt : std::optional("packs " + list(members) + " into " + archive + how + in);
}

std::optional<std::string> for_chmod(const shell::Command& command) {
    const Words& words = command.words;
    std::size_t at = 1;
    bool all = false;
    for (; at < words.size() && (words[at].text == "-R" || words[at].text == "-v" || words[at].text == "--recursive"); ++at) {
        all = all || words[at].text != "-v";
    }
    if (at + 1 >= words.size()) {
        return std::nullopt;
    }
    std::vector<std::string> files;
    for (std::size_t i = at + 1; i < words.size(); ++i) {
        files.push_back(shown(words[i]));
    }
    const std::string mode = shown(words[at]);
    const bool runnable = mode == "+x" || mode == "a+x";
    const std::string what = list(files) + (all ? " and all in it" : "");
    return runnable ? "makes " + what + " executable" : mode == "u+x" ? "makes " + what + " executable for the owner"
                                                                       : "sets the permissions of " + what + " to " + mode;
}

// The words of echo are one text, not a list.
std::optional<std::string> for_echo(const shell::Command& command) {
    const std::size_t first = skip_options(command.words, 1, "");
    if (command.words.size() < first + 2) {
        return std::nullopt;  // the table tells of a single word
    }
    constexpr std::size_t k_most = 60;
    shell::Word text;
    for (std::size_t i = first; i < command.words.size(); ++i) {
        text.text += (i == first ? "" : " ") + command.words[i].text;
    }
    const std::string_view head = clip_to_width(text.text, k_most);
    if (head.size() < text.text.size()) {
        text.text = std::string(head) + "…";
    }
    return "prints " + shown(text);
}

// test and [: what is tested where that is one thing.
std::string for_test(const shell::Command& command) {
    static constexpr std::pair<std::string_view, std::string_view> k_tests[] = {
        {"-e", "exists"}, {"-f", "is a file"}, {"-d", "is a folder"}, {"-r", "can be read"}, {"-w", "can be written to"},
        {"-x", "can be run"}, {"-s", "is not empty"}, {"-L", "is a symbolic link"}, {"-h", "is a symbolic link"}};
    const Words& words = command.words;
    const std::size_t count = words.size() - (words.front().text == "[" && words.back().text == "]" ? 1 : 0);
    for (const auto& [test, says] : k_tests) {
        if (count == 3 && words[1].text == test) {
            return fmt::format("tests whether {} {}", shown(words[2]), says);
        }
    }
    return "tests a condition";
}

}  // namespace

std::optional<std::string> for_special(const shell::Command& command, bool piped) {
    const std::string& name = command.words.front().text;
    if (name == "find") {
        return for_find(command);
    }
    if (name == "sed") {
        return for_sed(command, piped);
    }
    if (name == "awk" || name == "gawk" || name == "mawk") {
        return for_awk(command, piped);
    }
    if (name == "xargs") {
        return for_xargs(command);
    }
    if (name == "tar") {
        return for_tar(command);
    }
    if (name == "chmod") {
        return for_chmod(command);
    }
    if (name == "head" || name == "tail") {
        return for_ends(command);
    }
    if (name == "grep" || name == "egrep" || name == "fgrep") {
        return for_grep(command);
    }
    if (name == "echo") {
        if (auto told = for_echo(command)) {
            return told;
        }
    }
    if (name == "test" || name == "[") {
        return for_test(command);
    }
    if (name == "wc") {
        return for_wc(command);
    }
    if (name == "command" && command.words.size() == 3 && command.words[1].text == "-v") {
        return "tells where " + shown(command.words[2]) + " is";
    }
    return for_wrapper(command, piped);
}

}  // namespace caro::explain
