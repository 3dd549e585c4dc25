#include "explain/explain.hpp"

#include <algorithm>
#include <set>

#include "explain/phrases.hpp"
#include "util/strings.hpp"
#include "util/utf8.hpp"

namespace caro::explain {

namespace {

constexpr std::size_t k_longest_line = 160;

std::string capitalised(std::string text) {
    if (!text.empty() && text[0] >= 'a' && text[0] <= 'z') {
        text[0] = static_cast<char>(text[0] - 'a' + 'A');
    }
    return text;
}

// What redirections add; here-documents and descriptors beyond the usual ones are left out.
std::string redirections(const shell::Command& command) {
    std::string out;
    for (const auto& redirect : command.redirects) {
        const std::string target = shown(redirect.target);
        if (redirect.target.text == "/dev/null") {
            out += redirect.op == "2>" ? ", without error messages" : redirect.op == "<" ? "" : ", without showing its output";
        } else if (redirect.op == ">" || redirect.op == ">|" || redirect.op == "&>") {
            out += ", written to " + target;
        } else if (redirect.op == ">>" || redirect.op == "&>>") {
            out += ", added to the end of " + target;
        } else if (redirect.op == "<") {
            out += ", read from " + target;
        } else if (redirect.op == "2>") {
            out += ", with error messages in " + target;
        }
    }
    return out;
}

std::string of_pipeline(const shell::Pipeline& pipeline) {
    std::string out;
    for (std::size_t i = 0; i < pipeline.stages.size(); ++i) {
        const auto& stage = pipeline.stages[i];
        if (stage.words.empty()) {
            std::vector<std::string> names;
            for (const auto& [name, value] : stage.assignments) {
                names.push_back(name);
            }
            out += (i > 0 ? ", " : "") + (names.empty() ? std::string("does nothing") : "sets " + list(names));
        } else {
            out += (i > 0 ? ", " : "") + phrase(stage, i > 0);
        }
        out += redirections(stage);
    }
    return pipeline.background ? out + ", in the background" : out;
}

// What joins two pipelines, told by the text between them; "" if that is more than a joint.
std::string_view joint(std::string_view between) {
    const std::string_view bare = trim(between);
    if (bare == "&&") {
        return "; if that works, ";
    }
    if (bare == "||") {
        return "; if that fails, ";
    }
    const bool plain = std::all_of(bare.begin(), bare.end(), [](char c) { return c == ';' || c == '\n' || c == '&' || c == ' '; });
    return plain ? "; then " : "";
}

// "Runs a script with find, grep and rm": true of whatever the structure is.
std::string in_general(const std::vector<const shell::Pipeline*>& pipelines) {
    std::vector<std::string> names;
    for (const auto* pipeline : pipelines) {
        for (const auto& stage : pipeline->stages) {
            if (!stage.words.empty() && stage.words.front().known()) {
                const std::string name = shown(stage.words.front());
                if (std::find(names.begin(), names.end(), name) == names.end()) {
                    names.push_back(name);
                }
            }
        }
    }
    return names.empty() ? std::string() : names.size() == 1 ? "Runs " + names.front() : "Runs " + list(names);
}

// "for each FILE of *.txt: " for `for f in *.txt; do …; done`; empty if it is no such loop. Moves the bounds to its body.
std::string loop_head(std::string_view source, std::size_t& begin, std::size_t& end) {
    if (source.substr(0, 4) != "for ") {
        return {};
    }
    const auto in = source.find(" in ");
    const auto semicolon = source.find(';');
    const auto body = source.find("do ");
    const auto done = source.rfind("done");
    if (in == std::string_view::npos || semicolon == std::string_view::npos || semicolon < in || body == std::string_view::npos ||
        body < semicolon || trim(source.substr(semicolon + 1, body - semicolon - 1)) != "" || done == std::string_view::npos ||
        done <= body || trim(source.substr(done)) != "done") {
        return {};
    }
    const std::string_view words = trim(source.substr(in + 4, semicolon - in - 4));
    if (words.find_first_of("$`(") != std::string_view::npos) {
        return {};
    }
    begin = body + 3;
    end = done;
    return "for each of " + std::string(words) + ": ";
}

}  // namespace

std::string one_line(std::string_view command, const shell::Environment& environment) {
    const std::string_view source = trim(command);
    shell::Environment facts = environment;
    facts.unrolls = false;  // a loop is told once
    // The judge takes the usual values of these; to people they are told as they stand.
    for (const char* name : {"PATH", "SHELL", "BASH", "EDITOR", "VISUAL", "PAGER", "PWD", "RANDOM", "SECONDS", "EPOCHSECONDS",
                             "BASHPID", "USER", "LOGNAME"}) {
        facts.variables[name].text = std::string("$") + name;
    }
    const shell::Script script = shell::parse(source, facts);
    if (!script.complete || !is_valid_utf8(source)) {
        return {};
    }
    std::vector<const shell::Pipeline*> pipelines;
    bool plain = script.functions.empty();
    for (const auto& pipeline : script.pipelines) {
        if (!pipeline.substituted) {
            pipelines.push_back(&pipeline);
            plain = plain && pipeline.functions.empty() && !pipeline.in_endless_loop;
        }
    }
    std::size_t begin = 0;
    std::size_t end = source.size();
    std::string out = plain ? loop_head(source, begin, end) : "";
    for (std::size_t i = 0; plain && i < pipelines.size(); ++i) {
        const auto& span = pipelines[i]->span;
        if (span.start < begin || span.end > source.size() || span.end > end) {
            return in_general(pipelines);
        }
        const std::string_view between = source.substr(begin, span.start - begin);
        const std::string_view how = i == 0 ? (trim(between).empty() ? "first" : "") : joint(between);
        if (how.empty()) {
            return in_general(pipelines);
        }
        out += (i == 0 ? "" : std::string(how)) + of_pipeline(*pipelines[i]);
        begin = span.end;
    }
    if (!plain || pipelines.empty() || joint(source.substr(begin, end - begin)).empty() || display_width(out) > k_longest_line) {
        return in_general(pipelines);
    }
    return capitalised(out);
}

}  // namespace caro::explain
