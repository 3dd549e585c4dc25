// GNU parallel: the command lines it makes from its words and from what follows ":::".
// Source: the manual page of GNU parallel, "REPLACEMENT STRINGS" and ":::".
#include <algorithm>

#include "safety/judge.hpp"
#include "util/strings.hpp"

namespace caro::safety {

namespace {

constexpr std::size_t k_most_lines = 40;

using Values = std::vector<std::string>;

bool begins_source(std::string_view text) { return text.substr(0, 3) == ":::"; }

// Options that take the next word as their value.
bool takes_value(std::string_view text) {
    constexpr std::string_view k_letters = "jaSIndCPNlLEhTW";
    constexpr std::array<std::string_view, 14> k_long = {"--jobs",   "--arg-file", "--sshlogin", "--max-args", "--delimiter", "--colsep",  "--joblog",
                                                         "--results", "--tmpdir",  "--delay",    "--retries",  "--timeout",   "--workdir", "--env"};
    return (text.size() == 2 && text[0] == '-' && k_letters.find(text[1]) != std::string_view::npos) ||
           std::find(k_long.begin(), k_long.end(), text) != k_long.end();
}

std::string without_end(const std::string& path) {
    const auto dot = path.rfind('.');
    const auto slash = path.rfind('/');
    return dot == std::string::npos || (slash != std::string::npos && dot < slash) ? path : path.substr(0, dot);
}

std::string last_of(const std::string& path) { return path.substr(path.rfind('/') + 1); }

std::string folder_of(const std::string& path) {
    const auto slash = path.rfind('/');
    return slash == std::string::npos ? "." : path.substr(0, slash);
}

std::string filled(std::string line, const Values& values) {
    const auto put = [&](const std::string& number, const std::string& value) {
        line = replace_all(line, "{" + number + "}", value);
        line = replace_all(line, "{" + number + ".}", without_end(value));
        line = replace_all(line, "{" + number + "/}", last_of(value));
        line = replace_all(line, "{" + number + "//}", folder_of(value));
        line = replace_all(line, "{" + number + "/.}", without_end(last_of(value)));
    };
    for (std::size_t i = 0; i < values.size(); ++i) {
        put(std::to_string(i + 1), values[i]);
    }
    std::string all;
    for (const auto& value : values) {
        all += (all.empty() ? "" : " ") + value;
    }
    put("", all);
    return line;
}

// One value out of each source, in all ways.
std::vector<Values> combined(const std::vector<Values>& sources) {
    std::vector<Values> rows = {{}};
    for (const auto& source : sources) {
        std::vector<Values> longer;
        for (const auto& row : rows) {
            for (const auto& value : source) {
                if (longer.size() < k_most_lines) {
                    longer.push_back(row);
                    longer.back().push_back(value);
                }
            }
        }
        rows = std::move(longer);
    }
    return rows;
}

// A value as parallel hands it to the shell. Patterns and what is not known stay as they are.
std::string quoted(const shell::Word& word) {
    const bool plain = !word.known() || word.glob || word.text.find_first_of(" \t\n'\"\\$`&|;<>(){}#!") == std::string::npos;
    return plain ? word.text : "'" + replace_all(word.text, "'", "'\\''") + "'";
}

// Words of the command come back as they stood; parallel hands them to a shell as one line.
std::string line_of(const std::vector<const shell::Word*>& words) {
    std::string line;
    for (const auto* word : words) {
        line += (line.empty() ? "" : " ") + word->text;
    }
    return line;
}

}  // namespace

// True if `words` is a call of parallel that tells on its own what it runs: with values behind ":::", or with no command.
bool makes_lines(const std::vector<shell::Word>& words) {
    if (words.empty() || (last_of(words.front().text) != "parallel" && last_of(words.front().text) != "sem")) {
        return false;
    }
    return std::any_of(words.begin(), words.end(), [](const shell::Word& word) { return begins_source(word.text); });
}

// Judges the lines of `parallel COMMAND ::: VALUE… ::: VALUE…`. False if the action is something else.
bool Judge::check_parallel(const Action& act) {
    std::vector<shell::Word> all = act.args;
    shell::Word name;
    name.text = act.name;
    all.insert(all.begin(), name);
    if (!makes_lines(all)) {
        const bool runs = act.name == "parallel" && act.input && act.operands().empty();
        if (runs) {
            nested(*act.input, act);  // every line that comes is a command
        }
        return runs;
    }
    std::vector<const shell::Word*> command;
    std::vector<Values> sources;
    bool from_file = false;
    for (std::size_t i = 0; i < act.args.size(); ++i) {
        const shell::Word& word = act.args[i];
        if (begins_source(word.text)) {
            from_file = from_file || word.text.substr(0, 4) == "::::";
            sources.emplace_back();
        } else if (!sources.empty()) {
            sources.back().push_back(command.empty() ? word.text : quoted(word));
        } else if (command.empty() && word.text.size() > 1 && word.text[0] == '-') {
            if (word.text == "--dry-run" || word.text == "--dryrun") {
                return true;
            }
            i += takes_value(word.text) ? 1 : 0;
        } else {
            command.push_back(&word);
        }
    }
    const std::string line = line_of(command);
    const bool placed = line.find('{') != std::string::npos;
    for (const auto& row : combined(sources)) {
        if (from_file) {  // what the file holds is not known
            const std::string unknown(1, shell::Word::k_unknown);
            nested(placed ? filled(line, Values(row.size(), unknown)) : line + " " + unknown, act);
            break;
        }
        nested(placed ? filled(line, row) : line + " " + join(row, " "), act);
    }
    return true;
}

}  // namespace caro::safety
