// From raw model output to one command, in steps: harmless characters only → no thinking → fence or
// JSON opened → prose dropped → lines joined → labels, prompts and comments removed.
#include "prompt/prompt.hpp"
#include "prompt/shell_text.hpp"
#include "util/strings.hpp"
#include "util/utf8.hpp"

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <vector>

namespace caro::prompt {

namespace {

constexpr std::size_t k_max_answer_bytes = 64 * 1024;
constexpr std::size_t k_max_command_bytes = 8 * 1024;
constexpr std::string_view k_hint = "Try again, say it in other words, or use another model";

// The text cut down to what holds the command.
struct Body {
    std::string text;
    bool fenced = false;  // in a code fence: every line is code
};

bool starts_with(std::string_view text, std::string_view with) {
    return text.substr(0, with.size()) == with;
}

// Line ends made \n, a byte order mark removed; anything left that could hide what runs is an
// error.
Result<std::string> harmless(std::string_view raw) {
    if (raw.size() > k_max_answer_bytes) {
        return fail(ErrorCode::bad_output,
                    fmt::format("the model's answer is too long ({} bytes)", raw.size()),
                    std::string(k_hint));
    }
    if (starts_with(raw, "\xEF\xBB\xBF")) {
        raw.remove_prefix(3);
    }
    std::string text = replace_all(raw, "\r\n", "\n");
    if (!is_valid_utf8(text)) {
        return fail(ErrorCode::bad_output, "the model's answer is not valid UTF-8",
                    std::string(k_hint));
    }
    for (std::size_t at = 0, length = 0; at < text.size(); at += length) {
        const char32_t c = decode_utf8(std::string_view(text).substr(at), length);
        if (is_deceptive(c)) {
            return fail(
                ErrorCode::bad_output,
                fmt::format("the model's answer holds a hidden or control character (U+{:04X})",
                            static_cast<std::uint32_t>(c)),
                std::string(k_hint));
        }
    }
    return text;
}

// Without <think>…</think>. A block that never ends hides the answer: nothing is left. A lone end
// tag means that the server swallowed the opening one.
std::string without_thinking(std::string text) {
    for (const std::string_view name : {"think", "thinking"}) {
        const std::string open = fmt::format("<{}>", name);
        const std::string close = fmt::format("</{}>", name);
        for (auto begin = text.find(open); begin != std::string::npos; begin = text.find(open)) {
            const auto end = text.find(close, begin);
            const auto until = end == std::string::npos ? text.size() : end + close.size();
            text.erase(begin, until - begin);
        }
        if (const auto end = text.rfind(close); end != std::string::npos) {
            text.erase(0, end + close.size());
        }
    }
    return text;
}

bool is_shell_name(std::string_view info) {
    static constexpr std::array<std::string_view, 14> k_names = {
        "bash", "sh",   "shell",     "zsh",      "fish",       "dash", "console",
        "text", "json", "plaintext", "terminal", "powershell", "pwsh", "ps1"};
    const std::string lower = to_lower(info);
    return std::any_of(k_names.begin(), k_names.end(),
                       [&](std::string_view name) { return lower == name; });
}

// The first code fence's content, if there is one. An unclosed fence reaches to the end.
std::optional<std::string> fenced_part(std::string_view text) {
    const std::size_t open = text.find("```");
    if (open == std::string_view::npos) {
        return std::nullopt;
    }
    std::string_view rest = text.substr(open + 3);
    const std::size_t close = rest.find("```");
    rest = rest.substr(0, close);
    const std::size_t newline = rest.find('\n');
    const std::string_view info = trim(rest.substr(0, newline));
    // What follows the opening on its own line is the language; all in one line, it is the command.
    if (newline != std::string_view::npos &&
        (info.empty() || info.find(' ') == std::string_view::npos)) {
        rest = rest.substr(newline + 1);
    } else if (newline == std::string_view::npos && is_shell_name(info)) {
        rest = {};
    } else if (const std::size_t space = info.find(' '); space != std::string_view::npos &&
                                                         is_shell_name(info.substr(0, space)) &&
                                                         info.substr(0, 2) != "sh") {
        rest = trim(rest).substr(space + 1);
    }
    return std::string(rest);
}

// A JSON object with the command in one of the usual fields.
std::optional<Answer> json_answer(std::string_view text) {
    if (text.empty() || text.front() != '{') {
        return std::nullopt;
    }
    const auto object = nlohmann::json::parse(text, nullptr, false);
    if (!object.is_object()) {
        return std::nullopt;
    }
    const auto field = [&](std::initializer_list<const char*> names) -> std::string {
        for (const char* name : names) {
            if (const auto found = object.find(name); found != object.end() && found->is_string()) {
                return found->get<std::string>();
            }
        }
        return {};
    };
    Answer answer;
    answer.command = field({"command", "cmd", "shell_command", "bash", "answer"});
    answer.reason = field({"reason", "error", "refusal", "message"});
    answer.refused = answer.command.empty();
    return answer;
}

// Removes what people and models write before a command: list markers, labels, prompts.
std::string_view without_label(std::string_view line) {
    line = trim(line);
    static constexpr std::array<std::string_view, 12> k_labels = {
        "command:",    "answer:", "bash:", "shell:", "output:", "**command:**",
        "**answer:**", "$ ",      "% ",    "> ",     "+ ",      "bash$ "};
    for (bool again = true; again;) {
        again = false;
        const std::string lower = to_lower(line.substr(0, 16));
        for (const std::string_view label : k_labels) {
            // The line is trimmed, so a prompt with nothing after it has lost its space.
            if (starts_with(lower, label) || lower == trim(label)) {
                line = trim(line.substr(std::min(label.size(), line.size())));
                again = true;
                break;
            }
        }
        const std::size_t prompt = line.find("> ");
        if (starts_with(line, "PS ") && prompt != std::string_view::npos) {
            line = trim(line.substr(prompt + 2));
            again = true;
        }
    }
    return line;
}

// `cmd`, **cmd** and **`cmd`** without their marks.
std::string_view without_marks(std::string_view line) {
    line = trim(line);
    for (const std::string_view mark : {"**", "`", "**"}) {
        const bool wrapped = line.size() > 2 * mark.size() && starts_with(line, mark) &&
                             line.substr(line.size() - mark.size()) == mark;
        if (wrapped && line.find(mark, mark.size()) == line.size() - mark.size()) {
            line = trim(line.substr(mark.size(), line.size() - 2 * mark.size()));
        }
    }
    return line;
}

// The only `code` in a sentence.
std::optional<std::string> code_in_prose(std::string_view line) {
    const std::size_t open = line.find('`');
    const std::size_t close = open == std::string_view::npos ? open : line.find('`', open + 1);
    if (close == std::string_view::npos || close == open + 1) {
        return std::nullopt;
    }
    if (line.find('`', close + 1) != std::string_view::npos) {
        return std::nullopt;  // several: there is no telling which one is meant
    }
    return std::string(trim(line.substr(open + 1, close - open - 1)));
}

// One logical line: physical lines joined where shell syntax says that the line goes on.
struct Joined {
    std::string line;
    bool broken = false;  // a quote or here-document would have to keep its line break
};

std::vector<Joined> join_lines(const std::vector<std::string_view>& lines) {
    std::vector<Joined> out;
    bool open = false;
    for (const std::string_view raw : lines) {
        std::string_view line = trim(raw);
        if (line.empty()) {
            open = false;
            continue;
        }
        if (!open) {
            line = without_marks(without_label(line));
        }
        const LineScan scan = scan_line(line);
        const bool comment_only = scan.comment && *scan.comment == 0;
        if (comment_only && open) {
            continue;
        }
        if (scan.comment && *scan.comment > 0) {
            line = trim(line.substr(0, *scan.comment));
        }
        if (scan.continues) {
            line = trim(line.substr(0, line.size() - 1));
        }
        if (open) {
            out.back().line += (out.back().line.empty() ? "" : " ") + std::string(line);
        } else {
            out.push_back({std::string(line), false});
        }
        out.back().broken |=
            scan.open_quote || (!comment_only && line.find("<<") != std::string_view::npos &&
                                line.find("<<<") == std::string_view::npos && lines.size() > 1);
        open = scan.continues || (!comment_only && wants_more(line));
    }
    return out;
}

// How many more loops and ifs `line` opens than it closes.
int block_balance(std::string_view line) {
    int balance = 0;
    bool command_position = true;
    for (std::string_view word : split(line, ' ')) {
        if (word.empty()) {
            continue;
        }
        const bool ends = word.back() == ';';
        word = ends ? word.substr(0, word.size() - 1) : word;
        if (word == "done" || word == "fi") {
            --balance;
        } else if (command_position &&
                   (word == "for" || word == "while" || word == "until" || word == "if")) {
            ++balance;
        }
        command_position = ends || word == "do" || word == "then" || word == "else" ||
                           word == "&&" || word == "||" || word == "|" || word == "!" ||
                           word == "{" || word == "(";
    }
    return balance;
}

Result<Answer> bad(std::string message) {
    return fail(ErrorCode::bad_output, std::move(message), std::string(k_hint));
}

// `echo "Please say more"` and the like: a refusal dressed as a command.
std::optional<std::string> spoken_refusal(std::string_view command) {
    if (!starts_with(command, "echo ")) {
        return std::nullopt;
    }
    std::string_view said = trim(command.substr(5));
    if (said.size() < 3 || (said[0] != '"' && said[0] != '\'') ||
        said.find(said[0], 1) != said.size() - 1) {
        return std::nullopt;
    }
    said = said.substr(1, said.size() - 2);
    return is_apology(said) ? std::optional(std::string(said)) : std::nullopt;
}

Result<Answer> finish(std::string command) {
    command = std::string(without_marks(without_label(command)));
    if (command.empty()) {
        return bad("the model's answer holds no command");
    }
    if (command.size() > k_max_command_bytes) {
        return bad(fmt::format("the command is too long ({} bytes)", command.size()));
    }
    if (auto said = spoken_refusal(command)) {
        return Answer{"", true, std::move(*said)};
    }
    return Answer{std::move(command), false, ""};
}

// Lines of a fence: all of them are code, and they belong together.
Result<Answer> from_code(std::vector<Joined> lines) {
    std::string reason;
    std::string command;
    int open_blocks = 0;
    for (const Joined& part : lines) {
        if (part.line.front() == '#') {
            if (!command.empty() && open_blocks == 0 &&
                to_lower(part.line).find("or ") != std::string::npos) {
                break;  // "# or, with …": an alternative, not a next step
            }
            reason =
                reason.empty() ? std::string(trim(std::string_view(part.line).substr(1))) : reason;
            continue;
        }
        if (part.broken) {
            return bad("the command spans several lines");
        }
        if (!command.empty()) {
            // The body of a loop is a list; steps in a row go on only if the one before succeeded.
            command += open_blocks == 0 ? " && " : command.back() == ';' ? " " : "; ";
        }
        command += part.line;
        open_blocks += block_balance(part.line);
    }
    if (open_blocks != 0) {
        return bad("the command spans several lines and is not complete");
    }
    if (command.empty() && !reason.empty()) {
        return Answer{"", true, std::move(reason)};
    }
    return finish(std::move(command));
}

// Lines without a fence: the first that is no prose is the command, the rest is talk.
Result<Answer> from_text(const std::vector<Joined>& lines) {
    std::string reason;
    bool prose = false;
    for (const Joined& part : lines) {
        if (part.line.front() == '#') {
            reason =
                reason.empty() ? std::string(trim(std::string_view(part.line).substr(1))) : reason;
            prose = true;
            continue;
        }
        if (is_apology(part.line)) {
            return Answer{"", true, part.line};
        }
        if (is_prose(part.line)) {
            if (auto code = code_in_prose(part.line)) {
                return finish(std::move(*code));
            }
            reason = reason.empty() && part.line.back() != ':' ? part.line : reason;
            prose = true;
            continue;
        }
        if (part.broken) {
            return bad("the command has an open quote");
        }
        return finish(part.line);
    }
    if (prose) {
        return Answer{"", true, std::move(reason)};
    }
    return bad("the model's answer is empty");
}

Result<Answer> extract_text(std::string text, bool json_allowed) {
    bool fenced = false;
    if (auto part = fenced_part(text)) {
        // A fence with nothing in it: what stands before it may still be the answer.
        fenced = !trim(*part).empty();
        text = fenced ? std::move(*part) : text.substr(0, text.find("```"));
    }
    const std::string_view body = trim(text);
    if (auto answer = json_allowed ? json_answer(body) : std::nullopt) {
        if (answer->refused) {
            return answer->reason.empty() ? bad("the model's JSON answer holds no command")
                                          : Result<Answer>(*answer);
        }
        TRY_ASSIGN(std::string inner, harmless(answer->command));
        return extract_text(std::move(inner), false);
    }
    auto lines = join_lines(split(body, '\n'));
    lines.erase(std::remove_if(lines.begin(), lines.end(),
                               [](const Joined& part) { return part.line.empty(); }),
                lines.end());
    return fenced ? from_code(std::move(lines)) : from_text(lines);
}

}  // namespace

Result<Answer> extract(std::string_view model_output) {
    TRY_ASSIGN(std::string text, harmless(model_output));
    return extract_text(without_thinking(std::move(text)), true);
}

}  // namespace caro::prompt
