// Commands in the clothes they wear in files: lines of a crontab, steps of a CI file, RUN of a Dockerfile, ExecStart= of a unit.
#include <string>
#include <string_view>

#include "safety/judge.hpp"
#include "util/strings.hpp"

namespace caro::safety {

namespace {

std::string_view first_word(std::string_view text) { return text.substr(0, text.find_first_of(" \t")); }

std::string_view behind_word(std::string_view text) {
    const auto end = text.find_first_of(" \t");
    return end == std::string_view::npos ? std::string_view() : trim(text.substr(end));
}

// Behind the five fields that tell the time, or @daily. "" if it is no such line.
std::string_view behind_time(std::string_view line) {
    if (line.substr(0, 1) == "@") {
        const bool named = any_of(first_word(line), {"@reboot", "@yearly", "@annually", "@monthly", "@weekly", "@daily", "@midnight", "@hourly"});
        return named ? behind_word(line) : std::string_view();
    }
    for (int fields = 0; fields < 5; ++fields, line = behind_word(line)) {
        const std::string_view field = first_word(line);
        if (field.empty() || field.size() > 30 || field.find_first_not_of("0123456789*/,-") != std::string_view::npos) {
            return {};
        }
    }
    return line;
}

// ${{ secrets.NAME }} of CI files, which is replaced before a shell reads it, as a variable with a key.
std::string with_secrets(std::string_view source) {
    std::string made;
    while (!source.empty()) {
        const auto open = source.find("${{");
        const auto close = open == std::string_view::npos ? open : source.find("}}", open);
        if (close == std::string_view::npos) {
            break;
        }
        const bool secret = contains(source.substr(open, close - open), "secrets.");
        made += std::string(source.substr(0, open)) + (secret ? "$GITHUB_TOKEN" : "$CARO_UNKNOWN");
        source.remove_prefix(close + 2);
    }
    return made + std::string(source);
}

}  // namespace

bool Judge::check_table_line(std::string_view source) {
    const std::string_view command = behind_time(trim(source));
    if (command.empty() || source.find('\n') != std::string_view::npos) {
        return false;
    }
    Action whole;
    whole.span = {static_cast<std::size_t>(command.data() - source.data()), source.size()};
    nested(command, whole);
    later(behind_word(command), whole);  // /etc/crontab names a user before it
    m_read_only = false;
    find("command.unknown", first_word(source), {0, source.size()});
    return true;
}

// The command behind RUN, "- run:" and the like.
void Judge::check_steps(std::string_view source) {
    Action whole;
    whole.span = {0, source.size()};
    if (contains(source, "${{")) {
        const std::string filled = with_secrets(source);
        later(filled, whole);
        if (!contains(filled, "${{")) {
            check_steps(filled);
        }
        return;
    }
    std::string_view rest = trim(source);
    const std::size_t length = rest.size();
    for (const std::string_view mark : {"- ", "run: ", "script: ", "command: ", "RUN ", "CMD ", "ENTRYPOINT ", "ExecStart=", "ExecStartPre=", "ExecStop="}) {
        rest = starts_with(rest, mark) ? trim(rest.substr(mark.size())) : rest;
    }
    if (rest.size() < length) {
        later(rest, whole);
        return;
    }
    const auto end = source.find('\n');
    if (end == std::string_view::npos || end == 0 || source[end - 1] != ':') {
        return;
    }
    for (const auto line : split(source, '\n')) {  // script:, then "- CODE" lines
        if (starts_with(trim(line), "- ")) {
            later(trim(line).substr(2), whole);
        }
    }
}

}  // namespace caro::safety
