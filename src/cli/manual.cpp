// The manual page in man(7) form, made from the tables.
#include "cli/exit_code.hpp"
#include "cli/render.hpp"
#include "cli/request.hpp"
#include "cli/text_wrap.hpp"
#include "cli/version.hpp"
#include "config/config.hpp"
#include "util/strings.hpp"

#include <fmt/core.h>

#include <array>

namespace caro::cli {

namespace {


// Text as roff shows it unchanged. Hyphens are made real ones, so that options can be copied.
std::string roff(std::string_view text) {
    std::string out;
    for (const char c : text) {
        switch (c) {
            case '\\':
                out += "\\e";
                break;
            case '-':
                out += "\\-";
                break;
            case '\'':
                out += "\\(aq";
                break;
            case '~':
                out += "\\(ti";
                break;
            case '^':
                out += "\\(ha";
                break;
            case '`':
                out += "\\(ga";
                break;
            default:
                out += c;
        }
    }
    out = replace_all(out, "…", "...");
    return !out.empty() && out.front() == '.' ? "\\&" + out : out;
}

std::string paragraph(std::string_view text) {
    return ".PP\n" + roff(text) + "\n";
}
std::string section(std::string_view name) {
    return fmt::format(".SH {}\n", name);
}

// A tagged paragraph; `head` is ready-made roff.
std::string tagged(const std::string& head, std::string_view text) {
    return ".TP\n" + head + "\n" + roff(text) + "\n";
}

std::string sentence(std::string text) {
    return text.empty() || text.back() == '.' ? text : text + ".";
}

std::string option_paragraph(const OptionRow& row) {
    std::string head;
    if (row.short_name != '\0') {
        head = fmt::format("\\fB\\-{}\\fR, ", row.short_name);
    }
    head += fmt::format("\\fB\\-\\-{}\\fR", roff(row.name));
    if (!row.argument.empty()) {
        head += fmt::format(" \\fI{}\\fR", row.argument);
    }
    return tagged(head, sentence(option_help(row)));
}

std::string description() {
    std::string text = paragraph(
        "caro turns a request in plain words into one shell command for this machine. The model "
        "runs inside the "
        "program; nothing leaves the machine unless you choose a remote back end.");
    text += paragraph(
        "On a terminal it shows the command with its risk and offers to run or change it. "
        "Elsewhere it prints the "
        "command, and nothing else, on standard output and runs nothing unless told to.");
    return text;
}

std::string requests() {
    std::string text = paragraph(
        "The words are joined by spaces. Options may stand anywhere, also after the request. A "
        "line is taken as a "
        "command of caro only if all of it fits that command, by the number of its words: 'caro "
        "check disk space' is a "
        "request, because check takes one operand. '--' before the first word, or the word 'ask', "
        "makes the line a "
        "request; later on '--' only ends the options. What is installed here plays no part in "
        "this.");
    text +=
        paragraph(fmt::format("A request is UTF-8 text of at most {} bytes. Standard input that is "
                              "no terminal is context: its first and its last {} kB are "
                              "given along with the request, as far as the model has room. Without words it is the request "
                              "itself, as with a single '-'. A pipe that stays "
                              "open and silent is left alone after 3 seconds (60 where messages go "
                              "to a terminal); so is a file somebody "
                              "else has begun to read, as in a shell's read loop. In a loop that "
                              "reads from a pipe use --no-input or "
                              "</dev/null, else caro takes the loop's input.",
                              k_request_limit, k_context_limit / 1024));
    return text;
}

// The actions of one command, in a list of their own.
std::string actions() {
    std::string text = section("ACTIONS OF CARO MODELS");
    for (const auto& row : models_actions()) {
        text += tagged(fmt::format("\\fB{}\\fR{}{}", row.name, row.usage.empty() ? "" : " ", roff(row.usage)),
                       sentence(std::string(row.summary)));
    }
    return text;
}

std::string settings() {
    std::string text = section("CONFIGURATION");
    text += paragraph(
        "Later ones win: built-in values, system files, your file, environment variables, options. "
        "'caro config show' "
        "tells where each value comes from. The files are TOML; a dot in a key means a table. A "
        "file in the working "
        "directory is never read. Each setting has a variable: CARO_ and its key in capitals, dots "
        "as underscores.");
    for (const auto& row : config::k_settings) {
        std::string doc(row.doc);
        if (!row.fallback.empty()) {
            doc += fmt::format(" Default: {}.", row.fallback);
        }
        text += tagged(fmt::format("\\fB{}\\fR", roff(row.key)), doc);
    }
    return text;
}

std::string surroundings_section() {
    std::string text = section("ENVIRONMENT");
    text += tagged("\\fBCARO_*\\fR", "One per setting, for example CARO_ENGINE_THREADS.");
    text += tagged("\\fBNO_COLOR\\fR, \\fBFORCE_COLOR\\fR, \\fBCLICOLOR_FORCE\\fR",
                   "Switch colour off or on.");
    text += tagged("\\fBXDG_CONFIG_HOME\\fR, \\fBXDG_CONFIG_DIRS\\fR, \\fBXDG_CACHE_HOME\\fR",
                   "Where configuration and cache are kept.");
    text += tagged("\\fBHF_ENDPOINT\\fR, \\fBHF_TOKEN\\fR, \\fBHF_HUB_OFFLINE\\fR, \\fBHF_HOME\\fR, \\fBHF_HUB_CACHE\\fR",
                   "The hub models come from, a key for it, whether it may be asked at all, and its own cache, "
                   "which is read in place.");
    text += tagged("\\fBSHELL\\fR",
                   "The shell to write for, if the one caro was started from cannot be told.");
    text += section("FILES");
    text += tagged("\\fI\\(ti/.config/caro/config.toml\\fR", "Your settings.");
    text += tagged("\\fI/etc/xdg/caro/config.toml\\fR, \\fI/etc/caro/config.toml\\fR",
                   "Settings for all users.");
    text += tagged("\\fI\\(ti/.cache/caro/\\fR", "Models and evaluated prompts; may be deleted.");
    return text;
}

}  // namespace

std::string manual_page() {
    std::string text = fmt::format(
        ".\\\" Made by: caro manual\n.TH CARO 1 \"\" \"caro {}\" \"User Commands\"\n"
        // Broken words could not be copied, and stretched lines are hard to read.
        ".nh\n.ad l\n",
        version());
    text +=
        section("NAME") + "caro \\- turn plain words into a shell command, on your own machine\n";
    text += section("SYNOPSIS");
    text +=
        ".B caro\n[\\fIOPTION\\fR]... \\fIREQUEST\\fR...\n.br\n.B caro\n\\fICOMMAND\\fR "
        "[\\fIOPTION\\fR]...\n";
    text += section("DESCRIPTION") + description();
    text += section("EXAMPLES");
    for (const auto& example : examples()) {
        text += tagged(fmt::format("\\fB{}\\fR", roff(example.line)),
                       sentence(std::string(example.meaning)));
    }
    text += section("REQUESTS AND COMMANDS") + requests();
    for (const auto& row : commands()) {
        const std::string head = fmt::format("\\fBcaro {}\\fR{}{}", row.name,
                                             row.usage.empty() ? "" : " ", roff(row.usage));
        text += tagged(head, sentence(std::string(row.summary)) + (row.details.empty() ? "" : " ") +
                                 std::string(row.details));
    }
    text += actions() + section("OPTIONS");
    for (const auto group : k_groups) {
        text += fmt::format(".SS {}\n", title(group));
        for (const auto& row : options()) {
            text += row.group == group ? option_paragraph(row) : "";
        }
    }
    text += settings() + surroundings_section() + section("EXIT STATUS");
    text += paragraph("When caro runs the command, it ends with that command's status. Otherwise:");
    for (const auto& row : exit_codes()) {
        text +=
            tagged(fmt::format("\\fB{}\\fR", to_int(row.code)), sentence(std::string(row.meaning)));
    }
    return text;
}

}  // namespace caro::cli
